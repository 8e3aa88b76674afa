"""Brings faint passages up to where the speech network was trained, loud ones down, slowly and within limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..exchange import Check, Sound
from .speech import speech_rate

step_s = 0.1
target_db = -20.0
most_db = 32.0
least_db = -12.0
reach_s = 3.0
faintest = 1e-7


@dataclass(frozen=True)
class Gains:
    """points: gain (a factor) every 0.1 s."""

    points: np.ndarray

    def at(self, start: int, count: int) -> np.ndarray:
        """float32 [count]: the gain at each sample of 16 kHz from `start` on."""
        times = np.arange(start, start + count, dtype=np.float64) / (speech_rate * step_s)
        return np.interp(times, np.arange(len(self.points)), self.points).astype(np.float32)


def gains(sound: Sound, weights: np.ndarray, check: Check) -> Gains:
    """Gains that bring the loudest tenths within three seconds around to -20 dBFS, for one feed of a sound."""
    levels = _levels(sound, weights, check)
    reach = round(reach_s / step_s)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(levels, reach, mode="symmetric"), 2 * reach + 1)
    loud_db = 20 * np.log10(np.maximum(np.quantile(around, 0.9, axis=-1), faintest))
    gain_db = np.clip(target_db - loud_db, least_db, most_db)
    kernel = np.ones(reach) / reach
    smooth_db = np.convolve(np.pad(gain_db, reach, mode="edge"), kernel, mode="same")[reach:-reach]
    return Gains(10 ** (smooth_db / 20))


def _levels(sound: Sound, weights: np.ndarray, check: Check) -> np.ndarray:
    """Root mean square of every 0.1 s."""
    step_n = max(round(step_s * sound.rate), 1)
    levels = []
    for start in range(0, max(sound.samples.shape[-1], 1), step_n):
        if start % (64 * step_n) == 0:
            check()
        piece = weights @ sound.samples[:, start : start + step_n]
        levels.append(float(np.sqrt(np.mean(np.square(piece)))) if len(piece) else 0.0)
    return np.array(levels)
