"""Clips in flight, engines that die, clients that stop: every job comes to one end or waits."""

from __future__ import annotations

import asyncio

import pytest

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin import runner as runner_module
from foleyline_plugin.jobs import Journal, State
from foleyline_plugin.runner import Reporter, Runner


class Diary(Reporter):
    def __init__(self) -> None:
        self.ended: list[str] = []
        self.problems: dict[str, str] = {}
        self.losses: list[str] = []

    def finished(self, job, take):
        self.ended.append(job.request.clip.name)

    def failed(self, job, problem):
        self.problems[job.request.clip.name] = problem.code

    def lost(self, job):
        self.losses.append(job.request.clip.name)


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path)
    yield journal
    journal.close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(runner_module, "pauses_s", (0.0,))


def add(journal: Journal, count: int) -> list[str]:
    return journal.add(pb.GenerateRequest(clip=pb.Clip(name=f"Sh {n}")) for n in range(count))


async def test_every_clip_ends_and_as_many_run_as_the_engine_takes(scripted, journal):
    async def slow(engine, request, call):
        await asyncio.sleep(0.05)
        yield pb.GenerateEvent(take=engine.take(request))

    scripted.script = slow
    ids, diary = add(journal, 12), Diary()
    await Runner(journal, diary, scripted.connect).run(ids)
    assert set(journal.states(ids)) == {State.to_review}
    assert sorted(diary.ended) == sorted(f"Sh {n}" for n in range(12))
    assert scripted.most_in_flight == 4
    assert scripted.connects == 1
    assert [job.take.notes[0] for job in journal.jobs(ids) if job.take] == [f"take of Sh {n}" for n in range(12)]


async def test_a_clip_with_a_problem_does_not_stop_the_others(scripted, journal):
    async def offline(engine, request, call):
        if request.clip.name == "Sh 1":
            raise FoleyError("E-MEDIA", name="gone.mov")
        yield pb.GenerateEvent(take=engine.take(request))

    scripted.script = offline
    ids, diary = add(journal, 3), Diary()
    await Runner(journal, diary, scripted.connect).run(ids)
    assert journal.states(ids) == [State.to_review, State.problem, State.to_review]
    assert diary.problems == {"Sh 1": "E-MEDIA"}


async def test_an_engine_that_dies_once_is_started_again_and_nothing_is_lost_or_doubled(scripted, journal):
    async def dies(engine, request, call):
        if request.clip.name == "Sh 2" and call == 1:
            asyncio.get_running_loop().create_task(engine.drop())
        await asyncio.sleep(0.05)
        yield pb.GenerateEvent(take=engine.take(request))

    scripted.script = dies
    ids, diary = add(journal, 6), Diary()
    await Runner(journal, diary, scripted.connect).run(ids)
    assert set(journal.states(ids)) == {State.to_review}
    assert sorted(diary.ended) == [f"Sh {n}" for n in range(6)]
    assert "Sh 2" in diary.losses
    assert scripted.connects == 2


async def test_a_clip_that_kills_every_engine_is_left_out_after_three(scripted, journal):
    async def deadly(engine, request, call):
        if request.clip.name == "Sh 0":
            asyncio.get_running_loop().create_task(engine.drop())
            await asyncio.sleep(10)
        yield pb.GenerateEvent(take=engine.take(request))

    scripted.script = deadly
    scripted.clips_in_flight = 1
    ids, diary = add(journal, 3), Diary()
    await Runner(journal, diary, scripted.connect).run(ids)
    assert journal.states(ids) == [State.problem, State.to_review, State.to_review]
    assert diary.problems == {"Sh 0": "E-LOST"}
    assert scripted.calls["Sh 0"] == 3


async def test_a_stream_that_ends_without_a_take_is_a_loss(scripted, journal):
    async def forgets(engine, request, call):
        yield pb.GenerateEvent(progress=pb.Progress(step=pb.writing))
        if call > 1:
            yield pb.GenerateEvent(take=engine.take(request))

    scripted.script = forgets
    ids, diary = add(journal, 1), Diary()
    await Runner(journal, diary, scripted.connect).run(ids)
    assert journal.states(ids) == [State.to_review]
    assert diary.losses == ["Sh 0"]


async def test_stopping_gives_back_what_runs_within_a_second_and_the_engine_hears_of_it(scripted, journal):
    async def endless(engine, request, call):
        if request.clip.name == "Sh 0":
            yield pb.GenerateEvent(take=engine.take(request))
        else:
            yield pb.GenerateEvent(progress=pb.Progress(step=pb.generating))
            await asyncio.sleep(60)

    scripted.script = endless
    ids = add(journal, 3)
    running = asyncio.create_task(Runner(journal, Diary(), scripted.connect).run(ids))
    await asyncio.sleep(0.5)
    running.cancel()
    start = asyncio.get_running_loop().time()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.get_running_loop().time() - start < 1
    assert journal.states(ids) == [State.to_review, State.waiting, State.waiting]
    await asyncio.sleep(0.2)
    assert sorted(scripted.cancelled) == ["Sh 1", "Sh 2"]


async def test_an_engine_that_cannot_be_started_ends_the_run_and_keeps_the_queue(journal):
    async def nowhere():
        raise FoleyError("E-ENGINE", reason="no module named foleyline_engine")

    ids = add(journal, 2)
    with pytest.raises(FoleyError) as problem:
        await Runner(journal, Diary(), nowhere).run(ids)
    assert problem.value.code == "E-ENGINE"
    assert set(journal.states(ids)) == {State.waiting}


async def test_what_another_client_runs_is_waited_for(scripted, journal, tmp_path):
    ids = add(journal, 2)
    other = Journal(tmp_path)
    taken = other.claim()
    assert taken is not None
    running = asyncio.create_task(Runner(journal, Diary(), scripted.connect).run(ids))
    await asyncio.sleep(0.5)
    assert not running.done()
    other.finish(taken.id, scripted.take(taken.request))
    await asyncio.wait_for(running, 5)
    assert set(journal.states(ids)) == {State.to_review}
    other.close()


async def endless(engine, request, call):
    yield pb.GenerateEvent(progress=pb.Progress(step=pb.generating))
    await asyncio.sleep(60)


async def reaches(journal: Journal, ids: list[str], *states: State) -> None:
    async with asyncio.timeout(5):
        while journal.states(ids) != list(states):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("who", ["this client", "another client"])
async def test_one_clip_is_cancelled_and_the_others_go_on(scripted, journal, tmp_path, who):
    scripted.script = endless
    ids = add(journal, 2)
    running = asyncio.create_task(Runner(journal, Diary(), scripted.connect).run(ids))
    await reaches(journal, ids, State.generating, State.generating)
    asking = journal if who == "this client" else Journal(tmp_path)
    asking.stop(ids[:1])
    await reaches(journal, ids, State.cancelled, State.generating)
    asking.stop(ids[1:])
    await asyncio.wait_for(running, 5)
    await asyncio.sleep(0.1)
    assert sorted(scripted.cancelled) == ["Sh 0", "Sh 1"]
    if asking is not journal:
        asking.close()


async def test_a_served_queue_takes_what_comes_later_and_pauses(scripted, journal):
    serving = asyncio.create_task(Runner(journal, Diary(), scripted.connect).serve())
    await asyncio.sleep(0.1)
    assert scripted.connects == 0
    first = add(journal, 1)
    await reaches(journal, first, State.to_review)
    journal.pause(True)
    later = journal.add([pb.GenerateRequest(prompt="later")])
    await asyncio.sleep(0.4)
    assert journal.states(later) == [State.waiting]
    journal.pause(False)
    await reaches(journal, later, State.to_review)
    serving.cancel()
