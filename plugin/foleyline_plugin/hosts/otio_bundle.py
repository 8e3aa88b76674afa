"""Timelines that travel with their media in one zip file (.otioz)."""

from __future__ import annotations

import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from foleyline.errors import FoleyError

from .text import decoded

timeline_name = "content.otio"
media_name = "media"

damaged = (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, zlib.error)


def timeline_text(path: Path, limit: int) -> str:
    """Raises FoleyError E-OTIO."""
    with _opened(path) as bundle:
        if bundle.getinfo(timeline_name).file_size > limit:
            raise FoleyError("E-OTIO", name=path.name, reason=f"its timeline is larger than {limit >> 20} MB")
        with bundle.open(timeline_name) as file:
            return decoded(file.read(limit + 1), path.name)


def unpack_media(path: Path, folder: Path) -> None:
    """Unpacks each medium under its own name, whole or not at all; those that are there already stay.

    Raises FoleyError E-OTIO for a damaged bundle or one whose names lead out of it, E-OUT for the folder.
    """
    with _opened(path) as bundle:
        for entry in bundle.infolist():
            target = _target(entry, path)
            if target is None:
                continue
            try:
                _unpack(bundle, entry, folder / target)
            except OSError as error:
                raise FoleyError("E-OUT", folder=folder, reason=error.strerror or error) from error


def _target(entry: zipfile.ZipInfo, path: Path) -> PurePosixPath | None:
    name = PurePosixPath(entry.filename)
    if entry.is_dir() or name.parts[:1] != (media_name,):
        return None
    if ".." in name.parts or "\\" in entry.filename:
        raise FoleyError("E-OTIO", name=path.name, reason="the name of one of its media leads out of it")
    return name


def _unpack(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    if target.is_file() and target.stat().st_size == entry.file_size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with bundle.open(entry) as packed, part.open("xb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as bundle:
            yield bundle
    except damaged as error:
        raise FoleyError("E-OTIO", name=path.name, reason=f"the bundle is damaged ({error})") from error
