"""Timelines from and to files. A timeline file is untrusted: every way it can be wrong becomes one FoleyError."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import opentimelineio as otio

from foleyline.errors import FoleyError

from ..media import paths_of
from ..timeline import namespace
from . import edl, fcpxml, otio_bundle, otio_json
from .text import read_text

suffixes = (".otio", ".otioz", ".otiod", ".xml", ".edl", ".fcpxml", ".aaf")

largest_text = 256 << 20
largest_xml = 64 << 20
largest_edl = 16 << 20

adapter_failures = (
    otio.exceptions.OTIOError,
    ArithmeticError,
    AttributeError,
    ElementTree.ParseError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def is_timeline(path: Path) -> bool:
    """By its suffix alone; anything else is taken for a movie."""
    return path.suffix.lower() in suffixes


def read(path: Path, *, rate: Fraction | None = None, media_folder: Path | None = None) -> list[otio.schema.Timeline]:
    """Every timeline in a file, in its order.

    rate: of an EDL, which does not say; guessed from its frame numbers where it is None (see `notes_of`).
    media_folder: where the media of an .otioz are unpacked to; without it they stay out of reach.
    Raises FoleyError E-INPUT (not there), E-OTIO (not a timeline, damaged, or nothing in it but clips),
    E-SCHEMA (newer than OTIO here reads), E-MISSING (its adapter is not installed), E-OUT (cannot be unpacked).
    """
    if not path.is_file() and not (path.suffix.lower() == ".otiod" and path.is_dir()):
        raise FoleyError("E-INPUT", name=path.name)
    readers: dict[str, Callable[[], object]] = {
        ".otio": lambda: _from_json(read_text(path, largest_text), path.name),
        ".otiod": lambda: _from_folder(path),
        ".otioz": lambda: _from_zip(path, media_folder),
        ".edl": lambda: _from_edl(path, rate),
        ".fcpxml": lambda: _from_fcpxml(path),
        ".xml": lambda: _adapted(path.name, "fcp_xml", read_text(path, largest_xml)),
        ".aaf": lambda: _from_aaf(path),
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise FoleyError("E-OTIO", name=path.name, reason=f"{path.suffix or 'a file without a suffix'} is not known")
    return _timelines(reader(), path.name)


def notes_of(timeline: otio.schema.Timeline) -> list[str]:
    """Sentences on what reading had to assume."""
    ours = timeline.metadata.get(namespace)
    return [str(note) for note in ours.get("notes", [])] if ours else []


def write(timeline: otio.schema.Timeline, path: Path, *, source: Path | None = None) -> None:
    """Writes .otio, whole or not at all; media that were given relative to `source` stay reachable.

    source: the file that the timeline came from; it is never written to. Raises FoleyError E-OUT.
    """
    if source is not None and path.exists() and path.samefile(source):
        raise FoleyError("E-OUT", folder=path.parent, reason=f"{path.name} is the timeline that was handed in")
    if source is not None and source.parent.absolute() != path.parent.absolute():
        timeline = _with_absolute_media(timeline, source.parent.absolute())
    _write_whole(path, otio.adapters.write_to_string(timeline, "otio_json"))


def _write_whole(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}.part")
    try:
        try:
            with part.open("x", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise FoleyError("E-OUT", folder=path.parent, reason=error.strerror or error) from error


def _from_json(text: str, name: str) -> object:
    otio_json.check(text, name)
    return _adapted(name, "otio_json", text)


def _adapted(name: str, adapter: str, text: str, **options: float) -> object:
    """What an adapter makes of the text. Adapters raise whatever a file's content led them into."""
    _check_installed(name, adapter)
    try:
        return otio.adapters.read_from_string(text, adapter_name=adapter, **options)  # pyright: ignore[reportArgumentType]
    except otio.exceptions.UnsupportedSchemaError as error:
        raise FoleyError("E-SCHEMA", name=name, schema="an object") from error
    except adapter_failures as error:
        raise FoleyError("E-OTIO", name=name, reason=_first_line(error)) from error


def _check_installed(name: str, adapter: str) -> None:
    if adapter not in {known.name for known in otio.plugins.ActiveManifest().adapters}:
        raise FoleyError("E-MISSING", name=name, reason=f"OpenTimelineIO's {adapter} adapter is not installed")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else "its content is not what its format asks for"


def _from_folder(path: Path) -> object:
    document = _from_json(read_text(path / otio_bundle.timeline_name, largest_text), path.name)
    return _with_media_in(document, path.absolute())


def _from_zip(path: Path, media_folder: Path | None) -> object:
    document = _from_json(otio_bundle.timeline_text(path, largest_text), path.name)
    if media_folder is None:
        return document
    otio_bundle.unpack_media(path, media_folder)
    return _with_media_in(document, media_folder.absolute())


def _with_media_in(document: object, folder: Path) -> object:
    for timeline in _found(document):
        _make_absolute(timeline, folder)
    return document


def _from_edl(path: Path, rate: Fraction | None) -> object:
    text = read_text(path, largest_edl)
    likely, rate_name = edl.likely_rate(text)
    timeline = _adapted(path.name, "cmx_3600", text, rate=float(rate or likely))
    if isinstance(timeline, otio.schema.Timeline):
        edl.settle(timeline)
        edl.note(timeline, text, None if rate else rate_name)
    return timeline


def _from_fcpxml(path: Path) -> object:
    text = read_text(path, largest_xml)
    described = fcpxml.parse(text, path.name)
    document = _adapted(path.name, "fcpx_xml", text)
    fcpxml.restore(described, list(_found(document)))
    return document


def _from_aaf(path: Path) -> object:
    _check_installed(path.name, "AAF")
    try:
        return otio.adapters.read_from_file(str(path), "AAF")
    except (OSError, *adapter_failures) as error:
        raise FoleyError("E-OTIO", name=path.name, reason=_first_line(error)) from error


def _timelines(document: object, name: str) -> list[otio.schema.Timeline]:
    timelines = list(_found(document))
    if not timelines:
        raise FoleyError("E-OTIO", name=name, reason="there is no timeline in it")
    for timeline in timelines:
        if timeline.tracks is None:
            raise FoleyError("E-OTIO", name=name, reason="its timeline has no tracks")
    return timelines


def _found(document: object) -> Iterator[otio.schema.Timeline]:
    if isinstance(document, otio.schema.Timeline):
        yield document
    elif isinstance(document, otio.schema.SerializableCollection):
        children: list[object] = list(document)  # pyright: ignore[reportArgumentType]
        for child in children:
            yield from _found(child)


def _with_absolute_media(timeline: otio.schema.Timeline, folder: Path) -> otio.schema.Timeline:
    moved = timeline.deepcopy()
    _make_absolute(moved, folder)
    return moved


def _make_absolute(timeline: otio.schema.Timeline, folder: Path) -> None:
    """Points references at the files that they name relative to the folder; others stay as they are written."""
    clips = timeline.find_clips() if timeline.tracks is not None else []
    for clip in clips:
        for reference in clip.media_references().values():
            for field in ("target_url", "target_url_base"):
                url = getattr(reference, field, None)
                if url and not PurePosixPath(url).is_absolute():
                    there = next((path for path in paths_of(url, folder) if Path(path).exists()), url)
                    setattr(reference, field, there)
