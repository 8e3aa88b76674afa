"""Runs inside Blender: panels that do not start, that fail, that do not go."""

# pyright: reportMissingImports=false
from __future__ import annotations

import importlib
import time
from typing import Any

import bpy
import edits


def run(do_: str, **arguments: Any) -> Any:
    return (yield from globals()[do_](**arguments))


def started(command: list[str]) -> Any:
    """What the sidebar says once the panel of that command is gone."""
    edits.clear()
    starting: Any = importlib.import_module("foleyline.starting")
    panel: Any = importlib.import_module("foleyline.panel").panel
    starting.command = lambda: command
    trouble = panel.ask("panel")
    while panel.is_open:
        if bpy.app.background:
            panel.pump()
        yield
    return trouble, importlib.import_module("foleyline.sidebar").running()


def stubborn(command: list[str]) -> Any:
    """Seconds until a panel that does not go is gone, and the longest that Blender stood still for it."""
    child: Any = importlib.import_module("foleyline.child").Child(command)
    began_s = time.monotonic()
    child.close()
    longest_s, last_s = 0.0, time.monotonic()
    while child.exit_code is None:
        yield
        longest_s, last_s = max(longest_s, time.monotonic() - last_s), time.monotonic()
    return time.monotonic() - began_s, longest_s


def left() -> Any:
    """What is in the file of ours: strips, channels, sounds, the scene's own table."""
    scene = bpy.context.scene
    editor = scene.sequence_editor
    yield
    return {
        "strips": [strip.name for strip in edits.strips(editor) if "foleyline" in strip],
        "lanes": [channel.name for channel in editor.channels if "FLY" in channel.name],
        "sounds": [sound.name for sound in bpy.data.sounds],
        "table": "foleyline" in scene,
    }


def hold(is_held: bool) -> Any:
    """As if the editor held strips in the hand, or let go of them; what is left then."""
    editing: Any = importlib.import_module("foleyline.editing")
    editing.is_held = lambda: is_held
    return (yield from left())
