"""Room for a view's pictures: in memory for a short clip, in a file without a name for a long one."""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Protocol

import numpy as np

from foleyline.errors import FoleyError
from foleyline_engine.models.exchange import kept

most_held = 64 * 2**20
"""Bytes of one view that are held in memory; about 18 s of MMAudio's."""

no_space = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Store(Protocol):
    def put(self, first: int, end: int, picture: np.ndarray) -> None:
        """The same picture at all places from first to end. Raises E-DISK where a file finds no room."""

    def all(self, count: int) -> tuple[np.ndarray, Callable[[], None]]:
        """The first `count` pictures, and what gives back the memory that reading them took. Nothing is put after."""
        ...


def store(room: int, shape: tuple[int, ...]) -> Store:
    """For pictures uint8 [room, *shape], zeros until they are put."""
    return Held(room, shape) if room * prod(shape) <= most_held else Filed(room, shape)


class Held:
    def __init__(self, room: int, shape: tuple[int, ...]) -> None:
        self.pictures = np.zeros((room, *shape), np.uint8)

    def put(self, first: int, end: int, picture: np.ndarray) -> None:
        self.pictures[first:end] = picture

    def all(self, count: int) -> tuple[np.ndarray, Callable[[], None]]:
        return self.pictures[:count], kept


class Filed:
    """Written, not mapped, until it is whole: a full disk is then an error and no fault of memory."""

    def __init__(self, room: int, shape: tuple[int, ...]) -> None:
        self.room, self.shape, self.step = room, shape, prod(shape)
        self.folder = folder()
        self.file = tempfile.TemporaryFile(dir=self.folder, buffering=0)  # noqa: SIM115 - closed once it is mapped

    def put(self, first: int, end: int, picture: np.ndarray) -> None:
        content = np.ascontiguousarray(picture).tobytes()
        try:
            self.file.seek(first * self.step)
            for _ in range(first, end):
                self._write(content)
        except OSError as problem:
            if problem.errno in no_space:
                raise FoleyError("E-DISK", folder=self.folder) from problem
            raise

    def _write(self, content: bytes) -> None:
        """One call may write less than all when the disk fills up; the next one then fails."""
        left = memoryview(content)
        while len(left):
            left = left[self.file.write(left) :]

    def all(self, count: int) -> tuple[np.ndarray, Callable[[], None]]:
        self.file.truncate(self.room * self.step)
        mapped = mmap.mmap(self.file.fileno(), self.room * self.step, access=mmap.ACCESS_READ)
        self.file.close()
        pictures = np.frombuffer(mapped, np.uint8).reshape(self.room, *self.shape)
        return pictures[:count], lambda: _let_go(mapped)


def _let_go(mapped: mmap.mmap) -> None:
    if hasattr(mapped, "madvise"):  # not on Windows
        mapped.madvise(mmap.MADV_DONTNEED)


def folder() -> Path:
    """`TMPDIR`, or /var/tmp, which is on a disk where /tmp often is memory."""
    wanted = Path("/var/tmp")
    if "TMPDIR" not in os.environ and os.access(wanted, os.W_OK):
        return wanted
    return Path(tempfile.gettempdir())
