"""What is sudden in a clip's motion: reversals of direction, halts, and bursts out of quiet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleyline_engine.models.scratch.cadence import evenness
from foleyline_engine.models.scratch.motion import Motion, grid

least_jump = 1.5e-3
least_burst = 4e-3
least_halt = 1.2e-3
least_settling = 1.5e-3
steep = 0.9
quiet_pairs = 3


@dataclass(frozen=True)
class Moments:
    """Candidates for a contact, all [candidates]. pair: index into the motion. time_s: seconds, within that pair.
    score: about 0-1, 1 is an obvious contact. kind: "turn", "halt", "burst" or "settling"."""

    pair: np.ndarray
    time_s: np.ndarray
    score: np.ndarray
    kind: np.ndarray


def find_sudden(motion: Motion, broken: np.ndarray) -> Moments:
    """broken: [pairs] True where motion cannot be read: cuts and flashes."""
    even = np.where(broken, 0, evenness(motion.seconds, motion.energy))
    momentum, energy = motion.momentum * even[:, None, None, None], motion.energy * even
    found = [
        _turns(motion, momentum, broken),
        _halts(motion, energy, broken),
        _bursts(motion, energy, broken),
        _settlings(motion, energy, broken),
    ]
    return Moments(
        *(np.concatenate([getattr(part, name) for part in found]) for name in ("pair", "time_s", "score", "kind"))
    )


def _moments(score: np.ndarray, time_s: np.ndarray, kind: str) -> Moments:
    pair = np.flatnonzero(score > 0)
    return Moments(pair, time_s[pair], score[pair], np.full(len(pair), kind))


def _within(motion: Motion, share: np.ndarray) -> np.ndarray:
    """Seconds, [pairs]: the moment at 0-1 of each pair."""
    return motion.start_s + np.clip(share, 0, 1) * (motion.end_s - motion.start_s)


def _turns(motion: Motion, momentum: np.ndarray, broken: np.ndarray) -> Moments:
    """Where momentum changes more than just before and just after, against its own direction.

    Within the pair the old speed gives way to the new: what is seen = share * before + (1 - share) * after.
    """
    parts = _windows(momentum)
    span = _span(motion)
    before, after = _mean(parts, 1, span), _mean(parts, -span, span)
    change = before - after
    size, speed_before, speed_after = _length(change), _length(before), _length(after)
    drift = _length(before - _mean(parts, 1 + span, span)) + _length(_mean(parts, -2 * span, span) - after)
    braking = np.clip((change * before).sum(-1) / (size * speed_before + 1e-9), 0, 1)
    relative = size / (np.maximum(speed_before, speed_after) + 1e-9)
    sudden = np.maximum(0, np.minimum(size, 2.2 * speed_before) - 0.8 * drift)
    sudden = sudden * braking * np.clip(2.5 * relative - 0.9, 0, 1)
    best = (np.arange(len(sudden)), sudden.argmax(1))
    share = ((parts - after) * change).sum(-1) / (size**2 + 1e-12)
    least = np.maximum(least_jump, 0.12 * _highest_near(_length(parts[:, 0]), motion, 1.0))
    score = _grade(_readable(sudden[best], broken), least, 60)
    return _moments(score * _staying(motion), _within(motion, share[best]), "turn")


def _span(motion: Motion) -> int:
    """Pairs that make about a 30th of a second."""
    return max(1, round(1 / 30 / float(np.median(motion.end_s - motion.start_s))))


def _mean(values: np.ndarray, first: int, count: int) -> np.ndarray:
    """The mean of values[i - first], values[i - first - 1], ... `count` of them."""
    return np.mean([_shift(values, first + k) for k in range(count)], axis=0)


def _highest_near(values: np.ndarray, motion: Motion, within_s: float) -> np.ndarray:
    """The highest of the values around each pair."""
    first = np.searchsorted(motion.start_s, motion.start_s - within_s)
    last = np.searchsorted(motion.start_s, motion.start_s + within_s, side="right")
    return np.array([values[a:b].max() for a, b in zip(first, last, strict=True)])


def _windows(momentum: np.ndarray) -> np.ndarray:
    """[pairs, windows, 2]: the momentum of the whole picture and of soft, overlapping parts of it."""
    columns, rows = grid
    xs, ys = np.arange(columns) + 0.5, np.arange(rows) + 0.5
    weights = [np.ones((rows, columns))]
    for middle_y in (2.5, 6.5):
        for middle_x in (2.5, 6.0, 10.0, 13.5):
            away = (xs[None, :] - middle_x) ** 2 + (ys[:, None] - middle_y) ** 2
            weights.append(np.exp(-away / 8))
    return np.einsum("pyxc,wyx->pwc", momentum, np.array(weights))


def _halts(motion: Motion, energy: np.ndarray, broken: np.ndarray) -> Moments:
    """Where the picture goes from lively to still at once; too fast for its speed to be read, perhaps."""
    before = np.minimum(_shift(energy, 1), 1.5 * _shift(energy, 2))
    still = np.max([_shift(energy, -by) for by in range(1, quiet_pairs + 1)], axis=0)
    fall = np.maximum(0, before - 3 * still)
    fall[~_calm(motion)] = 0
    share = np.maximum(0, energy - still) / np.maximum(before - still, 1e-9)
    score = _grade(_readable(fall, broken), least_halt, 12)
    return _moments(score * _staying(motion), _within(motion, share), "halt")


def _calm(motion: Motion) -> np.ndarray:
    """[pairs] False where the picture grows stranger as it grows still: a dissolve or fade hides what moves."""
    before = np.min([_shift(motion.unexplained, by) for by in range(1, 5)], axis=0)
    return _shift(motion.unexplained, -1) <= 1.3 * before + 0.008


def _bursts(motion: Motion, energy: np.ndarray, broken: np.ndarray) -> Moments:
    """Where much changes out of quiet: what comes too fast to be seen coming. Within the pair, nobody knows when."""
    quiet = np.max([_shift(energy, by) for by in range(1, quiet_pairs + 1)], axis=0)
    burst = np.maximum(0, energy - 3 * quiet)
    burst[:quiet_pairs] = 0
    score = 1.15 * _grade(_readable(burst, broken), least_burst, 10)
    return _moments(score, (motion.held_s + motion.end_s) / 2, "burst")


def _settlings(motion: Motion, energy: np.ndarray, broken: np.ndarray) -> Moments:
    """Where a movement ends within a fifth of a second and stays ended: a thing is laid down, a hand rests."""
    seconds = motion.end_s - motion.start_s
    total = np.r_[0, np.cumsum(energy * seconds)]
    before = _mean_over(motion, total, -0.2, -0.02)
    after = _mean_over(motion, total, 0.02, 0.2)
    later = np.max([_mean_over(motion, total, first, first + 0.1) for first in np.arange(0.1, 0.6, 0.1)], axis=0)
    fall = np.log((before + 1e-4) / (np.maximum(after, 0.7 * later) + 1e-4))
    steepest = fall >= _highest_near(fall, motion, 0.15)
    seen_through = motion.end_s < motion.end_s[-1] - 0.5
    score = (
        _grade(_readable(before, broken), least_settling, 30) * (fall > steep) * steepest * seen_through * _calm(motion)
    )
    return _moments(np.minimum(0.5, score) * _staying(motion), (motion.start_s + motion.end_s) / 2, "settling")


def _mean_over(motion: Motion, total: np.ndarray, first_s: float, last_s: float) -> np.ndarray:
    """[pairs] the mean from first_s to last_s after each pair's middle, from the running `total` at picture times."""
    middle = (motion.start_s + motion.end_s) / 2
    first, last = (np.interp(middle + edge, motion.picture_s, total) for edge in (first_s, last_s))
    return (last - first) / (last_s - first_s)


def _staying(motion: Motion) -> np.ndarray:
    """[pairs] 1, less where what moved has left through the picture's edge instead of stopping."""
    momentum, area = _shift(motion.momentum.sum((1, 2)), 1), _shift(motion.area, 1)
    total = area.sum((1, 2)) + 1e-9
    rims = (area[:, :, 0], area[:, :, -1], area[:, 0], area[:, -1])
    outward = (-momentum[:, 0], momentum[:, 0], -momentum[:, 1], momentum[:, 1])
    length = _length(momentum) + 1e-9
    leaving = np.zeros(motion.pairs, bool)
    for rim, speed in zip(rims, outward, strict=True):
        leaving |= (rim.sum(1) > 0.1 * total) & (speed > 0.5 * length)
    return np.where(leaving, 0.3, 1.0)


def _readable(values: np.ndarray, broken: np.ndarray) -> np.ndarray:
    """0 beside cuts and at both ends, where before or after is not known."""
    beside = broken | _shift(broken, 1) | _shift(broken, -1)
    beside[:2] = beside[-1:] = True
    return np.where(beside, 0, values)


def _shift(values: np.ndarray, by: int) -> np.ndarray:
    """values[i - by]; the first and last values go on beyond the ends."""
    return values[np.clip(np.arange(len(values)) - by, 0, len(values) - 1)]


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=-1)


def _grade(values: np.ndarray, least: np.ndarray | float, span: float) -> np.ndarray:
    """0 up to `least`, then 0.15, and 1 at `span` times that."""
    grades = 0.15 + 0.85 * np.log(np.maximum(values, 1e-9) / least) / np.log(span)
    return np.where(values > least, np.clip(grades, 0, 1.2), 0)
