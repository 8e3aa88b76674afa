"""BigVGAN and BigVGAN-v2 (Lee et al., 2023): from mel frames to samples. One code for both rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

taps = 12
early = 2
"""Stages at the low rates, which have the most channels; the later ones have the most samples."""
in_cache, late_in_cache = 192, 128
"""Mel frames that the early and the later stages make at once on the processor, whose caches hold no whole clip."""


def keep_on() -> None:
    """A check that never stops the work."""


def reach_of(rates: tuple[int, ...], first: int = 0) -> int:
    """Mel frames to either side that a sample depends on through the stages from `first` on, rounded up.

    The widest block of a stage sees 84 of its samples (kernel 11, dilations 1, 3 and 5, six filters); what stands
    before the first stage and between them sees up to five frames more, and one where the first ones are left out.
    """
    per_frame = [math.prod(rates[: stage + 1]) for stage in range(len(rates))]
    return math.ceil(84 * sum(1 / samples for samples in per_frame[first:]) + (1 if first else 5))


@dataclass(frozen=True)
class VocoderSize:
    """v2 ends in a clamp and has no bias there, its forerunner in tanh."""

    mels: int
    rates: tuple[int, ...]
    kernels: tuple[int, ...]
    v2: bool
    width: int = 1536
    block_kernels: tuple[int, ...] = (3, 7, 11)
    dilations: tuple[int, ...] = (1, 3, 5)


bigvgan_16k = VocoderSize(80, (4, 4, 2, 2, 2, 2), (8, 8, 4, 4, 4, 4), v2=False)
bigvgan_v2_44k = VocoderSize(128, (8, 4, 2, 2, 2, 2), (16, 8, 4, 4, 4, 4), v2=True)


class SnakeBeta(nn.Module):
    """x + sin^2(x exp(alpha)) / exp(beta), for each channel its own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(width))
        self.beta = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        speed = self.alpha.float().exp().to(x.dtype)[:, None]
        depth = (1 / (self.beta.float().exp() + 1e-9)).to(x.dtype)[:, None]
        wave = (x * speed).sin_()
        return torch.addcmul(x, wave.square_(), depth)


class Filter(nn.Module):
    """Holds the twelve taps of a half-band low-pass under their published name."""

    filter: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filter", torch.zeros(1, 1, taps))


class Lowpass(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lowpass = Filter()


class Activation(nn.Module):
    """SnakeBeta at twice the rate, so that the overtones that it makes do not fold back."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.act = SnakeBeta(width)
        self.upsample = Filter()
        self.downsample = Lowpass()

    def forward(self, x: Tensor) -> Tensor:
        return self._down(self.act(self._up(x)))

    def _up(self, x: Tensor) -> Tensor:
        width = x.shape[1]
        kernel = (2 * self.upsample.filter).expand(width, -1, -1)
        x = F.pad(x, (5, 5), mode="replicate")
        return F.conv_transpose1d(x, kernel, stride=2, groups=width)[..., 15:-15]

    def _down(self, x: Tensor) -> Tensor:
        width = x.shape[1]
        kernel = self.downsample.lowpass.filter.expand(width, -1, -1)
        return F.conv1d(F.pad(x, (5, 6), mode="replicate"), kernel, stride=2, groups=width)


class ResBlock(nn.Module):
    """Three pairs of convolutions, each after an activation, each pair added to what went in."""

    def __init__(self, width: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(_same(width, kernel, dilation) for dilation in dilations)
        self.convs2 = nn.ModuleList(_same(width, kernel, 1) for _ in dilations)
        self.activations = nn.ModuleList(Activation(width) for _ in range(2 * len(dilations)))

    def forward(self, x: Tensor) -> Tensor:
        for index, (first, second) in enumerate(zip(self.convs1, self.convs2, strict=True)):
            change = first(self.activations[2 * index](x))
            x = x + second(self.activations[2 * index + 1](change))
        return x


def _same(width: int, kernel: int, dilation: int) -> nn.Conv1d:
    return nn.Conv1d(width, width, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2)


class Vocoder(nn.Module):
    """Weights are folded (`weights.fold_weight_norm`) before they are loaded."""

    def __init__(self, size: VocoderSize) -> None:
        super().__init__()
        self.size = size
        stages = range(len(size.rates))
        widths = [size.width >> stage for stage in range(len(size.rates) + 1)]
        self.conv_pre = nn.Conv1d(size.mels, size.width, 7, padding=3)
        self.ups = nn.ModuleList(
            nn.ModuleList([_rise(widths[stage], widths[stage + 1], size.kernels[stage], size.rates[stage])])
            for stage in stages
        )
        self.resblocks = nn.ModuleList(
            ResBlock(widths[stage + 1], kernel, size.dilations) for stage in stages for kernel in size.block_kernels
        )
        self.activation_post = Activation(widths[-1])
        self.conv_post = nn.Conv1d(widths[-1], 1, 7, padding=3, bias=not size.v2)

    @property
    def hop(self) -> int:
        """Samples for each mel frame."""
        return math.prod(self.size.rates)

    def forward(self, mel: Tensor, check: Callable[[], None] = keep_on) -> Tensor:
        """mel [batch, mels, frames] to samples [batch, 1, frames * hop] in -1..1. check: called at every block."""
        return self._end(self._begin(mel, check), check)

    def _begin(self, mel: Tensor, check: Callable[[], None]) -> Tensor:
        return self._through(self.conv_pre(mel), range(early), check)

    def _end(self, x: Tensor, check: Callable[[], None]) -> Tensor:
        x = self._through(x, range(early, len(self.ups)), check)
        x = self.conv_post(self.activation_post(x))
        return x.clamp(-1, 1) if self.size.v2 else x.tanh()

    def _through(self, x: Tensor, stages: range, check: Callable[[], None]) -> Tensor:
        side_by_side = len(self.size.block_kernels)
        for stage in stages:
            x = self.ups[stage][0](x)  # type: ignore[index]
            blocks = self.resblocks[stage * side_by_side : (stage + 1) * side_by_side]
            x = _mean(blocks, x, check)
        return x

    def in_chunks(self, mel: Tensor, chunk: int = 690, check: Callable[[], None] = keep_on) -> Tensor:
        """The same samples as `forward`, at most `chunk` mel frames at a time."""
        parts, reach = [], reach_of(self.size.rates)
        chunk = min(chunk, in_cache) if mel.device.type == "cpu" else chunk
        for start in range(0, mel.shape[-1], chunk):
            end = min(start + chunk, mel.shape[-1])
            held = range(max(0, start - reach), min(mel.shape[-1], end + reach))
            x = self._begin(mel[..., held.start : held.stop], check)
            parts += self._in_tiles(x, held, range(start, end), check)
        return torch.cat(parts, -1)

    def _in_tiles(self, x: Tensor, held: range, wanted: range, check: Callable[[], None]) -> Iterator[Tensor]:
        """Samples of the frames `wanted` from what the early stages made of the frames `held`."""
        rate, late_reach = math.prod(self.size.rates[:early]), reach_of(self.size.rates, early)
        step = late_in_cache if x.device.type == "cpu" else len(wanted)
        for start in range(wanted.start, wanted.stop, step):
            end = min(start + step, wanted.stop)
            first, last = max(held.start, start - late_reach), min(held.stop, end + late_reach)
            made = self._end(x[..., (first - held.start) * rate : (last - held.start) * rate], check)
            yield made[..., (start - first) * self.hop : (end - first) * self.hop]


def _rise(width_in: int, width_out: int, kernel: int, rate: int) -> nn.ConvTranspose1d:
    return nn.ConvTranspose1d(width_in, width_out, kernel, rate, padding=(kernel - rate) // 2)


def _mean(blocks: nn.ModuleList, x: Tensor, check: Callable[[], None]) -> Tensor:
    total = blocks[0](x)
    for block in list(blocks)[1:]:
        check()
        total += block(x)
    return total / len(blocks)
