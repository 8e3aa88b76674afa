"""Blender's sequencer under one set of names: what differs between versions 3.4 and 5 is here and nowhere else."""

# pyright: reportMissingImports=false
from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy

from . import background

last_channel = 128
pulled_down = {n: Fraction(n * 1000, 1001) for n in (12, 15, 24, 30, 48, 60, 72, 90, 96, 120, 240)}
written_to_two_digits = 0.005


def open_scene() -> Any:
    """The scene that the sequencer shows, or None where no file is open.

    From 5.0 on a workspace has a scene of its own for the sequencer; where it has none, the window's is meant.
    """
    window = window_of_sequencer()
    if window is None:
        return bpy.context.scene
    return getattr(window.workspace, "sequencer_scene", None) or window.scene


def window_of_sequencer() -> Any:
    """The first window with a sequencer in it, else the first; None without a user interface."""
    manager = bpy.context.window_manager
    windows = list(manager.windows) if manager else []
    showing = (w for w in windows if any(area.type == "SEQUENCE_EDITOR" for area in w.screen.areas))
    return next(showing, windows[0] if windows else None)


def strips(owner: Any) -> Any:
    """The strips of a sequence editor or of a metastrip: named `sequences` up to 4.3, both in 4.4 and 4.5."""
    return owner.strips if hasattr(owner, "strips") else owner.sequences


def all_strips(editor: Any) -> Any:
    """Those inside metastrips too."""
    return editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


def top_strips(scene: Any) -> list[Any]:
    editor = scene.sequence_editor
    return list(strips(editor)) if editor else []


def find(scene: Any, name: str) -> Any:
    """The strip of that name, which is unique in a scene, or None."""
    editor = scene.sequence_editor
    return all_strips(editor).get(name) if editor else None


def holders(scene: Any) -> Iterator[tuple[Any, Any]]:
    """Every strip with the sequence editor or metastrip that it lies in."""
    waiting = [scene.sequence_editor] if scene.sequence_editor else []
    while waiting:
        owner = waiting.pop()
        for strip in list(strips(owner)):
            yield strip, owner
            if strip.type == "META":
                waiting.append(strip)


def shown_level(editor: Any) -> Any:
    """The metastrip that the editor has opened, or the sequence editor itself."""
    stack = list(editor.meta_stack)
    return stack[-1] if stack else editor


def retiming_frames(strip: Any) -> list[int]:
    """Where the keys of a speed change lie. `retiming_keys.add` ends Blender on a strip without keys: never called."""
    keys = getattr(strip, "retiming_keys", None) or getattr(strip, "retiming_handles", None) or ()
    return [int(key.timeline_frame) for key in keys]


def can_shift() -> bool:
    """Whether a sound can lie between two frames; from 4.3 on."""
    kind = getattr(bpy.types, "SoundStrip", None) or bpy.types.SoundSequence
    return "sound_offset" in kind.bl_rna.properties


def exact_rate(frames_per_second: float) -> Fraction:
    """The rate that a float stands for: 29.97 and 29.970030 are 30000/1001."""
    if not frames_per_second > 0:
        raise ValueError(frames_per_second)
    whole = round(frames_per_second)
    if whole and abs(frames_per_second - whole) < 1e-6:
        return Fraction(whole)
    for exact in pulled_down.values():
        if abs(frames_per_second - exact) <= written_to_two_digits:
            return exact
    return Fraction(frames_per_second).limit_denominator(1001)


def rate_of(scene: Any) -> Fraction:
    """Frames per second. The base is a float of 32 bits, 1.001 is 1.00100004673."""
    base = Fraction(scene.render.fps_base).limit_denominator(100_000)
    return exact_rate(float(scene.render.fps / base))


def absolute(path: str, owner: Any) -> str:
    """owner: the data block that the path is written in; one that is linked counts from its own file's folder."""
    found = bpy.path.abspath(path, library=owner.library) if path else ""
    return _straight(found) if ".." in found else found


def _straight(path: str) -> str:
    """A saved file writes `//../movies/a.mov`. Without the way round one movie keeps one name; not through a link."""
    plain = Path(os.path.normpath(path))
    try:
        return str(plain) if plain.samefile(path) else path
    except OSError:
        return path


def is_held() -> bool:
    """Whether a render runs, or the editor holds strips in the hand; the latter is told from 4.2 on."""
    if bpy.app.is_job_running("RENDER"):
        return True
    manager = bpy.context.window_manager
    windows = list(manager.windows) if manager else []
    held = (operator.bl_idname for window in windows for operator in getattr(window, "modal_operators", ()))
    return any(name.startswith(("TRANSFORM_OT", "SEQUENCER_OT")) for name in held)


def push_undo(message: str) -> None:
    """One step of undo up to here; there is none without a user interface, and the call does no harm there."""
    window = window_of_sequencer()
    with background.still():
        if window is None:
            bpy.ops.ed.undo_push(message=message)
            return
        with bpy.context.temp_override(window=window):
            bpy.ops.ed.undo_push(message=message)


def redraw() -> None:
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            if area.type == "SEQUENCE_EDITOR":
                area.tag_redraw()
