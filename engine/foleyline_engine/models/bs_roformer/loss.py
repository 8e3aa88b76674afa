"""What a separator is trained on, Eq. 5 of DeepSound-V1: pure functions of two sounds."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .size import LossSize


class Loss(NamedTuple):
    """total = samples + weight * spectra."""

    total: Tensor
    samples: Tensor
    spectra: Tensor


def loss(made: Tensor, wanted: Tensor, size: LossSize) -> Loss:
    """Mean distance of samples, and of complex spectra at every resolution, summed over the resolutions.

    made: [batch, channels, n] or [batch, stems, channels, n]; wanted: the same, or [batch, n], cut to its length.
    """
    wanted = (wanted[:, None] if wanted.dim() == 2 else wanted)[..., : made.shape[-1]]
    samples = (made - wanted).abs().mean()
    spectra = torch.stack([_distance(made, wanted, window, size) for window in size.windows]).sum()
    return Loss(samples + size.weight * spectra, samples, spectra)


def _distance(made: Tensor, wanted: Tensor, window: int, size: LossSize) -> Tensor:
    """A transform is linear: the spectra's difference is the difference's spectrum."""
    rows = (made - wanted).flatten(0, -2)
    seen = torch.stft(
        rows,
        max(window, size.n_fft),
        size.hop,
        window,
        torch.hann_window(window, device=made.device, dtype=made.dtype),
        normalized=size.normalized,
        return_complex=True,
    )
    return seen.abs().mean()
