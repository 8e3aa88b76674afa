"""From a take's rate to 16 kHz mono as ffmpeg does it, whose filter the model was trained behind."""

from __future__ import annotations

from functools import cache
from math import ceil, gcd

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

taps_at_full_band = 32
band = 0.97
"""Of the lower rate's band that passes."""
kaiser_beta = 9.0


def mono(samples: np.ndarray, source_hz: int, target_hz: int) -> Tensor:
    """float [channels, n], full scale 1.0, to float32 [n'] in the steps of 16 bits.

    Channels are averaged; before and after the sound lies its mirror image, so its ends are not faded.
    """
    mixed = torch.from_numpy(np.ascontiguousarray(samples, dtype=np.float32)).mean(0)
    resampled = mixed if source_hz == target_hz else resample(mixed, source_hz, target_hz)
    return (resampled * 32768).round().clamp(-32768, 32767) / 32768


def resample(samples: Tensor, source_hz: int, target_hz: int) -> Tensor:
    """float32 [n] to [ceil(n * target / source)], the first sample staying the first."""
    common = gcd(source_hz, target_hz)
    down, up = source_hz // common, target_hz // common
    filters, before = _filters(down, up)
    wanted = ceil(samples.shape[-1] * up / down)
    steps = ceil(wanted / up)
    after = max(0, (steps - 1) * down + filters.shape[-1] - before - samples.shape[-1])
    phases = F.conv1d(_mirrored(samples, before, after)[None, None], filters[:, None], stride=down)
    return phases[0, :, :steps].T.flatten()[:wanted]


def _mirrored(samples: Tensor, before: int, after: int) -> Tensor:
    n = samples.shape[-1]
    places = torch.arange(-before, n + after).abs() % (2 * n)
    return samples[torch.where(places < n, places, 2 * n - 1 - places).clamp(max=n - 1)]


@cache
def _filters(down: int, up: int) -> tuple[Tensor, int]:
    """One filter for each of the `up` places between `down` samples: float32 [up, taps], and its taps before zero."""
    scale = min(1.0, up * band / down)
    taps = 2 * ceil(taps_at_full_band / scale / 2)
    before = (taps - 1) // 2
    ends = (np.arange(up) * down) // up
    reach = taps + int(ends.max())
    filters = np.zeros((up, reach))
    for phase in range(up):
        place = phase * down / up - ends[phase]
        offsets = (np.arange(taps) - before - place) * np.pi * scale
        inside = np.clip(1 - (2 * offsets / (scale * taps * np.pi)) ** 2, 0, None)
        weights = np.sinc(offsets / np.pi) * np.i0(kaiser_beta * np.sqrt(inside))
        filters[phase, ends[phase] : ends[phase] + taps] = weights / weights.sum()
    return torch.from_numpy(filters).float(), before
