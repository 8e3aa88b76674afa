"""Runs inside Blender: the add-on switched on, and a sequencer in the window where there is one."""

# pyright: reportMissingImports=false
from __future__ import annotations

import importlib
from typing import Any

import bpy


def run() -> Any:
    foleyline: Any = importlib.import_module("foleyline")
    foleyline.register()
    if not bpy.app.background:
        area = max(bpy.context.window_manager.windows[0].screen.areas, key=lambda each: each.width * each.height)
        area.type = "SEQUENCE_EDITOR"
        area.spaces.active.show_region_ui = True
    yield
    return bpy.app.version_string
