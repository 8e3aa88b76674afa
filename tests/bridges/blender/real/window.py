"""Runs inside a Blender with a window: what the editor's own hand does there, and how it looks."""

# pyright: reportMissingImports=false
from __future__ import annotations

import importlib
import time
from typing import Any

import bpy
import edits


def run(do_: str, **arguments: Any) -> Any:
    """do_: one of the functions below."""
    return (yield from globals()[do_](**arguments))


def _override() -> Any:
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "SEQUENCE_EDITOR")
    region = next(region for region in area.regions if region.type == "WINDOW")
    return bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region)


def _drawn() -> Any:
    """Lets the window draw itself."""
    until_s = time.monotonic() + 1
    while time.monotonic() < until_s:
        yield


def show(path: str, active: str = "") -> Any:
    """A picture of the window with the Foley tab open: all others are taken away."""
    for panel in bpy.types.Panel.__subclasses__():
        place = [getattr(panel, f"bl_{word}", "") for word in ("space_type", "region_type", "category")]
        if place[:2] == ["SEQUENCE_EDITOR", "UI"] and place[2] != "Foley" and panel.is_registered:
            bpy.utils.unregister_class(panel)
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "SEQUENCE_EDITOR")
    area.spaces.active.show_region_ui = True
    area.spaces.active.timeline_overlay.show_strip_source = False
    if active:
        editor = bpy.context.scene.sequence_editor
        for strip in edits.strips(editor):
            strip.select = strip.name == active
        editor.active_strip = edits.strips(editor)[active]
    bpy.context.scene.frame_end = bpy.context.scene.frame_start + 200
    with _override():
        bpy.ops.sequencer.view_all()
    yield from _drawn()
    with _override():
        bpy.ops.screen.screenshot(filepath=path)
    return {region.type: [region.width, region.height] for region in area.regions}


def undo(steps: int = 1) -> Any:
    yield
    for _ in range(steps):
        with _override():
            bpy.ops.ed.undo()
        yield
    return _state()


def redo(steps: int = 1) -> Any:
    yield
    for _ in range(steps):
        with _override():
            bpy.ops.ed.redo()
        yield
    return _state()


def state() -> Any:
    yield
    return _state()


def _state() -> dict:
    editor = bpy.context.scene.sequence_editor
    named = [channel.name for number, channel in enumerate(editor.channels) if number and "FLY" in channel.name]
    strips = sorted(strip.name for strip in edits.strips(editor))
    return {"strips": strips, "lanes": named, "selected": [s.name for s in edits.strips(editor) if s.select]}


def press(name: str) -> Any:
    """One of the buttons, as if it were pressed; where the panel is off, what Blender says of it."""
    with _override():
        operator = getattr(bpy.ops.foleyline, name)
        yield
        return operator.poll() and sorted(operator("INVOKE_DEFAULT"))


def select(names: list[str]) -> Any:
    for strip in edits.strips(bpy.context.scene.sequence_editor):
        strip.select = strip.name in names
    yield
    return _state()["selected"]


def mute(name: str) -> Any:
    """By an operator, as a key would."""
    editor = bpy.context.scene.sequence_editor
    for strip in edits.strips(editor):
        strip.select = strip.name == name
    yield
    with _override():
        return sorted(bpy.ops.sequencer.mute())


def lines() -> Any:
    """What the sidebar says."""
    yield
    sidebar: Any = importlib.import_module("foleyline.sidebar")
    return sidebar.running()
