"""Undoes what a change of frame rate did to a clip: pictures shown twice, pictures left out."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

longest_hold_s = 0.11
cycles = (4, 5, 6)
lively = 5e-4
fewest = 6
clear = 0.4


def without_repeats(pictures: list[np.ndarray], times_s: np.ndarray) -> list[int]:
    """Indices of the pictures that are new. A picture held in between moving ones (pulldown, animation on twos,
    a rate converted upward) is a repeat; one that is held longer is stillness, and stays."""
    held = _held(np.array([cv2.norm(a, b, cv2.NORM_L1) / a.size for a, b in pairwise(pictures)]))
    edges = np.flatnonzero(np.diff(np.r_[False, held, False]))
    new = np.ones(len(pictures), bool)
    for first, end in edges.reshape(-1, 2):
        within = first > 0 and end < len(held)
        if within and times_s[end + 1] - times_s[first] <= longest_hold_s:
            new[first + 1 : end + 1] = False
    return np.flatnonzero(new).tolist()


def _held(change: np.ndarray) -> np.ndarray:
    """[pairs] True where the second picture is the first again, give or take what its coding added."""
    before, after = np.r_[0, change[:-1]], np.r_[change[1:], 0]
    return (change < 0.02) | (change < 0.12 * np.minimum(before, after))


def content_seconds(times_s: np.ndarray, kept: list[int]) -> np.ndarray:
    """[pairs] how much filmed time lies between kept pictures. Where pictures repeat, each was on screen for longer
    or shorter than it was filmed, so there the lengths are evened out over the neighbors."""
    seconds = np.diff(times_s[kept])
    if not len(seconds):
        return seconds
    around = np.convolve(np.pad(seconds, 3, mode="edge"), np.full(7, 1 / 7), "valid")
    skipped = np.convolve(np.diff(kept) > 1, np.ones(7), "same")[: len(seconds)] > 0
    return np.where(skipped & (seconds < 0.15), around, seconds)


def evenness(seconds: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """[pairs] factors that make what is seen to move comparable between pairs. seconds: [pairs] how long each is.
    energy: [pairs]. What moves grows with the time there is, told by the clock or, where pictures were left out in a
    regular cycle (30 to 25 or 24 a second), by the cycle."""
    clock = np.clip(np.sqrt(np.median(seconds) / seconds), 0.5, 2)
    return clock * _cycle(energy * clock)


def _cycle(energy: np.ndarray) -> np.ndarray:
    """[pairs] 1, less for every n-th pair where that one regularly holds more motion than its neighbors."""
    factors = np.ones(len(energy))
    level = np.log(np.maximum(energy, 1e-6))
    over = level[1:-1] - (level[:-2] + level[2:]) / 2
    alive = np.minimum(np.minimum(energy[:-2], energy[2:]), energy[1:-1]) > lively
    excess, cycle, phase = max(_excess(over, alive, cycle, phase) for cycle in cycles for phase in range(cycle))
    if excess > clear:
        factors[1:-1][phase::cycle] = np.exp(-excess)
    return factors


def _excess(over: np.ndarray, alive: np.ndarray, cycle: int, phase: int) -> tuple[float, int, int]:
    chosen = np.zeros(len(over), bool)
    chosen[phase::cycle] = True
    here, elsewhere = over[chosen & alive], over[~chosen & alive]
    if len(here) < fewest:
        return 0.0, cycle, phase
    return float(np.quantile(here, 0.3) - np.median(elsewhere)), cycle, phase
