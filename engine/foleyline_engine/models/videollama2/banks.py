"""Log mel filter banks as Kaldi computes them, which BEATs was trained on."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

rate = 16000
window_n, step_n, transform_n = 400, 160, 512
"""25 ms every 10 ms, padded to a power of two."""
bands = 128
lowest_hz, highest_hz = 20.0, 8000.0
emphasis = 0.97
povey = 0.85
"""Exponent that Kaldi raises a Hann window to."""
floor = torch.finfo(torch.float32).eps
full_scale = 2.0**15
block_frames = 512


def frames_of(length_n: int) -> int:
    """Whole windows only."""
    return max(0, 1 + (length_n - window_n) // step_n)


def banks(samples: Tensor) -> Tensor:
    """float32 [n] at 16 kHz, full scale 1.0, to bfloat16 [frames, bands]; the published program rounds there too."""
    frames = (samples * full_scale).unfold(0, window_n, step_n)
    return torch.cat([_powers(some) for some in frames.split(block_frames)]).to(torch.bfloat16)


def silent() -> Tensor:
    """The bands of a frame of digital silence."""
    return torch.full((bands,), floor).log().to(torch.bfloat16)


def _powers(frames: Tensor) -> Tensor:
    frames = frames - frames.mean(1, keepdim=True)
    before = torch.cat([frames[:, :1], frames[:, :-1]], dim=1)
    windowed = (frames - emphasis * before) * _window()
    power = torch.fft.rfft(windowed, transform_n).abs().square()
    return (power[:, : transform_n // 2] @ _triangles().T).clamp(min=floor).log()


@cache
def _window() -> Tensor:
    return torch.hann_window(window_n, periodic=False).pow(povey)


@cache
def _triangles() -> Tensor:
    """float32 [bands, transform_n / 2]: straight-edged in mels; the topmost bin of the spectrum counts nowhere."""
    edges = np.linspace(_mel(lowest_hz), _mel(highest_hz), bands + 2, dtype=np.float32)
    left, middle, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bins = _mel(np.arange(transform_n // 2) * rate / transform_n).astype(np.float32)
    rising, falling = (bins - left) / (middle - left), (right - bins) / (right - middle)
    return torch.from_numpy(np.maximum(0, np.minimum(rising, falling)))


def _mel(hz: float | np.ndarray) -> np.ndarray:
    return np.asarray(1127.0 * np.log(1.0 + np.asarray(hz) / 700.0))
