"""Runs inside Blender: an edit of everything that is no plain movie strip, and its telling."""

# pyright: reportMissingImports=false
from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import bpy
import edits


def run(do_: str, **arguments: Any) -> Any:
    return (yield from globals()[do_](**arguments))


def _told(params: dict | None = None) -> Any:
    methods: Any = importlib.import_module("foleyline.methods")
    return (yield from methods.call("timeline", params or {}))


def _effect(strips: Any, name: str, kind: str, channel: int, span: tuple[int, int], *inputs: Any) -> Any:
    """Arguments are called otherwise in nearly every version."""
    new_names = bpy.app.version >= (4, 5)
    keys = ("input1", "input2") if new_names else ("seq1", "seq2")
    more = dict(zip(keys, inputs, strict=False))
    end = {"length": span[1] - span[0]} if bpy.app.version >= (5, 0) else {"frame_end": span[1]}
    return strips.new_effect(name=name, type=kind, channel=channel, frame_start=span[0], **end, **more)


def refusals(movie: str) -> Any:
    """Strips that cannot be followed, or that have no file."""
    scene = edits.clear()
    edits.set_rate(scene, edits.Fraction(25))
    scene.frame_start = 1
    strips = edits.strips(scene.sequence_editor)
    slowed = strips.new_movie("slowed", movie, 1, 1)
    _effect(strips, "effect", "SPEED", 2, (1, slowed.frame_final_end), slowed)
    strips.new_movie("offline", "/nowhere/else.mov", 1, 1000)
    _effect(strips, "a color", "COLOR", 1, (1100, 1150))
    _effect(strips, "a title", "TEXT", 1, (1200, 1250))
    strips.new_movie("muted", movie, 1, 1300).mute = True
    strips.new_movie("in a muted channel", movie, 4, 1300)
    scene.sequence_editor.channels[4].mute = True
    other = bpy.data.scenes.get("Set") or bpy.data.scenes.new("Set")
    strips.new_scene("a camera", other, 1, 1600)
    one, two = strips.new_movie("one", movie, 5, 2000), strips.new_movie("two", movie, 6, 2100)
    _effect(strips, "dissolve", "CROSS", 7, (2100, one.frame_final_end), one, two)
    yield
    return (yield from _told())


def ways_of_pointing(movie: str) -> Any:
    """What is selected, tagged, inside the preview range, under the playhead; and what counts inside a metastrip."""
    scene = edits.clear()
    edits.set_rate(scene, edits.Fraction(25))
    scene.frame_start = 1
    strips = edits.strips(scene.sequence_editor)
    made = [strips.new_movie(f"Sh {n}", movie, 1 + n % 2, 1 + 300 * n) for n in range(4)]
    for strip in made:
        strip.select = strip.name == "Sh 1"
    made[2].color_tag, made[3].color_tag = "COLOR_04", "COLOR_01"
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 250, 620
    scene.frame_set(910)
    yield
    return (yield from _told({"color": "COLOR_04"}))


def laid_over(movie: str, sound: str) -> Any:
    """Two strips of a channel at one time, a sound among pictures, markers, strips before the first frame."""
    scene = edits.clear()
    edits.set_rate(scene, edits.Fraction(25))
    scene.frame_start = 10
    scene.sequence_editor.channels[1].name = "Picture"
    strips = edits.strips(scene.sequence_editor)
    strips.new_movie("below", movie, 1, 20)
    strips.new_movie("above", movie, 1, 60)
    strips.new_movie("early", movie, 2, -15)
    strips.new_sound("a sound", sound, 1, 20)
    scene.timeline_markers.new("Act two", frame=77)
    yield
    return (yield from _told())


def moved_file(file: str, movie: str) -> Any:
    """Media are written relative to the file once it is saved; what is told is not."""
    scene = edits.clear()
    edits.strips(scene.sequence_editor).new_movie("one", movie, 1, 1)
    first = yield from _told()
    bpy.ops.wm.save_as_mainfile(filepath=file, relative_remap=True)
    bpy.ops.file.make_paths_relative()
    yield
    kept = edits.strips(bpy.context.scene.sequence_editor)[0].filepath
    second = yield from _told()
    methods: Any = importlib.import_module("foleyline.methods")
    methods.timelines.is_open(first["id"], bpy.context.scene)
    still = methods.timelines.is_open(first["id"], bpy.context.scene)
    bpy.ops.wm.open_mainfile(filepath=file)
    yield
    gone = methods.timelines.is_open(first["id"], bpy.context.scene)
    return {"kept": kept, "otio": second["otio"], "is": second, "still": still, "after": gone, "name": Path(file).name}
