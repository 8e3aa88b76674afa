"""The journal survives its clients, and no job is run twice at a time or lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.jobs import Job, Journal, State


def requests(count: int, **fields) -> list[pb.GenerateRequest]:
    return [pb.GenerateRequest(clip=pb.Clip(name=f"Sh {n}"), seed=n, **fields) for n in range(count)]


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path)
    yield journal
    journal.close()


def claim(journal: Journal) -> Job:
    job = journal.claim()
    assert job is not None
    return job


def test_jobs_are_claimed_in_order_and_once(journal):
    ids = journal.add(requests(3))
    assert [claim(journal).id for _ in ids] == ids
    assert journal.claim() is None
    assert journal.states(ids) == [State.running] * 3


def test_the_same_request_is_one_job_wherever_and_whenever_it_was_asked(journal):
    first = journal.add(requests(2, out_dir="/a", created_s=1))
    again = journal.add(requests(2, out_dir="/b", created_s=2))
    assert first == again
    assert len(journal.jobs()) == 2
    assert journal.add(requests(1, prompt="gravel")) != first[:1]


def test_a_take_survives_the_client(tmp_path):
    journal = Journal(tmp_path)
    ids = journal.add(requests(2))
    job = claim(journal)
    journal.advance(job.id, pb.judging)
    assert journal.job(job.id).step == pb.judging
    journal.finish(job.id, pb.Take(request_id=job.id, outcome=pb.voices_removed))
    journal.close()
    reopened = Journal(tmp_path)
    assert reopened.states(ids) == [State.to_review, State.waiting]
    take = reopened.job(ids[0]).take
    assert take is not None and take.outcome == pb.voices_removed
    reopened.place(ids[0])
    assert reopened.states(ids) == [State.placed, State.waiting]
    reopened.close()


def test_a_problem_keeps_its_code_and_facts_until_asked_again(journal):
    (job_id,) = journal.add(requests(1))
    journal.claim()
    journal.fail(job_id, FoleyError("E-MEDIA", name="A014_C003.mov"))
    job = journal.job(job_id)
    assert job.state == State.problem
    assert job.problem is not None
    assert (job.problem.code, job.problem.facts) == ("E-MEDIA", {"name": "A014_C003.mov"})
    journal.add(requests(1))
    assert journal.job(job_id).state == State.waiting
    assert journal.job(job_id).problem is None


def test_what_came_to_an_end_is_not_given_back(journal):
    (job_id,) = journal.add(requests(1))
    journal.claim()
    journal.finish(job_id, pb.Take())
    journal.give_back(job_id)
    journal.fail(job_id, FoleyError("E-LOST"))
    assert journal.job(job_id).state == State.to_review


def test_losing_engines_is_counted_and_stopping_is_not(journal):
    (job_id,) = journal.add(requests(1))
    for lost in (True, False, True):
        journal.claim()
        journal.give_back(job_id, lost=lost)
    assert claim(journal).tries == 2


def test_only_the_named_jobs_are_claimed(journal):
    ids = journal.add(requests(4))
    assert [job.id for job in [journal.claim(ids[2:])] if job] == [ids[2]]
    assert journal.claim(ids[:0]) is None


child = """
import sys, time
from pathlib import Path
from foleyline_plugin.jobs import Journal
journal = Journal(Path(sys.argv[1]))
print(journal.claim().id, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("end", ["killed", "alive"])
def test_jobs_of_a_dead_client_wait_again_and_those_of_a_living_one_do_not(tmp_path: Path, end: str):
    journal = Journal(tmp_path)
    ids = journal.add(requests(2))
    other = subprocess.Popen([sys.executable, "-c", child, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None and other.stdout.readline().strip() == ids[0]
        if end == "killed":
            os.kill(other.pid, signal.SIGKILL)
            other.wait(10)
        journal.take_back_orphans()
        expected = State.waiting if end == "killed" else State.running
        assert journal.states(ids) == [expected, State.waiting]
    finally:
        other.kill()
        other.wait()
        journal.close()


def test_two_clients_share_a_queue_without_running_a_job_twice(tmp_path):
    mine = Journal(tmp_path)
    ids = mine.add(requests(60))
    claimed: list[str] = []

    def work() -> None:
        journal = Journal(tmp_path)
        while job := journal.claim():
            claimed.append(job.id)
            time.sleep(0.001)
            journal.finish(job.id, pb.Take())
        journal.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(claimed) == sorted(ids)
    assert set(mine.states(ids)) == {State.to_review}
    mine.close()


def test_a_damaged_journal_is_told_and_not_overwritten(tmp_path):
    folder = tmp_path / ".foleyline"
    folder.mkdir()
    (folder / "journal.db").write_bytes(b"not a database, but somebody's file" * 40)
    with pytest.raises(FoleyError) as problem:
        Journal(tmp_path)
    assert problem.value.code == "E-JOURNAL"
    assert (folder / "journal.db").read_bytes().startswith(b"not a database")


def test_an_output_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FoleyError) as problem:
        Journal(tmp_path / "file" / "out")
    assert problem.value.code == "E-OUT"
