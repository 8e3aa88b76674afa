"""Runs inside Blender: an edit with the bridge on it, until the panel, or what stands for it, goes."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Generator

import bpy
import edits


def run(command: list[str], rate: str, first: int, clips: list[dict], ask: str = "panel") -> Generator:
    """The longest slice of Blender's main thread that the bridge took, in seconds."""
    from foleyline.panel import panel

    from foleyline import starting

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
