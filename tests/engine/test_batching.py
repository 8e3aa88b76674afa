"""Batches form from what is in flight, and no clip's end is another's."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from foleyline_engine.batching import Batcher, Done, one_by_one


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def is_odd(job: int) -> bool:
    return job % 2 == 1


class Recorder:
    """Doubles numbers and remembers its batches; waits for `gate` first."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.side_by_side = 0
        self.most_side_by_side = 0

    def __call__(self, jobs):
        self.side_by_side += 1
        self.most_side_by_side = max(self.most_side_by_side, self.side_by_side)
        self.gate.wait(5)
        self.batches.append(list(jobs))
        self.side_by_side -= 1
        return [job * 2 for job in jobs]


async def test_what_waits_while_a_batch_runs_becomes_the_next_batch(pool):
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, pool, max_batch=8)
    waiting = [asyncio.ensure_future(batcher(n)) for n in range(9)]
    await asyncio.sleep(0.05)
    run.gate.set()
    done = await asyncio.gather(*waiting)
    assert [d.result for d in done] == [n * 2 for n in range(9)]
    assert run.batches == [[0], [1, 2, 3, 4, 5, 6, 7, 8]]
    assert [d.batch for d in done] == [1] + [8] * 8


async def test_gathering_waits_for_company_and_no_longer_than_asked(pool):
    run = Recorder()
    batcher = Batcher(run, pool, max_batch=4, gather_s=0.1)
    start = time.perf_counter()
    await asyncio.gather(batcher(1), batcher(2), batcher(3))
    assert run.batches == [[1, 2, 3]]
    assert 0.09 < time.perf_counter() - start < 2
    await asyncio.gather(*[batcher(n) for n in range(4)])
    assert run.batches[1] == [0, 1, 2, 3], "a full batch does not wait"


async def test_jobs_are_told_apart_by_themselves_and_not_by_what_they_hold(pool):
    """Arrays cannot be compared; two equal jobs are two jobs."""
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, pool, max_batch=1)
    jobs = [np.zeros(3), np.zeros(5), np.zeros(5), np.zeros(2)]
    waiting = [asyncio.ensure_future(batcher(job)) for job in jobs]
    await asyncio.sleep(0.05)
    run.gate.set()
    done = await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert [len(d.result) for d in done] == [3, 5, 5, 2]


async def test_only_jobs_of_one_key_share_a_batch_and_arrival_decides_the_order(pool):
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, pool, max_batch=8, key=is_odd)
    waiting = [asyncio.ensure_future(batcher(n)) for n in (9, 2, 3, 4, 5)]
    await asyncio.sleep(0.05)
    run.gate.set()
    await asyncio.gather(*waiting)
    assert run.batches == [[9], [2, 4], [3, 5]]


async def test_lanes_run_side_by_side(pool):
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, pool, lanes=3)
    waiting = [asyncio.ensure_future(batcher(n)) for n in range(6)]
    await asyncio.sleep(0.1)
    assert run.side_by_side == 3
    run.gate.set()
    await asyncio.gather(*waiting)
    assert run.most_side_by_side == 3


async def test_a_cancelled_job_is_not_run_and_the_others_are(pool):
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, pool, max_batch=8)
    waiting = [asyncio.ensure_future(batcher(n)) for n in range(4)]
    await asyncio.sleep(0.05)
    waiting[2].cancel()
    run.gate.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[2], asyncio.CancelledError)
    assert run.batches == [[0], [1, 3]]


async def test_a_cancelled_running_job_leaves_the_lane_to_the_next(pool):
    run = Recorder()
    run.gate.clear()
    batcher = Batcher(run, pool)
    first, second = asyncio.ensure_future(batcher(1)), asyncio.ensure_future(batcher(2))
    await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.sleep(0)
    run.gate.set()
    assert (await second).result == 4


async def test_one_failing_job_fails_alone(pool):
    def halve(n: int) -> float:
        if n % 2:
            raise ValueError(n)
        return n / 2

    batcher = Batcher(one_by_one(halve), pool, max_batch=4, gather_s=0.05)
    ends = await asyncio.gather(*[batcher(n) for n in (2, 3, 4)], return_exceptions=True)
    assert isinstance(ends[1], ValueError)
    assert [end.result for end in ends if isinstance(end, Done)] == [1, 2]


async def test_a_failing_batch_fails_all_of_it_and_the_next_one_runs(pool):
    calls = []

    def run(jobs):
        calls.append(jobs)
        if len(calls) == 1:
            raise MemoryError("too large")
        return jobs

    batcher = Batcher(run, pool, max_batch=2, gather_s=0.05)
    results = await asyncio.gather(batcher(1), batcher(2), return_exceptions=True)
    assert [type(r) for r in results] == [MemoryError, MemoryError]
    assert (await batcher(3)).result == 3


async def test_a_model_that_loses_a_job_is_a_fault_and_not_a_hang(pool):
    batcher = Batcher(lambda jobs: [], pool)
    with pytest.raises(RuntimeError, match="1 jobs went in, 0 results came out"):
        await batcher(1)


async def test_seconds_are_the_share_of_the_running_time(pool):
    def slow(jobs):
        time.sleep(0.2)
        return jobs

    batcher = Batcher(slow, pool, max_batch=4, gather_s=0.02)
    done = await asyncio.gather(*[batcher(n) for n in range(4)])
    assert all(0.04 < d.seconds < 0.15 for d in done)
