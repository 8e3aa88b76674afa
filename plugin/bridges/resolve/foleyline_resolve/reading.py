"""The open timeline as the panel is told it: its text, its tracks, where the editor points, what lies there of ours."""

import hashlib
import json
import os
import shutil
import tempfile
from typing import Any, Dict, Iterator, List, Optional, Tuple

from . import otio, ours, rates
from .seat import Cut, can, listed, span_of

largest_text = 250 << 20

Lying = Tuple[Dict[str, Any], Any]
"""An item as the panel is told of what was pointed at, and the item itself."""


def tracks(cut: Cut) -> List[Dict[str, Any]]:
    return [
        {
            "kind": kind,
            "index": index,
            "name": str(cut.timeline.GetTrackName(kind, index) or ""),
            "enabled": cut.is_enabled(kind, index),
            "locked": cut.is_locked(kind, index),
        }
        for kind in ("video", "audio")
        for index in range(1, cut.count(kind) + 1)
    ]


def revision(cut: Cut) -> str:
    """Changes with the tracks and with what lies where on them."""
    told = [cut.id, str(cut.rate), cut.drop_frame, cut.start, tracks(cut)]
    for kind in ("video", "audio"):
        for index in range(1, cut.count(kind) + 1):
            told.append([[item.GetName(), span_of(item), str(item.GetLeftOffset())] for item in cut.items(kind, index)])
    return hashlib.sha1(json.dumps(told).encode("utf-8")).hexdigest()[:16]


def glance(cut: Cut) -> str:
    """A cheap sign of change, looked at every other second."""
    told = [cut.id, cut.name, cut.start, cut.timeline.GetEndFrame(), cut.count("video"), cut.count("audio")]
    return json.dumps(told)


def counts(cut: Cut) -> List[int]:
    """How many items lie on each track, the video tracks first."""
    return [count_on(cut, position) for position in range(cut.count("video") + cut.count("audio"))]


def count_on(cut: Cut, position: int) -> int:
    """How many items lie on one track, counted from the lowest video track; those of audio come after."""
    videos = cut.count("video")
    kind, index = ("video", position + 1) if position < videos else ("audio", position + 1 - videos)
    return len(cut.items(kind, index))


def tell(cut: Cut, project: Any, known: str, color: str, flag: str) -> Dict[str, Any]:
    """The result of `timeline`."""
    now = revision(cut)
    text, read_by = (None, "") if known == now else text_of(cut)
    return {
        "id": cut.id,
        "revision": now,
        "name": cut.name,
        "project": str(project.GetName() or ""),
        "file": "",
        "rate": [cut.rate.numerator, cut.rate.denominator],
        "start": cut.start,
        "drop_frame": cut.drop_frame,
        "otio": text,
        "read_by": read_by or "otio",
        "selections": selections(cut, color, flag),
        "playhead": playhead(cut),
        "tracks": tracks(cut),
        "ours": [each.told for each in ours.all_laid(cut)],
    }


def playhead(cut: Cut) -> Optional[int]:
    return rates.from_timecode(cut.timeline.GetCurrentTimecode(), cut.rate, cut.drop_frame)


def text_of(cut: Cut) -> Any:
    """The timeline as OTIO, and who wrote it: Resolve itself, or we from what its API says where it does not."""
    exported = _exported(cut)
    return (exported, "otio") if exported else (otio.written(cut), "api")


def _exported(cut: Cut) -> Optional[str]:
    """Resolve's own export; None where this version has none, or where it says yes and writes nothing."""
    kind = getattr(cut.seat.resolve, "EXPORT_OTIO", None)
    if kind is None:
        return None
    folder = tempfile.mkdtemp(prefix="foleyline-")
    path = os.path.join(folder, "timeline.otio")
    try:
        if not cut.timeline.Export(path, kind) or not os.path.isfile(path) or os.path.getsize(path) > largest_text:
            return None
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return text if _is_timeline(text) else None


def _is_timeline(text: str) -> bool:
    try:
        return str(json.loads(text).get("OTIO_SCHEMA", "")).startswith("Timeline.")
    except (AttributeError, ValueError):
        return False


# where the editor points, best first


def selections(cut: Cut, color: str, flag: str) -> List[Dict[str, Any]]:
    items = list(_all_items(cut))
    found = [_selected(cut, items), *_marked(items, color, flag), _in_out(cut), _under_playhead(cut, items)]
    return [each for each in found if each is not None]


def _all_items(cut: Cut) -> Iterator[Lying]:
    for kind in ("video", "audio"):
        for index in range(1, cut.count(kind) + 1):
            for item in cut.items(kind, index):
                name = str(item.GetName() or "")
                yield {"kind": kind, "track": index, "record": span_of(item), "name": name}, item


def _key(cut: Cut, item: Any) -> Any:
    known = item.GetUniqueId() if cut.seat.can_make_lanes else None
    return known or (item.GetName(), tuple(span_of(item)))


def _selected(cut: Cut, items: List[Lying]) -> Optional[Dict[str, Any]]:
    """Resolve tells what is selected in its timeline since 21.0.4."""
    if cut.seat.version < (21, 0, 4) or not can(cut.timeline, "GetSelectedClips"):
        return None
    chosen = {_key(cut, item) for item in listed(cut.timeline.GetSelectedClips())}
    clips = [pointed for pointed, item in items if chosen and _key(cut, item) in chosen]
    return {"how": "selected", "clips": clips} if clips else None


def _marked(items: List[Lying], color: str, flag: str) -> List[Dict[str, Any]]:
    """Clips by their color and by their flags; those that were asked for come first."""
    groups: Dict[Any, List[Any]] = {}
    for pointed, item in items:
        if pointed["kind"] == "video":
            marks = {("flag", str(each)) for each in listed(item.GetFlagList())}
            marks.add(("color", str(item.GetClipColor() or "")))
            for mark in marks:
                groups.setdefault(mark, []).append(pointed)
    wanted = (("color", color), ("flag", flag))
    in_order = sorted((mark for mark in groups if mark[1]), key=lambda mark: (mark not in wanted, mark))
    return [{"how": how, "value": value, "clips": groups[how, value]} for how, value in in_order]


def _in_out(cut: Cut) -> Optional[Dict[str, Any]]:
    """In and Out count from the timeline's start, and the frame at Out belongs to the range."""
    if cut.seat.version < (20,) or not can(cut.timeline, "GetMarkInOut"):
        return None
    marks = (cut.timeline.GetMarkInOut() or {}).get("video") or {}
    if "in" not in marks and "out" not in marks:
        return None
    first = cut.start + rates.rounded(marks.get("in", 0))
    last = cut.start + rates.rounded(marks["out"]) if "out" in marks else rates.rounded(cut.timeline.GetEndFrame()) - 1
    return {"how": "in_out", "range": [first, max(0, last + 1 - first)], "clips": []}


def _under_playhead(cut: Cut, items: List[Lying]) -> Optional[Dict[str, Any]]:
    item = cut.timeline.GetCurrentVideoItem()
    if item is None:
        return None
    here = _key(cut, item)
    clips = [pointed for pointed, each in items if pointed["kind"] == "video" and _key(cut, each) == here]
    return {"how": "playhead", "clips": clips} if clips else None
