"""The sequencer's content as plain values, read in slices. Nothing of Blender's is held from one slice to the next."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Any, NamedTuple

import bpy

from . import editing, movies, ours
from .changes import watch

strips_at_once = 25
most_tries = 5

Slices = Generator[None, None, Any]


class Touched(Exception):
    """The editor changed something between two slices."""


@dataclass(frozen=True)
class Strip:
    """One strip. Frames are the scene's own; end is exclusive.

    content: where its first frame of content lies, float. extent: how many frames all of its content takes.
    length: frame_duration, which counts differently between versions. trims: frames of its media that are cut off
    for good, head and tail. native: frames that its media have in all, None where nobody knows. rate: of its media,
    None where it has none. speed: None where the version does not tell. keys: where the keys of a speed change lie.
    inner: a metastrip's strips, channels theirs.
    """

    name: str
    kind: str
    channel: int
    start: int
    end: int
    content: float
    extent: float
    length: int
    trims: tuple[int, int]
    is_muted: bool
    is_selected: bool
    color: str
    path: str = ""
    rate: Fraction | None = None
    native: int | None = None
    speed: float | None = None
    keys: tuple[int, ...] = ()
    is_reversed: bool = False
    images: tuple[str, ...] = ()
    slowed: str = ""
    scene: str = ""
    mark: ours.Mark | None = None
    inner: tuple[Strip, ...] = ()
    channels: tuple[Channel, ...] = ()


class Channel(NamedTuple):
    name: str
    is_muted: bool
    is_locked: bool


@dataclass(frozen=True)
class Marker:
    name: str
    frame: int


@dataclass(frozen=True)
class Edit:
    """A scene's edit. channels: from channel 1 up. preview: first and last frame. nested: edits of the scenes that
    strips show, by name. opened: the name of the metastrip that the editor is in, or empty."""

    name: str
    rate: Fraction
    first: int
    playhead: int
    preview: tuple[int, int] | None
    strips: tuple[Strip, ...]
    channels: tuple[Channel, ...]
    markers: tuple[Marker, ...]
    nested: dict[str, Edit]
    opened: str


def read(scene_name: str) -> Slices:
    """An Edit; None where the scene is gone. Begins again when the editor changes something meanwhile, and reads in
    one go when that goes on and on."""
    yield from _open_movies(scene_name, set())
    for tried in range(most_tries + 1):
        try:
            return (yield from _Reading(watch.epoch, in_one_go=tried == most_tries).edit(scene_name, ()))
        except Touched:
            continue
    return None


def _open_movies(scene_name: str, known: set[str]) -> Slices:
    """Asks each movie strip once for what Blender opens its file for, one a slice. Opening counts as a change to
    Blender, so it is over before reading begins; known: scenes that this was done for."""
    editor: Any = _editor(scene_name)
    names = [strip.name for strip in editing.all_strips(editor) if strip.type == "MOVIE"] if editor else []
    inner = {strip.scene.name for strip in editing.all_strips(editor) if _shows_edit(strip)} if editor else set()
    known.add(scene_name)
    del editor
    for name in names:
        strip = _find(scene_name, name)
        if strip is not None and strip.type == "MOVIE":
            _plain(strip, editing.rate_of(bpy.data.scenes[scene_name]))
        del strip
        yield
    for nested in inner - known:
        yield from _open_movies(nested, known)


def _shows_edit(strip: Any) -> bool:
    return strip.type == "SCENE" and strip.scene is not None and strip.scene_input == "SEQUENCER"


class _Reading:
    def __init__(self, epoch: int, in_one_go: bool) -> None:
        self._epoch = epoch
        self._in_one_go = in_one_go

    def edit(self, name: str, within: tuple[str, ...]) -> Slices:
        scene = bpy.data.scenes.get(name)
        if scene is None:
            return None
        edit = _frame_of(scene)
        strips = yield from self._level(lambda: _editor(name), name)
        nested = {}
        for inner in sorted({strip.scene for strip in _all(strips)} - {"", name, *within}):
            nested[inner] = yield from self.edit(inner, (*within, name))
        return replace(edit, strips=strips, nested=nested)

    def _level(self, locate: Callable[[], Any], scene_name: str) -> Slices:
        found: list[Strip] = []
        while True:
            owner = locate()
            held = list(islice(editing.strips(owner), len(found), len(found) + strips_at_once)) if owner else []
            if not held:
                break
            rate = editing.rate_of(bpy.data.scenes[scene_name])
            found += [_plain(strip, rate) for strip in held]
            del owner, held
            yield from self._rest()
        return (yield from self._with_inner(found, scene_name))

    def _with_inner(self, found: list[Strip], scene_name: str) -> Slices:
        for at, strip in enumerate(found):
            if strip.kind == "META":
                name = strip.name
                inner = yield from self._level(lambda name=name: _find(scene_name, name), scene_name)
                found[at] = replace(strip, inner=inner)
        return tuple(found)

    def _rest(self) -> Slices:
        if not self._in_one_go:
            yield
            if watch.epoch != self._epoch:
                raise Touched


def _all(strips: tuple[Strip, ...]) -> list[Strip]:
    return [each for strip in strips for each in (strip, *_all(strip.inner))]


def _editor(scene_name: str) -> Any:
    scene = bpy.data.scenes.get(scene_name)
    return scene.sequence_editor if scene else None


def _find(scene_name: str, name: str) -> Any:
    scene = bpy.data.scenes.get(scene_name)
    return editing.find(scene, name) if scene else None


def _frame_of(scene: Any) -> Edit:
    editor = scene.sequence_editor
    opened = editing.shown_level(editor) if editor else None
    return Edit(
        name=scene.name,
        rate=editing.rate_of(scene),
        first=scene.frame_start,
        playhead=scene.frame_current,
        preview=(scene.frame_preview_start, scene.frame_preview_end) if scene.use_preview_range else None,
        strips=(),
        channels=_channels(editor) if editor else (),
        markers=tuple(Marker(marker.name, marker.frame) for marker in scene.timeline_markers),
        nested={},
        opened=opened.name if opened is not None and opened != editor else "",
    )


def _channels(owner: Any) -> tuple[Channel, ...]:
    """Blender's own count begins with a channel 0 that nothing lies on."""
    return tuple(Channel(each.name, each.mute, each.lock) for each in list(owner.channels)[1:])


def _plain(strip: Any, rate: Fraction) -> Strip:
    plain = Strip(
        name=strip.name,
        kind=strip.type,
        channel=strip.channel,
        start=strip.frame_final_start,
        end=strip.frame_final_end,
        content=strip.frame_start,
        extent=strip.frame_final_duration + strip.frame_offset_start + strip.frame_offset_end,
        length=strip.frame_duration,
        trims=(getattr(strip, "animation_offset_start", 0), getattr(strip, "animation_offset_end", 0)),
        is_muted=strip.mute,
        is_selected=strip.select,
        color=strip.color_tag,
        keys=tuple(editing.retiming_frames(strip)),
        is_reversed=getattr(strip, "use_reverse_frames", False),
        mark=ours.mark_of(strip),
    )
    more = _readers.get(strip.type)
    told = more(strip, plain, rate) if more else {}
    # From 3.6 on only the SPEED effect has a factor, and there it is no speed of its own.
    speed = None if strip.type == "SPEED" else getattr(strip, "speed_factor", None)
    return replace(plain, speed=speed, **told)


def _movie(strip: Any, plain: Strip, rate: Fraction) -> dict[str, Any]:
    """Without a rate and a length where it is offline."""
    path = editing.absolute(strip.filepath, strip.id_data)
    own = movies.rate_of(strip, path)
    if own is None:
        return {"path": path}
    as_it_is = own == rate and not plain.keys and getattr(strip, "speed_factor", 1.0) == 1.0
    native = plain.length + sum(plain.trims) if as_it_is else movies.frames_of(path)
    return {"path": path, "rate": own, "native": native}


def _movie_clip(strip: Any, plain: Strip, rate: Fraction) -> dict[str, Any]:
    clip = getattr(strip, "clip", None)
    if clip is None:
        return {}
    own = editing.exact_rate(clip.fps) if clip.fps > 0 else None
    return {"path": editing.absolute(clip.filepath, clip), "rate": own, "native": clip.frame_duration}


def _sound(strip: Any, plain: Strip, rate: Fraction) -> dict[str, Any]:
    """Counted in the scene's frames, its end rounded to one."""
    sound = strip.sound
    if sound is None:
        return {"rate": rate}
    is_read = sound.channels != "INVALID" and not plain.keys and getattr(strip, "speed_factor", 1.0) == 1.0
    native = plain.length + sum(plain.trims) if is_read else None
    return {"path": editing.absolute(sound.filepath, sound), "rate": rate, "native": native}


def _image(strip: Any, plain: Strip, rate: Fraction) -> dict[str, Any]:
    images = tuple(element.filename for element in strip.elements)
    folder = editing.absolute(strip.directory, strip.id_data)
    return {"path": folder, "images": images, "rate": rate, "native": len(images)}


def _meta(strip: Any, plain: Strip, rate: Fraction) -> dict[str, Any]:
    return {"channels": _channels(strip)}


def _scene(strip: Any, plain: Strip, rate: Fraction) -> dict[str, Any]:
    return {"scene": strip.scene.name if _shows_edit(strip) else ""}


def _speed(strip: Any, plain: Strip, rate: Fraction) -> dict[str, Any]:
    return {"slowed": strip.input_1.name if strip.input_1 else ""}


_readers: dict[str, Callable[[Any, Strip, Fraction], dict[str, Any]]] = {
    "MOVIE": _movie,
    "MOVIECLIP": _movie_clip,
    "SOUND": _sound,
    "IMAGE": _image,
    "META": _meta,
    "SCENE": _scene,
    "SPEED": _speed,
}
