"""What all objects of the double have in common: an id, lies, and for some of them markers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from tests.bridges.resolve.strict import Strict, contract

if TYPE_CHECKING:
    from tests.bridges.resolve.double import Studio

numbers = itertools.count(1)


def fresh_id() -> str:
    return f"uid-{next(numbers):06d}"


class Thing(Strict):
    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.book)
        self._studio = studio
        self._uid = fresh_id()

    def _lies(self, word: str) -> bool:
        return word in self._studio.lies

    def do_GetUniqueId(self) -> str:
        return self._uid


class Marked(Thing):
    """What can carry markers. One frame holds one."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._markers: dict[float, dict[str, Any]] = {}

    def do_AddMarker(self, frame: float, color: str, name: str, note: str, duration: float, custom: str = "") -> bool:
        if color not in self._known_colors():
            self._book.refuse(f"{color} is no marker color")
        if self._lies("markers_say_yes_and_are_not_made"):
            return True
        if float(frame) in self._markers or frame < 0:
            return False
        self._markers[float(frame)] = {
            "color": color,
            "duration": float(duration),
            "note": note,
            "name": name,
            "customData": custom,
        }
        return True

    def _known_colors(self) -> list[str]:
        return contract["colors"]["marker"]

    def do_GetMarkers(self) -> dict[float, dict[str, Any]]:
        return {frame: dict(marker) for frame, marker in self._markers.items()}

    def do_DeleteMarkerAtFrame(self, frame: float) -> bool:
        return self._markers.pop(float(frame), None) is not None
