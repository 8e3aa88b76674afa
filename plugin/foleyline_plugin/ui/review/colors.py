"""Colors of what the panel draws itself, from the palette the system gives: dark or light follows from that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PyQt6.QtGui import QColor, QPalette


@dataclass(frozen=True)
class Colors:
    """ground: behind waves. wave: what is heard. idle: the other version. voice: where voices were found."""

    ground: QColor
    wave: QColor
    idle: QColor
    voice: QColor
    cue: QColor
    playhead: QColor
    loop: QColor
    handle: QColor
    quiet_text: QColor
    warning: QColor
    heat: tuple[int, ...]


def is_dark(palette: QPalette) -> bool:
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def colors_of(palette: QPalette) -> Colors:
    return _dark() if is_dark(palette) else _light()


@cache
def _dark() -> Colors:
    stops = ["#101216", "#26214d", "#6b2a73", "#c2495b", "#f39c4a", "#fbf3c0"]
    return Colors(
        ground=QColor("#101216"),
        wave=QColor("#7cc4ff"),
        idle=QColor("#5d7285"),
        voice=QColor("#ffb454"),
        cue=QColor("#8ee07f"),
        playhead=QColor("#ffffff"),
        loop=QColor("#c79bff"),
        handle=QColor(0, 0, 0, 130),
        quiet_text=QColor("#aab4be"),
        warning=QColor("#ffb454"),
        heat=_heat(stops),
    )


@cache
def _light() -> Colors:
    stops = ["#ffffff", "#dbe7f4", "#9dbfe0", "#5b7fc0", "#503a8c", "#2b0f3f"]
    return Colors(
        ground=QColor("#ffffff"),
        wave=QColor("#1560a8"),
        idle=QColor("#768390"),
        voice=QColor("#a85b00"),
        cue=QColor("#1f7a2e"),
        playhead=QColor("#000000"),
        loop=QColor("#6a2fb5"),
        handle=QColor(120, 120, 120, 70),
        quiet_text=QColor("#4a545e"),
        warning=QColor("#8a4700"),
        heat=_heat(stops),
    )


def _heat(stops: list[str]) -> tuple[int, ...]:
    """256 colors on the straight ways between the stops."""
    known = [QColor(stop) for stop in stops]
    found = []
    for step in range(256):
        place = step / 255 * (len(known) - 1)
        index = min(int(place), len(known) - 2)
        share, low, high = place - index, known[index], known[index + 1]
        mixed = (
            round(one + (two - one) * share)
            for one, two in zip(low.getRgb()[:3], high.getRgb()[:3], strict=True)
            if one is not None and two is not None
        )
        found.append(QColor(*mixed).rgb())
    return tuple(found)
