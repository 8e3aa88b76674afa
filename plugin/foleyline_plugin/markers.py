"""What a take has to tell on the timeline: where voices were removed, what is silent on purpose, what to decide."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import opentimelineio as otio

from foleyline.timing import rate_in
from foleyline.v1 import engine_pb2 as pb

color = otio.schema.MarkerColor

by_outcome = {
    pb.silent_on_purpose: (color.RED, "Silent on purpose"),
    pb.original_kept: (color.ORANGE, "Voices kept: nothing else was left"),
    pb.to_decide: (color.ORANGE, "To decide: the verdict could not be read"),
    pb.kept_by_editor: (color.BLUE, "Voices kept by the editor"),
}
removed = {pb.voices_removed: "Voice removed", pb.regenerated: "Voice removed, made again"}


def markers_of(take: pb.Take, first: int, rate: float) -> list[otio.schema.Marker]:
    """For a lane's item whose own time begins at frame `first`; `rate` as the timeline writes it."""
    length = take.request.clip.record_range.duration.value
    return [
        otio.schema.Marker(name=name, marked_range=_range(first + start, end - start, rate), color=hue, comment=text)
        for hue, name, start, end, text in _remarks(take, length)
    ]


def _remarks(take: pb.Take, length: int) -> Iterator[tuple[str, str, int, int, str]]:
    """Color, name, first and last frame (exclusive) from the record range's start, and text."""
    reason = take.verdict.conclusion or take.verdict.summary
    if take.outcome in by_outcome:
        yield (*by_outcome[take.outcome], 0, length, reason)
    elif take.outcome in removed:
        for start, end in _voiced(take, length) or [(0, length)]:
            yield color.YELLOW, removed[take.outcome], start, end, reason
    if take.notes:
        yield color.BLUE, "Note", 0, min(1, length), "\n".join(take.notes)


def _voiced(take: pb.Take, length: int) -> list[tuple[int, int]]:
    """The frames of the record range in which voices were heard, or of stems without a verdict removed; what lies in
    the handles alone is left out."""
    removed_there = [each for note in take.steps if note.step == pb.removing for each in note.stretches]
    rate, head = rate_in(take.request.clip.record_range.start), take.request.clip.head_handle
    spans = []
    for stretch in take.verdict.voiced or removed_there:
        start = max(0, math.floor(Fraction(stretch.start_s) * rate) - head)
        end = min(length, math.ceil(Fraction(stretch.end_s) * rate) - head)
        if start < end:
            spans.append((start, end))
    return spans


def _range(start: int, duration: int, rate: float) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(duration, rate))
