"""Where voices are heard in a sound of any length: the built-in detector, a minute at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from .models.exchange import Check, Progress, Sound, Stretch, delivery_rate

window_n = 60 * delivery_rate
shared_n = 10 * delivery_rate
"""Neighboring windows have so much in common; each is believed up to the middle of it."""
joined_below_s = 0.25


def voices_in(blocks: Iterable[np.ndarray], length_n: int, check: Check, progress: Progress) -> list[Stretch]:
    """Stretches with voices of blocks float32 [channels, n] at 48 kHz, length_n samples in all."""
    from .models.evidence.voices import listen

    found: list[Stretch] = []
    for window, start in _windows(blocks):
        begin = start + (shared_n // 2 if start else 0)
        end = start + window.shape[1]
        believed = length_n if end >= length_n else end - shared_n // 2
        for part in listen(Sound(window), check).stretches:
            _add(found, _within(part, start / delivery_rate, begin / delivery_rate, believed / delivery_rate))
        progress(end / length_n)
    return found


def _windows(blocks: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, int]]:
    """Windows and where they begin. They lie in one place in memory: each is gone when the next is asked for."""
    room, held, start = np.zeros((0, 0), np.float32), 0, 0
    for block in blocks:
        if not held:
            room = np.empty((len(block), window_n + shared_n), np.float32)
        first = 0
        while first < block.shape[1]:
            count = min(block.shape[1] - first, room.shape[1] - held)
            room[:, held : held + count] = block[:, first : first + count]
            first, held = first + count, held + count
            if held == room.shape[1]:
                yield room[:, :window_n], start
                held, start = 2 * shared_n, start + window_n - shared_n
                room[:, :held] = room[:, -held:]
    if held:
        yield room[:, :held], start


def _within(part: Stretch, shift_s: float, begin_s: float, end_s: float) -> Stretch:
    return Stretch(max(part.start_s + shift_s, begin_s), min(part.end_s + shift_s, end_s))


def _add(found: list[Stretch], part: Stretch) -> None:
    if part.end_s <= part.start_s:
        return
    if found and part.start_s - found[-1].end_s <= joined_below_s:
        found[-1] = Stretch(found[-1].start_s, max(found[-1].end_s, part.end_s))
    else:
        found.append(part)
