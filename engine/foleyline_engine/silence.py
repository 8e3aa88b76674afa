"""Step 4: is a sound silent? DeepSound-V1's level rule, float for float, in numpy alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foleyline.errors import FoleyError

frame_n = 2048
hop_n = 512
lowest_rms = 1e-5
span_db = 80.0
default_silence_db = -50.0
default_duration = 0.9
block_frames = 256


@dataclass(frozen=True)
class Silence:
    """What was measured. rms and db: float32 [frames], one every 512 samples; ratio: share of quiet frames."""

    rms: np.ndarray
    db: np.ndarray
    ratio: float
    loudest_db: float
    is_silent: bool


def measure(
    samples: np.ndarray,
    silence_db: float = default_silence_db,
    duration: float = default_duration,
    check: Callable[[], None] = lambda: None,
) -> Silence:
    """Judge a whole take. samples: [channels, n] or [n], full scale 1.0, at any rate.

    Silent when more than `duration` of the frames lie below `silence_db` (both strict). Channels are
    averaged first, so sound in opposite phase counts as silence. Raises FoleyError E-SOUND where a
    sample is not a number. Works in blocks: memory beyond the input does not grow with the length.
    """
    sound = np.atleast_2d(np.asarray(samples, dtype=np.float32))
    rms = _frame_rms(sound, check)
    db = _levels_db(rms)
    ratio = float(np.mean(db < silence_db))
    return Silence(rms, db, ratio, float(db.max()), ratio > duration)


def _frame_rms(sound: np.ndarray, check: Callable[[], None]) -> np.ndarray:
    count = 1 + sound.shape[-1] // hop_n
    rms = np.empty(count, dtype=np.float32)
    for first in range(0, count, block_frames):
        check()
        last = min(first + block_frames, count)
        rms[first:last] = _block_rms(_mono(sound, first, last))
    return rms


def _mono(sound: np.ndarray, first: int, last: int) -> np.ndarray:
    """The mean of the channels under frames first to last, zeros where a frame reaches past an end."""
    length_n = sound.shape[-1]
    start, end = first * hop_n - frame_n // 2, (last - 1) * hop_n + frame_n // 2
    piece = sound[:, max(start, 0) : min(end, length_n)]
    if not np.isfinite(piece).all():
        raise FoleyError("E-SOUND", sample=_first_bad(piece, max(start, 0)))
    mono = piece[0] if len(piece) == 1 else np.mean(piece, axis=0)
    return np.pad(mono, (max(-start, 0), max(end - max(length_n, start), 0)))


def _first_bad(piece: np.ndarray, start: int) -> int:
    return start + int(np.argmax(~np.isfinite(piece).all(axis=0)))


def _block_rms(mono: np.ndarray) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(mono, frame_n)[::hop_n]
    # Squares, mean and root all in float32: frames near a threshold then fall on the reference's side.
    return np.sqrt(np.mean(np.square(frames), axis=1))


def _levels_db(rms: np.ndarray) -> np.ndarray:
    power = np.maximum(np.float32(lowest_rms**2), np.square(rms))
    db = 10 * np.log10(power)
    return np.maximum(db, db.max() - span_db)
