"""A clip's pictures as the patches that the network sees: Qwen2-VL's preprocessing, without torchvision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..exchange import Frames, View

rate = Fraction(2)
"""Pictures a second; the network sees two at a time."""

view = View(504, 504, rate=rate, colour="rgb", fit="inside")

most_tokens = 8000
"""Of a clip's pictures; a longer clip is seen half as often, then smaller."""

mean = (0.48145466, 0.4578275, 0.40821073)
deviation = (0.26862954, 0.26130258, 0.27577711)
"""CLIP's."""


@dataclass(frozen=True)
class Patches:
    """pixels: float32 [patches, channels * pictures * height * width]; grid: pairs of pictures, patches down, patches
    across; seconds: from one pair to the next, 1 or 2: further apart, pictures and sound would not stand together."""

    pixels: Tensor
    grid: tuple[int, int, int]
    seconds: int


@dataclass(frozen=True)
class Cut:
    """How a network cuts pictures up: pixels of a patch, pictures in it, patches that are merged on each side."""

    patch: int = 14
    pictures: int = 2
    merged: int = 2

    def tokens(self, grid: tuple[int, int, int]) -> int:
        return grid[0] * grid[1] * grid[2] // self.merged**2


def patches_of(frames: Frames, cut: Cut) -> Patches:
    side = cut.patch * cut.merged
    down, across = (max(1, round(length / side)) for length in frames.pixels.shape[1:3])
    pairs = -(-len(frames.pixels) // cut.pictures)
    seconds = 1 if pairs * down * across <= most_tokens else 2
    smaller = min(1.0, math.sqrt(most_tokens * seconds / (pairs * down * across)))
    down, across = (max(1, math.floor(length * smaller)) for length in (down, across))
    pixels = _sized(np.ascontiguousarray(frames.pixels[::seconds]), down * side, across * side)
    if odd := -len(pixels) % cut.pictures:
        pixels = torch.cat([pixels, pixels[-1:].expand(odd, -1, -1, -1)])
    grid = len(pixels) // cut.pictures, down * cut.merged, across * cut.merged
    return Patches(_cut(pixels, grid, cut), grid, seconds)


def _sized(pictures: np.ndarray, height: int, width: int) -> Tensor:
    """uint8 [n, height, width, 3] to normalized float32 [n, 3, height, width]."""
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
    if pixels.shape[-2:] != (height, width):
        pixels = F.interpolate(pixels, (height, width), mode="bicubic", antialias=True).round().clamp(0, 255)
    shift, scale = (torch.tensor(each).view(3, 1, 1) for each in (mean, deviation))
    return (pixels / 255 - shift) / scale


def _cut(pixels: Tensor, grid: tuple[int, int, int], cut: Cut) -> Tensor:
    """Patches in the order of the network: pair, block of merged patches, patch in the block."""
    pairs, down, across = grid
    blocks = pixels.reshape(
        pairs, cut.pictures, 3, down // cut.merged, cut.merged, cut.patch, across // cut.merged, cut.merged, cut.patch
    )
    return blocks.permute(0, 3, 6, 4, 7, 2, 1, 5, 8).reshape(pairs * down * across, -1)
