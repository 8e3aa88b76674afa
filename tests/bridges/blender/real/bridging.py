"""Runs inside Blender: an edit with the bridge on it, until the panel, or what stands for it, goes."""

# pyright: reportMissingImports=false
from __future__ import annotations

import importlib
import time
from typing import Any

import bpy
import edits


def run(command: list[str], rate: str, first: int, clips: list[dict], ask: str = "panel", colors: int = 0) -> Any:
    """Of Blender's main thread: how long each slice of the bridge kept it at work, in seconds. colors: strips more."""
    starting: Any = importlib.import_module("foleyline.starting")
    panel: Any = importlib.import_module("foleyline.panel").panel
    edits.make(rate, first, clips)
    edits.add_colors(colors)
    starting.command = lambda: command
    assert panel.ask(ask) == ""
    slices = _Measured(panel)
    while panel.is_open:
        if bpy.app.background:
            panel.pump()
            # As Blender's own loop does after every event.
            bpy.context.view_layer.update()
        yield
    panel.pump = slices.pump
    return slices.busy_s


class _Measured:
    def __init__(self, panel: Any) -> None:
        self.pump = panel.pump
        self.busy_s: list[float] = []
        panel.pump = self

    def __call__(self) -> float | None:
        began_s = time.thread_time()
        try:
            return self.pump()
        finally:
            self.busy_s.append(time.thread_time() - began_s)
