"""Downloads what of some models is not here: file after file, each under its final name only once it is right."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from foleyline.errors import Cancelled, FoleyError

from ..models import installed, records
from ..models.published import Folder, Weights
from . import bill, disk, licences, listing, sums
from .bill import Bill
from .network import Network
from .sources import Found, Sources
from .transfer import Gated, Gone, Tell, Transfer, Wrong, slack

End = Callable[[Weights, str], None]
"""Told of each file that is done with, and what became of it in one sentence."""
polled_s = 0.2
told_s = 0.1


@dataclass
class Meter:
    """Progress of one file after another. report(path, phase, done, size, text): may not block, on any thread."""

    report: Callable[[str, str, int, int, str], None]
    told_at: float = 0.0

    def tell(self, path: str, phase: str, done: int, size: int, text: str = "") -> None:
        """At most ten times a second, and whatever is said in words."""
        now = time.monotonic()
        if text or now - self.told_at > told_s or done >= size:
            self.told_at = now
            self.report(path, phase, done, size, text)


@asynccontextmanager
async def sole(meter: Meter) -> AsyncIterator[None]:
    """Nobody else works on the models' folder meanwhile; another process is waited for."""
    folder = installed.folder()
    with disk.on_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".fetching.lock", thread_local=False)
    if not _acquired(lock, folder):
        meter.tell("", "waiting", 0, 0, "Other work on the models is waited for.")
        while not _acquired(lock, folder):
            await asyncio.sleep(polled_s)
    try:
        yield
    finally:
        lock.release()


def _acquired(lock: FileLock, folder: Path) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    except OSError as problem:
        raise FoleyError("E-OUT", folder=folder, reason=problem.strerror) from problem
    return True


async def billed(names: Sequence[str], network: Network, meter: Meter) -> Bill:
    """The hub is asked for the files of folders that it was not asked for yet, where it may be."""
    models = bill.named(names)
    parts = [part for model in models for part in model.parts]
    unknown = [part for part in parts if isinstance(part, Folder) and installed.expanded(part) is None]
    if unknown and not network.is_offline:
        async with network.client() as client:
            sources = Sources(network, client)
            for part in unknown:
                with told_as(part.path):
                    await listing.ask(sources, part, _waiting(meter, part.path))
    return bill.of(models, bill.known(parts))


def _waiting(meter: Meter, path: str, size: int = 0) -> Tell:
    return lambda here, text: meter.tell(path, "waiting", here, size, text)


async def fetch(asked: Bill, accepted: Sequence[str], network: Network, meter: Meter, end: End) -> None:
    """All that the bill lists and is not here. Raises E-LICENCE, E-DISK, E-OFFLINE, E-GATE, E-GONE, E-NET or E-HASH."""
    licences.check([item.file.terms for item in asked.missing], accepted, asked.name)
    licences.remember(accepted)
    disk.check_space(installed.folder(), asked.missing_n)
    async with network.client() as client:
        one = Fetch(network, Sources(network, client), meter)
        for item in asked.missing:
            with told_as(item.file.path):
                text = await one.fetch(item.file)
            end(item.file, text)


@contextmanager
def told_as(name: str):
    """What a server is or has, as problems an editor can act on."""
    try:
        yield
    except Gone as problem:
        raise FoleyError("E-GONE", name=name, reason=problem) from problem
    except Gated as problem:
        raise FoleyError("E-GATE", name=name, reason=problem, has_token="no") from problem
    except Wrong as problem:
        raise FoleyError("E-HASH", name=name, reason=problem) from problem


class Fetch:
    """Files one after another, each from the first place that has it."""

    def __init__(self, network: Network, sources: Sources, meter: Meter) -> None:
        self.network = network
        self.sources = sources
        self.meter = meter

    async def fetch(self, file: Weights) -> str:
        """One sentence on where it came from."""
        if cached := await self._from_cache(file):
            return cached
        if self.network.is_offline:
            raise FoleyError("E-OFFLINE", name=file.path)
        problem: Exception | None = None
        for find in self._places(file):
            try:
                return await self._from(file, await find())
            except (Gone, Gated, Wrong, FoleyError) as failure:
                if isinstance(failure, FoleyError) and failure.code not in ("E-NET", "E-GATE", "E-HASH"):
                    raise
                problem = problem or failure
        assert problem is not None
        raise problem

    def _places(self, file: Weights) -> Iterator[Callable[[], Awaitable[Found]]]:
        place = file.place
        if place is not None:
            yield lambda: self.sources.on_hub(file, place, _waiting(self.meter, file.path, file.size))
        if file.release:
            yield lambda: _at_once(self.sources.on_release_page(file))

    async def _from_cache(self, file: Weights) -> str:
        """Taken over from the hub's own cache where it is there and right."""
        cached = self.sources.cached(file.place) if file.place else None
        if cached is None or not cached.is_file():
            return ""
        try:
            taken = await self._checked(file, cached, cached.stat().st_size, {})
        except Wrong:
            return ""
        await asyncio.to_thread(take_over, file, cached, taken["sha256"], "the hub's cache on this machine")
        return "found whole in the hub's cache on this machine"

    async def _from(self, file: Weights, found: Found) -> str:
        """A download that turns out wrong is begun anew once."""
        part = records.part(installed.folder() / file.path)
        size = found.source.size
        transfer = Transfer(
            self.sources.client,
            found.source,
            part,
            self.network.patience,
            lambda here, text: self.meter.tell(file.path, "waiting" if text else "downloading", here, size, text),
        )
        try:
            taken = await self._brought(transfer, file, part, found)
        except Wrong as problem:
            self.meter.tell(file.path, "waiting", 0, size, f"{problem}; it is downloaded again")
            taken = await self._brought(transfer, file, part, found)
        await asyncio.to_thread(give_name, file, taken["sha256"], found.source.url, found.commit)
        return f"downloaded from {found.source.host}"

    async def _brought(self, transfer: Transfer, file: Weights, part: Path, found: Found) -> dict[str, str]:
        """Sums of what was downloaded. Raises Wrong, and nothing of it is left then."""
        try:
            return await self._checked(file, part, await transfer.run(), found.sums)
        except Wrong:
            transfer.drop()
            raise

    async def _checked(self, file: Weights, path: Path, size: int, announced: Mapping[str, str]) -> dict[str, str]:
        """Sums of a file that lies at `path`. Raises Wrong where it is not the published one."""
        if abs(size - file.size) > (0 if file.is_exact else slack * file.size + 4096):
            raise Wrong(f"it has {size:,} bytes and {'' if file.is_exact else 'about '}{file.size:,} were published")
        expected = {**announced, **file.sums, **learned(file)}
        taken = await taken_in_thread(path, {"sha256", *expected}, self.meter, file.path)
        if difference := sums.differing(expected, taken):
            raise Wrong(difference)
        return taken


def take_over(file: Weights, source: Path, sum_: str, origin: str) -> None:
    """A file that lies elsewhere on this machine and was found right, under its final name here."""
    part = records.part(installed.folder() / file.path)
    with disk.on_disk(part.parent):
        disk.brought(source, part)
    give_name(file, sum_, origin)


def give_name(file: Weights, sum_: str, origin: str, commit: str = "") -> None:
    """The final name to a `.part` that was found right, and a record of where it came from."""
    path = installed.folder() / file.path
    part = records.part(path)
    with disk.on_disk(path.parent):
        disk.settle(part)
        part.replace(path)
        facts = path.stat()
        records.write(
            path, records.Record(facts.st_size, facts.st_mtime_ns, sum_, not file.sums, source=origin, commit=commit)
        )
        records.part_notes(part).unlink(missing_ok=True)


def learned(file: Weights) -> dict[str, str]:
    """The sum that the first download brought, where none was published."""
    record = records.read(installed.folder() / file.path)
    return {"sha256": record.sha256} if record and record.is_learned else {}


async def taken_in_thread(path: Path, kinds: set[str], meter: Meter, name: str) -> dict[str, str]:
    """Stops soon where the caller is stopped."""
    size = path.stat().st_size
    gone = threading.Event()

    def tell(done: int) -> None:
        if gone.is_set():
            raise Cancelled
        meter.tell(name, "checking", done, size)

    try:
        with disk.on_disk(path.parent):
            return await asyncio.to_thread(sums.taken, path, kinds, tell)
    finally:
        gone.set()


async def _at_once(found: Found) -> Found:
    return found
