"""An edit's plain values to OTIO: channels to tracks, metastrips and scenes to stacks, strips to clips."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from . import otio, pictures
from .otio import Node
from .snapshot import Channel, Edit, Strip

effects = {
    "CROSS",
    "ADD",
    "SUBTRACT",
    "ALPHA_OVER",
    "ALPHA_UNDER",
    "GAMMA_CROSS",
    "MULTIPLY",
    "OVER_DROP",
    "WIPE",
    "GLOW",
    "TRANSFORM",
    "SPEED",
    "MULTICAM",
    "ADJUSTMENT",
    "GAUSSIAN_BLUR",
    "COLORMIX",
    "COMPOSITOR",
}
"""What works on other strips; whatever else has no file is made by Blender."""


noted_from = 2
"""Frames that a strip may hold without a note: the last of a speed change is often one."""


@dataclass
class Row:
    """One track: strips of one channel and kind that do not overlap. Blender lets its scripts lay them over others."""

    kind: str
    channel: int
    strips: list[Strip] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.strips[-1].end if self.strips else -(10**9)


@dataclass(frozen=True)
class Reading:
    """start: the first record frame. rows: the tracks of the timeline, in their order from the bottom."""

    text: Node
    start: int
    rows: Sequence[Row]

    def indexed(self) -> Iterator[tuple[Row, int]]:
        """Each track with its number within its kind, from 1."""
        counts = {"video": 0, "audio": 0}
        for row in self.rows:
            counts[row.kind] += 1
            yield row, counts[row.kind]


def start_of(edit: Edit) -> int:
    """The scene's first frame, or an earlier one where strips begin before it; OTIO has no room before zero."""
    return max(0, min([edit.first, *(strip.start for strip in edit.strips)]))


def read(edit: Edit, name: str) -> Reading:
    start = start_of(edit)
    rows = rows_of(edit.strips)
    level = _Level(edit, edit.rate, _slowed(edit), [])
    tracks = level.tracks(rows, edit.channels, start)
    markers = [otio.marker(each.name, each.frame - start, edit.rate) for each in edit.markers if each.frame >= start]
    stack = otio.stack("tracks", tracks, markers=markers)
    return Reading(otio.timeline(name, start, edit.rate, stack, _notes(edit, level.notes, start)), start, rows)


def _notes(edit: Edit, notes: Iterable[str], start: int) -> list[str]:
    early = [strip.name for strip in edit.strips if strip.start < start and strip.kind not in effects]
    before = [f"What lies before frame 0 was left out: {', '.join(early)}."] if early else []
    return [*before, *notes]


def rows_of(strips: Iterable[Strip]) -> list[Row]:
    """By channel from the bottom; in a channel pictures first, then sounds."""
    rows: list[Row] = []
    for strip in sorted(strips, key=lambda strip: (strip.channel, kind_of(strip) != "video", strip.start, strip.name)):
        if strip.kind in effects:
            continue
        kind = kind_of(strip)
        same = (row for row in rows if (row.channel, row.kind) == (strip.channel, kind) and row.end <= strip.start)
        row = next(same, None)
        if row is None:
            row = Row(kind, strip.channel)
            rows.append(row)
        row.strips.append(strip)
    return rows


def kind_of(strip: Strip) -> str:
    if strip.kind == "META":
        inside = [kind_of(inner) for inner in strip.inner if inner.kind not in effects]
        return "audio" if inside and set(inside) == {"audio"} else "video"
    return "audio" if strip.kind == "SOUND" else "video"


def _slowed(edit: Edit) -> set[str]:
    """Strips under a SPEED effect, by name: their picture has another speed, their edges do not tell."""

    def inside(strips: Iterable[Strip]) -> Iterator[str]:
        for strip in strips:
            yield strip.slowed
            yield from inside(strip.inner)

    return {*inside(edit.strips)} - {""}


@dataclass
class _Level:
    """The strips of one scene, at any depth.

    rate: the outermost timeline's, which frames count in; a nested scene plays frame for frame, whatever its own
    rate. slowed: names of strips under a SPEED effect. notes: grows with what could not be told.
    """

    edit: Edit
    rate: Fraction
    slowed: set[str]
    notes: list[str]

    def tracks(self, rows: Sequence[Row], channels: Sequence[Channel], start: int) -> list[Node]:
        return [self._track(row, channels, start) for row in rows]

    def _track(self, row: Row, channels: Sequence[Channel], start: int) -> Node:
        channel = channels[row.channel - 1]
        children: list[Node] = []
        end = start
        for strip in row.strips:
            shown = self._shown(strip, start)
            if shown is None:
                continue
            if shown[0] > end:
                children.append(otio.gap(shown[0] - end, self.rate))
            children.append(self._item(strip, *shown))
            end = shown[1]
        return otio.track(channel.name, row.kind.capitalize(), children, row.channel, not channel.is_muted)

    def _shown(self, strip: Strip, start: int) -> tuple[int, int] | None:
        """The frames that are told of a strip: what lies at or after start, without held first and last frames."""
        first, end = max(strip.start, start), strip.end
        moving = pictures.moving(strip, self.edit.rate)
        if moving is not None and strip.name not in self.slowed:
            first, end = max(first, moving[0]), min(end, moving[1])
            held = (strip.end - strip.start) - (moving[1] - moving[0])
            if held > noted_from and first < end:
                self.notes.append(f"“{strip.name}” holds a frame for {held} frames; those were left out.")
        return (first, end) if first < end else None

    def _item(self, strip: Strip, first: int, end: int) -> Node:
        if strip.kind == "META":
            return self._meta(strip, first, end)
        if strip.kind == "SCENE" and strip.scene in self.edit.nested:
            return self._scene(strip, first, end)
        media, source, warp = self._source(strip, first, end)
        more = {"enabled": not strip.is_muted, "effects": warp, "metadata": _told(strip)}
        return otio.clip(strip.name, media, source, **more)

    def _source(self, strip: Strip, first: int, end: int) -> tuple[Node, Node, list[Node]]:
        count = end - first
        media = self._media(strip)
        rate = strip.rate or self.rate
        still = len(strip.images) == 1
        pace = None if still or strip.native == 0 else pictures.pace(strip, self.edit.rate)
        plain = otio.time_range(0, rate, count, self.rate)
        if still:
            return media, plain, []
        if pace is None or strip.name in self.slowed:
            return media, plain, [otio.varying_speed("Speed change")]
        scalar = pace.frames * self.rate / rate
        warp = [] if scalar == 1 else [otio.speed(scalar)]
        source = otio.time_range(pace.first_of(first, end), rate, count, self.rate)
        return media, source, warp

    def _media(self, strip: Strip) -> Node:
        available = None
        if strip.native and strip.rate:
            available = otio.frames(0, strip.native, strip.rate)
        if strip.kind == "IMAGE":
            return self._images(strip)
        if strip.kind in ("MOVIE", "MOVIECLIP", "SOUND"):
            return otio.file(strip.path, available) if strip.path else otio.missing()
        return otio.generator(strip.kind.capitalize())

    def _images(self, strip: Strip) -> Node:
        if len(strip.images) == 1:
            return otio.file(str(Path(strip.path) / strip.images[0]), None)
        numbered = pictures.numbered(strip.images)
        if numbered is None:
            self.notes.append(f"“{strip.name}” is made of images that are not numbered in one row. Render it first.")
            return otio.generator("Image")
        available = otio.frames(0, len(strip.images), strip.rate or self.rate)
        return otio.images(strip.path, *numbered, available)

    def _meta(self, strip: Strip, first: int, end: int) -> Node:
        """Strips in a metastrip keep the scene's frames, so the stack's own time begins with the earliest of them."""
        origin = min([first, *(inner.start for inner in strip.inner)])
        rows = rows_of(strip.inner)
        return otio.stack(
            strip.name,
            self.tracks(rows, strip.channels, origin),
            otio.frames(first - origin, end - first, self.rate),
            enabled=not strip.is_muted,
            effects=[] if _is_plain(strip, _extent(strip)) else [otio.varying_speed("Speed change")],
            metadata=_told(strip),
        )

    def _scene(self, strip: Strip, first: int, end: int) -> Node:
        """A nested edit shows its scene's own frames, one for one, from the scene's first."""
        edit = self.edit.nested[strip.scene]
        shown = edit.first + strip.trims[0] + first - math.floor(strip.content)
        origin = min([shown, *(inner.start for inner in edit.strips)])
        level = _Level(edit, self.rate, _slowed(edit), self.notes)
        return otio.stack(
            strip.name,
            level.tracks(rows_of(edit.strips), edit.channels, origin),
            otio.frames(shown - origin, end - first, self.rate),
            enabled=not strip.is_muted,
            effects=[] if _is_plain(strip, strip.length) else [otio.varying_speed("Speed change")],
            metadata=_told(strip),
        )


def _extent(strip: Strip) -> int:
    return max((inner.end for inner in strip.inner), default=0) - min((inner.start for inner in strip.inner), default=0)


def _is_plain(strip: Strip, extent: int) -> bool:
    """Whether what is nested plays frame for frame. Versions without speeds do not tell that a metastrip was retimed,
    but its length does; one that a script made has a length of 1 until it is touched."""
    is_at_speed = strip.length in (1, extent) if strip.speed is None else strip.speed == 1
    return is_at_speed and not strip.is_reversed and not strip.keys


def _told(strip: Strip) -> Node:
    return {"blender": {"strip": strip.name, "type": strip.kind, "channel": strip.channel}}
