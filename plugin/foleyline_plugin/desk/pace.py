"""How long takes take on this machine: learned from those that were made, used to say what is left."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from foleyline.timing import rate_in
from foleyline.v1 import engine_pb2 as pb

least_s = 0.05
remembered = 40


@dataclass
class Pace:
    """Seconds of a call against seconds of sound, of the last takes made with the same models."""

    made: list[tuple[float, float]] = field(default_factory=list)

    def learn(self, length_s: float, took_s: float) -> None:
        """A take of so much sound was there after so long a call, others in flight beside it."""
        self.made = [*self.made[-remembered + 1 :], (length_s, max(took_s, least_s))]

    def seconds(self, length_s: float) -> float | None:
        """How long a call for so much sound will take; None before the first one."""
        if not self.made:
            return None
        fixed, each = self._line()
        return max(least_s, fixed + each * length_s)

    def _line(self) -> tuple[float, float]:
        """Seconds a call and seconds for each second of sound: least squares, neither below zero."""
        count = len(self.made)
        mean_x = sum(x for x, _ in self.made) / count
        mean_y = sum(y for _, y in self.made) / count
        spread = sum((x - mean_x) ** 2 for x, _ in self.made)
        slope = sum((x - mean_x) * (y - mean_y) for x, y in self.made) / spread if spread > 1e-6 else 0.0
        fixed = mean_y - slope * mean_x
        if spread <= 1e-6 or count < 3 or fixed < 0:
            return 0.0, mean_y / mean_x if mean_x else 0.0
        return (mean_y, 0.0) if slope < 0 else (fixed, slope)


class Paces:
    """A pace for every choice of models."""

    def __init__(self, kept: dict[str, list[float]]) -> None:
        self._paces = {key: Pace([(length_s, took_s)]) for key, (length_s, took_s) in _pairs(kept)}

    def of(self, request: pb.GenerateRequest) -> Pace:
        return self._paces.setdefault(models_of(request), Pace())

    def kept(self) -> dict[str, list[float]]:
        """What is remembered beyond this run: for each choice of models, a length and what it takes."""
        kept = {}
        for key, pace in self._paces.items():
            if pace.made:
                length_s = sum(x for x, _ in pace.made) / len(pace.made)
                kept[key] = [length_s, pace.seconds(length_s) or least_s]
        return kept


def _pairs(kept: dict[str, list[float]]) -> Iterable[tuple[str, tuple[float, float]]]:
    for key, pair in kept.items():
        if len(pair) == 2 and all(isinstance(number, int | float) and number > 0 for number in pair):
            yield key, (float(pair[0]), float(pair[1]))


def models_of(request: pb.GenerateRequest) -> str:
    """What a pace is learned for: the models, the steps they take and how many of the four are run."""
    names = [request.generator, request.judge, request.separator, request.silence]
    return " ".join([*names, pb.Run.Name(request.run), str(request.steps)])


def length_s(clip: pb.Clip) -> float:
    """Seconds of sound, handles included; 0 for a clip without a time base, which fails when it is run."""
    if not clip.record_range.start.rate_num:
        return 0.0
    frames = clip.record_range.duration.value + clip.head_handle + clip.tail_handle
    return float(frames / rate_in(clip.record_range.start))


def all_s(request: pb.GenerateRequest, lengths_s: Iterable[float], places: int, paces: Paces) -> float | None:
    """Seconds for takes of these lengths, all with the same models, where nothing else runs; None for nobody knows."""
    pace = paces.of(request)
    ends = [0.0] * max(1, places)
    for length in lengths_s:
        if (whole_s := pace.seconds(length)) is None:
            return None
        heapq.heappush(ends, heapq.heappop(ends) + whole_s)
    return max(ends)


def left_s(
    running: Sequence[tuple[float, pb.GenerateRequest]],
    waiting: Iterable[pb.GenerateRequest],
    places: int,
    paces: Paces,
) -> float | None:
    """Seconds until all is done with so many calls at a time: each next clip begins when a place becomes free.

    running: seconds that each call has gone on. None while a pace that is needed is not known.
    """
    ends: list[float] = []
    for gone_s, request in running:
        whole_s = paces.of(request).seconds(length_s(request.clip))
        if whole_s is None:
            return None
        ends.append(max(whole_s - gone_s, whole_s * 0.05))
    ends += [0.0] * max(0, places - len(ends))
    heapq.heapify(ends)
    for request in waiting:
        whole_s = paces.of(request).seconds(length_s(request.clip))
        if whole_s is None:
            return None
        heapq.heappush(ends, heapq.heappop(ends) + whole_s)
    return max(ends, default=0.0)
