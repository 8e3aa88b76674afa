"""What is ours in a file: marks on strips, and a table in the scene for channels and markers, which hold no marks."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import editing

key = "foleyline"


@dataclass(frozen=True)
class Mark:
    id: str
    batch: str


@dataclass(frozen=True)
class Set:
    """A marker of the timeline. It is found again by name and frame: from 5.0 on markers hold no properties."""

    id: str
    name: str
    frame: int


def mark(strip: Any, sound_id: str, batch: str, notes: Mapping[str, str]) -> None:
    strip[key] = {"id": sound_id, "batch": batch, "notes": dict(notes)}


def mark_of(strip: Any) -> Mark | None:
    kept = strip.get(key)
    if kept is None or not hasattr(kept, "get") or not kept.get("id"):
        return None
    return Mark(str(kept["id"]), str(kept.get("batch", "")))


def notes_of(strip: Any) -> dict[str, str]:
    kept = strip.get(key)
    notes: Any = kept.get("notes") if kept is not None and hasattr(kept, "get") else None
    return {name: str(text) for name, text in notes.to_dict().items()} if hasattr(notes, "to_dict") else {}


def lanes(scene: Any) -> list[str]:
    """Names of the channels that we have named."""
    return [str(name) for name in _table(scene).get("lanes", [])]


def set_lanes(scene: Any, names: list[str]) -> None:
    _set(scene, "lanes", names)


def markers(scene: Any) -> list[Set]:
    """The markers that we have set, as they were then."""
    return [Set(str(one["id"]), str(one["name"]), int(one["frame"])) for one in _table(scene).get("markers", [])]


def set_markers(scene: Any, known: list[Set]) -> None:
    _set(scene, "markers", [vars(each) for each in known])


def _table(scene: Any) -> dict[str, Any]:
    kept = scene.get(key)
    return kept.to_dict() if hasattr(kept, "to_dict") else {}


def _set(scene: Any, part: str, value: list[Any]) -> None:
    table = {name: kept for name, kept in {**_table(scene), part: value}.items() if kept}
    if table:
        scene[key] = table
    elif key in scene:
        del scene[key]


def free_channels(scene: Any) -> list[int]:
    """Channels that nothing lies on, that nobody named, locked or muted: those above all strips first."""
    editor = scene.sequence_editor_create()
    used = {strip.channel for strip in editing.strips(editor)}
    top = max(used, default=0)
    untouched = [
        n
        for n, channel in enumerate(editor.channels)
        if 1 <= n <= editing.last_channel
        and n not in used
        and channel.name == f"Channel {n}"
        and not (channel.lock or channel.mute)
    ]
    return sorted(untouched, key=lambda n: (n < top, n))
