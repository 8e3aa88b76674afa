"""How much one clip may ask of the decoders. A path from a timeline is untrusted, so is what it leads to."""

from __future__ import annotations

from av.container import InputContainer

from foleyline.errors import FoleyError

longest_take_s = 30 * 60
longest_source_s = 2 * 60 * 60
furthest_s = 10_000_000
largest_side = 16384
largest_picture = 150_000_000
most_streams = 100


def check_streams(container: InputContainer, name: str) -> None:
    """Raises E-LIMIT for a file with more streams than any camera or editor writes."""
    if len(container.streams) > most_streams:
        raise FoleyError("E-LIMIT", name=name, reason=f"it has {len(container.streams)} streams")


def check_size(width: int, height: int, name: str) -> None:
    """Raises E-LIMIT for a picture (pixels) that is too large to be decoded safely."""
    if max(width, height) > largest_side or width * height > largest_picture:
        raise FoleyError("E-LIMIT", name=name, reason=f"its pictures have {width} x {height} pixels")


def check_length(take_s: float, source_s: float, name: str) -> None:
    """Raises E-LONG for a take, or a stretch of source behind a fast take, that is too long."""
    if take_s > longest_take_s:
        raise FoleyError("E-LONG", name=name, minutes=f"{take_s / 60:.1f}", limit=longest_take_s // 60)
    if source_s > longest_source_s:
        raise FoleyError("E-LONG", name=name, minutes=f"{source_s / 60:.1f}", limit=longest_source_s // 60)


def check_place(source_s: float, name: str) -> None:
    """Raises E-RANGE for a source time that no media has and no demuxer could seek to."""
    if abs(source_s) > furthest_s:
        raise FoleyError("E-RANGE", name=name)
