"""Tells editorial cuts and flashes of light from motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foleyline_engine.models.scratch.action import Contact
from foleyline_engine.models.scratch.motion import Motion, likeness

longest_flash = 5
alike = 0.8
neighbors = 6


@dataclass(frozen=True)
class Breaks:
    """broken: [pairs] True where two pictures have no motion in common. contacts: the cuts, and flashes as hits."""

    broken: np.ndarray
    contacts: Sequence[Contact]


def find_breaks(motion: Motion) -> Breaks:
    broken = _strange(motion)
    contacts: list[Contact] = []
    index = 0
    while index < motion.pairs:
        if not broken[index]:
            index += 1
            continue
        last = _end_of_flash(motion, broken, index)
        contacts.append(_contact(motion, index, last))
        broken[index : last + 1] = True
        index = last + 1
    return Breaks(broken, contacts)


def _strange(motion: Motion) -> np.ndarray:
    """Pairs that motion explains far worse than it does those around them, or whose light jumps, all over."""
    step = np.diff(motion.thumbs, axis=0)
    light = np.abs(np.diff(motion.luma))
    torn = _outstanding(motion.unexplained, 0.16, 2.5) & (motion.likeness < 0.55) & (_share(np.abs(step) > 8) > 0.4)
    one_way = np.maximum(_share(step > 4), _share(step < -4))
    return torn | (_outstanding(light, 0.08, 5) & (one_way > 0.7))


def _share(which: np.ndarray) -> np.ndarray:
    return which.mean((1, 2))


def _outstanding(values: np.ndarray, least: float, times: float) -> np.ndarray:
    return (values > least) & (values > times * _around(values))


def _around(values: np.ndarray) -> np.ndarray:
    """[pairs] the median of the six before and the six after each; at the ends, mirrored."""
    if not len(values):
        return values
    near = np.lib.stride_tricks.sliding_window_view(np.pad(values, neighbors, mode="reflect"), 2 * neighbors + 1)
    return np.median(np.delete(near, neighbors, axis=1), axis=1)


def _end_of_flash(motion: Motion, broken: np.ndarray, first: int) -> int:
    """The pair after which the picture of before is back; `first` itself if it does not come back."""
    for last in range(first + 1, min(first + longest_flash, motion.pairs)):
        if broken[last] and likeness(motion.thumbs[first], motion.thumbs[last + 1]) > alike:
            return last
    return first


def _contact(motion: Motion, first: int, last: int) -> Contact:
    if last > first:
        return Contact(float(motion.end_s[first]), 0.7, 0.0, 1.0, "hit", 0.5)
    sure = float(np.clip(motion.unexplained[first] * 2, 0.3, 1))
    return Contact(float(motion.end_s[first]), sure, 0.0, 1.0, "cut", sure)
