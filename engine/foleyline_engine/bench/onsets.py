"""Onsets in a sound by spectral flux, and how well two lists of moments agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

rate = 16000
hop = 160
window = 512
bands = 32
band_hz = (300.0, 7600.0)
tolerance_s = 0.08
draws = 2000


@dataclass(frozen=True)
class Agreement:
    """matched: pairs within the tolerance, one to one. chance: mean F1 of as many moments at random."""

    matched: int
    precision: float
    recall: float
    f1: float
    chance: float

    @property
    def over_chance(self) -> float:
        return self.f1 / self.chance if self.chance else 0.0


def find_onsets(samples: np.ndarray) -> np.ndarray:
    """samples: float32 [samples], mono at 16 kHz. Answers with seconds, float64 [onsets]."""
    if not samples.any():
        return np.zeros(0)
    flux = _flux(_bands(samples))
    wide, narrow = round(0.25 * rate / hop), round(0.03 * rate / hop)
    near = np.lib.stride_tricks.sliding_window_view(np.pad(flux, wide, mode="edge"), 2 * wide + 1)
    limit = np.median(near, axis=1) + 1.2 * flux.std()
    top = np.lib.stride_tricks.sliding_window_view(np.pad(flux, narrow), 2 * narrow + 1).max(1)
    peaks = np.flatnonzero((flux == top) & (flux > limit))
    # The log level leaps as soon as a click touches the window, 15 ms before it is in the middle.
    return _apart((peaks + 1) * hop / rate, 0.06)


def _bands(samples: np.ndarray) -> np.ndarray:
    """Log level by band, [frames, bands]; frame k is centered at k * hop."""
    padded = np.pad(samples, (window // 2, window // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(window), axis=1)) ** 2
    edges = np.geomspace(*band_hz, bands + 1) * window / rate
    lower = np.floor(edges[:-1]).astype(int)
    upper = np.maximum(lower + 1, np.floor(edges[1:]).astype(int))
    levels = np.stack([power[:, a:b].mean(1) for a, b in zip(lower, upper, strict=True)], axis=1)
    return np.log10(levels + 1e-5 * levels.max() + 1e-12)


def _flux(levels: np.ndarray) -> np.ndarray:
    return np.maximum(0, np.diff(levels, axis=0, prepend=levels[:1])).mean(1)


def _apart(times_s: np.ndarray, gap_s: float) -> np.ndarray:
    kept: list[float] = []
    for time_s in times_s:
        if not kept or time_s - kept[-1] >= gap_s:
            kept.append(float(time_s))
    return np.array(kept)


def count_matches(found_s: Sequence[float] | np.ndarray, true_s: Sequence[float] | np.ndarray) -> int:
    """The most pairs that are within the tolerance, each moment used once. Both sorted."""
    matched = left = right = 0
    while left < len(found_s) and right < len(true_s):
        gap = found_s[left] - true_s[right]
        if abs(gap) <= tolerance_s:
            matched, left, right = matched + 1, left + 1, right + 1
        elif gap < 0:
            left += 1
        else:
            right += 1
    return matched


def compare(found_s: Sequence[float], true_s: Sequence[float], seconds: float, seed: int = 0) -> Agreement:
    """Chance is the mean F1 over 2000 uniform draws of as many moments as were found."""
    matched = count_matches(sorted(found_s), sorted(true_s))
    dice = np.random.default_rng(seed)
    rolls = np.sort(dice.uniform(0, seconds, (draws, len(found_s))), axis=1)
    by_chance = float(np.mean([count_matches(roll, sorted(true_s)) for roll in rolls])) if len(found_s) else 0.0
    both = max(1, len(found_s) + len(true_s))
    return Agreement(
        matched,
        matched / max(1, len(found_s)),
        matched / max(1, len(true_s)),
        2 * matched / both,
        2 * by_chance / both,
    )
