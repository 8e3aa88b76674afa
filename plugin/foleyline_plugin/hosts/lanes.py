"""Sounds to lanes of an OTIO timeline at exact record frames, and off them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import opentimelineio as otio

from ..placing import foley, stems
from ..timeline import Reel, namespace, reel_of
from .host import Marker, Placing, Sound
from .plan import number_in, request_of

colors = {
    "yellow": otio.schema.MarkerColor.YELLOW,
    "red": otio.schema.MarkerColor.RED,
    "orange": otio.schema.MarkerColor.ORANGE,
    "blue": otio.schema.MarkerColor.BLUE,
}


def _place(sound: Sound) -> tuple[int, int]:
    return sound.lane, sound.record[0]


def add(
    timeline: otio.schema.Timeline, placing: Placing, sounds: Sequence[Sound], *, by_timecode: bool = False
) -> None:
    """Appends a lane for each that was asked for and has a sound, and the markers to the timeline.

    by_timecode: media count from the timecode that our files are stamped with, as Resolve wants it, and not from 0.
    """
    reel = reel_of(timeline)
    for number, lane in enumerate(placing.lanes):
        laid = sorted((sound for sound in sounds if sound.lane == number), key=_place)
        if not laid:
            continue
        kind = next((known.kind for known in (*foley, *stems) if number_in(lane.name, [known])), "clean")
        notes = {"lane": kind, "number": number_in(lane.name, [*foley, *stems])}
        track = otio.schema.Track(lane.name, kind=otio.schema.TrackKind.Audio, metadata={namespace: notes})
        track.enabled = lane.enabled
        track.extend(_items(laid, placing.batch, reel, by_timecode))
        timeline.tracks.append(track)
    ids = {sound.id for sound in sounds}
    timeline.tracks.markers.extend(_marker(marker, reel) for marker in placing.markers if marker.id in ids)


def _items(sounds: Sequence[Sound], batch: str, reel: Reel, by_timecode: bool) -> Iterator[otio.core.Item]:
    end = reel.start
    for sound in sounds:
        start, frames = sound.record
        if start > end:
            yield otio.schema.Gap(source_range=_range(0, start - end, reel.rate))
        # In the timeline's frames: a range at 48000 would turn the whole lane's positions into samples.
        zero = start - sound.first if by_timecode else 0
        media = otio.schema.ExternalReference(sound.path, _range(zero, sound.frames, reel.rate))
        notes = {**sound.notes, "id": sound.id, "batch": batch, "take": {"request_id": request_of(sound.id)}}
        yield otio.schema.Clip(
            sound.name, media, _range(zero + sound.first, frames, reel.rate), metadata={namespace: notes}
        )
        end = start + frames


def _marker(marker: Marker, reel: Reel) -> otio.schema.Marker:
    start, frames = marker.record
    return otio.schema.Marker(
        name=marker.name,
        marked_range=_range(start - reel.start, frames, reel.rate),
        color=colors[marker.color],
        metadata={namespace: {"id": marker.id}},
        comment=marker.note,
    )


def remove(timeline: otio.schema.Timeline, ids: set[str]) -> list[str]:
    """Takes these sounds off; what lay after them stays where it was. Names of the lanes that were deleted."""
    gone = []
    for position in reversed(range(len(timeline.tracks))):
        track = timeline.tracks[position]
        if namespace not in track.metadata or not isinstance(track, otio.schema.Track):
            continue
        _blank(track, ids)
        if not any(isinstance(item, otio.schema.Clip) for item in track):
            gone.append(track.name)
            del timeline.tracks[position]
    markers = timeline.tracks.markers
    for position in reversed(range(len(markers))):
        ours = markers[position].metadata.get(namespace)
        if ours and ours.get("id") in ids:
            del markers[position]
    return gone[::-1]


def _blank(track: otio.schema.Track, ids: set[str]) -> None:
    for position, item in enumerate(list(track)):
        notes = item.metadata.get(namespace)
        if isinstance(item, otio.schema.Clip) and notes and notes.get("id") in ids:
            duration = item.trimmed_range().duration
            track[position] = otio.schema.Gap(source_range=otio.opentime.TimeRange(duration=duration))


def _range(start: int, duration: int, rate: float) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(duration, rate))
