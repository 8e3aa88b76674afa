"""Mel front ends: from samples to the log mel spectrograms that the autoencoders were trained on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

floor = 1e-5
"""The smallest magnitude that is kept before the logarithm."""


@dataclass(frozen=True)
class MelSize:
    """log_base: 10 or e. top: Hz."""

    hz: int
    window: int
    hop: int
    mels: int
    top: float
    log10: bool


mel_16k = MelSize(16000, 1024, 256, 80, 8000.0, log10=True)
mel_44k = MelSize(44100, 2048, 512, 128, 22050.0, log10=False)


def log_mel(samples: Tensor, size: MelSize) -> Tensor:
    """samples [batch, samples] to [batch, mels, samples // hop]."""
    margin = (size.window - size.hop) // 2
    padded = F.pad(samples.clamp(-1, 1)[:, None], (margin, margin), mode="reflect")[:, 0]
    window = torch.hann_window(size.window, device=samples.device)
    spectrum = torch.stft(padded, size.window, size.hop, window=window, center=False, return_complex=True)
    magnitude = torch.sqrt(torch.view_as_real(spectrum).square().sum(-1) + 1e-9)
    mel = (filterbank(size).to(samples.device) @ magnitude).clamp(min=floor)
    return mel.log10() if size.log10 else mel.log()


@cache
def filterbank(size: MelSize) -> Tensor:
    """Triangles of equal area on Slaney's scale (Auditory Toolbox, 1998), float32 [mels, window / 2 + 1]."""
    bins = np.linspace(0, size.hz / 2, size.window // 2 + 1)
    corners = _hz(np.linspace(_mel(0.0), _mel(size.top), size.mels + 2))
    rising = (bins - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - bins) / np.diff(corners)[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return torch.from_numpy(triangles * (2 / (corners[2:] - corners[:-2]))[:, None]).float()


linear_step, log_start_hz, log_step = 200 / 3, 1000.0, np.log(6.4) / 27
"""Slaney's scale: 200/3 Hz a mel up to 1 kHz, 27 mels for a factor of 6.4 above."""


def _mel(hz: float) -> float:
    if hz < log_start_hz:
        return hz / linear_step
    return log_start_hz / linear_step + float(np.log(hz / log_start_hz) / log_step)


def _hz(mel: np.ndarray) -> np.ndarray:
    start = log_start_hz / linear_step
    return np.where(mel < start, mel * linear_step, log_start_hz * np.exp(log_step * (np.maximum(mel, start) - start)))
