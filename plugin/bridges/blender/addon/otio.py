"""OpenTimelineIO's JSON by hand: Blender's Python has no OpenTimelineIO. Only what a sequencer needs; rates exact."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

Node = dict[str, Any]


def time(value: Fraction | int, rate: Fraction) -> Node:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(value), "rate": float(rate)}


def time_range(start: Fraction | int, start_rate: Fraction, frames: Fraction | int, rate: Fraction) -> Node:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": time(start, start_rate),
        "duration": time(frames, rate),
    }


def frames(start: int, count: int, rate: Fraction) -> Node:
    return time_range(start, rate, count, rate)


def timeline(name: str, start: int, rate: Fraction, stack: Node, notes: Sequence[str]) -> Node:
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": name,
        "metadata": {"foleyline": {"drop_frame": False, "notes": list(notes)}},
        "global_start_time": time(start, rate),
        "tracks": stack,
    }


def stack(name: str, children: list[Node], source_range: Node | None = None, **more: Any) -> Node:
    return _item("Stack.1", name, source_range, children=children, **more)


def track(name: str, kind: str, children: list[Node], channel: int, is_enabled: bool) -> Node:
    notes = {"blender": {"channel": channel}}
    return _item("Track.1", name, None, children=children, kind=kind, metadata=notes, enabled=is_enabled)


def gap(count: int, rate: Fraction) -> Node:
    return _item("Gap.1", "", frames(0, count, rate))


def clip(name: str, media: Node, source_range: Node, **more: Any) -> Node:
    media_references = {"DEFAULT_MEDIA": media}
    return _item(
        "Clip.2",
        name,
        source_range,
        media_references=media_references,
        active_media_reference_key="DEFAULT_MEDIA",
        **more,
    )


def _item(schema: str, name: str, source_range: Node | None, **more: Any) -> Node:
    plain = {"name": name, "metadata": {}, "source_range": source_range, "effects": [], "markers": [], "enabled": True}
    return {"OTIO_SCHEMA": schema, **plain, **more}


def file(path: str, available: Node | None) -> Node:
    return _media("ExternalReference.1", available, target_url=path)


def images(folder: str, prefix: str, suffix: str, first: int, step: int, padding: int, available: Node) -> Node:
    return _media(
        "ImageSequenceReference.1",
        available,
        target_url_base=folder,
        name_prefix=prefix,
        name_suffix=suffix,
        start_frame=first,
        frame_step=step,
        rate=available["duration"]["rate"],
        frame_zero_padding=padding,
        missing_frame_policy="error",
    )


def generator(kind: str) -> Node:
    return _media("GeneratorReference.1", None, generator_kind=kind, parameters={})


def missing() -> Node:
    return _media("MissingReference.1", None)


def _media(schema: str, available: Node | None, **more: Any) -> Node:
    plain = {"name": "", "metadata": {}, "available_range": available, "available_image_bounds": None}
    return {"OTIO_SCHEMA": schema, **plain, **more}


def speed(scalar: Fraction) -> Node:
    return {
        "OTIO_SCHEMA": "LinearTimeWarp.1",
        "name": "",
        "metadata": {},
        "effect_name": "LinearTimeWarp",
        "enabled": True,
        "time_scalar": float(scalar),
    }


def varying_speed(name: str) -> Node:
    """A change of speed that is no one number: whoever reads it must not guess."""
    return {"OTIO_SCHEMA": "TimeEffect.1", "name": name, "metadata": {}, "effect_name": name, "enabled": True}


def marker(name: str, frame: int, rate: Fraction) -> Node:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": name,
        "metadata": {},
        "marked_range": frames(frame, 0, rate),
        "color": "GREEN",
        "comment": "",
    }
