"""Whether the clips that takes were made for are still where they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from foleyline.v1 import engine_pb2 as pb

from ..job import Job
from .events import Move
from .reading import Spot


def moves(jobs: Iterable[Job], spots: Sequence[Spot]) -> list[Move]:
    """Takes whose clip has moved, or is gone, since they were asked for."""
    where: dict[tuple, list[int]] = {}
    for spot in spots:
        where.setdefault(_identity(spot.clip), []).append(spot.clip.record_range.start.value)
    moved = []
    for job in jobs:
        start = job.request.clip.record_range.start.value
        now = where.get(_identity(job.request.clip), [])
        if start not in now:
            nearest = min(now, key=lambda place: abs(place - start), default=None)
            moved.append(Move(job, None if nearest is None else nearest - start))
    return moved


def _identity(clip: pb.Clip) -> tuple:
    """All that makes it the same piece of picture, but for its place."""
    media = clip.media.path or clip.media.sequence.SerializeToString()
    used = clip.source_range
    return clip.name, media, used.start.value, used.duration.value, clip.record_range.duration.value
