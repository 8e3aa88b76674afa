"""One folder of takes at work: its journal, its queue, what other clients do in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from ..engine import Engine, Lost
from ..job import Job, State, running_states
from ..jobs import Journal
from ..runner import Reporter, Runner
from .events import Event, JobsChanged, Progressed, QueueChanged, Trouble
from .form import clip_key, kind_of
from .pace import Paces, left_s, length_s

look_s = 0.25
pause_s = 5.0


class Workplace(Reporter):
    """Used in the desk's thread alone. `jobs` is what the journal holds, kept up with what any client does."""

    def __init__(
        self,
        out_dir: Path,
        paces: Paces,
        connect: Callable[[], Awaitable[Engine]],
        tell: Callable[[Event], None],
    ) -> None:
        """Raises E-JOURNAL, E-OUT."""
        self.out_dir = out_dir
        self.journal = Journal(out_dir)
        self.jobs: dict[str, Job] = {}
        self.places = 1
        self.timeline = ""
        self._paces = paces
        self._tell = tell
        self._runner = Runner(self.journal, self, connect)
        self._began_s: dict[str, float] = {}
        self._revision = 0
        self._queue = QueueChanged(is_paused=False, left_s=0.0, can_undo=False)
        self._again = asyncio.Event()
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._serve())]

    async def close(self) -> None:
        """What runs here waits again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.journal.close()

    def look(self) -> None:
        """Tells what has changed in the journal since it last looked."""
        jobs, self._revision = self.journal.changes(self._revision)
        if jobs:
            for job in jobs:
                self._note(job)
            self._tell(JobsChanged(self.out_dir, jobs))
        self._tell_queue()

    def changed(self) -> None:
        """A command has changed the journal: it is looked at, and what waits begins, now."""
        self._again.set()
        self._runner.wake()
        self.look()

    def try_again(self) -> None:
        """The engine is there after all."""
        self._again.set()

    @property
    def running(self) -> list[Job]:
        return [job for job in self.jobs.values() if job.state in running_states]

    @property
    def waiting(self) -> list[Job]:
        found = [job for job in self.jobs.values() if job.state == State.waiting]
        return sorted(found, key=lambda job: job.position)

    def taken(self) -> dict[str, int]:
        """The highest take number of each clip so far."""
        numbers: dict[str, int] = {}
        for job in self.jobs.values():
            key = clip_key(job.request.clip)
            numbers[key] = max(numbers.get(key, 0), job.request.take)
        return numbers

    def add(self, asked: Sequence[pb.GenerateRequest], timeline: str, *, first: bool, replaces: str | None) -> None:
        """Queues them; what was asked before, but for the take's number, is that job again."""
        known = {kind_of(job.request): job.request for job in self.jobs.values()}
        wanted = [known.get(kind_of(each), each) for each in asked]
        self.journal.add(wanted, timeline=timeline, first=first, afresh=False, replaces=replaces)
        self.changed()

    # what the runner reports

    def progress(self, job: Job, progress: pb.Progress) -> None:
        self._began_s.setdefault(job.id, time.monotonic())
        self._tell(Progressed(job.id, progress.step, progress.fraction))

    def finished(self, job: Job, take: pb.Take) -> None:
        began_s = self._began_s.pop(job.id, None)
        if began_s is not None and any(note.step == pb.generating for note in take.steps):
            self._paces.of(job.request).learn(length_s(job.request.clip), time.monotonic() - began_s)
        self.look()

    def failed(self, job: Job, problem: FoleyError) -> None:
        self._end(job)

    def lost(self, job: Job) -> None:
        self._end(job)

    def cancelled(self, job: Job) -> None:
        self._end(job)

    def _end(self, job: Job) -> None:
        self._began_s.pop(job.id, None)
        self.look()

    def _note(self, job: Job) -> None:
        self.jobs[job.id] = job
        if job.state not in running_states:
            self._began_s.pop(job.id, None)
        else:
            self._began_s.setdefault(job.id, time.monotonic())

    def _tell_queue(self) -> None:
        now_s = time.monotonic()
        running = [(now_s - self._began_s.get(job.id, now_s), job.request) for job in self.running]
        left = left_s(running, [job.request for job in self.waiting], self.places, self._paces)
        queue = QueueChanged(
            self.journal.is_paused(),
            None if left is None else float(round(left)),
            self.journal.can_undo(self.timeline),
        )
        if queue != self._queue:
            self._queue = queue
            self._tell(queue)

    async def _watch(self) -> None:
        while True:
            try:
                self.look()
            except FoleyError as problem:
                self._tell(Trouble(problem))
                await asyncio.sleep(pause_s)
            await asyncio.sleep(look_s)

    async def _serve(self) -> None:
        while True:
            try:
                await self._runner.serve()
            except FoleyError as problem:
                self._tell(Trouble(problem))
                self._again.clear()
                await self._again.wait()
            except Lost:
                await asyncio.sleep(look_s)
