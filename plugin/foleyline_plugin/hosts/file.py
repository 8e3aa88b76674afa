"""A timeline file as a host: it is read from where it is, and what is placed goes into a copy beside the takes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import opentimelineio as otio

from foleyline import version
from foleyline.errors import FoleyError
from foleyline.timing import round_half_up

from ..nesting import is_enabled
from ..timeline import Reel, namespace, reel_of
from ..timing import fraction_of, rate_of
from . import lanes, otio_file
from .host import Difference, Found, HostTimeline, Identity, Left, Placed, PlacedLane, Placing, Removed, Track

T = TypeVar("T")


class FileHost:
    """One timeline of a file. source is never written to; out, an .otio file, holds the timeline with our lanes."""

    def __init__(self, source: Path, out: Path, *, number: int = 0, media_folder: Path | None = None) -> None:
        """number: which of its timelines. media_folder: where the media of an .otioz are unpacked to."""
        self._source = source.absolute()
        self._out = out.absolute()
        self._number = number
        self._media_folder = media_folder
        self._one_at_a_time = asyncio.Lock()

    async def identify(self) -> Identity:
        why_not: dict[str, str] = dict.fromkeys(
            ("go_to", "selection", "marks", "shift", "undo", "changed"), "it is a file"
        )
        return Identity("file", version, can=frozenset({"place", "remove", "markers", "names"}), why_not=why_not)

    async def timeline(self, known: str = "", color: str = "", flag: str = "") -> HostTimeline:
        return await self._alone(lambda: self._timeline(known))

    async def place(self, placing: Placing) -> Placed:
        return await self._alone(lambda: self._place(placing))

    async def go_to(self, timeline: str, frame: int) -> int:
        raise FoleyError("E-REFUSED", name=self._source.name, reason="a file has no playhead")

    async def remove(self, timeline: str, ids: Sequence[str] | None = None) -> Removed:
        return await self._alone(lambda: self._remove(timeline, ids))

    async def close(self) -> None:
        pass

    async def _alone(self, work: Callable[[], T]) -> T:
        async with self._one_at_a_time:
            return await asyncio.to_thread(work)

    @property
    def _id(self) -> str:
        return f"{self._source}#{self._number + 1}" if self._number else str(self._source)

    def _read(self) -> otio.schema.Timeline:
        if self._out.exists():
            return otio_file.read(self._out)[0]
        timelines = otio_file.read(self._source, media_folder=self._media_folder)
        if self._number >= len(timelines):
            raise FoleyError("E-NOTIMELINE", name=self._source.name)
        return timelines[self._number]

    def _timeline(self, known: str) -> HostTimeline:
        timeline = self._read()
        reel = reel_of(timeline)
        text = otio.adapters.write_to_string(timeline, "otio_json")
        revision = _revision(text)
        return HostTimeline(
            id=self._id,
            revision=revision,
            name=timeline.name or self._source.stem,
            rate=reel.exact,
            start=reel.start,
            drop_frame=reel.drop_frame,
            text=None if revision == known else text,
            file=str(self._source),
            tracks=list(_tracks(timeline)),
            ours=list(_found(timeline, reel)),
        )

    def _check(self, timeline: str, rate: Fraction | None = None, reel: Reel | None = None, start: int = 0) -> None:
        """Raises FoleyError E-STALE where the panel saw something else than what is there."""
        compared: list[tuple[str, Any, Any]] = [("timeline", timeline, self._id)]
        if reel is not None:
            compared += [("rate", rate, reel.exact), ("start", start, reel.start)]
        for what, asked, found in compared:
            if asked != found:
                raise FoleyError("E-STALE", name=self._source.name, what=what, asked=asked, found=found)

    def _place(self, placing: Placing) -> Placed:
        timeline = self._read()
        reel = reel_of(timeline)
        self._check(placing.timeline, placing.rate, reel, placing.start)
        placing.check()
        left = [_left(sound.id, sound.path, sound.record[0], reel) for sound in placing.sounds]
        reasons = {each.id: each for each in left if each is not None}
        earlier = len(list(timeline.tracks))
        lanes.add(timeline, placing, [sound for sound in placing.sounds if sound.id not in reasons])
        self._write(timeline)
        read_back = self._read()
        asked = [number for number, lane in enumerate(placing.lanes) if _is_used(number, placing, reasons)]
        return Placed(
            timeline=self._id,
            revision=_revision_of(read_back),
            lanes=list(_placed_lanes(read_back, asked, earlier)),
            found=[each for each in _found(read_back, reel) if each.batch == placing.batch],
            left=list(reasons.values()),
            differences=[
                Difference(sound.id, "shift", sound.shift, 0)
                for sound in placing.sounds
                if sound.shift and sound.id not in reasons
            ],
        )

    def _remove(self, name: str, ids: Sequence[str] | None) -> Removed:
        self._check(name)
        timeline = self._read()
        ours = [each.id for each in _found(timeline, reel_of(timeline))]
        wanted = [each for each in ours if ids is None or each in ids]
        gone = lanes.remove(timeline, set(wanted))
        if wanted:
            self._write(timeline)
        return Removed(self._id, _revision_of(timeline), wanted, gone)

    def _write(self, timeline: otio.schema.Timeline) -> None:
        source = None if self._out.exists() else self._source
        self._out.parent.mkdir(parents=True, exist_ok=True)
        otio_file.write(timeline, self._out, source=source)


def _revision_of(timeline: otio.schema.Timeline) -> str:
    return _revision(otio.adapters.write_to_string(timeline, "otio_json"))


def _revision(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _left(sound_id: str, path: str, start: int, reel: Reel) -> Left | None:
    if not Path(path).is_file():
        return Left(sound_id, "no_file")
    if start < reel.start:
        return Left(sound_id, "before_start")
    return None


def _is_used(number: int, placing: Placing, left: dict[str, Left]) -> bool:
    return any(sound.lane == number and sound.id not in left for sound in placing.sounds)


def _placed_lanes(timeline: otio.schema.Timeline, asked: Sequence[int], earlier: int) -> Iterator[PlacedLane]:
    new = list(timeline.tracks)[earlier:]
    before = sum(track.kind == otio.schema.TrackKind.Audio for track in list(timeline.tracks)[:earlier])
    for position, (number, track) in enumerate(zip(asked, new, strict=True), start=before + 1):
        yield PlacedLane(number, track.name, position, is_enabled(track))


def _tracks(timeline: otio.schema.Timeline) -> Iterator[Track]:
    counts = {"video": 0, "audio": 0}
    for child in timeline.tracks:
        kind = "audio" if getattr(child, "kind", "") == otio.schema.TrackKind.Audio else "video"
        counts[kind] += 1
        yield Track(kind, counts[kind], child.name, is_enabled(child))


def _found(timeline: otio.schema.Timeline, reel: Reel) -> Iterator[Found]:
    """Our sounds, by the id that each carries."""
    index = 0
    for track in timeline.tracks:
        if getattr(track, "kind", "") != otio.schema.TrackKind.Audio or not isinstance(track, otio.schema.Track):
            continue
        index += 1
        if namespace not in track.metadata:
            continue
        for item, span in track.range_of_all_children().items():
            notes = item.metadata.get(namespace)
            if notes and "id" in notes and isinstance(item, otio.schema.Clip):
                yield Found(
                    id=str(notes["id"]),
                    batch=str(notes.get("batch", "")),
                    lane=track.name,
                    index=index,
                    record=(reel.start + _frames(span.start_time, reel), _frames(span.duration, reel)),
                    first=_frames(item.trimmed_range().start_time, reel),
                    path=getattr(item.media_reference, "target_url", ""),
                    name=item.name,
                )


def _frames(time: otio.opentime.RationalTime, reel: Reel) -> int:
    return round_half_up(fraction_of(time.value) / rate_of(time.rate) * reel.exact)
