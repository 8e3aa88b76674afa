"""Sounds onto new channels and off them again, in slices, each looked up anew: between two of them strips may go."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import bpy

from . import editing, ours
from .protocol import Params, Problem, refused

Slices = Generator[Any, None, Any]

samples_a_second = 48000
read_back_at_once = 50
earliest, latest = -1_048_574, 1_048_574
"""Frames that Blender has."""


@dataclass(frozen=True)
class Sound:
    id: str
    lane: int
    name: str
    path: str
    start: int
    frames: int
    first: int
    shift: int
    notes: dict[str, str]

    @property
    def end(self) -> int:
        return self.start + self.frames


@dataclass(frozen=True)
class Lane:
    name: str
    is_enabled: bool


@dataclass(frozen=True)
class Marker:
    id: str
    name: str
    frame: int


@dataclass
class Placing:
    """left, differences: as they are answered, growing as the work goes on. channels: of the lanes, in their order."""

    scene: str
    start: int
    batch: str
    lanes: Sequence[Lane]
    sounds: Sequence[Sound]
    markers: Sequence[Marker]
    left: list[dict[str, Any]] = field(default_factory=list)
    differences: list[dict[str, Any]] = field(default_factory=list)
    channels: list[int] = field(default_factory=list)

    def leave(self, sound: Sound, reason: str, **facts: Any) -> None:
        self.left.append({"id": sound.id, "reason": reason, "bin": None, "facts": facts})

    def differ(self, sound: Sound, what: str, asked: Any, found: Any) -> None:
        self.differences.append({"id": sound.id, "what": what, "asked": asked, "found": found})


def asked(params: Params, scene: str) -> Placing:
    """Raises Problem for params that are not as they should be, and for sounds that would lie over one another."""
    lanes = [Lane(lane.text("name"), lane.flag("enabled", True)) for lane in params.each("lanes")]
    sounds = [_sound(sound, len(lanes)) for sound in params.each("sounds")]
    markers = [
        Marker(marker.text("id"), marker.text("name"), marker.pair("record")[0])
        for marker in params.each("markers", [])
    ]
    in_order = sorted(sounds, key=lambda sound: (sound.lane, sound.start))
    for one, other in pairwise(in_order):
        if one.lane == other.lane and one.end > other.start:
            raise params.refuse("sounds")
    return Placing(scene, params.number("start"), params.text("batch"), lanes, in_order, markers)


def _sound(params: Params, lanes: int) -> Sound:
    start, frames = params.pair("record")
    sound = Sound(
        id=params.text("id"),
        lane=params.number("lane"),
        name=params.text("name"),
        path=params.text("path"),
        start=start,
        frames=frames,
        first=params.number("first"),
        shift=params.number("shift", 0),
        notes=params.texts("notes"),
    )
    if not 0 <= sound.lane < lanes:
        raise params.refuse("lane")
    if frames <= 0 or sound.first < 0 or sound.first + frames > params.number("frames"):
        raise params.refuse("record")
    return sound


def place(placing: Placing) -> Slices:
    """Yields how many are placed. Raises Problem where there is no room, or the scene is gone."""
    scene = scene_of(placing.scene)
    tidy(scene)
    _check_room(scene, placing)
    editing.push_undo("Before Foley")
    try:
        yield 0
        yield from _place_all(placing)
    except BaseException:
        take_back(placing)
        raise
    editing.push_undo("Place Foley")


def _place_all(placing: Placing) -> Slices:
    name_lanes(scene_of(placing.scene), placing)
    for done, sound in enumerate(placing.sounds, start=1):
        _place_one(scene_of(placing.scene), sound, placing)
        yield done
    yield from _take_off_wrong(placing)
    scene = scene_of(placing.scene)
    _set_markers(scene, placing)
    tidy(scene)
    yield len(placing.sounds)


def take_back(placing: Placing) -> None:
    """All of a placing that nobody waits for any more."""
    scene = bpy.data.scenes.get(placing.scene)
    if scene is None:
        return
    theirs = [(strip, owner) for strip, owner in editing.holders(scene) if _is_of(strip, placing.batch)]
    forget([_remove(strip, owner) for strip, owner in theirs])
    tidy(scene)


def _is_of(strip: Any, batch: str) -> bool:
    mark = ours.mark_of(strip)
    return mark is not None and mark.batch == batch


def scene_of(name: str) -> Any:
    scene = bpy.data.scenes.get(name)
    if scene is None:
        raise Problem(refused, why="the scene is gone")
    return scene


def _check_room(scene: Any, placing: Placing) -> None:
    placing.channels = ours.free_channels(scene)[: len(placing.lanes)]
    if len(placing.channels) < len(placing.lanes):
        raise Problem(refused, why="no_lane")


def name_lanes(scene: Any, placing: Placing) -> None:
    editor = scene.sequence_editor
    for number, lane in zip(placing.channels, placing.lanes, strict=True):
        channel = editor.channels[number]
        channel.name = lane.name
        channel.mute = not lane.is_enabled
        if channel.name != lane.name:
            told = {"lane": lane.name, "what": "name", "asked": lane.name, "found": channel.name}
            placing.differences.append(told)
    names = [editor.channels[number].name for number in placing.channels]
    ours.set_lanes(scene, [*ours.lanes(scene), *names])


def _place_one(scene: Any, sound: Sound, placing: Placing) -> None:
    start = sound.start - sound.first
    if sound.start < placing.start:
        placing.leave(sound, "before_start")
    elif not Path(sound.path).is_file():
        # Blender itself makes a strip of one frame of a file that is not there.
        placing.leave(sound, "no_file")
    elif start < earliest or sound.end > latest:
        placing.leave(sound, "no_lane")
    else:
        strip = _new(scene, sound, start, placing.channels[sound.lane])
        if strip.sound is None or strip.sound.channels == "INVALID":
            forget([_remove(strip, scene.sequence_editor)])
            placing.leave(sound, "not_imported")
        else:
            _dress(strip, sound, placing)


def _new(scene: Any, sound: Sound, start: int, channel: int) -> Any:
    """The handles are cut off at once, the head's first: a strip that lies over another when an edge of it is set
    is moved to another channel, and what is placed before this one ends where this one begins."""
    strips = editing.strips(scene.sequence_editor)
    strip = strips.new_sound(name=sound.name, filepath=sound.path, channel=channel, frame_start=start)
    strip.select = False
    if sound.first:
        strip.frame_offset_start = sound.first
    strip.frame_final_end = sound.end
    return strip


def _dress(strip: Any, sound: Sound, placing: Placing) -> None:
    ours.mark(strip, sound.id, placing.batch, sound.notes)
    if strip.name != sound.name:
        strip.name = sound.name
    if sound.shift and editing.can_shift():
        strip.sound_offset = sound.shift / samples_a_second


def _take_off_wrong(placing: Placing) -> Slices:
    """Reads back where each sound lies; one that is not where it was asked to be is taken off."""
    never = {each["id"] for each in placing.left}
    waiting = [sound for sound in placing.sounds if sound.id not in never]
    for done in range(0, len(waiting), read_back_at_once):
        scene = scene_of(placing.scene)
        found = _lying(scene, placing.batch)
        for sound in waiting[done : done + read_back_at_once]:
            _read_back(scene, found.get(sound.id), sound, placing)
        del scene, found
        yield len(placing.sounds)


def _read_back(scene: Any, strip: Any, sound: Sound, placing: Placing) -> None:
    if strip is None:
        placing.leave(sound, "dropped")
    elif wrong := _wrong(strip, sound, placing):
        placing.differ(sound, *wrong)
        forget([_remove(strip, scene.sequence_editor)])
        placing.leave(sound, "not_as_asked")
    else:
        _tell_lesser(strip, sound, placing)


def _lying(scene: Any, batch: str) -> dict[str, Any]:
    lying = {}
    for strip in editing.top_strips(scene):
        mark = ours.mark_of(strip)
        if mark and mark.batch == batch:
            lying[mark.id] = strip
    return lying


def _wrong(strip: Any, sound: Sound, placing: Placing) -> tuple[str, Any, Any] | None:
    found = [strip.frame_final_start, strip.frame_final_duration]
    if found != [sound.start, sound.frames]:
        return "record", [sound.start, sound.frames], found
    first = strip.frame_final_start - strip.frame_start
    if first != sound.first:
        return "first", sound.first, first
    path = editing.absolute(strip.sound.filepath, strip.sound)
    if not Path(path).samefile(sound.path):
        return "path", sound.path, path
    channel = placing.channels[sound.lane]
    return None if strip.channel == channel else ("lane", channel, strip.channel)


def _tell_lesser(strip: Any, sound: Sound, placing: Placing) -> None:
    shift = round(getattr(strip, "sound_offset", 0.0) * samples_a_second)
    for what, asked, found in (
        ("name", sound.name, strip.name),
        ("shift", sound.shift, shift),
        ("stereo", "STEREO", strip.sound.channels),
        ("notes", sound.notes, ours.notes_of(strip)),
    ):
        if asked != found:
            placing.differ(sound, what, asked, found)


def _set_markers(scene: Any, placing: Placing) -> None:
    there = {sound.id for sound in placing.sounds} - {each["id"] for each in placing.left}
    known = ours.markers(scene)
    for marker in placing.markers:
        if marker.id not in there:
            continue
        made = scene.timeline_markers.new(marker.name, frame=marker.frame)
        made.select = False
        known.append(ours.Set(marker.id, made.name, made.frame))
        if (made.name, made.frame) != (marker.name, marker.frame):
            told = {"id": marker.id, "what": "marker", "asked": marker.name, "found": made.name}
            placing.differences.append(told)
    ours.set_markers(scene, known)


def remove(scene_name: str, ids: Sequence[str] | None) -> Slices:
    """Yields how many are gone; then the answer's members."""
    scene = scene_of(scene_name)
    wanted = [(mark.id, strip.name) for strip, mark in _marked(scene) if ids is None or mark.id in ids]
    removed: list[str] = []
    left: list[dict[str, Any]] = []
    sounds: list[str] = []
    if wanted:
        editing.push_undo("Before taking Foley off")
        yield 0
    for done, (sound_id, name) in enumerate(wanted, start=1):
        scene = scene_of(scene_name)
        strip, owner = next(((s, o) for s, o in _holders_of(scene, name)), (None, None))
        if strip is not None and strip.lock:
            left.append({"id": sound_id, "reason": "locked", "facts": {}})
        elif strip is not None:
            sounds.append(_remove(strip, owner))
            removed.append(sound_id)
        yield done
    forget(sounds)
    scene = scene_of(scene_name)
    _remove_markers(scene, {*removed})
    lanes = tidy(scene)
    yield len(wanted)
    if removed or lanes:
        editing.push_undo("Take Foley off")
    return {"removed": list(dict.fromkeys(removed)), "lanes": lanes, "left": left}


def _marked(scene: Any) -> list[tuple[Any, ours.Mark]]:
    return [(strip, mark) for strip, _ in editing.holders(scene) if (mark := ours.mark_of(strip))]


def _holders_of(scene: Any, name: str) -> list[tuple[Any, Any]]:
    """The strip of that name, while it is still ours, with what it lies in."""
    strip = editing.find(scene, name)
    if strip is None or ours.mark_of(strip) is None:
        return []
    return [(strip, strip.parent_meta() or scene.sequence_editor)]


def _remove(strip: Any, owner: Any) -> str:
    """The name of its sound's data block, which Blender leaves in the file."""
    sound = strip.sound.name if strip.type == "SOUND" and strip.sound else ""
    editing.strips(owner).remove(strip)
    return sound


def forget(names: Sequence[str]) -> None:
    """Takes data blocks of sounds that nothing uses any more out of the file."""
    found = (bpy.data.sounds.get(name) for name in dict.fromkeys(names))
    unused = [sound for sound in found if sound is not None and sound.users == 0]
    if unused:
        bpy.data.batch_remove(unused)


def _remove_markers(scene: Any, ids: set[str]) -> None:
    kept = []
    for known in ours.markers(scene):
        if known.id not in ids:
            kept.append(known)
            continue
        marker = next((m for m in scene.timeline_markers if (m.name, m.frame) == (known.name, known.frame)), None)
        if marker is not None:
            scene.timeline_markers.remove(marker)
    ours.set_markers(scene, kept)


def tidy(scene: Any) -> list[str]:
    """Gives channels that we named and that nothing lies on their own names back; those of ours that are done."""
    editor = scene.sequence_editor_create()
    used = {strip.channel for strip in editing.strips(editor)}
    known = ours.lanes(scene)
    done = []
    for number, channel in enumerate(editor.channels):
        if number and number not in used and channel.name in known:
            done.append(channel.name)
            channel.name = f"Channel {number}"
            channel.mute = False
    if done:
        ours.set_lanes(scene, [name for name in known if name not in done])
    return done
