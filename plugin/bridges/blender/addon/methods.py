"""What the panel may ask of Blender: identify, timeline, place, go_to, remove. Each is worked off in slices."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import bpy

from . import answers, background, editing, placing, protocol, reading, snapshot
from .changes import watch
from .protocol import Node, Params, Problem

version = "0.1.0"
Slices = Generator[Any, None, Any]

again_s = 1
can = ("place", "remove", "go_to", "selection", "marks", "undo", "markers", "changed")


class Timelines:
    """What the panel calls the scenes of this session. A file that is saved under another name stays what it was."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, str]] = {}

    def name_of(self, scene: Any) -> str:
        file = bpy.data.filepath or f"unsaved {watch.loaded}"
        name = f"{file}#{scene.name}"
        self._known[name] = watch.loaded, scene.name
        return name

    def is_open(self, name: str, scene: Any) -> bool:
        return self._known.get(name, (-1, "")) == (watch.loaded, scene.name) or name == self.name_of(scene)


timelines = Timelines()


def call(method: str, params: Node) -> Slices:
    """Yields background.waiting, or how many of how many are done; the answer's members. Raises Problem."""
    worker = _methods.get(method)
    if worker is None:
        raise Problem(protocol.no_method, method=method)
    return worker(Params(params))


def identify(params: Params) -> Slices:
    yield
    if not set(params.numbers("versions")) & set(protocol.versions):
        raise Problem(protocol.no_version, versions=list(protocol.versions))
    has_shift = editing.can_shift()
    return {
        "protocol": max(protocol.versions),
        "bridge": version,
        "program": "Blender",
        "version": bpy.app.version_string,
        "edition": "",
        "can": [*can, "shift"] if has_shift else list(can),
        "why_not": {} if has_shift else {"shift": "too_old"},
    }


def timeline(params: Params) -> Slices:
    known, color = params.text("known", ""), params.text("color", "")
    params.text("flag", "")
    edit, scene = yield from _edit()
    told = yield from background.run(lambda rest: _timeline(edit, known, color, rest))
    return {"id": timelines.name_of(_scene(scene)), "file": bpy.data.filepath, **told}


def _timeline(edit: snapshot.Edit, known: str, color: str, rest: background.Rest) -> Node:
    project = Path(bpy.data.filepath).stem
    read = reading.read(edit, f"{project} {edit.name}".strip())
    revision = answers.revision(edit, rest)
    return {
        "revision": revision,
        "name": f"{project} {edit.name}".strip(),
        "project": project,
        "folder": "",
        "rate": [edit.rate.numerator, edit.rate.denominator],
        "start": read.start,
        "drop_frame": False,
        "otio": None if revision == known else answers.text(read, rest),
        "read_by": "api",
        "tracks": answers.tracks(edit, read),
        "selections": answers.selections(edit, read, color),
        "playhead": edit.playhead,
        "ours": answers.ours(edit, read),
    }


def place(params: Params) -> Slices:
    scene = _named(params.text("timeline"))
    edit = yield from _read(scene)
    _check_same(params, edit)
    wanted = placing.asked(params, scene)
    for done in placing.place(wanted):
        yield done, len(wanted.sounds)
    try:
        edit = yield from snapshot.read(scene)
        told = yield from background.run(lambda rest: _placed(edit, wanted, rest))
    except GeneratorExit:
        placing.take_back(wanted)
        editing.push_undo("Take Foley back")
        raise
    return {"timeline": timelines.name_of(_scene(scene)), "saved": None, **told}


def _placed(edit: snapshot.Edit, wanted: placing.Placing, rest: background.Rest) -> Node:
    read = reading.read(edit, edit.name)
    return {
        "revision": answers.revision(edit, rest),
        "lanes": answers.lanes(edit, read, wanted.channels),
        "found": [each for each in answers.ours(edit, read) if each["batch"] == wanted.batch],
        "left": wanted.left,
        "differences": wanted.differences,
    }


def _check_same(params: Params, edit: snapshot.Edit) -> None:
    rate = [edit.rate.numerator, edit.rate.denominator]
    if [*params.pair("rate")] != rate:
        raise Problem(protocol.moved, what="rate", asked=[*params.pair("rate")], found=rate)
    start = reading.start_of(edit)
    if params.number("start") != start:
        raise Problem(protocol.moved, what="start", asked=params.number("start"), found=start)


def go_to(params: Params) -> Slices:
    frame = params.number("frame")
    scene = _scene(_named(params.text("timeline")))
    # Assigned, not frame_set: that one evaluates the whole scene before it comes back.
    scene.frame_current = max(placing.earliest, min(placing.latest, frame))
    yield
    return {"frame": scene.frame_current}


def remove(params: Params) -> Slices:
    name, ids = params.text("timeline"), params.words("ids")
    scene = _named(name)
    _check_at_hand()
    removal = placing.remove(scene, ids)
    told = yield from _counted(removal, len(ids or ()))
    edit = yield from snapshot.read(scene)
    revision = yield from background.run(lambda rest: answers.revision(edit, rest))
    return {"timeline": timelines.name_of(_scene(scene)), "revision": revision, **told}


def _counted(work: Slices, of: int) -> Slices:
    try:
        while True:
            done = next(work)
            yield done, max(of, done)
    except StopIteration as end:
        return end.value


def _edit() -> Slices:
    """The open edit and its scene's name."""
    scene = editing.open_scene()
    if scene is None or scene.sequence_editor is None:
        raise Problem(protocol.no_timeline)
    name = scene.name
    return (yield from _read(name)), name


def _read(scene: str) -> Slices:
    _check_at_hand()
    edit = yield from snapshot.read(scene)
    if edit is None:
        raise Problem(protocol.no_timeline)
    return edit


def _check_at_hand() -> None:
    if editing.is_held():
        raise Problem(protocol.busy, again_s=again_s)


def _scene(name: str) -> Any:
    scene = bpy.data.scenes.get(name)
    if scene is None:
        raise Problem(protocol.no_timeline)
    return scene


def _named(timeline: str) -> str:
    """The open scene's name where it is the timeline that the panel means."""
    scene = editing.open_scene()
    if scene is None or scene.sequence_editor is None:
        raise Problem(protocol.no_timeline)
    if not timelines.is_open(timeline, scene):
        raise Problem(protocol.moved, what="timeline", asked=timeline, found=timelines.name_of(scene))
    return scene.name


_methods: dict[str, Callable[[Params], Slices]] = {
    "identify": identify,
    "timeline": timeline,
    "place": place,
    "go_to": go_to,
    "remove": remove,
}
