"""Takes onto lanes and off again. What lies on them is what the journal calls placed; the file is written after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from foleyline.errors import FoleyError

from .. import deliver
from ..job import Call, Job, State, Version
from .events import Event, Exported, MovedAsked, Placed, Trouble
from .form import clip_key
from .host import Laid
from .moves import moves
from .reading import OpenTimeline, Put
from .workplace import Workplace


class Holder(Protocol):
    """A file or a program, as far as lanes go."""

    async def fresh_timeline(self, key: str) -> OpenTimeline: ...

    async def lay(self, key: str, puts: Sequence[Put], path: Path) -> Laid: ...


class Lanes:
    """Used in the desk's thread alone."""

    def __init__(self, host_of: Callable[[str], Holder], tell: Callable[[Event], None]) -> None:
        """host_of: who has the timeline that the journal calls so."""
        self._host_of = host_of
        self._tell = tell

    async def place(
        self, at: Workplace, ids: Sequence[str], version: Version, answers: Mapping[str, int | None] | None
    ) -> None:
        """All at once or, where a clip has moved and nobody said what to do, not at all: that is asked first."""
        jobs = [job for job in at.journal.jobs(ids) if job.take]
        if answers is None:
            moved = [move for key in _timelines(jobs) for move in await self._moves(jobs, key)]
            if moved:
                self._tell(MovedAsked(tuple(job.id for job in jobs), version, tuple(moved)))
                return
        starts = {job_id: start for job_id, start in (answers or {}).items() if start is not None}
        binned = [job_id for job_id, start in (answers or {}).items() if start is None]
        placed = [job for job in jobs if job.id not in binned]
        at.journal.keep_in_bin(binned)
        voices = [job.id for job in placed if version == Version.voices or job.call == Call.keep_voices]
        at.journal.place(
            [job.id for job in placed],
            starts=starts,
            instead_of=_replaced(at, placed),
            voices=voices,
        )
        await self._write(at, "place", jobs)

    async def remove(self, at: Workplace, ids: Sequence[str]) -> None:
        jobs = [job for job in at.journal.jobs(ids) if job.state == State.placed]
        at.journal.remove([job.id for job in jobs])
        await self._write(at, "remove", jobs)

    async def undo(self, at: Workplace) -> None:
        ids = at.journal.undo(at.timeline)
        await self._write(at, "undo", at.journal.jobs(ids))

    async def export_cue_sheet(self, at: Workplace) -> None:
        """Every take there is, beside the takes."""
        delivered = []
        for key in _timelines(at.journal.jobs()):
            rows = [_row(job) for job in at.journal.jobs() if job.timeline == key and job.state != State.superseded]
            path = self._path(at, key)
            delivered.append(deliver.Delivered(Path(key).name, path if path.exists() else None, rows))
        deliver.write(at.out_dir, delivered)
        self._tell(Exported(at.out_dir / "cue_sheet.csv"))

    async def _moves(self, jobs: Sequence[Job], key: str) -> list:
        timeline = await self._host_of(key).fresh_timeline(key)
        return moves((job for job in jobs if job.timeline == key), timeline.spots)

    async def _write(self, at: Workplace, what: str, jobs: Sequence[Job]) -> None:
        """The files of the timelines concerned; where one cannot be written the journal goes back as well."""
        path, left = None, list[FoleyError]()
        try:
            for key in _timelines(jobs):
                puts = [_put(job, at.out_dir) for job in at.journal.placed(key) if job.take]
                laid = await self._host_of(key).lay(key, puts, self._path(at, key))
                path = laid.path
                left += laid.by_hand
                at.journal.leave(laid.left)
        except FoleyError:
            if what != "undo":
                for key in _timelines(jobs):
                    at.journal.undo(key)
            raise
        finally:
            at.changed()
        if jobs:
            self._tell(Placed(what, len(jobs) - len(left), path))
        for problem in left:
            self._tell(Trouble(problem))

    def _path(self, at: Workplace, key: str) -> Path:
        name, _, number = Path(key).name.partition("#")
        stem = Path(name).stem + (f" {number}" if number else "")
        return at.out_dir / f"{stem.encode()[:180].decode(errors='ignore')}_foley.otio"


def _timelines(jobs: Sequence[Job]) -> list[str]:
    return list(dict.fromkeys(job.timeline for job in jobs))


def _replaced(at: Workplace, jobs: Sequence[Job]) -> list[str]:
    """Placed takes of the same clips of the same timelines: a clip has one take on its lanes."""
    wanted = {(job.timeline, clip_key(job.request.clip), job.request.clip.record_range.start.value) for job in jobs}
    ids = {job.id for job in jobs}
    return [
        job.id
        for job in at.jobs.values()
        if job.state == State.placed
        and job.id not in ids
        and (job.timeline, clip_key(job.request.clip), job.request.clip.record_range.start.value) in wanted
    ]


def _put(job: Job, folder: Path) -> Put:
    assert job.take is not None
    return Put(
        job.take, folder, job.record_start, voices=job.version == Version.voices, note=job.note, call=str(job.call)
    )


def _row(job: Job) -> deliver.Row:
    return deliver.Row(job.request.clip.name, job.request.clip, job.request, job.take, job.problem, job.state)
