"""Runs inside Blender: makes edits to work on."""

# pyright: reportMissingImports=false
from __future__ import annotations

from fractions import Fraction
from typing import Any

import bpy


def strips(owner: Any) -> Any:
    return owner.strips if hasattr(owner, "strips") else owner.sequences


def clear() -> Any:
    """The scene with an empty edit; whatever was noted in it is gone."""
    scene = bpy.context.scene
    scene.sequence_editor_clear()
    for key in list(scene.keys()):
        del scene[key]
    for marker in list(scene.timeline_markers):
        scene.timeline_markers.remove(marker)
    bpy.data.batch_remove([sound for sound in bpy.data.sounds if sound.users == 0])
    scene.use_preview_range = False
    scene.sequence_editor_create()
    return scene


def set_rate(scene: Any, rate: Fraction) -> None:
    scene.render.fps = round(rate)
    scene.render.fps_base = 1.001 if rate.denominator == 1001 else 1.0


def make(rate: str, first: int, clips: list[dict]) -> Any:
    """clips: channel, start (the scene's own frame), frames, name, source (first frame of the media), path, select."""
    scene = clear()
    set_rate(scene, Fraction(rate))
    scene.frame_start, scene.frame_end = first, first + 1000
    scene.frame_set(first)
    for clip in clips:
        made = strips(scene.sequence_editor).new_movie(
            name=clip["name"],
            filepath=clip["path"],
            channel=clip["channel"],
            frame_start=clip["start"] - clip["source"],
        )
        made.frame_offset_start = clip["source"]
        made.frame_final_end = clip["start"] + clip["frames"]
        made.select = clip.get("select", False)
    return scene


def add_colors(count: int) -> None:
    """Strips that cost nothing, one after another on channels 3 to 6."""
    strips_of = strips(bpy.context.scene.sequence_editor)
    for n in range(count):
        start = 1 + 10 * n
        end = {"length": 10} if bpy.app.version >= (5, 0) else {"frame_end": start + 10}
        strips_of.new_effect(name=f"C{n}", type="COLOR", channel=3 + n % 4, frame_start=start, **end).select = False
