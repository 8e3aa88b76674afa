"""The journal's file: an SQLite database beside the takes, what its tables are, and which client is alive.

It knows nothing of what a job goes through; that is `jobs`.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout
from google.protobuf.message import DecodeError

from foleyline.errors import FoleyError

T = TypeVar("T")

schema_version = 1

first_schema = """
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

# What came later, by the version that brought it. `revision` grows with every change of any row, so that a client
# sees what others changed by asking for rows above the last one it knows.
upgrades = {
    1: (
        "alter table jobs add column timeline text not null default ''",
        "alter table jobs add column version text not null default 'both'",
        "alter table jobs add column call text not null default ''",
        "alter table jobs add column note text not null default ''",
        "alter table jobs add column replaces text",
        "alter table jobs add column record_start integer",
        "alter table jobs add column revision integer not null default 0",
        "create index by_revision on jobs (revision)",
        "create index by_state on jobs (state, position)",
        "create table flags (name text primary key, value text not null) strict",
        "create table placements (id integer primary key, timeline text not null, before text not null) strict",
        "create trigger row_added after insert on jobs begin "
        "update jobs set revision = (select max(revision) + 1 from jobs) where id = new.id; end",
        "create trigger row_changed after update on jobs begin "
        "update jobs set revision = (select max(revision) + 1 from jobs) where id = new.id; end",
        "update jobs set state = 'preparing' where state = 'running'",
        "update jobs set step = step",
    )
}


class Database:
    """One client's connection. Every change is a transaction; every failure is E-JOURNAL or E-DISK."""

    def __init__(self, folder: Path) -> None:
        """Opens or makes the database, an older one brought up to date. Raises E-JOURNAL, E-DISK."""
        self._folder = folder
        with self._problems():
            self._db = sqlite3.connect(folder / "journal.db", isolation_level=None, timeout=10)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._upgrade()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other client's change comes between."""
        with self._problems():
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def understood(self, query: str, values: tuple, make: Callable[[tuple], T]) -> list[T]:
        """Rows as what `make` makes of them. A row that makes no sense is E-JOURNAL."""
        rows = self.read(query, values)
        try:
            return [make(row) for row in rows]
        except (ValueError, KeyError, TypeError, AttributeError, DecodeError) as error:
            raise self.damaged() from error

    def damaged(self) -> FoleyError:
        return FoleyError("E-JOURNAL", folder=self._folder, reason="it is damaged")

    def read(self, query: str, values: tuple = ()) -> list[tuple]:
        with self._problems():
            return self._db.execute(query, values).fetchall()

    def _upgrade(self) -> None:
        with self.change() as db:
            (known,) = db.execute("pragma user_version").fetchone()
            if known > schema_version:
                raise FoleyError("E-JOURNAL", folder=self._folder, reason="a newer Foleyline wrote it")
            db.execute(first_schema)
            for version in range(known + 1, schema_version + 1):
                for statement in upgrades[version]:
                    db.execute(statement)
            db.execute(f"pragma user_version = {schema_version}")

    @contextmanager
    def _problems(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:  # SQLite's own words about a damaged file quote it
            raise self.damaged() from error
        except sqlite3.Error as error:
            code = "E-DISK" if "full" in str(error) else "E-JOURNAL"
            raise FoleyError(code, folder=self._folder, reason=error) from error


class Owner:
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
