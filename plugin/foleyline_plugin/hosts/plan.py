"""Takes to what a host is asked to place: which lanes, which sounds on them, what they are called, which markers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

from foleyline.timing import rate_in
from foleyline.v1 import engine_pb2 as pb

from .. import words
from ..markers import markers_of
from ..placing import Pair, Placement, lane_name
from .host import HostTimeline, Lane, Marker, Placing, Sound

longest_note = 4000


def plan(placements: Sequence[Placement], timeline: HostTimeline, *, with_markers: bool = False) -> Placing:
    """Each take on its record range, without voices on `FLY n` and with them on `FLY n VOX`, which is off.

    Takes that overlap, and further takes of a clip, go to further pairs of lanes; numbers go on after the lanes that
    are there. A take without a file, silent on purpose, has no sound. Lanes on which nothing would lie are left out.
    """
    lanes: list[Lane] = []
    sounds: list[Sound] = []
    for pair in _pairs(placements, timeline):
        for with_voices in (False, True):
            laid = list(_sounds(pair, with_voices, len(lanes)))
            if laid:
                lanes.append(Lane(f"FLY {pair.number}{' VOX' if with_voices else ''}", enabled=not with_voices))
                sounds += laid
    return Placing(
        timeline=timeline.id,
        rate=timeline.rate,
        start=timeline.start,
        batch=secrets.token_hex(8),
        bin=("Foley", timeline.name or "Timeline"),
        lanes=lanes,
        sounds=sounds,
        markers=[marker for each in placements for marker in _markers(each)] if with_markers else (),
    )


def request_of(sound_id: str) -> str:
    """The request whose take a sound is of."""
    return sound_id.partition(":")[0]


def _pairs(placements: Sequence[Placement], timeline: HostTimeline) -> list[Pair]:
    named = (lane_name.fullmatch(track.name) for track in timeline.tracks)
    first = max((int(found[1]) for found in named if found), default=0) + 1
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


def _sounds(pair: Pair, with_voices: bool, lane: int) -> Iterator[Sound]:
    for placement in pair.placements:
        take, clip = placement.take, placement.clip
        has_voices = with_voices or placement.voices
        if not take.HasField("with_voices" if has_voices else "without_voices"):
            continue
        file = take.with_voices if has_voices else take.without_voices
        length = clip.record_range.duration.value
        yield Sound(
            id=f"{take.request_id}:{'vox' if with_voices else 'clean'}",
            lane=lane,
            name=f"{words.name(take.request)}{' VOX' if with_voices else ''}",
            path=str((placement.folder / file.path).absolute()),
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


def _markers(placement: Placement) -> Iterator[Marker]:
    take = placement.take
    start = _start(placement.clip)
    for marker in markers_of(take, 0, float(rate_in(placement.clip.record_range.start))):
        span = marker.marked_range
        record = start + round(span.start_time.value), max(1, round(span.duration.value))
        yield Marker(
            f"{take.request_id}:clean", record, marker.color.lower(), marker.name, marker.comment[:longest_note]
        )
