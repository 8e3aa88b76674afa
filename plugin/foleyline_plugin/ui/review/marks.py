"""What is marked along a take: its handles, where voices are, where something was taken out, the cues. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foleyline.timing import delivery_rate
from foleyline.v1 import engine_pb2 as pb

from ..text import tr
from .times import TakeTimes


@dataclass(frozen=True)
class Span:
    """Samples of the take, half-open."""

    begin: int
    end: int


@dataclass(frozen=True)
class Mark:
    """A moment, in samples of the take, with its name."""

    at: int
    name: str
    strength: float


@dataclass(frozen=True)
class Marks:
    """own: the clip without its handles."""

    times: TakeTimes
    own: Span
    voiced: Sequence[Span]
    removed: Sequence[Span]
    cues: Sequence[Mark]

    def at(self, sample: float, reach: float) -> str:
        """What lies at a sample, cues within `reach` samples of it, with its timecode, for a tip."""
        lines = [self.times.timecode(self.times.frame_at(sample))]
        if any(span.begin <= sample < span.end for span in self.voiced):
            lines.append(tr("voice heard here"))
        if any(span.begin <= sample < span.end for span in self.removed):
            lines.append(tr("voices removed here"))
        if not self.own.begin <= sample < self.own.end:
            lines.append(tr("handle"))
        near = [cue for cue in self.cues if abs(cue.at - sample) <= reach]
        if near:
            lines.append(tr("cue: {name}", name=min(near, key=lambda cue: abs(cue.at - sample)).name))
        return "\n".join(lines)


def of(take: pb.Take, times: TakeTimes) -> Marks:
    removed = [part for note in take.steps if note.step == pb.removing for part in note.stretches]
    return Marks(
        times=times,
        own=Span(*times.own_n),
        voiced=_spans(take.verdict.voiced),
        removed=_spans(removed),
        cues=[Mark(_sample(cue.time_s), cue.family, cue.strength) for cue in take.cues],
    )


def _spans(stretches: Sequence[pb.Stretch]) -> list[Span]:
    return [Span(_sample(part.start_s), _sample(part.end_s)) for part in stretches]


def _sample(seconds: float) -> int:
    return round(seconds * delivery_rate)
