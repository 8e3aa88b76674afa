"""Writes a file whole or not at all: beside its place first, then renamed onto it."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from foleyline.errors import FoleyError

no_space = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write(path: Path, parts: Iterable[bytes]) -> None:
    """The parts one after another as the file `path`; folders on the way are made.

    Raises E-DISK where there is no room and E-OUT where the folder cannot be written to; nothing is left then.
    """
    with drafted(path) as file:
        for part in parts:
            file.write(part)


@contextmanager
def drafted(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which has the name `path` once the block is left and is gone where it is left by an error.

    Raises what `write` does.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _draft(path) as file:
            yield file
    except OSError as problem:
        code = "E-DISK" if problem.errno in no_space else "E-OUT"
        raise FoleyError(code, folder=path.parent, reason=problem.strerror) from problem


def draft_key(path: Path) -> str:
    """What the names of a file's unfinished versions have in common; as short for every name."""
    return hashlib.sha256(path.name.encode()).hexdigest()[:16]


@contextmanager
def _draft(path: Path) -> Iterator[BinaryIO]:
    key = draft_key(path)
    for left_by_a_crash in path.parent.glob(f".{key}-*.part"):
        left_by_a_crash.unlink(missing_ok=True)
    draft = path.with_name(f".{key}-{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Makes the rename outlast a power cut, where the system lets folders be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
