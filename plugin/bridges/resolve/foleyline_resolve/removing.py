"""Our sounds off the timeline again, and lanes of ours on which nothing lies any more."""

from typing import Any, Callable, Dict, List, Optional, Set

from . import ours, rulers
from .seat import Cut


def remove(cut: Cut, ids: Optional[List[str]], step: Callable[[int, int], None]) -> Dict[str, Any]:
    """The result of `remove`, less `revision`. Lanes of ours alone go as a whole, which works on every page."""
    laid = [each for each in ours.all_laid(cut) if ids is None or each.told["id"] in ids]
    wanted = {each.told["id"] for each in laid}
    step(0, len(wanted))
    lanes = [(index, str(cut.timeline.GetTrackName("audio", index) or "")) for index in _wholly(cut, wanted)]
    gone = delete_lanes(cut, [index for index, _ in lanes])
    delete_items(cut, [each.item for each in laid if each.track not in gone])
    still = {each.told["id"]: each for each in ours.all_laid(cut)}
    rulers.delete(cut, [each for each in sorted(wanted) if each not in still])
    return {
        "timeline": cut.id,
        "removed": sorted(wanted - set(still)),
        "lanes": [name for index, name in lanes if index in gone],
        "left": [_left(cut, each) for key, each in sorted(still.items()) if key in wanted],
    }


def _wholly(cut: Cut, wanted: Set[str]) -> List[int]:
    """Tracks of ours, by their name, on which nothing but these lies."""
    found = []
    for index in range(1, cut.count("audio") + 1):
        items = cut.items("audio", index)
        told = [each.told["id"] for each in ours.laid(cut, index)]
        is_ours = ours.lane_name.fullmatch(str(cut.timeline.GetTrackName("audio", index) or ""))
        is_wholly_ours = is_ours and items and len(told) == len(items) and set(told) <= wanted
        if is_wholly_ours and not cut.is_locked("audio", index):
            found.append(index)
    return found


def _left(cut: Cut, each: ours.Laid) -> Dict[str, Any]:
    if cut.is_locked("audio", each.track):
        reason = "locked"
    elif cut.seat.resolve.GetCurrentPage() != "edit":
        reason = "edit_page"
    else:
        reason = "refused"
    return {"id": each.told["id"], "reason": reason, "facts": {"lane": each.told["lane"]}}


def delete_lanes(cut: Cut, indices: List[int]) -> List[int]:
    """Deletes audio tracks, the last first, so that the others keep their numbers; those that are gone."""
    gone = []
    for index in sorted(indices, reverse=True):
        before = cut.count("audio")
        cut.timeline.DeleteTrack("audio", index)
        if cut.count("audio") == before - 1:
            gone.append(index)
    return gone


def delete_items(cut: Cut, items: List[Any]) -> List[Any]:
    """Takes items off without closing the gaps; those that stay, whatever Resolve says of it."""
    if not items:
        return []
    cut.timeline.DeleteClips(items, False)
    there = {
        item.GetUniqueId()
        for kind in ("audio", "video")
        for index in range(1, cut.count(kind) + 1)
        for item in cut.items(kind, index)
    }
    return [item for item in items if item.GetUniqueId() in there]
