"""What Blender has to open a movie's file for, remembered as long as the file stays the same."""

# pyright: reportMissingImports=false
from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy

from . import editing

_rates: dict[tuple[str, int], Fraction] = {}
_frames: dict[tuple[str, int], int] = {}


def _key(path: str) -> tuple[str, int] | None:
    """None where there is no such file."""
    try:
        return path, Path(path).stat().st_mtime_ns
    except (OSError, ValueError):
        return None


def rate_of(strip: Any, path: str) -> Fraction | None:
    """The movie's own frames per second; None where it is offline. Blender opens the file at nearly every asking."""
    key = _key(path)
    if key is None:
        return None
    if key not in _rates:
        told = strip.fps
        if not told > 0:
            return None
        _rates[key] = editing.exact_rate(told)
    return _rates[key]


def frames_of(path: str) -> int | None:
    """How many frames it has in all. From 4.2 on a strip that plays at another rate does not tell; the file, opened as
    a movie clip for a moment, does. None where it cannot be opened."""
    key = _key(path)
    if key is None:
        return None
    if key not in _frames:
        known = {clip.name for clip in bpy.data.movieclips}
        try:
            clip = bpy.data.movieclips.load(path, check_existing=True)
        except RuntimeError:
            return None
        _frames[key] = clip.frame_duration
        if clip.name not in known:
            bpy.data.movieclips.remove(clip)
    return _frames[key]
