"""What a CMX 3600 EDL leaves unsaid: its rate, and where its reader puts the start of the record timecode."""

from __future__ import annotations

import re
from fractions import Fraction

import opentimelineio as otio

from ..timeline import namespace

timecodes = re.compile(r"\b\d\d:\d\d:\d\d([:;])(\d\d)\b")

assumed = (
    (24, Fraction(24), "24"),
    (25, Fraction(25), "25"),
    (30, Fraction(30000, 1001), "29.97"),
    (48, Fraction(48), "48"),
    (50, Fraction(50), "50"),
    (100, Fraction(60000, 1001), "59.94"),
)


def is_drop_frame(text: str) -> bool:
    counted = [separator for separator, _ in timecodes.findall(text)]
    return ";" in counted or bool(re.search(r"^\s*FCM:\s*DROP", text, re.MULTILINE | re.IGNORECASE))


def likely_rate(text: str) -> tuple[Fraction, str]:
    """The slowest usual rate that has all the frame numbers of the list, and its name."""
    highest = max((int(frame) for _, frame in timecodes.findall(text)), default=0)
    if is_drop_frame(text):
        highest = max(highest, 29)
    return next((rate, name) for count, rate, name in assumed if highest < count)


def settle(timeline: otio.schema.Timeline) -> None:
    """Gives the timeline the start that its reader wrote as a negative source range of each track.

    Read as ranges those would cut everything away: the track would show 01:00:00:00 before its own beginning.
    """
    starts = [_record_start(track) for track in timeline.tracks]
    if not starts:
        return
    first = min(starts)
    for track, start in zip(timeline.tracks, starts, strict=True):
        track.source_range = None
        if start > first:
            track.insert(0, otio.schema.Gap(duration=start - first))
    timeline.global_start_time = first


def _record_start(track: otio.schema.Track) -> otio.opentime.RationalTime:
    if track.source_range is None:
        return otio.opentime.RationalTime(0, track.duration().rate)
    start = track.source_range.start_time
    return otio.opentime.RationalTime(-start.value, start.rate)


def note(timeline: otio.schema.Timeline, text: str, rate_name: str | None) -> None:
    """Keeps what the list said of drop frame, and what was assumed of its rate (None where it was given)."""
    notes = [f"The list does not say its rate; {rate_name} frames per second was assumed."] if rate_name else []
    timeline.metadata[namespace] = {"drop_frame": is_drop_frame(text), "notes": notes}
