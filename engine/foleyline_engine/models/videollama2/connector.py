"""From what the towers see and hear to tokens of the language model: the STC connector and the audio projector."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

depth = 4
"""Blocks of each stage."""


class ChannelNorm(nn.LayerNorm):
    """Over the channels of every pixel of [batch, channels, rows, columns]; eps 1e-5, torch's own."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


class Convolved(nn.Module):
    """A convolution without bias, normed; called as in the published files though the norm is no batch norm."""

    def __init__(self, inputs: int, outputs: int, size: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, padding=size // 2, groups=groups, bias=False)
        self.bn = ChannelNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class Squeeze(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, inner, 1)
        self.fc2 = nn.Conv2d(inner, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((2, 3), keepdim=True)
        return x * self.fc2(F.silu(self.fc1(mean))).sigmoid()


class Block(nn.Module):
    """A RegNet-Y bottleneck whose groups are single channels."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.conv1 = Convolved(inputs, width)
        self.conv2 = Convolved(width, width, 3, groups=width)
        self.se = Squeeze(width, round(inputs * 0.25))
        self.conv3 = Convolved(width, width)
        self.downsample = nn.Identity() if inputs == width else Convolved(inputs, width)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.silu(self.conv2(F.silu(self.conv1(x))))
        return F.silu(self.conv3(self.se(inner)) + self.downsample(x))


def stage(inputs: int, width: int) -> nn.Sequential:
    blocks = nn.Sequential()
    for number in range(1, depth + 1):
        blocks.add_module(f"b{number}", Block(inputs if number == 1 else width, width))
    return blocks


class Connector(nn.Module):
    """STC v35: every 2 x 2 x 2 patches of time, rows and columns become one token; an odd last one is dropped."""

    def __init__(self, inputs: int, width: int, halving: Sequence[int] = (2, 2, 2)) -> None:
        super().__init__()
        step = (halving[0], halving[1], halving[2])
        self.s1 = stage(inputs, width)
        self.sampler = nn.Sequential(nn.Conv3d(width, width, step, step))
        self.s2 = stage(width, width)
        self.readout = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, patches: Tensor) -> Tensor:
        """[batch, pictures, rows * columns, inputs] of a square to [batch, tokens, width], time before rows before
        columns."""
        batch, pictures, count, _ = patches.shape
        side = int(count**0.5)
        x = self.s1(patches.flatten(0, 1).transpose(1, 2).unflatten(2, (side, side)))
        volume = x.unflatten(0, (batch, pictures)).transpose(1, 2)
        x = F.silu(self.sampler(volume)).transpose(1, 2)
        times = x.shape[1]
        x = self.s2(x.flatten(0, 1)).unflatten(0, (batch, times))
        return self.readout(x.movedim(2, -1).flatten(1, 3))


def audio_projector(inputs: int, width: int) -> nn.Sequential:
    """mlp2x_gelu, [..., inputs] to [..., width]."""
    return nn.Sequential(nn.Linear(inputs, width), nn.GELU(), nn.Linear(width, width))


def dtype_of(module: nn.Module) -> torch.dtype:
    return next(module.parameters()).dtype
