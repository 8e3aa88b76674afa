"""The timeline as OTIO, written from what the API says, for versions that cannot export it."""

import json
import os
from fractions import Fraction
from typing import Any, Dict, List, Optional, Tuple

from . import rates
from .seat import Cut, path_of, span_of

note = "This version of Resolve has no OTIO export, so speed changes could not be told for certain."


def written(cut: Cut) -> str:
    tracks = [_track(cut, kind, index) for kind in ("video", "audio") for index in range(1, cut.count(kind) + 1)]
    stack = {
        "OTIO_SCHEMA": "Stack.1",
        "name": "tracks",
        "metadata": {},
        "effects": [],
        "markers": [],
        "enabled": True,
        "source_range": None,
        "children": tracks,
    }
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": cut.name,
        "metadata": {"foleyline": {"drop_frame": cut.drop_frame, "notes": [note]}},
        "global_start_time": _time(cut.start, cut.rate),
        "tracks": stack,
    }
    return json.dumps(timeline)


def _time(value: int, rate: Fraction) -> Dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(value), "rate": float(rate)}


def _range(start: int, frames: int, rate: Fraction) -> Dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, rate), "duration": _time(frames, rate)}


def _track(cut: Cut, kind: str, index: int) -> Dict[str, Any]:
    children: List[Dict[str, Any]] = []
    end = cut.start
    for item in sorted(cut.items(kind, index), key=lambda each: each.GetStart()):
        start, frames = span_of(item)
        if _is_transition(item) or start < end or frames <= 0:
            continue
        if start > end:
            children.append(_item("Gap.1", "", _range(0, start - end, cut.rate)))
        children.append(_clip(cut, item, frames))
        end = start + frames
    return {
        "OTIO_SCHEMA": "Track.1",
        "name": str(cut.timeline.GetTrackName(kind, index) or ""),
        "kind": "Audio" if kind == "audio" else "Video",
        "metadata": {},
        "effects": [],
        "markers": [],
        "enabled": cut.is_enabled(kind, index),
        "source_range": None,
        "children": children,
    }


def _is_transition(item: Any) -> bool:
    """Transitions are listed between the clips, and take no room of their own."""
    return item.GetMediaPoolItem() is None and not item.GetProperty()


def _item(schema: str, name: str, source_range: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    return {
        "OTIO_SCHEMA": schema,
        "name": name,
        "metadata": {},
        "effects": [],
        "markers": [],
        "enabled": True,
        "source_range": source_range,
    }


def _clip(cut: Cut, item: Any, frames: int) -> Dict[str, Any]:
    media = item.GetMediaPoolItem()
    path = path_of(item)
    name = str(item.GetName() or os.path.splitext(os.path.basename(path))[0])
    clip = _item("Clip.2", name, _range(0, frames, cut.rate))
    clip["enabled"] = not cut.seat.can_make_lanes or bool(item.GetClipEnabled())
    reference: Dict[str, Any] = {
        "OTIO_SCHEMA": "ExternalReference.1" if path else "GeneratorReference.1",
        "name": "",
        "metadata": {},
        "available_range": None,
        "available_image_bounds": None,
    }
    if path:
        start, count, rate = _media_range(cut, media)
        used = rates.rounded(Fraction(rates.rounded(item.GetLeftOffset() or 0)) / cut.rate * rate)
        length = rates.rounded(Fraction(frames) / cut.rate * rate)
        reference.update(target_url=path, available_range=_range(start, count, rate) if count else None)
        clip["source_range"] = _range(start + used, length, rate)
        if count and _is_retimed(item, frames, Fraction(count) / rate * cut.rate):
            clip["effects"] = [{"OTIO_SCHEMA": "TimeEffect.1", "name": "Speed", "metadata": {}, "effect_name": "Speed"}]
    else:
        reference.update(generator_kind="Resolve", parameters={})
    clip.update(media_references={"DEFAULT_MEDIA": reference}, active_media_reference_key="DEFAULT_MEDIA")
    return clip


def _media_range(cut: Cut, media: Any) -> Tuple[int, int, Fraction]:
    """First frame of the media's own timecode, number of frames, rate."""
    parsed = rates.parse(media.GetClipProperty("FPS"))
    rate, drops = parsed or (cut.rate, cut.drop_frame)
    start = rates.from_timecode(media.GetClipProperty("Start TC"), rate, drops)
    frames = str(media.GetClipProperty("Frames") or "")
    return start or 0, int(frames) if frames.isdigit() else 0, rate


def _is_retimed(item: Any, frames: int, whole: Fraction) -> bool:
    """At full speed what is used and what lies on either side of it make up the whole file; the API has no speed."""
    before, after = item.GetLeftOffset(), item.GetRightOffset()
    if before is None or after is None:
        return False
    return abs(Fraction(rates.rounded(before) + frames + rates.rounded(after)) - whole) > 2
