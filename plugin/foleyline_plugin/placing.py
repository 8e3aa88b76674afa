"""Takes to new lanes at the end of a copy of the timeline. Nothing that is already there is touched."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import opentimelineio as otio
from google.protobuf.json_format import MessageToDict

from foleyline.errors import FoleyError
from foleyline.timing import rate_in, round_half_up
from foleyline.v1 import engine_pb2 as pb

from .markers import markers_of
from .timeline import Reel, namespace, reel_of
from .timing import fraction_of, rate_of

lane_name = re.compile(r"FLY (\d+)( VOX)?")


@dataclass(frozen=True)
class Placement:
    """A take and the folder that its files' paths start from.

    voices: the editor wants it with its voices, so that is what is heard of it. editor: what was said of it.
    """

    take: pb.Take
    folder: Path
    voices: bool = False
    editor: Mapping[str, str] = field(default_factory=dict)

    @property
    def clip(self) -> pb.Clip:
        return self.take.request.clip

    def notes(self) -> dict[str, Any]:
        """The take as JSON types, under its contract's own names; the cues stay in the take's own notes."""
        told = MessageToDict(self.take, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        del told["cues"]
        return told


@dataclass
class Pair:
    """Two lanes that carry the same takes: without voices, and with them."""

    number: int
    placements: list[Placement] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)

    def has_room(self, placement: Placement) -> bool:
        start, end = _record(placement.clip)
        at = bisect_left(self._starts, start)
        is_free_before = at == 0 or _record(self.placements[at - 1].clip)[1] <= start
        return is_free_before and (at == len(self._starts) or end <= self._starts[at])

    def add(self, placement: Placement) -> None:
        start = _record(placement.clip)[0]
        at = bisect_left(self._starts, start)
        self._starts.insert(at, start)
        self.placements.insert(at, placement)


def place(timeline: otio.schema.Timeline, takes: Sequence[Placement]) -> otio.schema.Timeline:
    """A copy with the takes on new lanes: `FLY n` (voices removed) and `FLY n VOX` (with voices, disabled).

    Each take lies on its exact record range; takes that overlap, and further takes of a clip, go to further
    pairs. Numbers go on after the lanes of earlier runs. Raises FoleyError E-MOVED for a take that was made
    for another time base, E-LANE when OTIO reads back another place than was asked for.
    """
    reel = reel_of(timeline)
    for placement in takes:
        _check_fits(placement, reel)
    placed = timeline.deepcopy()
    names = _Names(placed)
    for pair in _pairs(takes, _first_free_number(placed)):
        for with_voices in (False, True):
            placed.tracks.append(_lane(pair, with_voices, reel, _origin(placed, reel), names))
    check_placed(placed, takes)
    return placed


def check_placed(timeline: otio.schema.Timeline, takes: Sequence[Placement]) -> None:
    """Reads back through OTIO where every take lies. Raises FoleyError E-LANE where that is not its record range."""
    found = _places(timeline)
    for placement in takes:
        for kind in ("clean", "vox"):
            places = found.get((placement.take.request_id, kind), set())
            if _record(placement.clip) not in places:
                lane = "FLY VOX" if kind == "vox" else "FLY"
                raise FoleyError("E-LANE", lane=lane, reason=f"“{placement.clip.name}” is not where it was put")


def _places(timeline: otio.schema.Timeline) -> dict[tuple[str, str], set[tuple[int, int]]]:
    """The record ranges, in frames, at which each request lies on our lanes of either kind."""
    reel = reel_of(timeline)
    found: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for lane in timeline.tracks:
        ours = _ours(lane)
        if not ours or not isinstance(lane, otio.schema.Track):
            continue
        # One call for the whole lane: asking clip by clip is quadratic in OTIO 0.18.
        shift = reel.start + _lane_start(lane, timeline, reel)
        for item, span in lane.range_of_all_children().items():
            if notes := _ours(item):
                start = shift + _frames(span.start_time, reel)
                places = found.setdefault((notes["take"]["request_id"], ours["lane"]), set())
                places.add((start, start + _frames(span.duration, reel)))
    return found


def _lane_start(lane: otio.schema.Track, timeline: otio.schema.Timeline, reel: Reel) -> int:
    """The frame of the timeline's trimmed stack at which the lane's own time is zero."""
    zero = otio.opentime.TimeRange(otio.opentime.RationalTime(0, reel.rate), otio.opentime.RationalTime(0, reel.rate))
    in_stack = lane.transformed_time_range(zero, timeline.tracks).start_time
    return _frames(in_stack, reel) - _origin(timeline, reel)


def _frames(time: otio.opentime.RationalTime, reel: Reel) -> int:
    return round_half_up(fraction_of(time.value) / rate_of(time.rate) * reel.exact)


def _origin(timeline: otio.schema.Timeline, reel: Reel) -> int:
    """The frame of the stack's own time that is the timeline's first: not zero where the stack itself is trimmed."""
    used = timeline.tracks.source_range
    return 0 if used is None else _frames(used.start_time, reel)


def _ours(item: otio.core.Composable) -> Any:
    return item.metadata.get(namespace)


def _record(clip: pb.Clip) -> tuple[int, int]:
    start = clip.record_range.start.value
    return start, start + clip.record_range.duration.value


def _check_fits(placement: Placement, reel: Reel) -> None:
    clip = placement.clip
    if rate_in(clip.record_range.start) != reel.exact or _record(clip)[0] < reel.start:
        raise FoleyError("E-MOVED", name=clip.name)
    if clip.record_range.duration.value <= 0:
        raise FoleyError("E-EMPTY", name=clip.name)


def _first_free_number(timeline: otio.schema.Timeline) -> int:
    """After our lanes, by their notes or, where another program has dropped those, by their names."""
    numbers = [0]
    for lane in timeline.tracks:
        named = lane_name.fullmatch(lane.name)
        ours = _ours(lane)
        numbers += [int(named[1])] if named else []
        numbers += [int(ours["number"])] if ours and "number" in ours else []
    return max(numbers) + 1


def _pairs(takes: Iterable[Placement], first: int) -> list[Pair]:
    """First takes first; each goes to the first pair that has room for it."""
    pairs: list[Pair] = []
    for placement in sorted(takes, key=lambda p: (p.take.request.take, p.clip.record_range.start.value)):
        pair = next((pair for pair in pairs if pair.has_room(placement)), None)
        if pair is None:
            pair = Pair(first + len(pairs))
            pairs.append(pair)
        pair.add(placement)
    return pairs


def _lane(pair: Pair, with_voices: bool, reel: Reel, origin: int, names: _Names) -> otio.schema.Track:
    kind = "vox" if with_voices else "clean"
    lane = otio.schema.Track(
        f"FLY {pair.number}{' VOX' if with_voices else ''}",
        kind=otio.schema.TrackKind.Audio,
        metadata={namespace: {"lane": kind, "number": pair.number}},
    )
    lane.enabled = not with_voices
    lane.extend(_items(pair.placements, with_voices, reel, origin, names))
    return lane


def _items(
    placements: Iterable[Placement], with_voices: bool, reel: Reel, origin: int, names: _Names
) -> Iterator[otio.core.Item]:
    end = reel.start - origin
    for placement in placements:
        start, next_end = _record(placement.clip)
        if start > end:
            yield otio.schema.Gap(source_range=_range(0, start - end, reel.rate))
        yield _item(placement, with_voices, reel.rate, names)
        end = next_end


def _item(placement: Placement, with_voices: bool, rate: float, names: _Names) -> otio.core.Item:
    """A clip on the take's file, or a gap where the take has none on purpose."""
    take, clip = placement.take, placement.clip
    name = names.unused(f"{clip.name} T{take.request.take}{' VOX' if with_voices else ''}")
    length = clip.record_range.duration.value
    has_voices = with_voices or placement.voices
    if take.HasField("with_voices" if has_voices else "without_voices"):
        sound = take.with_voices if has_voices else take.without_voices
        first = clip.head_handle
        item = otio.schema.Clip(name, _media(placement.folder / sound.path, clip, rate), _range(first, length, rate))
    else:
        first, item = 0, otio.schema.Gap(name, source_range=_range(0, length, rate))
    # Told in full once: twice would double what is by far the largest part of the file.
    item.metadata[namespace] = {"take": {"request_id": take.request_id} if with_voices else placement.notes()}
    if said := {key: text for key, text in placement.editor.items() if text}:
        item.metadata[namespace]["editor"] = said
    if not with_voices:
        item.markers.extend(markers_of(take, first, rate))
    return item


def _media(path: Path, clip: pb.Clip, rate: float) -> otio.schema.ExternalReference:
    """A plain absolute path, as Resolve wants it, counted in the timeline's frames: a range at 48000 would turn
    the whole lane's positions into samples."""
    frames = clip.head_handle + clip.record_range.duration.value + clip.tail_handle
    return otio.schema.ExternalReference(str(path.absolute()), _range(0, frames, rate))


def _range(start: int, duration: int, rate: float) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(duration, rate))


class _Names:
    """Names for lane items that no other item of the timeline's own tracks has."""

    def __init__(self, timeline: otio.schema.Timeline) -> None:
        self._used = {item.name for track in timeline.tracks if isinstance(track, otio.schema.Track) for item in track}

    def unused(self, name: str) -> str:
        name = " ".join(name.split())
        free = next(n for n in self._candidates(name) if n not in self._used)
        self._used.add(free)
        return free

    @staticmethod
    def _candidates(name: str) -> Iterator[str]:
        yield name
        yield from (f"{name} ({n})" for n in count(2))
