"""What is open: a timeline's file or a movie, whether it has changed, and where its takes go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from ..engine import Lost
from .events import Event, HostChanged, HostState
from .form import clip_key
from .link import Link
from .reader import Reader
from .reading import Asked, OpenTimeline, Put, Spot, place, read, with_probed
from .settings import Settings

timeline_suffixes = (".otio", ".otioz", ".otiod", ".xml", ".edl", ".fcpxml", ".aaf")
look_s = 1.0
probe_timeout_s = 60.0
probes_at_once = 8


@dataclass(frozen=True)
class Laid:
    """What came of laying takes. path: the file that was written, None for none. left: requests of which nothing
    lies there, and what the editor is to do about each."""

    path: Path | None
    left: Sequence[str] = ()
    by_hand: Sequence[FoleyError] = ()


class Host:
    """Used in the desk's thread alone. out: a folder that was named for the takes of everything."""

    def __init__(
        self, reader: Reader, link: Link, settings: Settings, tell: Callable[[Event], None], out: Path | None
    ) -> None:
        self._reader = reader
        self._link = link
        self._settings = settings
        self._tell = tell
        self._out = out
        self._known = HostChanged(HostState.none, time.time())
        self._stamp: tuple[int, int] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()

    @property
    def timeline(self) -> OpenTimeline | None:
        return self._known.timeline

    @property
    def out_dir(self) -> Path | None:
        return self._known.out_dir

    async def open(self, path: Path) -> None:
        """Reads it and tells; media that must be looked at for their length are, once their clips are shown."""
        path = path.absolute()
        self._watch = self._watch or asyncio.create_task(self._keep_looking())
        self._stamp = await asyncio.to_thread(_stamp, path)
        self._set(HostState.looking, path=path, out_dir=None, timelines=(), chosen=0, problem=None)
        try:
            async with self._reading:
                self._show(await self.fresh(path, self._show))
        except (FoleyError, Lost) as problem:
            told = problem if isinstance(problem, FoleyError) else FoleyError("E-ENGINE", reason="it went away")
            self._set(HostState.lost, problem=told)
            raise told from problem

    async def whole(self, spots: list[Spot]) -> list[Spot]:
        """The same clips once all is known of them: what was chosen may have been shown before its media were looked
        at."""
        async with self._reading:
            known = places_of(self.timeline)
        return [known.get(place_of(spot), spot) for spot in spots]

    async def reload(self) -> None:
        if self._known.path:
            await self.open(self._known.path)

    def choose(self, index: int) -> None:
        timeline = self._known.timelines[index]
        self._set(self._known.state, chosen=index, out_dir=self._folder(timeline))

    def relink(self, name: str, path: Path) -> None:
        if timeline := self.timeline:
            self._settings.relinked.setdefault(str(timeline.source), {})[name] = str(path.absolute())
            self._settings.save()

    def asked(self, path: Path) -> Asked:
        """How that file is to be read."""
        media = (self._out or path.parent / "Foley") / "media"
        return Asked(path, media, relinked=self._settings.relinked.get(str(path)))

    async def asked_probed(self, path: Path) -> Asked:
        """As `asked`, with a movie looked at: nothing but its file says how long it is."""
        asked = self.asked(path)
        if path.suffix.lower() in timeline_suffixes:
            return asked
        return with_probed(asked, await self._probe([str(path)], must=True))

    async def fresh_timeline(self, key: str) -> OpenTimeline:
        """As it is on disk now. Raises E-INPUT where it is not there any more."""
        for timeline in await self.fresh(source_of(key)):
            if timeline.key == key:
                return timeline
        raise FoleyError("E-INPUT", name=Path(key).name)

    async def lay(self, key: str, puts: Sequence[Put], path: Path) -> Laid:
        """Writes the timeline with exactly these takes on our lanes into path."""
        asked = await self.asked_probed(source_of(key))
        return Laid(await self._reader.ask(Path(key).name, place, asked, key, puts, path))

    async def fresh(self, path: Path, show: Callable[[list[OpenTimeline]], None] | None = None) -> list[OpenTimeline]:
        """The timelines in a file as they are on disk now.

        show: is given them as far as they are known before media have been looked at for their length.
        """
        asked = await self.asked_probed(path)
        timelines = await self._reader.ask(path.name, read, asked)
        unknown = sorted({name for timeline in timelines for name in timeline.unknown})
        if not unknown or asked.probed:
            return timelines
        if show:
            show(timelines)
        return await self._reader.ask(path.name, read, with_probed(asked, await self._probe(unknown)))

    def _show(self, timelines: list[OpenTimeline]) -> None:
        chosen = min(self._known.chosen, len(timelines) - 1)
        folder = self._folder(timelines[chosen])
        self._set(HostState.file, timelines=tuple(timelines), chosen=chosen, out_dir=folder, problem=None)

    def _folder(self, timeline: OpenTimeline) -> Path:
        return self.folder_of(timeline.source, timeline.stem)

    def folder_of(self, source: Path | None, name: str) -> Path:
        """Where takes go: the folder that was named, else one beside the source, or at home where there is none."""
        if self._out:
            return self._out
        safe = "".join("_" if letter in '/\\:*?"<>|' else letter for letter in name).strip(". ") or "Timeline"
        if self._settings.out:
            return Path(self._settings.out) / safe
        return (source.parent if source else Path.home()) / "Foley" / safe

    async def _probe(self, names: list[str], *, must: bool = False) -> dict[str, pb.ProbeReply]:
        """What the engine says of files; one that it cannot read is left out unless it is all there is."""
        places = asyncio.Semaphore(probes_at_once)

        async def probe(name: str) -> pb.ProbeReply | None:
            async with places:
                try:
                    return await (await self._link.reach()).probe(pb.Media(path=name))
                except FoleyError:
                    if must:
                        raise
                    return None

        try:
            async with asyncio.timeout(probe_timeout_s):
                replies = await asyncio.gather(*(probe(name) for name in names))
        except TimeoutError:
            raise FoleyError("E-ENGINE", reason=f"it did not look at {Path(names[0]).name} in time") from None
        return {name: reply for name, reply in zip(names, replies, strict=True) if reply is not None}

    async def _keep_looking(self) -> None:
        """Tells when the file is not what was read any more."""
        while True:
            await asyncio.sleep(look_s)
            path = self._known.path
            if path and self._known.state == HostState.file:
                now = await asyncio.to_thread(_stamp, path)
                if now != self._stamp and self._known.path == path:
                    self._set(HostState.stale)

    def _set(self, state: HostState, **changes: object) -> None:
        self._known = replace(self._known, state=state, since_s=time.time(), **changes)  # type: ignore[arg-type]
        self._tell(self._known)


def place_of(spot: Spot) -> tuple[str, int]:
    """Which clip it is, and where."""
    return clip_key(spot.clip), spot.clip.record_range.start.value


def places_of(timeline: OpenTimeline | None) -> dict[tuple[str, int], Spot]:
    """Clips of a timeline by `place_of`."""
    return {place_of(spot): spot for spot in timeline.spots} if timeline else {}


def source_of(key: str) -> Path:
    """The file of a timeline that the journal calls so."""
    path, mark, number = key.rpartition("#")
    return Path(path) if mark and number.isdecimal() and not Path(key).exists() else Path(key)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size
