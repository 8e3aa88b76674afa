"""What the panel is told of an edit: the parts of an answer to `timeline`, and what lies there of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from . import reading
from .background import Rest
from .reading import Reading, Row
from .snapshot import Edit, Strip

Node = dict[str, Any]


def revision(edit: Edit, rest: Rest) -> str:
    """Another text whenever a strip, a channel, a marker or the rate is another; what is selected does not count."""
    digest = hashlib.sha256()
    _add(digest, edit, rest)
    return digest.hexdigest()[:16]


def _add(digest: Any, edit: Edit, rest: Rest) -> None:
    digest.update(repr((edit.name, edit.rate, edit.first, edit.channels, edit.markers)).encode())
    for strip in edit.strips:
        digest.update(repr(_unselected(strip)).encode())
        rest()
    for nested in edit.nested.values():
        _add(digest, nested, rest)


def _unselected(strip: Strip) -> Strip:
    return replace(strip, is_selected=False, inner=tuple(_unselected(inner) for inner in strip.inner))


def text(read: Reading, rest: Rest) -> str:
    parts = []
    for part in json.JSONEncoder(ensure_ascii=False, allow_nan=False).iterencode(read.text):
        parts.append(part)
        rest()
    return "".join(parts)


def tracks(edit: Edit, read: Reading) -> list[Node]:
    return [
        {
            "kind": row.kind,
            "index": index,
            "name": edit.channels[row.channel - 1].name,
            "enabled": not edit.channels[row.channel - 1].is_muted,
            "locked": edit.channels[row.channel - 1].is_locked,
        }
        for row, index in read.indexed()
    ]


def ours(edit: Edit, read: Reading) -> list[Node]:
    """What lies in metastrips counts to the track of the outermost."""
    return [
        found(strip, edit, row, index)
        for row, index in read.indexed()
        for outer in row.strips
        for strip in _with_inner(outer)
        if strip.mark
    ]


def _with_inner(strip: Strip) -> Iterator[Strip]:
    yield strip
    for inner in strip.inner:
        yield from _with_inner(inner)


def found(strip: Strip, edit: Edit, row: Row, index: int) -> Node:
    return {
        "id": strip.mark.id if strip.mark else "",
        "batch": strip.mark.batch if strip.mark else "",
        "lane": edit.channels[row.channel - 1].name,
        "index": index,
        "record": [strip.start, strip.end - strip.start],
        "first": round(strip.start - strip.content),
        "path": strip.path,
        "name": strip.name,
    }


def selections(edit: Edit, read: Reading, color: str) -> list[Node]:
    """The ways in which the editor points at strips, without those that point at nothing."""
    told = [{"how": "selected", "clips": list(_selected(edit, read))}]
    tags = sorted({strip.color for strip in edit.strips} - {"NONE"}, key=lambda tag: (tag != color, tag))
    for tag in tags:
        clips = [clip for clip, strip in _clips(read) if strip.color == tag]
        told.append({"how": "color", "value": tag, "clips": clips})
    if edit.preview:
        first, last = edit.preview
        inside = [clip for clip, strip in _clips(read) if strip.start <= last and strip.end > first]
        told.append({"how": "in_out", "clips": inside, "range": [first, last + 1 - first]})
    under = [clip for clip, strip in _clips(read) if strip.start <= edit.playhead < strip.end]
    told.append({"how": "playhead", "clips": under})
    return [each for each in told if each["clips"]]


def _clips(read: Reading) -> Iterator[tuple[Node, Strip]]:
    for row, index in read.indexed():
        for strip in row.strips:
            yield pointed(strip, row.kind, index, (strip.start, strip.end)), strip


def pointed(strip: Strip, kind: str, index: int, span: tuple[int, int]) -> Node:
    return {"kind": kind, "track": index, "record": [span[0], span[1] - span[0]], "name": strip.name}


def _selected(edit: Edit, read: Reading) -> Iterator[Node]:
    """Selected strips at the level that the editor sees: others keep their mark of being selected unseen."""
    for row, index in read.indexed():
        for strip in row.strips:
            for each, span in _chosen(strip, (strip.start, strip.end), edit.opened):
                yield pointed(each, reading.kind_of(each), index, span)


def _chosen(strip: Strip, span: tuple[int, int], opened: str) -> Iterator[tuple[Strip, tuple[int, int]]]:
    """opened: the metastrip to look in; empty once that is entered, or where the editor is in none."""
    if not opened:
        if strip.is_selected:
            yield strip, span
        return
    for inner in strip.inner:
        cut = max(span[0], inner.start), min(span[1], inner.end)
        if cut[0] < cut[1] and inner.kind not in reading.effects:
            yield from _chosen(inner, cut, "" if strip.name == opened else opened)


def lanes(edit: Edit, read: Reading, channels: Sequence[int]) -> list[Node]:
    """Of the lanes that were asked for, by their channels, those on which something lies."""
    rows = {row.channel: index for row, index in read.indexed() if row.kind == "audio"}
    return [
        {
            "asked": asked,
            "name": edit.channels[channel - 1].name,
            "index": rows[channel],
            "enabled": not edit.channels[channel - 1].is_muted,
        }
        for asked, channel in enumerate(channels)
        if channel in rows
    ]
