"""Room on the disk: counted before, and told in words where it ran out."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from foleyline.errors import FoleyError

no_space = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def free_n(folder: Path) -> int:
    """Bytes free where `folder` is or will be."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return shutil.disk_usage(there).free


def check_space(folder: Path, needed_n: int) -> None:
    """Raises E-DISK where `needed_n` bytes do not fit."""
    free = free_n(folder)
    if needed_n > free:
        raise _full(folder, needed_n, free)


def _full(folder: Path, needed_n: int, free: int) -> FoleyError:
    told = f"{folder} ({needed_n / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free)"
    return FoleyError("E-DISK", folder=told, needed_n=needed_n, free_n=free)


@contextlib.contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """Raises E-DISK where there is no room and E-OUT where nothing can be written, for any trouble inside."""
    try:
        yield
    except OSError as problem:
        code = "E-DISK" if problem.errno in no_space else "E-OUT"
        raise FoleyError(code, folder=folder, reason=problem.strerror or str(problem)) from problem


def settle(path: Path) -> None:
    """Makes a file's content outlast a power cut."""
    with path.open("r+b") as file:  # Windows syncs only what may be written
        os.fsync(file.fileno())


def brought(source: Path, target: Path) -> None:
    """The same content at `target`: one file under two names where the disk can do that, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
