"""The queue: every transition of a job is one function here. It lives beside the takes, on disk (`journal`).

SQLite keeps it whole across crashes and lets the panel and the headless command share it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection

from foleyline.errors import FoleyError
from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb

from .job import (
    Call,
    Job,
    State,
    Version,
    columns,
    finished_states,
    from_row,
    retried_states,
    running_states,
    state_of_step,
    working_states,
)
from .journal import Database, Owner

__all__ = ["Call", "Job", "Journal", "State", "Version"]


class Journal:
    """The jobs of one output folder. Several processes may have it open; each job is run by one of them.

    A transition that a job's state does not allow changes nothing: somebody was quicker.
    """

    def __init__(self, out_dir: Path) -> None:
        """Opens or makes the journal and takes back the jobs of clients that died. Raises E-JOURNAL, E-OUT."""
        folder = out_dir / ".foleyline"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._owner = Owner(folder)
        except OSError as error:
            raise FoleyError("E-OUT", folder=out_dir, reason=error.strerror) from error
        try:
            self._database = Database(folder)
            self.take_back_orphans()
        except FoleyError:
            self._owner.release()
            raise

    def close(self) -> None:
        self._database.close()
        self._owner.release()

    # -> waiting

    def add(
        self,
        requests: Iterable[pb.GenerateRequest],
        *,
        timeline: str = "",
        first: bool = False,
        afresh: bool = True,
        replaces: str | None = None,
    ) -> list[str]:
        """Queues the requests; ids in order. What is there already waits again, but for what is running.

        A finished take asked for again costs its engine a look at the files: they are found, or made anew; with
        afresh off it stays as it is where it is to be reviewed, placed or in the bin. first: ahead of all others.
        """
        kept = running_states if afresh else (*running_states, State.to_review, State.placed, State.in_bin)
        wanted = [(request_id(request), request) for request in requests]
        with self._database.change() as db:
            start = _front(db, len(wanted)) if first else _end(db)
            for position, (job_id, request) in enumerate(wanted, start=start):
                db.execute(
                    "insert into jobs (id, position, state, request, timeline, replaces) "
                    "values (?, ?, 'waiting', ?, ?, ?) "
                    "on conflict (id) do update set position = excluded.position, request = excluded.request, "
                    "timeline = excluded.timeline, replaces = excluded.replaces, state = 'waiting', tries = 0, "
                    f"take = null, problem = null where state not in ({_marks(kept)})",
                    (job_id, position, request.SerializeToString(), timeline, replaces, *kept),
                )
        return [job_id for job_id, _ in wanted]

    def retry(self, ids: Iterable[str]) -> None:
        """Problems and what was cancelled wait again, same seed, at the end of the queue."""
        with self._database.change() as db:
            for job_id in ids:
                db.execute(
                    "update jobs set state = 'waiting', position = ?, tries = 0, problem = null where id = ? "
                    f"and state in ({_marks(retried_states)})",
                    (_end(db), job_id, *retried_states),
                )

    def give_back(self, job_id: str, *, lost: bool = False) -> None:
        """It waits again: the client stops, or the engine was lost under it, which counts as a try."""
        self._update("state = 'waiting', owner = null, tries = tries + ?", (int(lost),), job_id, *working_states)
        self._update("state = 'cancelled', owner = null", (), job_id, State.stopping)

    def take_back_orphans(self) -> None:
        """What was running when its client died waits again; what it was asked to stop is cancelled."""
        marks = _marks(running_states)
        with self._database.change() as db:
            rows = db.execute(f"select distinct owner from jobs where state in ({marks})", running_states).fetchall()
            for (owner,) in rows:
                if not self._owner.is_alive(owner):
                    db.execute(
                        "update jobs set state = iif(state = 'stopping', 'cancelled', 'waiting'), owner = null "
                        f"where state in ({marks}) and owner is ?",
                        (*running_states, owner),
                    )

    # waiting -> the steps -> an end

    def claim(self, ids: Sequence[str] | None = None) -> Job | None:
        """The first waiting job, of those named where ids are given; it is this process's to run now.

        None while the queue is paused.
        """
        with self._database.change() as db:
            if _flag(db, "paused"):
                return None
            rows = db.execute("select id from jobs where state = 'waiting' order by position")
            wanted = set(ids) if ids is not None else None
            job_id = next((row[0] for row in rows if wanted is None or row[0] in wanted), None)
            if job_id is None:
                return None
            db.execute(
                "update jobs set state = 'preparing', step = 0, owner = ? where id = ?", (self._owner.name, job_id)
            )
        return self.job(job_id)

    def advance(self, job_id: str, step: pb.Step) -> None:
        """The engine is in another step."""
        state = state_of_step.get(step)
        change, values = ("state = ?, step = ?", (state, step)) if state else ("step = ?", (step,))
        self._update(change, values, job_id, *working_states)

    def finish(self, job_id: str, take: pb.Take) -> None:
        """The take is there; it waits to be reviewed and placed, and the one it was made to replace does not."""
        with self._database.change() as db:
            done = db.execute(
                "update jobs set state = 'to_review', take = ?, owner = null, version = 'both', call = '', "
                f"record_start = null where id = ? and state in ({_marks(running_states)})",
                (take.SerializeToString(), job_id, *running_states),
            )
            if done.rowcount:
                db.execute(
                    "update jobs set state = 'superseded' where state = 'to_review' "
                    "and id = (select replaces from jobs where id = ?)",
                    (job_id,),
                )

    def fail(self, job_id: str, problem: FoleyError) -> None:
        """It cannot be done as asked."""
        text = json.dumps({"code": problem.code, "facts": problem.facts})
        self._update("state = 'problem', problem = ?, owner = null", (text,), job_id, *running_states)

    def stop(self, ids: Iterable[str]) -> None:
        """Cancelled where it waits; where it runs, its client is asked to let go (see `asked_to_stop`)."""
        with self._database.change() as db:
            for job_id in ids:
                db.execute("update jobs set state = 'cancelled' where id = ? and state = 'waiting'", (job_id,))
                db.execute(
                    f"update jobs set state = 'stopping' where id = ? and state in ({_marks(working_states)})",
                    (job_id, *working_states),
                )

    def cancelled(self, job_id: str) -> None:
        """The engine has let go of it."""
        self._update("state = 'cancelled', owner = null", (), job_id, State.stopping)

    # to_review -> placed and back

    def place(
        self,
        ids: Sequence[str],
        *,
        voices: Collection[str] = (),
        starts: Mapping[str, int] | None = None,
        instead_of: Sequence[str] = (),
    ) -> None:
        """Their takes lie on lanes, and those they lie there instead of are superseded: one step to undo.

        voices: those that are heard with their voices. starts: record frames of those that the editor wanted at
        another place than they were made for.
        """
        jobs, others = self.jobs(ids), self.jobs(instead_of)
        with self._database.change() as db:
            _remember(db, [*jobs, *others])
            for job in others:
                _set_state(db, job.id, State.superseded, State.placed)
            for job in jobs:
                version = Version.voices if job.id in voices else Version.both
                db.execute(
                    "update jobs set state = 'placed', version = ?, record_start = ? "
                    f"where id = ? and state in ({_marks(finished_states)})",
                    (version, (starts or {}).get(job.id), job.id, *finished_states),
                )

    def remove(self, ids: Sequence[str]) -> None:
        """Off the lanes again, one step to undo."""
        jobs = self.jobs(ids)
        with self._database.change() as db:
            _remember(db, jobs)
            for job in jobs:
                _set_state(db, job.id, State.removed, State.placed)

    def undo(self, timeline: str) -> list[str]:
        """Takes back the last placing or removing on a timeline; the jobs it concerned, empty where there is none."""
        with self._database.change() as db:
            query = "select id, before from placements where timeline = ? order by id desc limit 1"
            if (last := db.execute(query, (timeline,)).fetchone()) is None:
                return []
            db.execute("delete from placements where id = ?", (last[0],))
            before = json.loads(last[1])
            for job_id, state, version, start in before:
                db.execute(
                    "update jobs set state = ?, version = ?, record_start = ? "
                    f"where id = ? and state in ({_marks(finished_states)})",
                    (state, version, start, job_id, *finished_states),
                )
        return [entry[0] for entry in before]

    def keep_in_bin(self, ids: Iterable[str]) -> None:
        """Kept, on no lane."""
        self._settle(ids, State.in_bin, State.to_review, State.rejected, State.removed)

    def leave(self, ids: Iterable[str]) -> None:
        """What could not be laid on the editor's timeline after all."""
        self._settle(ids, State.in_bin, State.placed)

    def reject(self, ids: Iterable[str]) -> None:
        self._settle(ids, State.rejected, State.to_review, State.in_bin, State.removed)

    def review_again(self, ids: Iterable[str]) -> None:
        """What was rejected, put away or taken off is looked at once more."""
        self._settle(ids, State.to_review, State.rejected, State.in_bin, State.removed, State.superseded)

    def supersede(self, ids: Iterable[str]) -> None:
        """Another take lies in its place."""
        self._settle(ids, State.superseded, State.to_review, State.placed)

    # what the editor says, without a change of state

    def call(self, job_id: str, call: Call) -> None:
        self._update("call = ?", (call,), job_id, *finished_states)

    def write_note(self, job_id: str, note: str) -> None:
        """For the sound editor."""
        self._update("note = ?", (note,), job_id, *State)

    def order(self, ids: Sequence[str]) -> None:
        """These waiting jobs in this order, in the places that they have together."""
        with self._database.change() as db:
            positions = sorted(
                row[0]
                for job_id in ids
                for row in db.execute("select position from jobs where id = ? and state = 'waiting'", (job_id,))
            )
            moved = [job_id for job_id in ids if _is_waiting(db, job_id)]
            for position, job_id in zip(positions, moved, strict=True):
                db.execute("update jobs set position = ? where id = ?", (position, job_id))

    def put_first(self, ids: Sequence[str]) -> None:
        """These are next."""
        with self._database.change() as db:
            for position, job_id in enumerate(ids, start=_front(db, len(ids))):
                db.execute("update jobs set position = ? where id = ? and state = 'waiting'", (position, job_id))

    def pause(self, is_paused: bool) -> None:
        """What runs goes on, nothing new begins, in any process, until it is lifted."""
        with self._database.change() as db:
            db.execute(
                "insert into flags values ('paused', ?) on conflict (name) do update set value = excluded.value",
                ("1" if is_paused else "",),
            )

    # what is known

    def job(self, job_id: str) -> Job:
        found = self.jobs([job_id])
        if not found:
            raise self._database.damaged()
        return found[0]

    def jobs(self, ids: Sequence[str] | None = None) -> list[Job]:
        """All jobs in their order, or those named in the order of their names."""
        if ids is None:
            return self._database.understood(f"select {columns} from jobs order by position", (), from_row)
        find = f"select {columns} from jobs where id = ?"
        return [job for job_id in ids for job in self._database.understood(find, (job_id,), from_row)]

    def placed(self, timeline: str) -> list[Job]:
        """What lies on a timeline's lanes."""
        query = f"select {columns} from jobs where state = 'placed' and timeline = ? order by position"
        return self._database.understood(query, (timeline,), from_row)

    def states(self, ids: Sequence[str]) -> list[State]:
        known = dict(self._database.read("select id, state from jobs"))
        return [State(known[job_id]) for job_id in ids]

    def changes(self, since: int) -> tuple[list[Job], int]:
        """What any client changed after a revision, and the revision now; 0 gives everything. Cheap where nothing."""
        rows = self._database.read(
            f"select {columns}, revision from jobs where revision > ? order by revision", (since,)
        )
        return [from_row(row[:-1]) for row in rows], max((row[-1] for row in rows), default=since)

    def asked_to_stop(self) -> list[str]:
        """Jobs of this process that somebody wants to be let go of."""
        query = "select id from jobs where state = 'stopping' and owner = ?"
        return [row[0] for row in self._database.read(query, (self._owner.name,))]

    def is_waiting(self) -> bool:
        """Whether anything waits that may be run now."""
        query = "select 1 from jobs where state = 'waiting' limit 1"
        return not self.is_paused() and bool(self._database.read(query))

    def is_paused(self) -> bool:
        return bool(self._database.read("select 1 from flags where name = 'paused' and value != ''"))

    def can_undo(self, timeline: str) -> bool:
        return bool(self._database.read("select 1 from placements where timeline = ? limit 1", (timeline,)))

    def _settle(self, ids: Iterable[str], state: State, *allowed: State) -> None:
        with self._database.change() as db:
            for job_id in ids:
                _set_state(db, job_id, state, *allowed)

    def _update(self, change: str, values: tuple, job_id: str, *allowed: State) -> None:
        with self._database.change() as db:
            db.execute(
                f"update jobs set {change} where id = ? and state in ({_marks(allowed)})", (*values, job_id, *allowed)
            )


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _set_state(db: Connection, job_id: str, state: State, *allowed: State) -> None:
    query = f"update jobs set state = ? where id = ? and state in ({_marks(allowed)})"
    db.execute(query, (state, job_id, *allowed))


def _is_waiting(db: Connection, job_id: str) -> bool:
    return db.execute("select 1 from jobs where id = ? and state = 'waiting'", (job_id,)).fetchone() is not None


def _flag(db: Connection, name: str) -> bool:
    return db.execute("select 1 from flags where name = ? and value != ''", (name,)).fetchone() is not None


def _end(db: Connection) -> int:
    return db.execute("select coalesce(max(position), 0) + 1 from jobs").fetchone()[0]


def _front(db: Connection, count: int) -> int:
    return db.execute("select coalesce(min(position), 0) from jobs").fetchone()[0] - count


def _remember(db: Connection, jobs: Sequence[Job]) -> None:
    """What the jobs were before the editor's next step, for each timeline that it concerns."""
    for timeline in dict.fromkeys(job.timeline for job in jobs):
        before = [(job.id, job.state, job.version, job.record_start) for job in jobs if job.timeline == timeline]
        db.execute("insert into placements (timeline, before) values (?, ?)", (timeline, json.dumps(before)))
