"""One high-quality change of rate, from the model's to the delivery's, by a windowed sinc."""

from __future__ import annotations

from functools import cache
from math import gcd

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

zero_crossings = 64
"""Of the sinc to either side."""
kaiser_beta = 14.0
"""About 140 dB down in the stop band."""
band = 0.96
"""Of the lower rate's band that passes: flat to 21 kHz at 44.1 kHz."""


def resample(samples: Tensor, source_hz: int, target_hz: int) -> Tensor:
    """samples [channels, n] to [channels, ceil(n * target / source)], the first sample staying the first."""
    if source_hz == target_hz:
        return samples
    common = gcd(source_hz, target_hz)
    down, up = source_hz // common, target_hz // common
    filters, reach = _filters(down, up)
    wanted = -(-samples.shape[-1] * up // down)
    steps = -(-wanted // up)
    missing = (steps - 1) * down + filters.shape[-1] - reach - samples.shape[-1]
    padded = F.pad(samples[:, None], (reach, max(0, missing)))
    phases = F.conv1d(padded, filters.to(samples.device)[:, None], stride=down)
    return phases[..., :steps].transpose(1, 2).flatten(1)[:, :wanted]


@cache
def _filters(down: int, up: int) -> tuple[Tensor, int]:
    """One filter for each of the `up` positions between `down` samples: float32 [up, taps], and taps before zero."""
    cutoff = band * min(1.0, up / down)
    reach = int(np.ceil(zero_crossings / cutoff))
    offsets = np.arange(-reach, reach + down + 1)[None] - np.arange(up)[:, None] * down / up
    inside = np.clip(1 - (offsets / reach) ** 2, 0, None)
    window = np.where(np.abs(offsets) <= reach, np.i0(kaiser_beta * np.sqrt(inside)) / np.i0(kaiser_beta), 0)
    taps = cutoff * np.sinc(cutoff * offsets) * window
    return torch.from_numpy(taps / taps.sum(1, keepdims=True)).float(), reach
