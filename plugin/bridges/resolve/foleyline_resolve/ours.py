"""What lies on the timeline of ours. Each item carries a marker of its own with its id, and with what its notes say."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from . import rates
from .seat import Cut, path_of, span_of

prefix = "foleyline"
marker_name = "Foley"
comments = "Comments"
lane_name = re.compile(r"(FLY|DX|ME) \d+( VOX)?")


class Laid(NamedTuple):
    """An item of ours, its audio track, and what the panel is told of it."""

    item: Any
    track: int
    told: Dict[str, Any]


def stamp(sound_id: str, batch: str) -> str:
    return "|".join((prefix, sound_id, batch))


def stamped(custom_data: Any) -> Optional[Tuple[str, str]]:
    """Id and batch of what a marker carries; None for somebody else's marker."""
    parts = str(custom_data or "").split("|")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == prefix else None


def mark(item: Any, sound: Dict[str, Any], batch: str) -> bool:
    """Writes id and notes to the item, or into its file's comments where it takes no marker; whether they are there."""
    note = "\n".join("%s: %s" % pair for pair in sorted((sound.get("notes") or {}).items()))
    own, known = stamp(sound["id"], batch), (sound["id"], batch)
    item.AddMarker(0, "Blue", marker_name, note, 1, own)
    if _in_markers(item) == known:
        return True
    media = item.GetMediaPoolItem()
    if media is not None:
        media.SetMetadata(comments, "\n".join((own, note)))
    return _in_comments(item) == known


def identity(item: Any, lane: str) -> Optional[Tuple[str, str]]:
    """lane: its track's name. Comments count on lanes of ours alone: the file may lie elsewhere by hand."""
    return _in_markers(item) or (_in_comments(item) if lane_name.fullmatch(lane) else None)


def _in_markers(item: Any) -> Optional[Tuple[str, str]]:
    for marker in (item.GetMarkers() or {}).values():
        known = stamped(marker.get("customData"))
        if known:
            return known
    return None


def _in_comments(item: Any) -> Optional[Tuple[str, str]]:
    media = item.GetMediaPoolItem()
    told = str(media.GetMetadata(comments) or "") if media is not None else ""
    return stamped(told.split("\n")[0])


def laid(cut: Cut, index: int) -> List[Laid]:
    """Our items on one audio track."""
    name = str(cut.timeline.GetTrackName("audio", index) or "")
    found = []
    for item in cut.items("audio", index):
        known = identity(item, name)
        if known:
            found.append(Laid(item, index, tell(item, known, name, index)))
    return found


def all_laid(cut: Cut) -> List[Laid]:
    return [each for index in range(1, cut.count("audio") + 1) for each in laid(cut, index)]


def tell(item: Any, known: Tuple[str, str], lane: str, index: int) -> Dict[str, Any]:
    """A *found* object: everything as Resolve says it."""
    return {
        "id": known[0],
        "batch": known[1],
        "lane": lane,
        "index": index,
        "record": span_of(item),
        "first": rates.rounded(item.GetLeftOffset() or 0),
        "path": path_of(item),
        "name": str(item.GetName() or ""),
    }
