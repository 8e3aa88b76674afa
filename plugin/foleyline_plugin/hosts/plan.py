"""Takes to what a host is asked to place: which lanes, which sounds on them, what they are called, which markers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence

from foleyline.timing import rate_in
from foleyline.v1 import engine_pb2 as pb

from .. import placing, words
from ..markers import markers_of
from ..placing import Pair, Placement
from .host import HostTimeline, Lane, Marker, Placing, Sound

longest_note = 4000


def plan(
    placements: Sequence[Placement],
    timeline: HostTimeline,
    *,
    lanes: Sequence[placing.Lane] = placing.foley,
    with_markers: bool = False,
) -> Placing:
    """Each take on its record range, on the lanes of a pair: `FLY n` and `FLY n VOX`, which is off, if not said.

    Takes that overlap, and further takes of a clip, go to further pairs of lanes; numbers go on after the lanes that
    are there. A take without a file, silent on purpose, has no sound. Lanes on which nothing would lie are left out.
    """
    made: list[Lane] = []
    sounds: list[Sound] = []
    for pair in _pairs(placements, _first_free_number(timeline, lanes)):
        for lane in lanes:
            laid = list(_sounds(pair, lane, len(made)))
            if laid:
                made.append(Lane(lane.name.format(n=pair.number), lane.is_on))
                sounds += laid
    told = next((lane.kind for lane in lanes if lane.is_told), lanes[0].kind)
    return Placing(
        timeline=timeline.id,
        rate=timeline.rate,
        start=timeline.start,
        batch=secrets.token_hex(8),
        bin=("Foley", timeline.name or "Timeline"),
        lanes=made,
        sounds=sounds,
        markers=[marker for each in placements for marker in _markers(each, told)] if with_markers else (),
    )


def request_of(sound_id: str) -> str:
    """The request whose take a sound is of."""
    return sound_id.partition(":")[0]


def number_in(name: str, lanes: Sequence[placing.Lane]) -> int:
    """The number of a lane of ours by its name; 0 for any other."""
    named = (re.fullmatch(lane.name.format(n=r"(\d+)"), name) for lane in lanes)
    return next((int(found[1]) for found in named if found), 0)


def _first_free_number(timeline: HostTimeline, lanes: Sequence[placing.Lane]) -> int:
    return max((number_in(track.name, lanes) for track in timeline.tracks), default=0) + 1


def _pairs(placements: Sequence[Placement], first: int) -> list[Pair]:
    pairs: list[Pair] = []
    for placement in sorted(placements, key=lambda each: (each.take.request.take, _start(each.clip))):
        pair = next((pair for pair in pairs if pair.has_room(placement)), None)
        if pair is None:
            pair = Pair(first + len(pairs))
            pairs.append(pair)
        pair.add(placement)
    return pairs


def _start(clip: pb.Clip) -> int:
    return clip.record_range.start.value


def _sounds(pair: Pair, lane: placing.Lane, number: int) -> Iterator[Sound]:
    for placement in pair.placements:
        take, clip = placement.take, placement.clip
        wanted = "with_voices" if placement.voices and lane.file == "without_voices" else lane.file
        if not take.HasField(wanted):
            continue
        length = clip.record_range.duration.value
        yield Sound(
            id=f"{take.request_id}:{lane.kind}",
            lane=number,
            name=lane.item.format(clip=" ".join(clip.name.split()), take=take.request.take),
            path=str((placement.folder / getattr(take, wanted).path).absolute()),
            record=(_start(clip), length),
            first=clip.head_handle,
            frames=clip.head_handle + length + clip.tail_handle,
            notes=_notes(placement),
        )


def _notes(placement: Placement) -> dict[str, str]:
    take = placement.take
    told = {
        "take": take.request_id,
        "verdict": words.options[take.verdict.option],
        "done": words.outcomes[take.outcome],
        "why": take.verdict.conclusion or take.verdict.summary,
        "direction": take.request.prompt,
        **placement.editor,
    }
    return {key: text[:longest_note] for key, text in told.items() if text}


def _markers(placement: Placement, kind: str) -> Iterator[Marker]:
    take = placement.take
    start = _start(placement.clip)
    for marker in markers_of(take, 0, float(rate_in(placement.clip.record_range.start))):
        span = marker.marked_range
        record = start + round(span.start_time.value), max(1, round(span.duration.value))
        yield Marker(
            f"{take.request_id}:clean", record, marker.color.lower(), marker.name, marker.comment[:longest_note]
        )
