"""Markers on the timeline's own ruler, which count from its start, the opposite of record frames."""

from typing import Any, Callable, Dict, List

from . import ours, rates
from .seat import Cut

colors = {"yellow": "Yellow", "red": "Red", "orange": "Sand", "blue": "Blue"}  # there is no orange among markers
most_tries = 10


def write(cut: Cut, markers: List[Dict[str, Any]], differ: Callable[..., None]) -> None:
    """One frame holds one marker, so one whose frame is taken goes a little later, which is told."""
    for number, marker in enumerate(markers):
        asked = marker["record"][0]
        custom = ours.stamp(marker["id"], str(number))
        for frame in range(asked - cut.start, asked - cut.start + most_tries):
            if rates.rounded(frame) in _frames(cut):
                continue
            color = colors.get(marker["color"], "Blue")
            duration = max(1, marker["record"][1])
            cut.timeline.AddMarker(frame, color, marker["name"], marker["note"], duration, custom)
            break
        found = next((frame for frame, data in _frames(cut).items() if data == custom), None)
        if found is None or found + cut.start != asked:
            differ({"id": marker["id"]}, "marker", asked, None if found is None else found + cut.start)


def delete(cut: Cut, ids: List[str]) -> None:
    for frame, custom in _frames(cut).items():
        known = ours.stamped(custom)
        if known and known[0] in ids:
            cut.timeline.DeleteMarkerAtFrame(frame)


def _frames(cut: Cut) -> Dict[int, str]:
    """Custom data by frame from the timeline's start."""
    markers = cut.timeline.GetMarkers() or {}
    return {rates.rounded(frame): str(marker.get("customData") or "") for frame, marker in markers.items()}
