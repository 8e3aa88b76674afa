"""An editing program as what is open: its timeline read through the bridge, our sounds laid on it and taken off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from foleyline.errors import FoleyError

from ..hosts import bridge, byhand, pointing
from ..hosts.bridge import BridgeHost
from ..hosts.host import Found, HostTimeline, Placing
from .events import Event, HostChanged, HostState, Wished
from .host import Host, Laid, place_of, places_of
from .reader import Reader
from .reading import OpenTimeline, Put, Spot, placement_of
from .settings import Settings

Open = Callable[[Callable[[bridge.Event], None]], BridgeHost]
"""Makes the host, given what it is to tell; called once, in the desk's loop."""


class Program:
    """Used in the desk's thread alone. files: reads what the program tells, and knows where things go."""

    def __init__(
        self, open_link: Open, files: Host, reader: Reader, settings: Settings, tell: Callable[[Event], None]
    ) -> None:
        self._open_link = open_link
        self._files = files
        self._reader = reader
        self._settings = settings
        self._tell = tell
        self._host: BridgeHost | None = None
        self._title = ""
        self._told: HostTimeline | None = None
        self._kept: Path | None = None
        self._known = HostChanged(HostState.none, time.time())
        self._reading = asyncio.Lock()

    @property
    def timeline(self) -> OpenTimeline | None:
        return self._known.timeline

    @property
    def out_dir(self) -> Path | None:
        return self._known.out_dir

    @property
    def kept(self) -> Path | None:
        """Where the timeline is kept as it was told last, to go on without the program."""
        return self._kept

    async def start(self) -> None:
        """Says who it is and reads what is open. Raises E-HOST, E-NOTIMELINE."""
        self._set(HostState.looking)
        self._host = self._open_link(self._hear)
        self._title = (await self._host.identify()).title
        await self.reload()

    async def reload(self) -> None:
        try:
            async with self._reading:
                await self._read()
        except FoleyError as problem:
            self._set(HostState.lost, problem=problem)
            raise

    async def whole(self, spots: list[Spot]) -> list[Spot]:
        """The same clips once all is known of them."""
        async with self._reading:
            known = places_of(self.timeline)
        return [known.get(place_of(spot), spot) for spot in spots]

    def choose(self, index: int) -> None:
        """There is one timeline."""

    def relink(self, name: str, path: Path) -> None:
        if self._kept:
            self._settings.relinked.setdefault(str(self._kept), {})[name] = str(path.absolute())
            self._settings.save()

    def has(self, key: str) -> bool:
        return self._told is not None and key == self._key(self._told)

    async def fresh_timeline(self, key: str) -> OpenTimeline:
        """As the program has it now. Raises E-STALE where another one is open."""
        async with self._reading:
            await self._read()
        if not self.has(key) or self.timeline is None:
            raise FoleyError("E-STALE", name=self._title, what="timeline", asked=key, found=self._known.program)
        return self.timeline

    async def lay(self, key: str, puts: Sequence[Put], path: Path) -> Laid:
        """Makes what lies on the program's timeline of ours be exactly these: what is missing is placed, what is too
        much or lies otherwise is taken off."""
        del path
        host, told = await self._now(key)
        wanted = {put.take.request_id: put for put in puts}
        wrong = [found.id for found in told.ours if not _is_right(found, wanted)]
        if wrong:
            await host.remove(told.id, wrong)
        there = {_request_of(found.id) for found in told.ours if found.id not in wrong}
        missing = [put for request_id, put in wanted.items() if request_id not in there]
        if not missing:
            return Laid(None)
        plain = replace(told, text=None, ours=(), selections=())
        placing: Placing = await self._reader.ask(told.name, planned, missing, plain)
        placed = await host.place(placing)
        left = {_request_of(each.id) for each in placed.left}
        return Laid(None, tuple(left), tuple(byhand.drags(placing, placed, told)))

    async def close(self) -> None:
        if self._host:
            await self._host.close()

    def status(self, running: int, waiting: int, to_review: int, problems: int) -> None:
        """For the program's own sidebar."""
        if self._host and not self._host.link.is_lost:
            self._host.status(running, waiting, to_review, problems, "")

    async def _now(self, key: str) -> tuple[BridgeHost, HostTimeline]:
        await self.fresh_timeline(key)
        assert self._host is not None and self._told is not None
        return self._host, self._told

    async def _read(self) -> None:
        """What is open, kept beside the takes and read from there as any file is."""
        if self._host is None:
            raise FoleyError("E-HOST", name=self._title or "the editing program", reason="it has not answered yet")
        told = await self._host.timeline()
        out_dir = self._files.folder_of(Path(told.file) if told.file else None, told.name or told.project)
        self._kept = await self._reader.ask(told.name, pointing.keep, told, out_dir / ".foleyline" / "timelines")
        self._told = told
        timelines = await self._files.fresh(self._kept)
        timeline = replace(timelines[0], key=self._key(told), name=told.name or timelines[0].name)
        clips = [spot.clip for spot in timeline.spots]
        best = pointing.best(told.selections, clips)
        self._set(
            HostState.linked,
            path=None,
            program=self._title,
            timelines=(timeline,),
            out_dir=out_dir,
            problem=None,
            selected=tuple(pointing.pointed_at(best, clips)) if best else (),
        )

    def _key(self, told: HostTimeline) -> str:
        return f"program:{told.id}"

    def _hear(self, event: bridge.Event) -> None:
        match event:
            case bridge.Changed():
                self._set(HostState.stale)
            case bridge.Lost():
                self._set(HostState.lost, problem=FoleyError("E-HOST", name=self._title, reason=event.reason))
            case bridge.Asked():
                self._tell(Wished(event.what))
            case _:
                pass

    def _set(self, state: HostState, **changes: object) -> None:
        self._known = replace(self._known, state=state, since_s=time.time(), **changes)  # type: ignore[arg-type]
        self._tell(self._known)


def planned(puts: Sequence[Put], timeline: HostTimeline) -> Placing:
    """Which lanes and sounds these takes come to. Done where timelines are read: it needs what reads them."""
    from ..hosts.plan import plan

    return plan([placement_of(put) for put in puts], timeline)


def _request_of(sound_id: str) -> str:
    return sound_id.partition(":")[0]


def _is_right(found: Found, wanted: dict[str, Put]) -> bool:
    """Whether what lies there is a take that is wanted, at its place, and heard as it is wanted."""
    put = wanted.get(_request_of(found.id))
    if put is None:
        return False
    asked = put.record_start if put.record_start is not None else put.take.request.clip.record_range.start.value
    if found.record[0] != asked:
        return False
    heard = put.take.with_voices if put.voices else put.take.without_voices
    return not found.id.endswith(":clean") or Path(found.path).name == Path(heard.path).name
