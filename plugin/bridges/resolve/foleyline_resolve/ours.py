"""What lies on the timeline of ours. Each item carries a marker of its own with its id, and with what its notes say."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from . import rates
from .seat import Cut, path_of, span_of

prefix = "foleyline"
marker_name = "Foley"


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
    """Writes id and notes to the item; whether they can be read back."""
    note = "\n".join("%s: %s" % pair for pair in sorted((sound.get("notes") or {}).items()))
    item.AddMarker(0, "Blue", marker_name, note, 1, stamp(sound["id"], batch))
    return identity(item) == (sound["id"], batch)


def identity(item: Any) -> Optional[Tuple[str, str]]:
    for marker in (item.GetMarkers() or {}).values():
        known = stamped(marker.get("customData"))
        if known:
            return known
    return None


def laid(cut: Cut, index: int) -> List[Laid]:
    """Our items on one audio track."""
    name = str(cut.timeline.GetTrackName("audio", index) or "")
    found = []
    for item in cut.items("audio", index):
        known = identity(item)
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
