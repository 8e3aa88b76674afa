"""A Broadcast WAV of any length, written as its samples come, with its loudness in bext: whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from foleyline_engine.media import whole_file
from foleyline_engine.media.broadcast_wav import full_scale, head, packed, padding_n
from foleyline_engine.media.loudness import Measure, Meter

not_yet = Measure(None, None, None, None, None)


class Growing:
    """loudness: there once the file is."""

    def __init__(self, file: BinaryIO, channels: int) -> None:
        self._file = file
        self._meter = Meter(channels)
        self.written_n = 0
        self.loudness = not_yet

    def add(self, steps: np.ndarray) -> None:
        """The next samples, whole steps of 24 bits [channels, n]."""
        self._file.write(packed(steps.T))
        self._meter.add((steps / full_scale).astype(np.float32))
        self.written_n += steps.shape[1]

    def finish(self) -> None:
        self.loudness = self._meter.measured()


@contextmanager
def growing(path: Path, shape: tuple[int, int], **told: Any) -> Iterator[Growing]:
    """The file `path`, of so many [channels, samples], once the block is left; gone where it is left by an error.

    told: what `broadcast_wav.head` wants to know. Raises E-LONG, E-DISK, E-OUT; ValueError where other samples came.
    """
    with whole_file.drafted(path) as file:
        file.write(head(shape, not_yet, name=path.name, **told))
        grown = Growing(file, shape[0])
        yield grown
        if grown.written_n != shape[1]:
            raise ValueError(f"{grown.written_n} samples came and not {shape[1]}")
        grown.finish()
        file.write(bytes(padding_n(shape)))
        file.seek(0)
        file.write(head(shape, grown.loudness, name=path.name, **told))
