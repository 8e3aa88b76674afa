"""The reference cut of the conformance suite as OTIO, for hosts that read files."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
from tests.bridges.reference import cut

media_frames = 240


def reference(rate: Fraction, start: int, name: str = "Reel 2") -> otio.schema.Timeline:
    """start: the timeline's first frame."""
    timeline = otio.schema.Timeline(name, global_start_time=_time(start, rate))
    for wanted in ("V1", "V2"):
        track = otio.schema.Track(wanted, kind=otio.schema.TrackKind.Video)
        end = 0
        for _, first, frames, clip, source in (each for each in cut if each[0] == wanted):
            if first > end:
                track.append(otio.schema.Gap(source_range=_range(0, first - end, rate)))
            media = otio.schema.ExternalReference(f"/footage/{clip}.mov", _range(0, media_frames, rate))
            track.append(otio.schema.Clip(clip, media, _range(source, frames, rate)))
            end = first + frames
        timeline.tracks.append(track)
    timeline.tracks.append(otio.schema.Track("Production", kind=otio.schema.TrackKind.Audio))
    return timeline


def _time(value: int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(value, float(rate))


def _range(start: int, frames: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start, rate), _time(frames, rate))
