"""The journal survives its clients, and no job is run twice at a time or lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.jobs import Call, Job, Journal, State, Version


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
    assert journal.states(ids) == [State.preparing] * 3


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
    reopened.place(ids[:1])
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
        expected = State.waiting if end == "killed" else State.preparing
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


old_schema = """
create table jobs (id text primary key, position integer not null, state text not null,
    step integer not null default 0, request blob not null, take blob, problem text, owner text,
    tries integer not null default 0) strict
"""


def test_a_journal_of_an_earlier_version_goes_on(tmp_path):
    (tmp_path / ".foleyline").mkdir()
    with sqlite3.connect(tmp_path / ".foleyline/journal.db") as db:
        db.execute(old_schema)
        for n, state in enumerate(("running", "placed", "waiting")):
            request = pb.GenerateRequest(clip=pb.Clip(name=f"Sh {n}"))
            db.execute(
                "insert into jobs (id, position, state, request) values (?, ?, ?, ?)",
                (f"{n}", n, state, request.SerializeToString()),
            )
    db.close()
    journal = Journal(tmp_path)
    assert journal.states(["0", "1", "2"]) == [State.waiting, State.placed, State.waiting]
    jobs, revision = journal.changes(0)
    assert sorted(job.request.clip.name for job in jobs) == ["Sh 0", "Sh 1", "Sh 2"] and revision > 0
    journal.close()


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path, journal):
    journal.close()
    db = sqlite3.connect(tmp_path / ".foleyline/journal.db")
    db.execute("pragma user_version = 99")
    db.close()
    with pytest.raises(FoleyError) as problem:
        Journal(tmp_path)
    assert problem.value.code == "E-JOURNAL"


def test_changes_are_told_once_whoever_made_them(journal, tmp_path):
    ids = journal.add(requests(3))
    seen, revision = journal.changes(0)
    assert sorted(job.id for job in seen) == sorted(ids)
    assert journal.changes(revision) == ([], revision)
    other = Journal(tmp_path)
    other.claim()
    other.advance(ids[0], pb.judging)
    changed, later = journal.changes(revision)
    assert [(job.id, job.state) for job in changed] == [(ids[0], State.judging)]
    assert journal.changes(later) == ([], later)
    other.close()


def test_a_job_has_the_state_of_its_step(journal):
    (job_id,) = journal.add(requests(1))
    assert claim(journal).state == State.preparing
    seen = []
    for step in (pb.planning, pb.generating, pb.waiting, pb.judging, pb.removing, pb.checking, pb.regenerating):
        journal.advance(job_id, step)
        seen.append(journal.job(job_id).state)
    states = ["preparing", "generating", "generating", "judging", "removing", "checking", "regenerating"]
    assert seen == [State(state) for state in states]


def finished(journal: Journal, count: int, **options) -> list[str]:
    ids = journal.add(requests(count), **options)
    for job_id in ids:
        journal.claim([job_id])
        journal.finish(job_id, pb.Take(request_id=job_id))
    return ids


def test_cancelling_what_waits_and_what_runs(journal):
    ids = journal.add(requests(3))
    claim(journal)
    journal.stop(ids[:2])
    assert journal.states(ids) == [State.stopping, State.cancelled, State.waiting]
    assert journal.asked_to_stop() == ids[:1]
    journal.advance(ids[0], pb.judging)
    assert journal.states(ids[:1]) == [State.stopping]
    journal.cancelled(ids[0])
    journal.retry(ids)
    assert journal.states(ids) == [State.waiting] * 3
    assert [claim(journal).id for _ in ids] == [ids[2], ids[0], ids[1]]


def test_what_was_to_stop_when_its_client_went_is_cancelled(journal):
    (job_id,) = journal.add(requests(1))
    claim(journal)
    journal.stop([job_id])
    journal.give_back(job_id)
    assert journal.states([job_id]) == [State.cancelled]


def test_a_paused_queue_gives_no_job_to_anybody(journal, tmp_path):
    journal.add(requests(1))
    journal.pause(True)
    other = Journal(tmp_path)
    assert other.claim() is None and other.is_paused() and not other.is_waiting()
    other.pause(False)
    assert journal.claim() is not None
    other.close()


def test_order_and_first(journal):
    ids = journal.add(requests(4))
    journal.order([ids[3], ids[1]])
    assert [job.id for job in journal.jobs()] == [ids[0], ids[3], ids[2], ids[1]]
    journal.put_first([ids[2]])
    (ahead,) = journal.add([pb.GenerateRequest(prompt="now")], first=True)
    assert [job.id for job in journal.jobs()] == [ahead, ids[2], ids[0], ids[3], ids[1]]


def test_placing_removing_and_replacing_are_one_step_to_undo_each(journal):
    ids = finished(journal, 3, timeline="/cut.otio")
    journal.place(ids[:2], voices=ids[:1], starts={ids[0]: 900})
    journal.place([ids[2]], instead_of=[ids[1]])
    assert journal.states(ids) == [State.placed, State.superseded, State.placed]
    journal.remove([ids[0], ids[2]])
    assert journal.states(ids) == [State.removed, State.superseded, State.removed]
    assert sorted(journal.undo("/cut.otio")) == sorted([ids[0], ids[2]])
    assert (journal.job(ids[0]).version, journal.job(ids[0]).record_start) == (Version.voices, 900)
    journal.undo("/cut.otio")
    assert journal.states(ids) == [State.placed, State.placed, State.to_review]
    journal.undo("/cut.otio")
    assert journal.states(ids) == [State.to_review] * 3
    assert not journal.can_undo("/cut.otio") and journal.undo("/cut.otio") == []


def test_a_new_take_supersedes_the_one_it_was_made_for_once_it_is_there(journal):
    (old,) = finished(journal, 1)
    (new,) = journal.add([pb.GenerateRequest(prompt="again")], replaces=old)
    journal.claim()
    assert journal.states([old]) == [State.to_review]
    journal.finish(new, pb.Take())
    assert journal.states([old, new]) == [State.superseded, State.to_review]


def test_rejecting_and_looking_again(journal):
    (job_id,) = finished(journal, 1)
    journal.reject([job_id])
    assert journal.states([job_id]) == [State.rejected]
    journal.review_again([job_id])
    journal.keep_in_bin([job_id])
    assert journal.states([job_id]) == [State.in_bin]


def test_what_is_there_stays_unless_it_is_wanted_afresh(journal):
    ids = finished(journal, 2)
    journal.place(ids[:1])
    journal.reject(ids[1:])
    journal.add(requests(2), afresh=False)
    assert journal.states(ids) == [State.placed, State.waiting]


def test_the_editors_call_and_note_are_kept(journal):
    (job_id,) = finished(journal, 1)
    journal.call(job_id, Call.keep_voices)
    journal.write_note(job_id, "jacket cloth a bit loud")
    job = journal.job(job_id)
    assert (job.call, job.note, job.state) == (Call.keep_voices, "jacket cloth a bit loud", State.to_review)
