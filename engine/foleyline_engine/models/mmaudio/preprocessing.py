"""Which pictures the encoders see and at what size. The published demo's rules stand beside ours, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .variants import clip_rate, sync_rate

clip_size, sync_size = 384, 224
rounding_s = 1e-6
"""How far a stated presentation time may lie after the tick that the picture still serves."""


@dataclass(frozen=True)
class Picked:
    """Indices into the clip's pictures for both encoders, and the seconds that they cover."""

    clip: np.ndarray
    sync: np.ndarray
    duration_s: Fraction | float


def on_screen(times_s: Sequence[float] | np.ndarray, rate: int, count: int) -> np.ndarray:
    """For ticks k / rate, k = 0..count-1: the picture that is on screen; the first one before any, the last one after.

    Every tick is computed from its number, so nothing adds up: 200 pictures at 25 a second are 8.00 s.
    """
    ticks = np.arange(count) / rate
    return np.clip(np.searchsorted(times_s, ticks + rounding_s, side="right") - 1, 0, len(times_s) - 1)


def pick(times_s: Sequence[float] | np.ndarray, duration_s: Fraction) -> Picked:
    """Ours: what is on screen, as many pictures as the duration asks for."""
    clip_n, sync_n = int(duration_s * clip_rate), int(duration_s * sync_rate)
    return Picked(on_screen(times_s, clip_rate, clip_n), on_screen(times_s, sync_rate, sync_n), duration_s)


def pick_as_published(times_s: Sequence[float] | np.ndarray, duration_s: float) -> Picked:
    """The demo's: the first picture at or after each tick, ticks added up in floating point, durations cut to what is
    found. It makes 7.96 s of 200 pictures at 25 a second.
    """
    clip = _at_or_after(times_s, clip_rate, duration_s)
    sync = _at_or_after(times_s, sync_rate, duration_s)
    duration_s = min(duration_s, len(clip) / clip_rate)
    duration_s = min(duration_s, len(sync) / sync_rate)
    return Picked(clip[: int(clip_rate * duration_s)], sync[: int(sync_rate * duration_s)], duration_s)


def _at_or_after(times_s: Sequence[float] | np.ndarray, rate: int, duration_s: float) -> np.ndarray:
    picked, due_s = [], 0.0
    for index, time_s in enumerate(times_s):
        while 0 <= time_s <= duration_s and time_s >= due_s:
            picked.append(index)
            due_s += 1 / rate
    return np.array(picked, dtype=np.int64)


def resized(picture: Tensor, height: int, width: int) -> Tensor:
    """uint8 [3, h, w] by bicubic interpolation with antialiasing, in integers as the encoders' training did."""
    if picture.shape[1:] == (height, width):
        return picture
    return F.interpolate(picture[None], (height, width), mode="bicubic", antialias=True, align_corners=False)[0]


def for_clip(picture: np.ndarray) -> np.ndarray:
    """uint8 [h, w, 3] of any size to [384, 384, 3], squashed to the square."""
    return _rows_last(resized(_rows_first(picture), clip_size, clip_size))


def for_sync(picture: np.ndarray) -> np.ndarray:
    """uint8 [h, w, 3] of any size to [224, 224, 3], the middle of it at the shorter edge's scale."""
    height, width = picture.shape[:2]
    short = min(height, width)
    scaled = resized(_rows_first(picture), sync_size * height // short, sync_size * width // short)
    top, left = (round((size - sync_size) / 2) for size in scaled.shape[1:])
    return _rows_last(scaled[:, top : top + sync_size, left : left + sync_size])


def _rows_first(picture: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1).contiguous()


def _rows_last(picture: Tensor) -> np.ndarray:
    return picture.permute(1, 2, 0).contiguous().numpy()
