"""Which clips the editor pointed at in the program, and where its timeline is kept to go on without it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from .host import HostTimeline, Pointed, Selection

namespace = "foleyline"
usual_color, usual_flag = "Teal", "Mint"
"""What a clip is given in a program that cannot tell its selection, to say that it is wanted."""


def best(
    selections: Sequence[Selection], clips: Sequence[pb.Clip], color: str = usual_color, flag: str = usual_flag
) -> Selection | None:
    """The first way of pointing that reaches a clip: selected, then the color and flag that mean it, In to Out, the
    playhead. Other colors and flags mean something else to this editor and are for choosing by hand."""
    meant = {"color": color, "flag": flag}
    for selection in selections:
        if selection.how in meant and selection.value != meant[selection.how]:
            continue
        if pointed_at(selection, clips):
            return selection
    return None


def pointed_at(selection: Selection, clips: Sequence[pb.Clip]) -> list[int]:
    """Indices of the clips that it reaches: those on its video tracks that its clips or its range overlap.

    A clip that was nested or cut on the way through OTIO has another range than the program says, so overlapping by
    at least half of the shorter one is what counts.
    """
    return [n for n, clip in enumerate(clips) if _is_reached(selection, clip)]


def _is_reached(selection: Selection, clip: pb.Clip) -> bool:
    start = clip.record_range.start.value
    span = start, clip.record_range.duration.value
    if selection.how == "in_out":
        return selection.span is not None and _shared(selection.span, span) > 0
    return any(_is_same(pointed, clip.track, span) for pointed in selection.clips)


def _is_same(pointed: Pointed, track: str, span: tuple[int, int]) -> bool:
    if pointed.kind != "video" or f"V{pointed.track}" != track:
        return False
    return 2 * _shared(pointed.record, span) >= max(1, min(pointed.record[1], span[1]))


def _shared(one: tuple[int, int], other: tuple[int, int]) -> int:
    return min(one[0] + one[1], other[0] + other[1]) - max(one[0], other[0])


def keep(timeline: HostTimeline, folder: Path) -> Path:
    """Writes the timeline's text into the folder, whole or not at all, under a name of its own that stays the same.

    The panel reads it from there, and goes on from there when the program is gone. Raises FoleyError E-OUT, and E-OTIO
    where there is no text.
    """
    if timeline.text is None:
        raise FoleyError("E-OTIO", name=timeline.name, reason="the program did not tell it")
    name = hashlib.sha256(timeline.id.encode()).hexdigest()[:16]
    is_otio = timeline.read_by != "xml"
    path = folder / f"{name}.{'otio' if is_otio else 'xml'}"
    part = path.with_name(f".{name}.{secrets.token_hex(4)}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(_completed(timeline, timeline.text) if is_otio else timeline.text, encoding="utf8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise FoleyError("E-OUT", folder=folder, reason=error.strerror or error) from error
    return path


def _completed(timeline: HostTimeline, text: str) -> str:
    """With what programs leave out of their OTIO: the name, the start, and drop frame, for which it has no place."""
    try:
        document = json.loads(text)
        told = document.setdefault("metadata", {}).setdefault(namespace, {})
        told.setdefault("drop_frame", timeline.drop_frame)
    except (AttributeError, RecursionError, ValueError):
        return text  # whoever reads it says what is wrong with it
    document["name"] = document.get("name") or timeline.name
    if not document.get("global_start_time"):
        start = {"OTIO_SCHEMA": "RationalTime.1", "value": float(timeline.start), "rate": float(timeline.rate)}
        document["global_start_time"] = start
    return json.dumps(document, ensure_ascii=False)
