"""Runs inside Blender: saves, opens again, and writes what is heard to a file."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import Any

import bpy


def run(file: str, wav: str, last: int) -> Any:
    """Frame numbers, channel names and properties as they are after the file was opened again, then the mix."""
    bpy.ops.wm.save_as_mainfile(filepath=file)
    yield
    bpy.ops.wm.open_mainfile(filepath=file)
    yield
    scene = bpy.context.scene
    scene.frame_end = last
    bpy.ops.sound.mixdown(filepath=wav, container="WAV", codec="PCM", format="S24")
    editor = scene.sequence_editor
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    found = []
    for strip in strips:
        if strip.type == "SOUND":
            kept = strip["foleyline"].to_dict()
            channel = editor.channels[strip.channel]
            found.append([strip.name, channel.name, channel.mute, strip.frame_final_start, strip.frame_final_end, kept])
    return sorted(found, key=lambda each: each[:2])
