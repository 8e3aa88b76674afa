"""Drives the queue: several clips in flight, engines that die started again, every end written to the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from .engine import Engine, Lost
from .jobs import Job, Journal, State

tries_per_job = 3
pauses_s = (0.0, 1.0, 3.0, 9.0)
others_poll_s = 0.25


class Reporter:
    """Is told what happens, on the event loop's thread, so it may not block. This one keeps it to itself."""

    def progress(self, job: Job, progress: pb.Progress) -> None:
        """The engine is in a step of the job."""

    def verdict(self, job: Job, verdict: pb.Verdict) -> None:
        """Step 2 has answered; the take is not there yet."""

    def finished(self, job: Job, take: pb.Take) -> None:
        """The take is in the journal."""

    def failed(self, job: Job, problem: FoleyError) -> None:
        """The problem is in the journal."""

    def lost(self, job: Job) -> None:
        """The engine went away; the job waits for the next one."""


class Runner:
    """Runs jobs of a journal to their ends. Cancelling `run` gives what is running back to the queue."""

    def __init__(self, journal: Journal, reporter: Reporter, connect: Callable[[], Awaitable[Engine]]) -> None:
        self._journal = journal
        self._reporter = reporter
        self._connect = connect
        self._engine: Engine | None = None
        self._connecting = asyncio.Lock()
        self._failures = 0

    async def run(self, ids: Sequence[str]) -> None:
        """Returns when no job of `ids` waits or runs, in this process or another's. Raises E-ENGINE, E-STUCK."""
        hello = await (await self._reach()).hello()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(len(ids), hello.clips_in_flight)):
                    group.create_task(self._work(ids))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await self._leave()

    async def _work(self, ids: Sequence[str]) -> None:
        while True:
            if job := self._journal.claim(ids):
                await self._run_job(job)
            elif State.running in self._journal.states(ids):
                await asyncio.sleep(others_poll_s)  # it may come back: its engine or its client may die
                self._journal.take_back_orphans()
            else:
                return

    async def _run_job(self, job: Job) -> None:
        try:
            engine = await self._reach()
            await self._end_job(engine, job)
        except BaseException:
            self._journal.give_back(job.id)  # nothing happens to a job that has come to an end
            raise

    async def _end_job(self, engine: Engine, job: Job) -> None:
        try:
            take = await self._follow(engine, job)
        except FoleyError as problem:
            self._fail(job, problem)
        except Lost:
            await self._lose(engine, job)
        else:
            self._failures = 0
            self._journal.finish(job.id, take)
            self._reporter.finished(job, take)

    async def _follow(self, engine: Engine, job: Job) -> pb.Take:
        async for event in engine.generate(job.request):
            match event.WhichOneof("event"):
                case "progress":
                    self._journal.advance(job.id, event.progress.step)
                    self._reporter.progress(job, event.progress)
                case "verdict":
                    self._reporter.verdict(job, event.verdict)
                case "take":
                    return event.take
        raise Lost("the stream ended without a take")

    def _fail(self, job: Job, problem: FoleyError) -> None:
        self._journal.fail(job.id, problem)
        self._reporter.failed(job, problem)

    async def _lose(self, engine: Engine, job: Job) -> None:
        """The engine died under the job: it waits again, unless that was its last try."""
        async with self._connecting:
            if self._engine is engine:
                self._engine = None
                self._failures += 1
                await engine.close()
        if job.tries + 1 >= tries_per_job:
            self._fail(job, FoleyError("E-LOST", name=job.request.clip.name, tries=tries_per_job))
        else:
            self._journal.give_back(job.id, lost=True)
            self._reporter.lost(job)

    async def _reach(self) -> Engine:
        async with self._connecting:
            if self._engine is None:
                await asyncio.sleep(pauses_s[min(self._failures, len(pauses_s) - 1)])
                self._engine = await self._connect()
            return self._engine

    async def _leave(self) -> None:
        if self._engine:
            await self._engine.close()
