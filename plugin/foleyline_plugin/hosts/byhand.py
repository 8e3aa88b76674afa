"""What is left for the editor to do when a program did not place a sound: exactly what to drag where."""

from __future__ import annotations

from collections.abc import Iterator

from foleyline.errors import FoleyError
from foleyline.timing import timecode

from .host import HostTimeline, Left, Placed, Placing, Sound
from .protocol import reason_of


def drags(placing: Placing, placed: Placed, timeline: HostTimeline) -> list[FoleyError]:
    """One E-HAND for each sound that is in the bin and not on its lane, E-LANE for one that is not even there.

    They come in the order of their places. Their sentences are what the editor reads.
    """
    left = {each.id: each for each in placed.left}
    sounds = sorted((sound for sound in placing.sounds if sound.id in left), key=lambda sound: sound.record)
    return list(_told(placing, sounds, left, timeline))


def _told(placing: Placing, sounds: list[Sound], left: dict[str, Left], timeline: HostTimeline) -> Iterator[FoleyError]:
    for sound in sounds:
        each, lane = left[sound.id], placing.lanes[sound.lane].name
        if each.bin is None:
            yield FoleyError("E-LANE", lane=lane, reason=f"of “{sound.name}”, {reason_of(each.reason)}")
            continue
        start, frames = sound.record
        yield FoleyError(
            "E-HAND",
            name=sound.name,
            reason=reason_of(each.reason),
            bin="/".join(each.bin),
            lane=lane,
            at=_file_start(sound, timeline),
            record_in=_told_time(start, timeline),
            record_out=_told_time(start + frames, timeline),
        )


def _file_start(sound: Sound, timeline: HostTimeline) -> str:
    """Where the file with its head handle begins; a handle that reaches before the timeline is cut off first."""
    start = sound.record[0] - sound.first
    if start >= timeline.start:
        return _told_time(start, timeline)
    return f"{_told_time(timeline.start, timeline)}, without its first {timeline.start - start} frames"


def _told_time(frame: int, timeline: HostTimeline) -> str:
    return timecode(frame, timeline.rate, timeline.drop_frame)
