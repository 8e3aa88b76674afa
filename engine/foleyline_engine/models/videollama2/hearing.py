"""Which parts of a sound the model hears: short pieces laid end to end. The published rule stands beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

import numpy as np
import torch
from torch import Tensor

from foleyline.errors import FoleyError

from . import banks
from .banks import rate
from .resampling import mono

piece_s = 2
piece_n = piece_s * rate
pieces = 8
"""Of every clip the model was trained on."""
room_s = 30
room_n = room_s * rate
most_pieces = room_s // piece_s

Span = tuple[int, int]
"""First sample and the one after the last, at 16 kHz."""


def spans(length_n: int) -> list[Span]:
    """Ours: the first piece at the start, the last at the end, all between at even distances and whole to the sample.

    Eight as in training; more, up to 15, where eight of them would leave gaps.
    """
    count = min(max(pieces, ceil(length_n / piece_n)), most_pieces)
    last = max(0, length_n - piece_n)
    starts = [last * number // (count - 1) for number in range(count)]
    return [(start, min(start + piece_n, length_n)) for start in starts]


def spans_as_published(length_n: int) -> list[Span]:
    """The published program's: an eighth of the way apart, so of 10 s the last one is never heard.

    The bracket is taken in floating point and the rest exactly, as it was when the training sounds were cut.
    """
    step = Fraction(max(length_n / rate - piece_s, 0)) / pieces
    cut = [(floor(step * number * rate), floor((step * number + piece_s) * rate)) for number in range(pieces)]
    return [(start, min(end, length_n)) for start, end in cut]


def seconds_heard(of: Sequence[Span]) -> float:
    """Without counting twice what two pieces share."""
    total, reached = 0, 0
    for start, end in sorted(of):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total / rate


def heard(samples: np.ndarray, source_hz: int) -> Tensor:
    """[channels, n], full scale 1.0, to float32 [n'] at 16 kHz. Raises E-SOUND where a sample is not a number."""
    bad = ~np.isfinite(samples).all(axis=0)
    if bad.any():
        raise FoleyError("E-SOUND", sample=int(np.argmax(bad)))
    return mono(samples, source_hz, rate)


def of_pieces(samples: Tensor, of: Sequence[Span]) -> Tensor:
    """bfloat16 [2998, 128] of a sound at 16 kHz: the pieces one after another, then silence up to 30 s."""
    return padded(torch.cat([samples[start:end] for start, end in of]))


def of_file(samples: Tensor) -> Tensor:
    """bfloat16 [2998, 128] of a sound without pictures: its first 30 s, uncut."""
    return padded(samples[:room_n])


def padded(samples: Tensor) -> Tensor:
    """Silence is the same band for band, so only frames that hold sound are computed."""
    frames = banks.frames_of(room_n)
    touched = min(frames, ceil(samples.shape[-1] / banks.step_n))
    sound = torch.zeros((touched - 1) * banks.step_n + banks.window_n if touched else 0)
    sound[: samples.shape[-1]] = samples[: sound.shape[-1]]
    quiet = banks.silent().expand(frames - touched, -1)
    return torch.cat([banks.banks(sound), quiet]) if touched else quiet
