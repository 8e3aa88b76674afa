"""The headless job: inputs to requests, the queue run to its end, takes placed on lanes and written beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import deliver, engine, inputs, request
from .hosts import otio_file
from .jobs import Job, Journal, State
from .placing import Lane, Placement, foley, place
from .runner import Reporter, Runner


@dataclass(frozen=True)
class Options:
    """What the command line says, apart from what every request carries.

    opening: makes timelines of an input. lanes, ending: of the timeline that is written, its lanes and its name's end.
    """

    paths: Sequence[Path]
    out_dir: Path
    template: pb.GenerateRequest
    clips: str = "*"
    takes: int = 1
    edl_rate: Fraction | None = None
    handles: int = request.default_handles
    opening: inputs.Opening = inputs.open_input
    lanes: Sequence[Lane] = foley
    ending: str = "foley"


@dataclass
class _Wanted:
    """A reel with the rows that are not jobs and the jobs that were queued for it."""

    reel: inputs.Reel
    problems: list[deliver.Row] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


Adapt = Callable[[pb.GenerateRequest], pb.GenerateRequest]


def as_is(asked: pb.GenerateRequest) -> pb.GenerateRequest:
    """The request unchanged."""
    return asked


async def run(
    options: Options, reporter_of: Callable[[int], Reporter], adapt: Adapt = as_is
) -> list[deliver.Delivered]:
    """Does all of it and returns what came of each input.

    reporter_of: makes the reporter once the number of takes is known. adapt: a last word on each request.
    Raises FoleyError where nothing can be done at all. Cancelled, it leaves the queue ready to go on.
    """
    refused, reels = await _open(options)
    journal = Journal(options.out_dir)
    try:
        wanted = [_queue(reel, options, adapt, journal) for reel in reels]
        ids = [job_id for each in wanted for job_id in each.ids]
        reporter = reporter_of(len(ids))
        if ids:
            journal.pause(False)
            await Runner(journal, reporter, engine.connect).run(ids)
        delivered = [*refused, *(_place(each, options, journal) for each in wanted)]
    finally:
        journal.close()
    deliver.write(options.out_dir, delivered)
    return delivered


async def _open(options: Options) -> tuple[list[deliver.Delivered], list[inputs.Reel]]:
    refused: list[deliver.Delivered] = []
    reels: list[inputs.Reel] = []
    link = await engine.connect()
    try:
        for path in options.paths:
            try:
                reels += await options.opening(path, link, options.out_dir / "media", options.edl_rate)
            except FoleyError as problem:
                row = deliver.Row(path.name, None, problem=problem)
                refused.append(deliver.Delivered(path.name, None, [row]))
    finally:
        await link.close()
    return refused, _with_unique_stems(reels)


def _with_unique_stems(reels: Sequence[inputs.Reel]) -> list[inputs.Reel]:
    """Two inputs of one name must not write over each other's timeline."""
    seen: dict[str, int] = {}
    unique = []
    for reel in reels:
        count = seen[reel.stem.casefold()] = seen.get(reel.stem.casefold(), 0) + 1
        unique.append(reel if count == 1 else replace(reel, stem=f"{reel.stem} ({count})"))
    return unique


def _queue(reel: inputs.Reel, options: Options, adapt: Adapt, journal: Journal) -> _Wanted:
    wanted = _Wanted(reel)
    framed = []
    for spotted in reel.chosen(options.clips):
        if spotted.problem:
            wanted.problems.append(deliver.Row(spotted.clip.name, spotted.clip, problem=spotted.problem))
        else:
            framed.append(reel.framed(spotted, options.handles))
    requests = request.build(options.template, framed, options.takes)
    wanted.ids = journal.add((adapt(asked) for asked in requests), timeline=reel.key)
    return wanted


def _place(wanted: _Wanted, options: Options, journal: Journal) -> deliver.Delivered:
    """Takes onto lanes of a copy of the timeline, written beside the takes."""
    reel, jobs = wanted.reel, journal.jobs(wanted.ids)
    path, trouble = None, None
    try:
        path = _write_timeline(reel, [job for job in jobs if job.take], options)
    except FoleyError as problem:
        trouble = problem
    if path:
        _note_placed(wanted, jobs, journal)
    rows = [_row(job, placed=path is not None, trouble=trouble) for job in jobs]
    return deliver.Delivered(reel.source.name, path, [*rows, *wanted.problems], reel.notes)


def _note_placed(wanted: _Wanted, jobs: Sequence[Job], journal: Journal) -> None:
    """The journal says what lies on the lanes of the file: these takes, and none of an earlier run."""
    timeline = wanted.reel.key
    earlier = journal.placed(timeline)
    ids = [job.id for job in jobs if job.take]
    journal.place(ids, instead_of=[job.id for job in earlier if job.id not in ids])


def _write_timeline(reel: inputs.Reel, finished: Sequence[Job], options: Options) -> Path | None:
    """None where nothing is there, or where the input is a sound file, which has no lanes."""
    if not finished or not reel.timeline.tracks:
        return None
    path = options.out_dir / f"{reel.stem}_{options.ending}.otio"
    takes = [Placement(job.take, options.out_dir) for job in finished if job.take]
    otio_file.write(place(reel.timeline, takes, options.lanes), path, source=reel.source)
    return path


def _row(job: Job, *, placed: bool, trouble: FoleyError | None) -> deliver.Row:
    problem = job.problem or (trouble if job.take else None)
    state = State.placed if job.take and placed else job.state
    return deliver.Row(job.request.clip.name, job.request.clip, job.request, job.take, problem, state)
