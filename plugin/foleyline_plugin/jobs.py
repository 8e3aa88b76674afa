"""The queue and its journal: every transition of a job is one function here. It lives beside the takes, on disk.

SQLite keeps it whole across crashes and lets the panel and the headless command share it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout

from foleyline.errors import FoleyError
from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb


class State(StrEnum):
    waiting = "waiting"
    running = "running"
    problem = "problem"
    to_review = "to_review"
    placed = "placed"


finished_states = (State.to_review, State.placed)

schema = """
create table if not exists jobs (
    id text primary key,
    position integer not null,
    state text not null,
    step integer not null default 0,
    request blob not null,
    take blob,
    problem text,
    owner text,
    tries integer not null default 0
) strict
"""


@dataclass(frozen=True)
class Job:
    """id: the request's identity. step: the one it is in while running. tries: engines lost under it."""

    id: str
    state: State
    step: int
    request: pb.GenerateRequest
    take: pb.Take | None
    problem: FoleyError | None
    tries: int


class Journal:
    """The jobs of one output folder. Several processes may have it open; each job is run by one of them."""

    def __init__(self, out_dir: Path) -> None:
        """Opens or makes the journal and takes back the jobs of clients that died. Raises E-JOURNAL, E-OUT."""
        folder = out_dir / ".foleyline"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._owner = _Owner(folder)
        except OSError as error:
            raise FoleyError("E-OUT", folder=out_dir, reason=error.strerror) from error
        self._folder = folder
        with self._problems():
            self._db = sqlite3.connect(folder / "journal.db", isolation_level=None, timeout=10)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.execute(schema)
        self.take_back_orphans()

    def close(self) -> None:
        self._db.close()
        self._owner.release()

    def add(self, requests: Iterable[pb.GenerateRequest]) -> list[str]:
        """Queues the requests; ids in order. What is there already waits again, but for what is running.

        A finished take asked for again costs its engine a look at the files: they are found, or made anew.
        """
        ids = []
        with self._change() as db:
            last = db.execute("select coalesce(max(position), 0) from jobs").fetchone()[0]
            for offset, request in enumerate(requests, start=1):
                ids.append(job_id := request_id(request))
                db.execute(
                    "insert into jobs (id, position, state, request) values (?, ?, 'waiting', ?) "
                    "on conflict (id) do update set position = excluded.position, request = excluded.request, "
                    "state = 'waiting', tries = 0, take = null, problem = null where state != 'running'",
                    (job_id, last + offset, request.SerializeToString()),
                )
        return ids

    def claim(self, ids: Sequence[str] | None = None) -> Job | None:
        """The first waiting job, of those named where ids are given; it is this process's to run now."""
        with self._change() as db:
            rows = db.execute("select id from jobs where state = 'waiting' order by position")
            wanted = set(ids) if ids is not None else None
            job_id = next((row[0] for row in rows if wanted is None or row[0] in wanted), None)
            if job_id is None:
                return None
            db.execute(
                "update jobs set state = 'running', step = 0, owner = ? where id = ?",
                (self._owner.name, job_id),
            )
        return self.job(job_id)

    def advance(self, job_id: str, step: pb.Step) -> None:
        """The engine is in another step."""
        self._update("step = ?", (step,), job_id, State.running)

    def finish(self, job_id: str, take: pb.Take) -> None:
        """The take is there; it waits to be reviewed and placed."""
        self._update("state = 'to_review', take = ?", (take.SerializeToString(),), job_id, State.running)

    def fail(self, job_id: str, problem: FoleyError) -> None:
        """It cannot be done as asked."""
        text = json.dumps({"code": problem.code, "facts": problem.facts})
        self._update("state = 'problem', problem = ?", (text,), job_id, State.running)

    def give_back(self, job_id: str, *, lost: bool = False) -> None:
        """It waits again: the client stops, or the engine was lost under it, which counts as a try."""
        self._update("state = 'waiting', owner = null, tries = tries + ?", (int(lost),), job_id, State.running)

    def place(self, job_id: str) -> None:
        """Its take lies on a lane."""
        self._update("state = 'placed'", (), job_id, *finished_states)

    def take_back_orphans(self) -> None:
        """What was running when its client died waits again."""
        with self._change() as db:
            rows = db.execute("select distinct owner from jobs where state = 'running'").fetchall()
            for (owner,) in rows:
                if not self._owner.is_alive(owner):
                    db.execute(
                        "update jobs set state = 'waiting', owner = null where state = 'running' and owner is ?",
                        (owner,),
                    )

    def job(self, job_id: str) -> Job:
        return next(iter(self.jobs([job_id])))

    def jobs(self, ids: Sequence[str] | None = None) -> list[Job]:
        """All jobs in their order, or those named in the order of their names."""
        columns = "id, state, step, request, take, problem, tries"
        with self._problems():
            if ids is None:
                return [_job(row) for row in self._db.execute(f"select {columns} from jobs order by position")]
            find = f"select {columns} from jobs where id = ?"
            return [_job(self._db.execute(find, (job_id,)).fetchone()) for job_id in ids]

    def states(self, ids: Sequence[str]) -> list[State]:
        with self._problems():
            known = dict(self._db.execute("select id, state from jobs"))
        return [State(known[job_id]) for job_id in ids]

    def _update(self, change: str, values: tuple, job_id: str, *allowed: State) -> None:
        marks = ", ".join(["?"] * len(allowed))
        with self._change() as db:
            db.execute(f"update jobs set {change} where id = ? and state in ({marks})", (*values, job_id, *allowed))

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._problems():
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    @contextmanager
    def _problems(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = "E-DISK" if "full" in str(error) else "E-JOURNAL"
            raise FoleyError(code, folder=self._folder, reason=error) from error


def _job(row: tuple) -> Job:
    job_id, state, step, request, take, problem, tries = row
    facts = json.loads(problem) if problem else None
    return Job(
        id=job_id,
        state=State(state),
        step=step,
        request=pb.GenerateRequest.FromString(request),
        take=pb.Take.FromString(take) if take else None,
        problem=FoleyError(facts["code"], **facts["facts"]) if facts else None,
        tries=tries,
    )


class _Owner:
    """This process's name in the journal: a lock file it holds while it lives, so that a dead one is known."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "clients"
        self._folder.mkdir(exist_ok=True)
        self.name = secrets.token_hex(8)
        self._lock = FileLock(self._path(self.name), timeout=0)
        self._lock.acquire()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"

    def is_alive(self, name: str | None) -> bool:
        if name == self.name:
            return True
        if not name or not self._path(name).exists():
            return False
        lock = FileLock(self._path(name), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return True
        lock.release()
        self._path(name).unlink(missing_ok=True)
        return False

    def release(self) -> None:
        self._lock.release()
        self._path(self.name).unlink(missing_ok=True)
