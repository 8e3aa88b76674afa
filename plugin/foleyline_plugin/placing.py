"""Takes to new lanes at the end of a copy of the timeline. Nothing that is already there is touched."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

import opentimelineio as otio
from google.protobuf.json_format import MessageToDict

from foleyline.errors import FoleyError
from foleyline.timing import rate_in, round_half_up
from foleyline.v1 import engine_pb2 as pb

from .markers import markers_of
from .timeline import Reel, namespace, reel_of
from .timing import fraction_of, rate_of


@dataclass(frozen=True)
class Lane:
    """One of the lanes that a take goes to. kind: as our notes on the lane have it. name, item: of the lane and of
    what lies on it. file: which of a take's it carries. is_on: heard when the timeline is opened. is_told: carries
    the take's notes in full, and its markers.
    """

    kind: str
    name: str
    item: str
    file: Literal["with_voices", "without_voices", "dialogue"]
    is_on: bool = True
    is_told: bool = True


foley = (
    Lane("clean", "FLY {n}", "{clip} T{take}", "without_voices"),
    Lane("vox", "FLY {n} VOX", "{clip} T{take} VOX", "with_voices", is_on=False, is_told=False),
)
stems = (
    Lane("dx", "DX {n}", "{clip} DX", "dialogue", is_on=False, is_told=False),
    Lane("me", "ME {n}", "{clip} ME", "without_voices", is_on=False),
)
"""Off: the production sound that they were made of still lies on its own lanes."""


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
    """Two lanes that carry the same takes, each another of their files."""

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


def place(
    timeline: otio.schema.Timeline, takes: Sequence[Placement], lanes: Sequence[Lane] = foley
) -> otio.schema.Timeline:
    """A copy with the takes on new lanes: `FLY n` (voices removed) and `FLY n VOX` (with voices, disabled) if not said.

    Each take lies on its exact record range; takes that overlap, and further takes of a clip, go to further
    pairs. Numbers go on after the lanes of earlier runs. Raises FoleyError E-MOVED for a take that was made
    for another time base, E-LANE when OTIO reads back another place than was asked for.
    """
    reel = reel_of(timeline)
    for placement in takes:
        _check_fits(placement, reel)
    placed = timeline.deepcopy()
    names = _Names(placed)
    for pair in _pairs(takes, _first_free_number(placed, lanes)):
        for lane in lanes:
            placed.tracks.append(_lane(pair, lane, reel, _origin(placed, reel), names))
    check_placed(placed, takes, lanes)
    return placed


def check_placed(timeline: otio.schema.Timeline, takes: Sequence[Placement], lanes: Sequence[Lane] = foley) -> None:
    """Reads back through OTIO where every take lies. Raises FoleyError E-LANE where that is not its record range."""
    found = _places(timeline)
    for placement in takes:
        for lane in lanes:
            places = found.get((placement.take.request_id, lane.kind), set())
            if _record(placement.clip) not in places:
                reason = f"“{placement.clip.name}” is not where it was put"
                raise FoleyError("E-LANE", lane=lane.name.replace(" {n}", ""), reason=reason)


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


def _first_free_number(timeline: otio.schema.Timeline, lanes: Sequence[Lane]) -> int:
    """After lanes of these kinds, by their notes or, where another program has dropped those, by their names."""
    kinds = {lane.kind for lane in lanes}
    name = re.compile("|".join(lane.name.format(n=r"(\d+)") for lane in lanes))
    numbers = [0]
    for track in timeline.tracks:
        named = name.fullmatch(track.name)
        ours = _ours(track)
        numbers += [int(number) for number in named.groups() if number] if named else []
        numbers += [int(ours["number"])] if ours and "number" in ours and ours.get("lane") in kinds else []
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


def _lane(pair: Pair, lane: Lane, reel: Reel, origin: int, names: _Names) -> otio.schema.Track:
    track = otio.schema.Track(
        lane.name.format(n=pair.number),
        kind=otio.schema.TrackKind.Audio,
        metadata={namespace: {"lane": lane.kind, "number": pair.number}},
    )
    track.enabled = lane.is_on
    track.extend(_items(pair.placements, lane, reel, origin, names))
    return track


def _items(
    placements: Iterable[Placement], lane: Lane, reel: Reel, origin: int, names: _Names
) -> Iterator[otio.core.Item]:
    end = reel.start - origin
    for placement in placements:
        start, next_end = _record(placement.clip)
        if start > end:
            yield otio.schema.Gap(source_range=_range(0, start - end, reel.rate))
        yield _item(placement, lane, reel.rate, names)
        end = next_end


def _item(placement: Placement, lane: Lane, rate: float, names: _Names) -> otio.core.Item:
    """A clip on the take's file, or a gap where the take has none on purpose."""
    take, clip = placement.take, placement.clip
    name = names.unused(lane.item.format(clip=clip.name, take=take.request.take))
    length = clip.record_range.duration.value
    file = "with_voices" if placement.voices else lane.file
    if take.HasField(file):
        path = placement.folder / getattr(take, file).path
        first, item = clip.head_handle, otio.schema.Clip(name, _media(path, clip, rate))
        item.source_range = _range(first, length, rate)
    else:
        first, item = 0, otio.schema.Gap(name, source_range=_range(0, length, rate))
    # Told in full once: twice would double what is by far the largest part of the file.
    item.metadata[namespace] = {"take": placement.notes() if lane.is_told else {"request_id": take.request_id}}
    if said := {key: text for key, text in placement.editor.items() if text}:
        item.metadata[namespace]["editor"] = said
    if lane.is_told:
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
