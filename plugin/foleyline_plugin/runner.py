"""Drives the queue: several clips in flight, engines that die started again, every end written to the journal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from .engine import Engine, Lost
from .job import running_states
from .jobs import Job, Journal, State

tries_per_job = 3
pauses_s = (0.0, 1.0, 3.0, 9.0)
look_s = 0.25


class Reporter:
    """Is told what happens, on the event loop's thread, so it may not block. This one keeps it to itself."""

    def progress(self, job: Job, progress: pb.Progress) -> None:
        """The engine is in a step of the job."""

    def written(self, job: Job, written: pb.Written) -> None:
        """The judge writes; this is its answer so far."""

    def verdict(self, job: Job, verdict: pb.Verdict) -> None:
        """Step 2 has answered; the take is not there yet."""

    def finished(self, job: Job, take: pb.Take) -> None:
        """The take is in the journal."""

    def failed(self, job: Job, problem: FoleyError) -> None:
        """The problem is in the journal."""

    def lost(self, job: Job) -> None:
        """The engine went away; the job waits for the next one."""

    def cancelled(self, job: Job) -> None:
        """The editor did not want it any more."""


class Runner:
    """Runs jobs of a journal to their ends. Cancelling `run` or `serve` gives what is running back to the queue."""

    def __init__(self, journal: Journal, reporter: Reporter, connect: Callable[[], Awaitable[Engine]]) -> None:
        self._journal = journal
        self._reporter = reporter
        self._connect = connect
        self._engine: Engine | None = None
        self._connecting = asyncio.Lock()
        self._failures = 0
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    async def run(self, ids: Sequence[str]) -> None:
        """Returns when no job of `ids` waits or runs, in this process or another's. Raises E-ENGINE, E-STUCK."""
        hello = await self._hello()
        await self._work_with(min(len(ids), hello.clips_in_flight), ids)

    async def serve(self) -> None:
        """Runs whatever waits, for ever; an engine is reached for once something does. Raises E-ENGINE, E-STUCK."""
        while not self._journal.is_waiting():
            await self._nap()
        hello = await self._hello()
        await self._work_with(hello.clips_in_flight, None)

    def wake(self) -> None:
        """Something was queued or is to be stopped: looks now, not a moment later."""
        self._woken.set()

    async def _hello(self) -> pb.HelloReply:
        for _ in range(tries_per_job):
            engine = await self._reach()
            try:
                return await engine.hello()
            except Lost:
                await self._drop(engine)
        raise FoleyError("E-ENGINE", reason="it went away whenever it was asked")

    async def _work_with(self, workers: int, ids: Sequence[str] | None) -> None:
        watch = asyncio.create_task(self._watch())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work(ids))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            watch.cancel()
            await self._leave()

    async def _work(self, ids: Sequence[str] | None) -> None:
        while True:
            if job := self._journal.claim(ids):
                await self._run_job(job)
            elif ids is None or self._is_open(ids):
                await self._nap()  # it may come back: its engine or its client may die, a pause may end
                self._journal.take_back_orphans()
            else:
                return

    def _is_open(self, ids: Sequence[str]) -> bool:
        return not {State.waiting, *running_states}.isdisjoint(self._journal.states(ids))

    async def _nap(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(look_s):
                await self._woken.wait()
        self._woken.clear()

    async def _watch(self) -> None:
        """Closes the calls of jobs that this or another client wants to be let go of."""
        while True:
            for job_id in self._journal.asked_to_stop():
                if call := self._calls.get(job_id):
                    call.cancel()
            await asyncio.sleep(look_s / 5)

    async def _run_job(self, job: Job) -> None:
        call = self._calls[job.id] = asyncio.create_task(self._end_job(job))
        try:
            await asyncio.wait({call})
            if call.cancelled():
                self._journal.cancelled(job.id)
                self._reporter.cancelled(job)
            else:
                call.result()
        except BaseException:
            call.cancel()
            await asyncio.wait({call})
            self._journal.give_back(job.id)  # nothing happens to a job that has come to an end
            raise
        finally:
            if self._calls.get(job.id) is call:  # a job given back may run again already
                del self._calls[job.id]

    async def _end_job(self, job: Job) -> None:
        engine = await self._reach()
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
        step = None
        async for event in engine.generate(job.request):
            match event.WhichOneof("event"):
                case "progress":
                    if event.progress.step != step:
                        step = event.progress.step
                        self._journal.advance(job.id, step)
                    self._reporter.progress(job, event.progress)
                case "written":
                    self._reporter.written(job, event.written)
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
        await self._drop(engine)
        if job.tries + 1 >= tries_per_job:
            self._fail(job, FoleyError("E-LOST", name=job.request.clip.name, tries=tries_per_job))
        else:
            self._journal.give_back(job.id, lost=True)
            self._reporter.lost(job)

    async def _drop(self, engine: Engine) -> None:
        async with self._connecting:
            if self._engine is engine:
                self._engine = None
                self._failures += 1
                await engine.close()

    async def _reach(self) -> Engine:
        async with self._connecting:
            if self._engine is None:
                await asyncio.sleep(pauses_s[min(self._failures, len(pauses_s) - 1)])
                self._engine = await self._connect()
            return self._engine

    async def _leave(self) -> None:
        if self._engine:
            await self._engine.close()
            self._engine = None
