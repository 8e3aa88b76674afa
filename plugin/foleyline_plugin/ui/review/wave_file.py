"""A take's sound file, read by stretches: plain or extensible PCM of 16, 24 or 32 bits, or 32-bit float.

Nothing is mapped into memory, so a file that shrinks or goes away gives silence, not a crash.
"""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

pcm, floating, extensible = 1, 3, 0xFFFE
longest_format_chunk = 64


class Unreadable(Exception):
    """The file is there and is no sound file that can be played; the reason in words."""


class Sound(Protocol):
    """Anything with samples to hear. samples: how many a channel."""

    @property
    def samples(self) -> int: ...

    def read(self, start: int, count: int) -> np.ndarray:
        """float32 [count, 2]; zeros where the stretch lies outside of the sound."""
        ...


@dataclass(frozen=True)
class Silence:
    """What is heard of a version that has no file."""

    samples: int

    def read(self, start: int, count: int) -> np.ndarray:
        return np.zeros((count, 2), np.float32)


@dataclass(frozen=True)
class Layout:
    """Where the samples lie in the file, in bytes, and how they are written."""

    begin: int
    size: int
    channels: int
    rate: int
    bits: int
    is_float: bool

    @property
    def frame_size(self) -> int:
        return self.channels * self.bits // 8


class WaveFile:
    """An open sound file; `read` may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError and other OSError, and Unreadable for what is no sound file."""
        self._file = path.open("rb", buffering=0)
        try:
            self.layout = _layout(self._file, path.stat().st_size)
        except (struct.error, Unreadable) as problem:
            self._file.close()
            raise Unreadable(str(problem) if isinstance(problem, Unreadable) else "it breaks off") from problem
        self._lock = threading.Lock()

    @property
    def samples(self) -> int:
        return self.layout.size // self.layout.frame_size

    @property
    def rate(self) -> int:
        return self.layout.rate

    def read(self, start: int, count: int) -> np.ndarray:
        """float32 [count, 2] from sample `start`, full scale 1.0; zeros outside of the file. Mono is doubled."""
        heard = np.zeros((count, 2), np.float32)
        first, end = max(start, 0), min(start + count, self.samples)
        if first < end:
            found = _decoded(self._bytes(first, end - first), self.layout)
            heard[first - start : first - start + len(found)] = found
        return heard

    def _bytes(self, first: int, count: int) -> bytes:
        frame_size = self.layout.frame_size
        with self._lock:
            if self._file.closed:
                return b""
            self._file.seek(self.layout.begin + first * frame_size)
            content = self._file.read(count * frame_size) or b""
        return content[: len(content) // frame_size * frame_size]

    def close(self) -> None:
        with self._lock:
            self._file.close()


def _layout(file: BinaryIO, file_size: int) -> Layout:
    kind, _, form = struct.unpack("<4sI4s", file.read(12))
    if kind != b"RIFF" or form != b"WAVE":
        raise Unreadable("it is no sound file")
    fields = None
    while True:
        name, size = struct.unpack("<4sI", file.read(8))
        if name == b"fmt ":
            fields = _fields(file.read(min(size, longest_format_chunk)))
            file.seek(max(0, size - longest_format_chunk) + size % 2, 1)
        elif name == b"data" and fields:
            begin = file.tell()
            return Layout(begin, min(size, file_size - begin), *fields)
        else:
            file.seek(size + size % 2, 1)


def _fields(content: bytes) -> tuple[int, int, int, bool]:
    """Channels, rate, bits, whether float."""
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", content)
    if kind == extensible:
        (kind,) = struct.unpack_from("<H", content, 24)
    if channels < 1 or (kind, bits) not in {(pcm, 16), (pcm, 24), (pcm, 32), (floating, 32)}:
        raise Unreadable(f"its samples have {bits} bits and {channels} channels")
    return channels, rate, bits, kind == floating


def _decoded(content: bytes, layout: Layout) -> np.ndarray:
    """float32 [samples, 2]; of more than two channels the first two."""
    if layout.is_float:
        flat = np.frombuffer(content, "<f4")
    elif layout.bits == 24:
        flat = _from_24(content)
    else:
        flat = np.frombuffer(content, f"<i{layout.bits // 8}") * np.float32(2.0 ** (1 - layout.bits))
    shaped = flat.reshape(-1, layout.channels).astype(np.float32, copy=False)
    return np.repeat(shaped, 2, axis=1) if layout.channels == 1 else shaped[:, :2]


def _from_24(content: bytes) -> np.ndarray:
    """float32 of little-endian 24-bit samples, exact: a float32 holds every 24-bit step."""
    words = np.zeros((len(content) // 3, 4), np.uint8)
    words[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
    return words.view("<i4")[:, 0] * np.float32(2.0**-31)
