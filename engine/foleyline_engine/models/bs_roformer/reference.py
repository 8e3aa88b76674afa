"""Demixing as DeepSound-V1 does it, for comparison: half-overlapping chunks in batches, its joints and its edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from .configuration import Reference

Model = Callable[[Tensor], Tensor]
"""Sounds [batch, channels, n] to the stem, of the same shape."""


def demix(model: Model, mix: Tensor, chunk_n: int, how: Reference) -> Tensor:
    """The stem of mix [channels, n]. The very first sample is 0 where the first batch holds several chunks."""
    length_n = mix.shape[-1]
    border = chunk_n - chunk_n // how.overlaps
    is_bordered = 0 < 2 * border < length_n
    if is_bordered:
        mix = F.pad(mix[None], (border, border), mode="reflect")[0]
    made, weight = torch.zeros_like(mix), torch.zeros_like(mix)
    for starts, window in batches(mix.shape[-1], chunk_n, how):
        stems = model(torch.stack([chunk(mix, start, chunk_n) for start in starts]))
        for start, stem in zip(starts, stems, strict=True):
            kept = min(chunk_n, mix.shape[-1] - start)
            made[:, start : start + kept] += stem[:, :kept] * window[:kept]
            weight[:, start : start + kept] += window[:kept]
    joined = (made / weight).nan_to_num(0.0)
    return joined[:, border : border + length_n] if is_bordered else joined


def batches(length_n: int, chunk_n: int, how: Reference) -> Iterator[tuple[list[int], Tensor]]:
    """Starts of the chunks of each batch, and the one window that all of them have."""
    starts = list(range(0, length_n, chunk_n // how.overlaps))
    fade_n = chunk_n // 10
    for first in range(0, len(starts), how.batch):
        batch = starts[first : first + how.batch]
        window = torch.ones(chunk_n)
        window[chunk_n - fade_n :] = torch.linspace(1, 0, fade_n)
        window[:fade_n] = torch.linspace(0, 1, fade_n)
        if batch[-1] == 0:
            window[:fade_n] = 1
        elif batch[-1] == starts[-1]:
            window[chunk_n - fade_n :] = 1
        yield batch, window


def chunk(mix: Tensor, start: int, chunk_n: int) -> Tensor:
    """chunk_n samples from `start`; a short last one is mirrored where it is more than half of that, else silent."""
    part = mix[:, start : start + chunk_n]
    missing = chunk_n - part.shape[-1]
    if missing and part.shape[-1] > chunk_n // 2:
        return F.pad(part[None], (0, missing), mode="reflect")[0]
    return F.pad(part, (0, missing))


def level(mix: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of the channels' mean, of mix [channels, n]."""
    mono = mix.mean(0)
    return mono.mean(), mono.std(correction=0)


def normalized(model: Model, mix: Tensor, chunk_n: int, how: Reference) -> Tensor:
    """For networks that were trained on sounds of one level."""
    mean, deviation = level(mix)
    return demix(model, (mix - mean) / deviation, chunk_n, how) * deviation + mean


def thrice(model: Model) -> Model:
    """The mean of what a model gives for a sound, its channels exchanged, its polarity turned; three times the cost."""
    return lambda sound: (model(sound) + model(sound.flip(1)).flip(1) - model(-sound)) / 3
