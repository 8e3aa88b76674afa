"""New audio tracks at the bottom, stereo, named, switched off where they are for reference alone."""

from typing import Any, Callable, Dict, List

from .seat import Cut

Differ = Callable[[Dict[str, str], str, Any, Any], None]


class Lane:
    """asked: its number in the request. index: of the track, from 1."""

    def __init__(self, asked: int, index: int, name: str, wants_enabled: bool) -> None:
        self.asked = asked
        self.index = index
        self.name = name
        self.wants_enabled = wants_enabled
        self.enabled = True

    def switch(self, cut: Cut, differ: Differ) -> None:
        if not self.wants_enabled:
            cut.timeline.SetTrackEnable("audio", self.index, False)
        self.enabled = cut.is_enabled("audio", self.index)
        if self.enabled != self.wants_enabled:
            differ({"lane": self.name}, "enabled", self.wants_enabled, self.enabled)

    def told(self) -> Dict[str, Any]:
        return {"asked": self.asked, "name": self.name, "index": self.index, "enabled": self.enabled}


def make_lanes(cut: Cut, wanted: List[Dict[str, Any]], used: List[int], lanes: Dict[int, Lane], differ: Differ) -> None:
    """Fills `lanes` with those that could be made: a track counts as made when there is one more than before."""
    for number in used:
        before = cut.count("audio")
        cut.timeline.AddTrack("audio", "stereo")
        index = cut.count("audio")
        if index != before + 1 or cut.items("audio", index) or cut.is_locked("audio", index):
            continue
        lane = lanes[number] = Lane(number, index, "", wanted[number]["enabled"])
        name = wanted[number]["name"]
        cut.timeline.SetTrackName("audio", index, name)
        lane.name = str(cut.timeline.GetTrackName("audio", index) or "")
        if lane.name != name:
            differ({"lane": name}, "name", name, lane.name)
        kind = cut.timeline.GetTrackSubType("audio", index) if cut.seat.can_place else "stereo"
        if kind != "stereo":
            differ({"lane": name}, "stereo", True, str(kind))
