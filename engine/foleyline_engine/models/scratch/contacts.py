"""Finds the moments that want a sound in the motion of a clip: hits, stops and steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from foleyline_engine.models.scratch.action import Contact
from foleyline_engine.models.scratch.motion import Motion, grid

least_jump = 8e-4
least_burst = 0.004
apart_s = 0.11
shadow_s = 0.25
step_gaps_s = (0.25, 0.95)


@dataclass(frozen=True)
class Hints:
    """How much each pair of pictures looks like a contact, all [pairs]. jump: widths per second times share of the
    picture, sudden changes of momentum. burst: full scale 1, sudden change of the picture out of quiet.
    rest: 0-1, how much of the speed is gone afterwards. time_s: the moment within the pair."""

    jump: np.ndarray
    burst: np.ndarray
    rest: np.ndarray
    time_s: np.ndarray


def find_contacts(motion: Motion, broken: np.ndarray) -> list[Contact]:
    """broken: [pairs] True where motion cannot be read: cuts and flashes. Contacts are sorted by time."""
    if motion.pairs < 3:
        return []
    hints = _hints(motion, broken)
    score = _score(hints)
    picked = _pick(score, hints, motion)
    return _mark_steps([_contact(motion, hints, score, index) for index in picked])


def _hints(motion: Motion, broken: np.ndarray) -> Hints:
    momentum = np.where(broken[:, None, None, None], 0, motion.momentum)
    jump, rest, window = _jump(momentum * _taper()[..., None], broken)
    return Hints(jump, _burst(motion, broken), rest, _moments(motion, window, _burst(motion, broken)))


def _taper() -> np.ndarray:
    """[rows, columns] less at the rim: what leaves the picture has not stopped."""
    columns, rows = grid
    across = np.minimum(np.arange(columns), np.arange(columns)[::-1])
    down = np.minimum(np.arange(rows), np.arange(rows)[::-1])
    return np.minimum(1.0, 0.35 + 0.4 * np.minimum(across[None, :], down[:, None]))


def _windows(momentum: np.ndarray) -> np.ndarray:
    """[pairs, windows, 2]: the momentum of the whole picture and of soft, overlapping parts of it."""
    columns, rows = grid
    xs, ys = np.arange(columns) + 0.5, np.arange(rows) + 0.5
    weights = [np.ones((rows, columns))]
    for middle_y in (2.5, 6.5):
        for middle_x in (2.5, 6.0, 10.0, 13.5):
            weights.append(
                np.exp(-((xs[None, :] - middle_x) ** 2) / 18) * np.exp(-((ys[:, None] - middle_y) ** 2) / 18)
            )
    return np.einsum("pyxc,wyx->pwc", momentum, np.array(weights))


def _jump(momentum: np.ndarray, broken: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sudden part of momentum's change, how much came to rest, and the window where it shows most."""
    parts = _windows(momentum)
    before, after = _shift(parts, 1), _shift(parts, -1)
    change = after - before
    size = np.linalg.norm(change, axis=-1)
    around = 0.5 * (_shift(size, 2) + _shift(size, -2))
    speed_before, speed_after = np.linalg.norm(before, axis=-1), np.linalg.norm(after, axis=-1)
    against = -(change * before).sum(-1) / (size * speed_before + 1e-9)
    sudden = np.maximum(0, size - 0.8 * around) * (0.3 + 0.7 * np.clip(against, 0, 1))
    sudden[_near(broken)] = 0
    best = sudden.argmax(1)
    rows = np.arange(len(best))
    rest = 1 - speed_after[rows, best] / (speed_before[rows, best] + 1e-9)
    return sudden[rows, best], np.clip(rest, 0, 1), parts[rows[:, None], best[:, None], :][:, 0]


def _shift(values: np.ndarray, by: int) -> np.ndarray:
    """values[i - by], zero beyond the ends."""
    out = np.zeros_like(values)
    if by > 0:
        out[by:] = values[:-by]
    else:
        out[:by] = values[-by:]
    return out


def _near(broken: np.ndarray) -> np.ndarray:
    near = broken.copy()
    for by in (-1, 1):
        near |= _shift(broken, by)
    return near


def _burst(motion: Motion, broken: np.ndarray) -> np.ndarray:
    """The picture's change out of relative quiet: what comes too fast to be seen coming."""
    energy = np.where(broken, 0, motion.energy)
    quiet = np.max([_shift(energy, by) for by in (1, 2, 3)], axis=0)
    burst = np.maximum(0, energy - 3 * quiet)
    burst[_near(broken)] = 0
    burst[:2] = 0
    return burst


def _moments(motion: Motion, part: np.ndarray, burst: np.ndarray) -> np.ndarray:
    """Within the pair, where the old speed gave way to the new: d = share * before + (1 - share) * after."""
    before, after = _shift(part, 1), _shift(part, -1)
    change = before - after
    share = ((part - after) * change).sum(-1) / ((change**2).sum(-1) + 1e-12)
    share = np.where(burst > least_burst, 0.5, np.clip(share, 0, 1))
    return motion.start_s + share * (motion.end_s - motion.start_s)


def _score(hints: Hints) -> np.ndarray:
    """One number a pair, comparable across clips: 1 is an obvious contact."""
    return np.maximum(_grade(hints.jump, least_jump, 60), 1.15 * _grade(hints.burst, least_burst, 10))


def _grade(values: np.ndarray, least: float, span: float) -> np.ndarray:
    return np.clip(0.15 + 0.85 * np.log(np.maximum(values, 1e-9) / least) / np.log(span), 0, 1.2) * (values > least)


def _pick(score: np.ndarray, hints: Hints, motion: Motion) -> list[int]:
    """Strongest first; a burst silences what follows from it, and nobody stands close to a stronger one."""
    limit = max(0.15, 0.35 * float(score.max(initial=0)))
    chosen: list[int] = []
    for index in np.argsort(-score, kind="stable"):
        if score[index] < limit:
            break
        if all(_can_stand(int(index), other, hints) for other in chosen):
            chosen.append(int(index))
    return sorted(chosen, key=lambda index: hints.time_s[index])


def _can_stand(index: int, other: int, hints: Hints) -> bool:
    gap_s = hints.time_s[index] - hints.time_s[other]
    shadow = shadow_s if hints.burst[other] > least_burst and hints.burst[index] <= least_burst else apart_s
    return gap_s < -apart_s or gap_s > shadow


def _contact(motion: Motion, hints: Hints, score: np.ndarray, index: int) -> Contact:
    nearby = slice(max(0, index - 1), index + 2)
    area = motion.area[nearby].mean(0)
    columns = area.sum(0)
    middle = (columns * np.arange(len(columns))).sum() / max(columns.sum(), 1e-9)
    return Contact(
        time_s=float(hints.time_s[index]),
        strength=float(np.clip(score[index], 0, 1)),
        pan=float(np.clip((middle + 0.5) / len(columns) * 2 - 1, -1, 1)) if columns.sum() > 0 else 0.0,
        size=float(np.clip(motion.area[nearby].sum((1, 2)).max(), 0, 1)),
        kind="stop" if hints.rest[index] > 0.8 and hints.burst[index] <= least_burst else "hit",
        confidence=float(np.clip(score[index], 0, 1)),
    )


def _mark_steps(contacts: Sequence[Contact]) -> list[Contact]:
    """Runs of four and more at a walk's even pace become steps."""
    marked = list(contacts)
    first = 0
    while first < len(marked):
        last = _end_of_run(contacts, first)
        if last - first >= 3:
            marked[first : last + 1] = [replace(contact, kind="step") for contact in marked[first : last + 1]]
        first = max(first + 1, last)
    return marked


def _end_of_run(contacts: Sequence[Contact], first: int) -> int:
    """The last index of the run of even gaps that begins at `first`."""
    gaps: list[float] = []
    for index in range(first + 1, len(contacts)):
        gap = contacts[index].time_s - contacts[index - 1].time_s
        if not step_gaps_s[0] <= gap <= step_gaps_s[1] or (gaps and abs(gap / np.mean(gaps) - 1) > 0.18):
            return index - 1
        gaps.append(gap)
    return len(contacts) - 1
