"""One file from one address into its `.part`: gone on with where it stopped, never longer than it may be."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import TypeVar

import httpx2

from foleyline.errors import FoleyError

from ..models import records
from .disk import on_disk
from .network import Patience

T = TypeVar("T")
Tell = Callable[[int, str], None]
"""Bytes that are here, and why it waits (empty while it runs)."""

written_n = 1024 * 1024
written_s = 0.25
slack = 0.25
"""By how much of itself a size in rounded figures may be off."""
most_tries = 1000
busy = {408, 425, 429, 500, 502, 503, 504}
gates = {401, 403}
gone = {404, 410}


class Interrupted(Exception):
    """The line broke, or the server is busy; another try may bring more. after_s: asked for by the server."""

    def __init__(self, reason: str, after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.after_s = after_s


class Gated(Exception):
    """The server wants to know who asks."""


class Gone(Exception):
    """There is no such file there."""


class Wrong(Exception):
    """What the server has is not the file that was published."""


@dataclass(frozen=True)
class Source:
    """Where the bytes are, and what they have to be.

    size: bytes; is_exact: False where it is only about that. identity: the same for the same bytes, e.g. a sum that the
    hub tells; a `.part` of another identity is not gone on with. headers: sent along, e.g. a token.
    """

    url: str
    name: str
    size: int
    is_exact: bool
    identity: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return httpx2.URL(self.url).host


def nothing_here() -> int:
    return 0


async def persist(
    attempt: Callable[[], Awaitable[T]],
    name: str,
    patience: Patience,
    tell: Tell,
    here: Callable[[], int] = nothing_here,
    size: int = 0,
) -> T:
    """Until it works, or `patience.tries` tries in a row brought nothing. Raises E-NET then."""
    failures, reason = 0, ""
    for _ in range(most_tries):
        before = here()
        try:
            return await attempt()
        except Interrupted as stop:
            reason, after_s = str(stop), stop.after_s
        failures = 1 if here() > before else failures + 1
        if failures > patience.tries:
            break
        pause_s = min(patience.longest_pause_s, max(after_s, patience.pause_s(failures)))
        tell(here(), f"{reason}; it is tried again")
        await asyncio.sleep(pause_s)
    raise FoleyError("E-NET", name=name, share=f"{min(99, 100 * here() // max(1, size))} %", reason=reason)


def check_status(answer: httpx2.Response) -> None:
    """Raises Interrupted, Gated or Gone for an answer that is none."""
    status, host = answer.status_code, answer.url.host
    if status < 400:
        return
    if status in gates:
        raise Gated(f"{host} answered {status}")
    if status in gone:
        raise Gone(f"{host} answered {status}")
    if status in busy or status >= 500:
        raise Interrupted(f"{host} is busy (it answered {status})", _seconds(answer.headers.get("Retry-After")))
    raise Wrong(f"{host} answered {status}")


def _seconds(text: str | None) -> float:
    return float(text) if text and re.fullmatch(r"\d{1,6}", text) else 0.0


@asynccontextmanager
async def lines(host: str, patience: Patience) -> AsyncIterator[None]:
    """Troubles of the line as Interrupted, in words."""
    try:
        yield
    except httpx2.TimeoutException as problem:
        raise Interrupted(f"{host} did not answer for {patience.stall_s:g} s") from problem
    except httpx2.UnsupportedProtocol as problem:
        raise Wrong(f"{host} sends to an address of another kind") from problem
    except httpx2.ConnectError as problem:
        is_distrusted = "CERTIFICATE" in str(problem).upper()
        reason = "has a certificate that is not trusted on this machine" if is_distrusted else "cannot be reached"
        raise Interrupted(f"{host} {reason}") from problem
    except (httpx2.TransportError, httpx2.StreamError) as problem:
        raise Interrupted(f"the line to {host} broke") from problem
    except httpx2.TooManyRedirects as problem:
        raise Wrong(f"{host} sends in circles") from problem
    except (httpx2.InvalidURL, httpx2.DecodingError) as problem:
        raise Wrong(f"{host} sends to an address that is none") from problem


class Transfer:
    """state: what the `.part` is of, kept beside it so that another process can go on."""

    def __init__(self, client: httpx2.AsyncClient, source: Source, part: Path, patience: Patience, tell: Tell) -> None:
        self.client = client
        self.source = source
        self.part = part
        self.patience = patience
        self.tell = tell
        self.size = source.size if source.is_exact else None
        self.etag = ""

    async def run(self) -> int:
        """Bytes of the whole file, in the `.part`. Raises Gated, Gone, Wrong, E-NET, E-DISK or E-OUT."""
        self._recall()
        await persist(self._go_on, self.source.name, self.patience, self.tell, self.here, self.source.size)
        assert self.size is not None
        return self.size

    def here(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    @property
    def most(self) -> int:
        return self.size if self.size is not None else round(self.source.size * (1 + slack)) + 4096

    def _recall(self) -> None:
        """What is known of the `.part`; one of another file is dropped."""
        self.part.parent.mkdir(parents=True, exist_ok=True)
        try:
            known = records.read_json(records.part_notes(self.part))
        except (OSError, ValueError):
            known = {}
        if not isinstance(known, dict) or known.get("identity", "") != self.source.identity or not known:
            self.drop()
            return
        self.etag = str(known.get("etag", ""))
        if self.size is None and isinstance(known.get("size"), int):
            self.size = known["size"]
        if self.here() > self.most:
            self.drop()

    def drop(self) -> None:
        """Nothing is here any more, and what the server said of it is not held against it."""
        self.size, self.etag = self.source.size if self.source.is_exact else None, ""
        self.part.unlink(missing_ok=True)
        records.part_notes(self.part).unlink(missing_ok=True)

    async def _go_on(self) -> None:
        begin = self.here()
        if self.size is not None and begin == self.size:
            return
        headers = self._headers(begin)
        async with (
            lines(self.source.host, self.patience),
            self.client.stream("GET", self.source.url, headers=headers) as answer,
        ):
            await self._pour(answer, self._begin(answer, begin))
        if self.size is None:
            self.size = self._sized(self.here())
        if self.here() < self.size:
            raise Interrupted(f"the line to {self.source.host} ended too early")

    def _headers(self, begin: int) -> dict[str, str]:
        headers = dict(self.source.headers)
        if begin:
            headers["Range"] = f"bytes={begin}-"
            if not self.source.identity and self.etag:
                headers["If-Range"] = self.etag
        return headers

    def _begin(self, answer: httpx2.Response, begin: int) -> int:
        """Where this answer's bytes belong. Raises for an answer that cannot be used."""
        if answer.status_code == 416:
            self.drop()
            raise Interrupted(f"{answer.url.host} has no more of it; it is begun anew")
        check_status(answer)
        start, total = _span(answer)
        if start not in (0, begin):
            self.drop()
            raise Interrupted(f"{answer.url.host} sent another part than was asked for")
        self._check_total(total)
        self._note(answer, total)
        return start

    def _check_total(self, total: int | None) -> None:
        if total is None:
            return
        if self.size is not None and total != self.size:
            raise Wrong(f"{self.source.host} has {total:,} bytes of it and {self.size:,} were announced")
        self.size = self._sized(total)

    def _sized(self, total: int) -> int:
        if not self.source.is_exact and abs(total - self.source.size) > slack * self.source.size + 4096:
            raise Wrong(f"{self.source.host} has {total:,} bytes of it and about {self.source.size:,} were published")
        return total

    def _note(self, answer: httpx2.Response, total: int | None) -> None:
        etag = answer.headers.get("ETag", "")
        self.etag = "" if etag.startswith("W/") else etag
        facts = {"identity": self.source.identity, "etag": self.etag, "size": total, "url": self.source.url}
        with on_disk(self.part.parent):
            records.write_json(records.part_notes(self.part), facts)

    async def _pour(self, answer: httpx2.Response, begin: int) -> None:
        with on_disk(self.part.parent):
            file = self.part.open("r+b" if self.part.is_file() else "xb", buffering=0)
        with file:
            with on_disk(self.part.parent):
                file.truncate(begin)
                file.seek(begin)
            await self._write_all(answer, file, begin)

    async def _write_all(self, answer: httpx2.Response, file: FileIO, begin: int) -> None:
        """What came in is written even where the line breaks in the middle."""
        waiting, done, written_at = bytearray(), begin, time.monotonic()
        try:
            async for piece in answer.aiter_raw():
                waiting += piece
                done += len(piece)
                if done > self.most:
                    raise Wrong(f"{self.source.host} sends more than the {self.most:,} bytes that were announced")
                if len(waiting) >= written_n or time.monotonic() - written_at > written_s:
                    await self._write(file, waiting)
                    written_at = time.monotonic()
                self.tell(done, "")
        finally:
            if done <= self.most:
                with on_disk(self.part.parent):
                    write_all(file, waiting)

    async def _write(self, file: FileIO, waiting: bytearray) -> None:
        """In a thread, and to its end: who is stopped meanwhile leaves the file as its length says."""
        piece = bytes(waiting)
        waiting.clear()
        writing = asyncio.create_task(asyncio.to_thread(write_all, file, piece))
        with on_disk(self.part.parent):
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                await asyncio.wait({writing})
                raise


def write_all(file: FileIO, piece: bytes | bytearray) -> None:
    view = memoryview(piece)
    while view:
        view = view[file.write(view) :]


def _span(answer: httpx2.Response) -> tuple[int, int | None]:
    """Where the answer's bytes begin, and how many the whole file has."""
    if answer.status_code == 206:
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if told is None:
            raise Interrupted(f"{answer.url.host} did not say which part it sent")
        return int(told[1]), None if told[2] == "*" else int(told[2])
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if re.fullmatch(r"\d{1,18}", length) else None
