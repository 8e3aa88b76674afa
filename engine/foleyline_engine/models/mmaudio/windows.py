"""How a clip of any length is laid out for networks that know 8 seconds: one sequence, or windows that overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from .variants import Lengths, Rate, clip_rate, lengths, segment_n, segment_step, sync_rate, window_s

grid_s = Fraction(segment_step, sync_rate)
"""Durations and window starts are whole Synchformer segments, so that each window takes the clip's own features."""
shortest_s = Fraction(segment_n, sync_rate)
longest_single_s = Fraction(1024, 100)
"""Up to here a clip is one sequence: published defaults go to 10 s, training was at 8."""
hop = 18
"""Segments from one window's start to the next one's at most: 5.76 s, and 2.24 s of overlap."""


@dataclass(frozen=True)
class Window:
    """Where a window begins, counted in each sequence's tokens; sync in segments of eight."""

    latent: int
    clip: int
    sync: int


@dataclass(frozen=True)
class Layout:
    """size: tokens of each window. latent_n, clip_n, segments: of the whole clip, held over its end to `duration_s`."""

    duration_s: Fraction | float
    size: Lengths
    windows: tuple[Window, ...]

    @property
    def latent_n(self) -> int:
        return self.windows[-1].latent + self.size.latent

    @property
    def clip_n(self) -> int:
        return self.windows[-1].clip + self.size.clip

    @property
    def sync_n(self) -> int:
        """Pictures that the segments of the whole clip take."""
        segments = self.windows[-1].sync + self.size.sync // 8
        return (segments - 1) * segment_step + segment_n


def lay_out(duration_s: Fraction, rate: Rate) -> Layout:
    """One window up to 10.24 s, else windows of 8 s evenly spread; the picture is held to the next whole segment."""
    duration_s = max(duration_s, shortest_s)
    padded_s = shortest_s + math.ceil((duration_s - shortest_s) / grid_s) * grid_s
    if padded_s <= longest_single_s:
        return Layout(padded_s, lengths(padded_s, rate), (Window(0, 0, 0),))
    last = int((padded_s - window_s) / grid_s)
    count = math.ceil(last / hop) + 1
    starts = [round(Fraction(index * last, count - 1)) for index in range(count)]
    return Layout(padded_s, lengths(window_s, rate), tuple(_window(start, rate) for start in starts))


def as_published(duration_s: float, rate: Rate) -> Layout:
    """The demo's: one sequence of any duration."""
    return Layout(duration_s, lengths(duration_s, rate), (Window(0, 0, 0),))


def _window(segment: int, rate: Rate) -> Window:
    start_s = segment * grid_s
    return Window(round(start_s * rate.hz / rate.latent_n), round(start_s * clip_rate), segment)


def shares(layout: Layout) -> Tensor:
    """How much each window says at each of its latents, float32 [windows, latents]; at every latent they add up to 1.

    A window fades in over its whole overlap with the one before, and out over that with the one after.
    """
    size, windows = layout.size.latent, layout.windows
    fades = torch.ones(len(windows), size)
    for index in range(1, len(windows)):
        overlap = windows[index - 1].latent + size - windows[index].latent
        ramp = (torch.arange(overlap) + 0.5) / overlap
        fades[index, :overlap] *= ramp
        fades[index - 1, size - overlap :] *= ramp.flip(0)
    total = laid(fades[..., None], layout)
    return torch.stack(
        [fade / total[window.latent : window.latent + size, 0] for fade, window in zip(fades, windows, strict=True)]
    )


def laid(parts: Tensor | Sequence[Tensor], layout: Layout) -> Tensor:
    """Parts [windows, latents, channels] added up where they lie: [latent_n, channels]."""
    total = torch.zeros(layout.latent_n, parts[0].shape[-1], device=parts[0].device)
    for part, window in zip(parts, layout.windows, strict=True):
        total[window.latent : window.latent + layout.size.latent] += part
    return total
