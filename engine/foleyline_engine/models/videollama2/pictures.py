"""Which pictures the model sees, and how they become its numbers. The published rule stands beside ours."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

rounding_s = 1e-6
"""How far a stated presentation time may lie after the tick that the picture still serves."""
single_s = 0.125
"""Of a clip of one picture; it does not matter."""
gray = 127
precision = 1 << 22
support = 2.0
sharpness = -0.5
"""Of the cubic."""


def pick(times_s: np.ndarray, count: int, part: tuple[float, float] = (0.0, 1.0)) -> np.ndarray:
    """Ours: what is on screen in the middle of each of `count` equal stretches of the clip, or of a part of it.

    part: shares of the clip's length, from first to last.
    """
    first, last = (share * length_s(times_s) for share in part)
    middles = first + (np.arange(count) + 0.5) * (last - first) / count
    return np.clip(np.searchsorted(times_s, middles + rounding_s, side="right") - 1, 0, len(times_s) - 1)


def length_s(times_s: np.ndarray) -> float:
    """Of a clip whose last picture stays as long as the others do on average."""
    return float(times_s[-1] * len(times_s) / (len(times_s) - 1)) if len(times_s) > 1 else single_s


def pick_as_published(frames_n: int, count: int) -> np.ndarray:
    """The published program's: by the number of pictures, whatever their times."""
    part = float(frames_n - 1) / count
    return np.array([int(np.round(part * (number + 0.5) + 1e-6)) for number in range(count)])


def pixels(frames: np.ndarray, size: int, pad: bool = False) -> Tensor:
    """uint8 [pictures, height, width, 3] to float32 [pictures, 3, size, size] from -1 to 1.

    Squashed to the square as the published program infers; pad: within a gray square, as it was trained.
    """
    squares = [resized(within_square(frame) if pad else frame, size, size) for frame in frames]
    return (torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float() * (1 / 255) - 0.5) / 0.5


def with_black(frames: np.ndarray, count: int) -> np.ndarray:
    """Too few pictures are followed by black ones."""
    missing = max(0, count - len(frames))
    return np.concatenate([frames, np.zeros((missing, *frames.shape[1:]), np.uint8)])


def within_square(frame: np.ndarray) -> np.ndarray:
    height, width = frame.shape[:2]
    side = max(height, width)
    square = np.full((side, side, 3), gray, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = frame
    return square


def resized(frame: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bicubic with antialiasing in fixed point, rows' length first, each time rounded to whole levels.

    The levels are those of Pillow, with which the model's pictures were made; products of integers below 2**53 are
    exact in float64.
    """
    if frame.shape[:2] == (height, width):
        return frame
    across = _rounded(np.einsum("ow,hwc->hoc", _weights(frame.shape[1], width), frame.astype(np.float64)))
    return _rounded(np.einsum("oh,hwc->owc", _weights(frame.shape[0], height), across)).astype(np.uint8)


def _rounded(sums: np.ndarray) -> np.ndarray:
    return np.clip(np.floor((sums + precision / 2) / precision), 0, 255)


@cache
def _weights(source_n: int, target_n: int) -> np.ndarray:
    """float64 [target, source], whole numbers: each row's filter times 2**22."""
    scale = source_n / target_n
    stretch = max(scale, 1.0)
    reach = support * stretch
    table = np.zeros((target_n, source_n))
    for number in range(target_n):
        center = (number + 0.5) * scale
        first, end = max(int(center - reach + 0.5), 0), min(int(center + reach + 0.5), source_n)
        weights = cubic((np.arange(first, end) + 0.5 - center) / stretch)
        exact = weights / weights.sum() * precision
        table[number, first:end] = np.trunc(exact + np.copysign(0.5, exact))
    return table


def cubic(x: np.ndarray) -> np.ndarray:
    near, a = np.abs(x), sharpness
    inner = ((a + 2) * near - (a + 3)) * near * near + 1
    outer = ((near - 5) * near + 8) * near * a - 4 * a
    return np.where(near < 1, inner, np.where(near < 2, outer, 0.0))
