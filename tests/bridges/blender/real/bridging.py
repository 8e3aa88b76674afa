"""Runs inside Blender: an edit with the bridge on it, until the panel, or what stands for it, goes."""

# pyright: reportMissingImports=false
from __future__ import annotations

import importlib
from typing import Any

import bpy
import edits


def run(command: list[str], rate: str, first: int, clips: list[dict], ask: str = "panel") -> Any:
    """The longest slice of Blender's main thread that the bridge took, in seconds."""
    starting: Any = importlib.import_module("foleyline.starting")
    panel: Any = importlib.import_module("foleyline.panel").panel
    edits.make(rate, first, clips)
    starting.command = lambda: command
    assert panel.ask(ask) == ""
    longest_s = 0.0
    while panel.is_open:
        if bpy.app.background:
            panel.pump()
        longest_s = max(longest_s, panel.longest_s)
        yield
    return longest_s
