"""The double's OTIO export, as the real one writes it: no timeline name, media by bare path, its own metadata."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import opentimelineio as otio

if TYPE_CHECKING:
    from tests.bridges.resolve.double import Studio
    from tests.bridges.resolve.timeline import Item, Timeline, Track

hour = 3600


def otio_of(timeline: Timeline, studio: Studio) -> str:
    rate = studio.exact
    document = otio.schema.Timeline("", global_start_time=_time(studio.start, rate))
    document.metadata["Resolve_OTIO"] = {"Resolve OTIO Meta Version": "1.0"}
    for kind, name in (("video", otio.schema.TrackKind.Video), ("audio", otio.schema.TrackKind.Audio)):
        for track in timeline._tracks[kind]:
            document.tracks.append(_track(track, name, studio.start, rate))
    return otio.adapters.write_to_string(document, "otio_json")


def _track(track: Track, kind: str, start: int, rate: Fraction) -> otio.schema.Track:
    made = otio.schema.Track(track.name, kind=kind)
    made.enabled = track.enabled
    end = start
    for item in track.items:
        if item._is_transition:
            continue
        if item._start > end:
            made.append(otio.schema.Gap(source_range=_range(0, item._start - end, rate)))
        made.append(_clip(item, rate))
        end = item._end
    return made


def _clip(item: Item, rate: Fraction) -> otio.schema.Clip:
    frames = item._end - item._start
    if item._media is None:
        return otio.schema.Clip(item._item_name, otio.schema.MissingReference(), _range(0, frames, rate))
    first = hour * round(rate) if item._media._properties["Start TC"].startswith("01") else 0
    count = int(item._media._properties["Frames"])
    media = otio.schema.ExternalReference(item._media._path, _range(first, count, rate))
    clip = otio.schema.Clip(item._item_name, media, _range(first + item._left, frames, rate))
    clip.enabled = item._enabled
    return clip


def _time(value: int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(value, float(rate))


def _range(start: int, frames: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start, rate), _time(frames, rate))
