"""In-flight work to batches: whatever is awaited at the same time runs as one batch on the device.

A batcher knows no clip and no step; it collects jobs, runs them in worker threads and hands each its share.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Done(Generic[Result]):
    """seconds: the job's share of its batch's running time; waiting is not counted. batch: its size."""

    result: Result
    seconds: float
    batch: int


@dataclass(frozen=True, eq=False)
class _Pending(Generic[Job, Result]):
    job: Job
    key: Hashable
    share: asyncio.Future[Done[Result]]


def _same_key(job: object) -> Hashable:
    return None


class Batcher(Generic[Job, Result]):
    """Awaited like a function of one job; runs up to `max_batch` of them at once.

    run: called in a worker thread with jobs of one key; answers in order, an exception in a job's place fails that
        job alone, an exception raised fails the batch.
    lanes: how many batches may run side by side. gather_s: how long a first job waits for company.
    Cancelling the awaiting task drops a job that has not begun; a running one is stopped by its own `check`.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Job]], Sequence[Result | Exception]],
        pool: Executor,
        *,
        max_batch: int = 1,
        lanes: int = 1,
        gather_s: float = 0.0,
        key: Callable[[Job], Hashable] = _same_key,
    ) -> None:
        self._run = run
        self._pool = pool
        self._max_batch = max_batch
        self._free_lanes = lanes
        self._gather_s = gather_s
        self._key = key
        self._pending: deque[_Pending[Job, Result]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, job: Job) -> Done[Result]:
        loop = asyncio.get_running_loop()
        pending = _Pending(job, self._key(job), loop.create_future())
        self._pending.append(pending)
        if self._gather_s and len(self._pending) < self._max_batch:
            loop.call_later(self._gather_s, self._pump)
        else:
            self._pump()
        return await pending.share

    def _pump(self) -> None:
        while self._free_lanes and (batch := self._next_batch()):
            self._free_lanes -= 1
            task = asyncio.get_running_loop().create_task(self._run_batch(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _next_batch(self) -> list[_Pending[Job, Result]]:
        """The oldest job that is still wanted and those that fit it, in order of arrival."""
        waiting = [pending for pending in self._pending if not pending.share.done()]
        fitting = [pending for pending in waiting if pending.key == waiting[0].key][: self._max_batch]
        self._pending = deque(pending for pending in waiting if pending not in fitting)
        return fitting

    async def _run_batch(self, batch: list[_Pending[Job, Result]]) -> None:
        jobs = [pending.job for pending in batch]
        loop = asyncio.get_running_loop()
        try:
            results, seconds = await loop.run_in_executor(self._pool, self._timed, jobs)
        except Exception as error:  # noqa: BLE001 - handed to every clip of the batch, which reports it
            results, seconds = [error] * len(jobs), 0.0
        finally:
            self._free_lanes += 1
        for pending, result in zip(batch, results, strict=True):
            _settle(pending.share, result, seconds / len(batch), len(batch))
        self._pump()

    def _timed(self, jobs: Sequence[Job]) -> tuple[Sequence[Result | Exception], float]:
        start = time.perf_counter()
        results = self._run(jobs)
        if len(results) != len(jobs):
            raise RuntimeError(f"{len(jobs)} jobs went in, {len(results)} results came out")
        return results, time.perf_counter() - start


def _settle(share: asyncio.Future[Done[Result]], result: Result | Exception, seconds: float, batch: int) -> None:
    if share.done():  # the clip was cancelled meanwhile
        return
    if isinstance(result, Exception):
        share.set_exception(result)
    else:
        share.set_result(Done(result, seconds, batch))


def one_by_one(
    work: Callable[[Job], Result],
) -> Callable[[Sequence[Job]], list[Result | Exception]]:
    """A batch function of a function of one job: a job that fails does not take the others with it."""

    def run(jobs: Sequence[Job]) -> list[Result | Exception]:
        results: list[Result | Exception] = []
        for job in jobs:
            try:
                results.append(work(job))
            except Exception as error:  # noqa: BLE001 - raised again where the clip awaits it
                results.append(error)
        return results

    return run
