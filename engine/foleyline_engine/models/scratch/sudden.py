"""What is sudden in a clip's motion: reversals of direction, halts, and bursts out of quiet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleyline_engine.models.scratch.motion import Motion, grid

least_jump = 1.5e-3
least_burst = 4e-3
least_halt = 1.2e-3
quiet_after = 3


@dataclass(frozen=True)
class Moments:
    """Candidates for a contact, all [candidates]. pair: index into the motion. time_s: seconds, within that pair.
    score: about 0-1, 1 is an obvious contact. kind: "turn", "halt" or "burst"."""

    pair: np.ndarray
    time_s: np.ndarray
    score: np.ndarray
    kind: np.ndarray


def find_sudden(motion: Motion, broken: np.ndarray) -> Moments:
    """broken: [pairs] True where motion cannot be read: cuts and flashes."""
    found = [_turns(motion, broken), _halts(motion, broken), _bursts(motion, broken)]
    return Moments(
        *(np.concatenate([getattr(part, name) for part in found]) for name in ("pair", "time_s", "score", "kind"))
    )


def _moments(motion: Motion, score: np.ndarray, share: np.ndarray, kind: str) -> Moments:
    """share: 0-1, where within its pair each moment lies."""
    pair = np.flatnonzero(score > 0)
    time_s = motion.start_s + np.clip(share, 0, 1) * (motion.end_s - motion.start_s)
    return Moments(pair, time_s[pair], score[pair], np.full(len(pair), kind))


def _turns(motion: Motion, broken: np.ndarray) -> Moments:
    """Where momentum changes more than just before and just after, against its own direction.

    Within the pair the old speed gives way to the new: what is seen = share * before + (1 - share) * after.
    """
    parts = _windows(_usable(motion.momentum * _evenness(motion)[:, None, None, None], broken))
    before, after = _shift(parts, 1), _shift(parts, -1)
    change = before - after
    size, speed_before, speed_after = _length(change), _length(before), _length(after)
    drift = _length(before - _shift(parts, 2)) + _length(_shift(parts, -2) - after)
    braking = np.clip((change * before).sum(-1) / (size * speed_before + 1e-9), 0, 1)
    relative = size / (np.maximum(speed_before, speed_after) + 1e-9)
    sudden = np.maximum(0, size - 1.2 * drift) * (0.15 + 0.85 * braking) * np.clip(2.5 * relative - 0.9, 0, 1)
    best = (np.arange(len(sudden)), sudden.argmax(1))
    share = ((parts - after) * change).sum(-1) / (size**2 + 1e-12)
    score = _grade(_without_broken(sudden[best], broken), least_jump, 60)
    return _moments(motion, score * _staying(motion), share[best], "turn")


def _windows(momentum: np.ndarray) -> np.ndarray:
    """[pairs, windows, 2]: the momentum of the whole picture and of soft, overlapping parts of it."""
    columns, rows = grid
    xs, ys = np.arange(columns) + 0.5, np.arange(rows) + 0.5
    weights = [np.ones((rows, columns))]
    for middle_y in (2.5, 6.5):
        for middle_x in (2.5, 6.0, 10.0, 13.5):
            away = (xs[None, :] - middle_x) ** 2 + (ys[:, None] - middle_y) ** 2
            weights.append(np.exp(-away / 18))
    return np.einsum("pyxc,wyx->pwc", momentum, np.array(weights))


def _halts(motion: Motion, broken: np.ndarray) -> Moments:
    """Where the picture goes from lively to still at once; too fast for its speed to be read, perhaps."""
    energy = _usable(motion.energy * _evenness(motion), broken)
    before = np.minimum(_shift(energy, 1), 1.5 * _shift(energy, 2))
    still = np.max([_shift(energy, -by) for by in range(1, quiet_after + 1)], axis=0)
    fall = np.maximum(0, before - 3 * still)
    fall[-1:] = 0
    share = np.maximum(0, energy - still) / np.maximum(before - still, 1e-9)
    score = _grade(_without_broken(fall, broken), least_halt, 12)
    return _moments(motion, score * _staying(motion), share, "halt")


def _bursts(motion: Motion, broken: np.ndarray) -> Moments:
    """Where much changes out of quiet: what comes too fast to be seen coming. Within the pair, nobody knows when."""
    energy = _usable(motion.energy, broken)
    quiet = np.max([_shift(energy, by) for by in (1, 2, 3)], axis=0)
    burst = np.maximum(0, energy - 3 * quiet)
    burst[:2] = 0
    score = 1.15 * _grade(_without_broken(burst, broken), least_burst, 10)
    return _moments(motion, score, np.full(len(score), 0.5), "burst")


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


def _evenness(motion: Motion) -> np.ndarray:
    """[pairs] makes pairs of uneven length comparable: what is seen to move grows with the time there is."""
    seconds = motion.end_s - motion.start_s
    return np.clip(np.sqrt(np.median(seconds) / seconds), 0.5, 2)


def _usable(values: np.ndarray, broken: np.ndarray) -> np.ndarray:
    return np.where(broken.reshape(-1, *[1] * (values.ndim - 1)), 0, values)


def _without_broken(values: np.ndarray, broken: np.ndarray) -> np.ndarray:
    return np.where(broken | _shift(broken, 1) | _shift(broken, -1), 0, values)


def _shift(values: np.ndarray, by: int) -> np.ndarray:
    """values[i - by]; the first and last values go on beyond the ends."""
    return values[np.clip(np.arange(len(values)) - by, 0, len(values) - 1)]


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=-1)


def _grade(values: np.ndarray, least: float, span: float) -> np.ndarray:
    """0 up to `least`, then 0.15, and 1 at `span` times that."""
    grades = 0.15 + 0.85 * np.log(np.maximum(values, 1e-9) / least) / np.log(span)
    return np.where(values > least, np.clip(grades, 0, 1.2), 0)
