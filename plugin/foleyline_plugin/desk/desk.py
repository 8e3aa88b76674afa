"""The desk's commands. Each may be called from any thread and returns at once; what comes of it is told as events."""

from __future__ import annotations

import asyncio
import copy
import logging
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from foleyline.errors import FoleyError

from .. import engine
from ..engine import Lost
from ..job import Call, State, Version, running_states
from .bill import Models
from .events import EngineChanged, EngineState, Event, JobsChanged, Trouble
from .form import Form, again_without_voices, clip_key, requests_of
from .host import Host
from .lanes import Lanes
from .link import Connect, Link
from .pace import Paces
from .pictures import Pictures
from .program import Open, Program
from .reader import Reader
from .reading import Spot, with_handles
from .settings import Settings
from .workplace import Workplace

log = logging.getLogger(__name__)

stop_timeout_s = 10.0


class Desk:
    """tell: called in the desk's thread with every event. out: folder for takes, None for the settings' choice."""

    def __init__(
        self,
        tell: Callable[[Event], None],
        settings: Settings,
        *,
        connect: Connect = engine.connect,
        out: Path | None = None,
        program: Open | None = None,
    ) -> None:
        self.settings = settings
        self.paces = Paces(settings.pace)
        self._tell = tell
        self._reader = Reader()
        self._link = Link(connect, self._tell_engine)
        self._workplaces: dict[Path, Workplace] = {}
        self._files = Host(self._reader, self._link, settings, tell, out)
        self._program = Program(program, self._files, self._reader, settings, tell) if program else None
        self._host: Host | Program = self._program or self._files
        self._pictures = Pictures(self._link, tell)
        self._models = Models(self._link, tell)
        self._lanes = Lanes(self._host_of, tell)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    def start(self) -> None:
        """Begins to work; the timelines' process starts beside it."""
        self._thread.start()
        self._loop.call_soon_threadsafe(self._reader.start)
        self._do(self._link.keep(), "")
        if self._program:
            self._do(self._begin(self._program), "")

    def stop(self) -> None:
        """Ends in order: what runs waits again. Returns when that is done, or after a while."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(stop_timeout_s)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(stop_timeout_s)

    # what is open

    def open(self, path: Path) -> None:
        self._do(self._open(path), path.name)

    def work_from_file(self) -> None:
        """The program is gone: its timeline, as it was told last, is opened as a file."""
        self._do(self._open_kept(), "")

    def reload(self) -> None:
        self._do(self._reopen(), "")

    def choose_timeline(self, index: int) -> None:
        """Another timeline of the file that is open."""
        self._do(self._choose(index), "")

    def relink(self, name: str, path: Path) -> None:
        """Media of that file name lie there now."""
        self._host.relink(name, path)
        self.reload()

    def picture(self, spot: Spot, key: str) -> None:
        """The clip's thumbnail, told when it is there."""
        self._loop.call_soon_threadsafe(self._pictures.ask, key, spot.clip)

    # the queue

    def generate(
        self, spots: Sequence[Spot], form: Form, directions: Mapping[str, str], *, first: bool = False
    ) -> None:
        """Freezes the form for these clips and queues them."""
        self._do(self._generate(list(spots), copy.deepcopy(form), dict(directions), first), "")

    def generate_again(self, job_id: str) -> None:
        """Another take of the clip without voices; once it is there it supersedes this one."""
        self._with(job_id, _again)

    def cancel(self, ids: Sequence[str]) -> None:
        self._each(ids, lambda place, own: place.journal.stop(own))

    def retry(self, ids: Sequence[str]) -> None:
        self._each(ids, lambda place, own: place.journal.retry(own))

    def order(self, ids: Sequence[str]) -> None:
        self._each(ids, lambda place, own: place.journal.order(own))

    def put_first(self, ids: Sequence[str]) -> None:
        self._each(ids, lambda place, own: place.journal.put_first(own))

    def pause(self, is_paused: bool) -> None:
        self._do(self._pause(is_paused), "")

    # what becomes of takes

    def place(
        self,
        ids: Sequence[str],
        version: Version,
        answers: Mapping[str, int | None] | None = None,
    ) -> None:
        """Onto lanes. answers: record frames for those that were asked about, None to keep one in the bin."""
        self._each_async(ids, lambda place, own: self._lanes.place(place, own, version, answers))

    def remove(self, ids: Sequence[str]) -> None:
        self._each_async(ids, self._lanes.remove)

    def undo(self) -> None:
        self._do(self._undo(), "")

    def reject(self, ids: Sequence[str]) -> None:
        self._each(ids, lambda place, own: place.journal.reject(own))

    def keep_in_bin(self, ids: Sequence[str]) -> None:
        self._each(ids, lambda place, own: place.journal.keep_in_bin(own))

    def review_again(self, ids: Sequence[str]) -> None:
        self._each(ids, lambda place, own: place.journal.review_again(own))

    def call(self, job_id: str, call: Call) -> None:
        """What the editor makes of the verdict."""
        self._with(job_id, lambda place, own: place.journal.call(own, call))

    def write_note(self, job_id: str, note: str) -> None:
        self._with(job_id, lambda place, own: place.journal.write_note(own, note))

    def export_cue_sheet(self) -> None:
        self._do(self._export(), "")

    # the engine and its models

    def retry_engine(self) -> None:
        self._do(self._retry_engine(), "")

    def stop_engine(self) -> None:
        self._do(self._stop_engine(), "")

    def list_models(self) -> None:
        self._do(self._models.list(), "")

    def fetch_models(self, names: Sequence[str], licences: Sequence[str], *, only_bill: bool) -> None:
        self._do(self._models.fetch(names, licences, only_bill=only_bill), "")

    def stop_fetching(self) -> None:
        self._loop.call_soon_threadsafe(self._models.stop)

    # in the desk's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, work: Coroutine[Any, Any, None], about: str) -> None:
        def begin() -> None:
            task = self._loop.create_task(self._guarded(work, about))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(begin)

    async def _guarded(self, work: Coroutine[Any, Any, None], about: str) -> None:
        try:
            await work
        except FoleyError as problem:
            self._tell(Trouble(problem, about))
        except Lost:
            self._tell(Trouble(FoleyError("E-ENGINE", reason="it went away"), about))
        except Exception as fault:
            log.exception("a fault of the panel")
            self._tell(Trouble(FoleyError("E-FAULT", reason=f"{type(fault).__name__}: {fault}"), about))

    def _each(self, ids: Sequence[str], change: Callable[[Workplace, list[str]], None]) -> None:
        async def changed(place: Workplace, own: list[str]) -> None:
            change(place, own)
            place.changed()

        self._each_async(ids, changed)

    def _each_async(
        self, ids: Sequence[str], change: Callable[[Workplace, list[str]], Coroutine[Any, Any, None]]
    ) -> None:
        async def work() -> None:
            for place in list(self._workplaces.values()):
                if own := [job_id for job_id in ids if job_id in place.jobs]:
                    await change(place, own)

        self._do(work(), "")

    def _with(self, job_id: str, change: Callable[[Workplace, str], None]) -> None:
        self._each([job_id], lambda place, own: change(place, own[0]))

    @property
    def _here(self) -> Workplace | None:
        return self._workplaces.get(self._host.out_dir) if self._host.out_dir else None

    def _host_of(self, key: str) -> Host | Program:
        """Who has the timeline that the journal calls so."""
        return self._program if self._program and self._program.has(key) else self._files

    async def _begin(self, program: Program) -> None:
        await program.start()
        self._settle_in()

    async def _open(self, path: Path) -> None:
        self._host = self._files
        await self._files.open(path)
        self._settle_in()

    async def _open_kept(self) -> None:
        """Goes on from what the program told last."""
        if self._program and self._program.kept:
            await self._open(self._program.kept)

    async def _reopen(self) -> None:
        await self._host.reload()
        self._settle_in()

    async def _choose(self, index: int) -> None:
        self._host.choose(index)
        self._settle_in()

    def _settle_in(self) -> None:
        """The folder of what is open has its journal and its queue at work, once."""
        timeline, out_dir = self._host.timeline, self._host.out_dir
        if timeline is None or out_dir is None:
            return
        place = self._workplaces.get(out_dir)
        if place is None:
            place = self._workplaces[out_dir] = Workplace(out_dir, self.paces, self._link.connect, self._tell_and_count)
        place.timeline = timeline.key
        place.look()

    def _tell_engine(self, event: EngineChanged) -> None:
        if event.state == EngineState.ready:
            for place in self._workplaces.values():
                place.try_again()
        self._tell(event)

    def _tell_and_count(self, event: Event) -> None:
        self._link.clips_running = sum(len(place.running) for place in self._workplaces.values())
        for place in self._workplaces.values():
            place.places = self._link.hello.clips_in_flight if self._link.hello else 1
        self._tell(event)
        if self._program and isinstance(event, JobsChanged):
            self._program.status(*self._counts())

    def _counts(self) -> tuple[int, int, int, int]:
        jobs = [job for place in self._workplaces.values() for job in place.jobs.values()]
        states = Counter(job.state for job in jobs)
        running = sum(states[state] for state in running_states)
        return running, states[State.waiting], states[State.to_review], states[State.problem]

    async def _generate(self, spots: list[Spot], form: Form, directions: Mapping[str, str], first: bool) -> None:
        spots = await self._host.whole(spots)
        self._settle_in()
        place, timeline = self._here, self._host.timeline
        if place is None or timeline is None:
            return
        clips = [with_handles(spot, form.handles) for spot in spots if spot.problem is None]
        asked = requests_of(form, clips, place.out_dir, directions, place.taken())
        place.add(asked, timeline.key, first=first, replaces=None)

    async def _pause(self, is_paused: bool) -> None:
        for place in self._workplaces.values():
            place.journal.pause(is_paused)
            place.changed()

    async def _undo(self) -> None:
        if place := self._here:
            await self._lanes.undo(place)

    async def _export(self) -> None:
        if place := self._here:
            await self._lanes.export_cue_sheet(place)

    async def _retry_engine(self) -> None:
        self._link.retry()
        for place in self._workplaces.values():
            place.changed()

    async def _stop_engine(self) -> None:
        await asyncio.to_thread(engine.stop)
        await self._retry_engine()

    async def _close(self) -> None:
        for place in self._workplaces.values():
            await place.close()
        others = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._link.close()
        if self._program:
            await self._program.close()
        self._reader.stop()
        self.settings.pace = self.paces.kept()


def _again(place: Workplace, job_id: str) -> None:
    job = place.jobs[job_id]
    take = place.taken()[clip_key(job.request.clip)] + 1
    asked = again_without_voices(job.request, take)
    place.journal.call(job_id, Call.again)
    place.add([asked], job.timeline, first=True, replaces=job_id if job.state == State.to_review else None)
