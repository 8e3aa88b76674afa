"""Moments for what is asked for by name and struck, where the picture moves but shows no contact for it: placed by
the movement itself. What was really seen always stays, and nothing is placed where nothing moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from foleyline_engine.models.exchange import Check
from foleyline_engine.models.scratch.action import Action, Contact, tick_rate
from foleyline_engine.models.scratch.dsp import smooth, stream_for
from foleyline_engine.models.scratch.mix import Mix

moving_above = 0.16  # of the take's liveliness
least_motion = 0.02
sweeping = 0.8  # picture widths a second: a camera this fast leaves nothing of what moves to be read
end_s = 0.15  # before the take's end nothing begins
shortest_s = 0.3
longest_s = 40.0  # looked at as one: some 20 ms of work
bridged_s = 0.25
pace_s = (0.476, 0.625)  # 2.1 to 1.6 steps a second
usual_pace_s = 0.54
landing = round(0.08 * tick_rate)  # a foot touches down a little after it swings fastest
edge_ticks = 8  # at the ends of a stretch, where its own setting in and dying away is no swell
constancy = 100.0  # what a step off the pace costs, against how much the picture speaks for it
sure = 0.35


@dataclass(frozen=True)
class Habit:
    """How a family lies in a movement. find: the ticks it takes within a stretch, from the movement itself [ticks] if
    it walks, else from its `fall_of`.

    clear_s: how far it keeps from the contacts that are its own, aside_s: from any that were seen.
    strength: of its moments, at little and at much movement.
    """

    find: Callable[[np.ndarray, np.random.Generator], list[int]]
    clear_s: float
    aside_s: float
    strength: tuple[float, float]
    kind: str


def place(
    mix: Mix, action: Action, seen: Mapping[str, Sequence[Contact]], seconds: float, seed: int, check: Check
) -> dict[str, list[Contact]]:
    """By family, what is added to the contacts that it was given; empty lists unless the direction names families."""
    placed: dict[str, list[Contact]] = {voice.family: [] for voice in mix.heard}
    level = liveliness(action.motion)
    motion = smooth(action.motion, 4) / level
    fall = fall_of(motion)
    where = moving(action, level)
    where[max(int((seconds - end_s) * tick_rate), 0) :] = False
    for family in placed.keys() & habits.keys() if mix.directed else ():
        habit, rng = habits[family], stream_for(seed, f"placing {family}")
        taken = near(seen[family], habit.clear_s, len(motion)) | near(action.contacts, habit.aside_s, len(motion))
        free = list(runs(where & ~taken, round(shortest_s * tick_rate), round(longest_s * tick_rate)))
        curve = motion if habit.find is strides else fall
        ticks: list[int] = []
        for first, last in free:
            check()
            ticks += [first + tick for tick in sorted(habit.find(curve[first:last], rng))]
        if free and not ticks and not seen[family]:
            ticks = [max((first + int(np.argmax(fall[first:last])) for first, last in free), key=fall.__getitem__)]
        placed[family] = [moment(action, habit, tick, rng) for tick in ticks]
    return placed


def liveliness(motion: np.ndarray) -> float:
    """How much moves when much does, in this take: a figure far away stirs less than a hand before the lens."""
    slow = smooth(motion, 6)
    return (
        float(np.clip(np.quantile(slow[slow > least_motion / 2], 0.75), 0.06, 0.5))
        if slow.max() > least_motion
        else 0.5
    )


def moving(action: Action, level: float) -> np.ndarray:
    """[ticks] True where something moves for a while; short rests belong to the movement, cuts part it."""
    lively = smooth(action.motion, 6) > max(moving_above * level, least_motion)
    for first, last in list(runs(~lively)):
        if last - first <= bridged_s * tick_rate and first > 0 and last < len(lively):
            lively[first:last] = True
    lively &= action.camera < sweeping
    for cut_s in action.cuts_s:
        lively[min(max(round(cut_s * tick_rate), 0), len(lively) - 1)] = False
    return lively


def near(contacts: Sequence[Contact], within_s: float, count: int) -> np.ndarray:
    """[ticks] True closer to one of the contacts than within_s."""
    close = np.zeros(count, dtype=bool)
    for contact in contacts if within_s > 0 else ():
        first, last = ((contact.time_s + edge_s) * tick_rate for edge_s in (-within_s, within_s))
        close[max(round(first), 0) : max(round(last) + 1, 0)] = True
    return close


def runs(which: np.ndarray, least: int = 1, most: int = 1 << 40) -> Iterator[tuple[int, int]]:
    """Half-open runs of True of at least so many ticks, longer ones than `most` in several."""
    edges = np.flatnonzero(np.diff(np.r_[False, which, False]))
    for first, last in edges.reshape(-1, 2).tolist():
        for begin in range(first, last, most):
            if min(last - begin, most) >= least:
                yield begin, min(begin + most, last)


def moment(action: Action, habit: Habit, tick: int, rng: np.random.Generator) -> Contact:
    """A contact of low confidence at about this tick, a few milliseconds beside it as a hand or foot would be."""
    soft, strong = habit.strength
    strength = soft + (strong - soft) * float(action.motion[tick]) + 0.06 * rng.uniform(-1.0, 1.0)
    last_s = (len(action.motion) - 1) / tick_rate
    return Contact(
        time_s=min(max((tick + rng.uniform(-0.4, 0.4)) / tick_rate, 0.0), last_s),
        strength=min(max(strength, 0.0), 1.0),
        pan=float(action.pan[tick]),
        size=float(action.size[tick]),
        kind=habit.kind,  # type: ignore[arg-type]
        confidence=sure,
    )


def strides(motion: np.ndarray, rng: np.random.Generator) -> list[int]:
    """Ticks of the steps of a walk: an even pace that gives way to where the movement swells.

    The way through the ticks that gathers most, by dynamic programming, after Ellis, "Beat Tracking by Dynamic
    Programming" (2007).
    """
    swell = swelling(motion)
    pace = pace_of(swell) * 1.02 ** rng.uniform(-1.0, 1.0) * tick_rate
    gaps = np.arange(int(0.7 * pace), int(np.ceil(1.4 * pace)) + 1)
    swell = 1.5 + swell + 0.05 * rng.standard_normal(len(swell))
    cost = constancy * np.log(gaps / pace) ** 2
    best, before = swell.copy(), np.full(len(swell), -1)
    for tick in range(gaps[0], len(swell)):
        ways = best[np.maximum(tick - gaps, 0)] - cost
        ways[gaps > tick] = -np.inf
        chosen = int(np.argmax(ways))
        best[tick] = swell[tick] + max(ways[chosen], 0.0)
        before[tick] = tick - gaps[chosen] if ways[chosen] > 0 else -1
    last = len(swell) - 1
    return [min(tick + landing, last) for tick in way_back(best, before, round(pace))]


def way_back(best: np.ndarray, before: np.ndarray, pace: int) -> list[int]:
    tick = max(len(best) - pace, 0) + int(np.argmax(best[-pace:]))
    ticks = [tick]
    while before[tick] >= 0:
        tick = int(before[tick])
        ticks.append(tick)
    return ticks


def swelling(motion: np.ndarray) -> np.ndarray:
    """[ticks] How far the movement stands above what is around it, of about unit size within the stretch."""
    over = smooth(motion, 3) - smooth(motion, 15)
    within = over[edge_ticks:-edge_ticks] if len(over) > 4 * edge_ticks else over
    return np.clip(over / max(float(within.std()), 0.01), -2.0, 2.0)


def pace_of(swell: np.ndarray) -> float:
    """Seconds from step to step, as the movement comes again or as people usually walk."""
    swell = swell[edge_ticks:-edge_ticks]
    lags = np.arange(round(pace_s[0] * tick_rate), round(pace_s[1] * tick_rate) + 1)
    if len(swell) < 2 * lags[-1]:
        return usual_pace_s
    likeness = [float(np.mean(swell[:-lag] * swell[lag:])) / max(float(np.mean(swell**2)), 1e-6) for lag in lags]
    return float(lags[int(np.argmax(likeness))]) / tick_rate if max(likeness) > 0.25 else usual_pace_s


def rises(fall: np.ndarray, rng: np.random.Generator) -> list[int]:
    """Where the movement sets in or grows: hands reach for something."""
    return peaks(-fall, 0.15, 0.9 * float(1.3 ** rng.uniform(-1.0, 1.0)))


def halts(fall: np.ndarray, rng: np.random.Generator) -> list[int]:
    """Where a movement comes to rest; the clearest only."""
    return peaks(fall, 0.3, 2.2 * float(1.1 ** rng.uniform(-1.0, 1.0)))


def fall_of(motion: np.ndarray) -> np.ndarray:
    """[ticks] How much less moves in the fifth of a second after each tick than in the one before it."""
    width = tick_rate // 5
    padded = np.pad(motion, width, mode="edge")
    total = np.r_[0.0, np.cumsum(padded)]
    means = (total[width:] - total[:-width]) / width
    fall = means[: len(motion)] - means[width : width + len(motion)]
    fall[:width] = fall[-width:] = 0.0
    return fall


def peaks(values: np.ndarray, least: float, apart_s: float) -> list[int]:
    """The highest first, none close to a higher one."""
    found: list[int] = []
    for tick in np.argsort(-values, kind="stable")[: int(np.sum(values >= least))].tolist():
        if all(abs(tick - other) >= apart_s * tick_rate for other in found):
            found.append(tick)
    return found


habits = {
    "footsteps": Habit(strides, 0.42, 0.0, (0.45, 0.75), "step"),
    "handling": Habit(rises, 0.7, 0.3, (0.4, 0.7), "hit"),
    "impacts": Habit(halts, 1.6, 0.5, (0.3, 0.6), "hit"),
    "door": Habit(halts, 2.0, 0.5, (0.35, 0.65), "hit"),
    "splash": Habit(halts, 1.2, 0.4, (0.3, 0.65), "hit"),
}
