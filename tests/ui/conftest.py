"""A scripted engine in a thread of its own, timelines of any length, a diary of what the desk tells."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import opentimelineio as otio
import pytest
from tests.plugin.conftest import ScriptedEngine

from foleyline import runtime
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin import runner as runner_module
from foleyline_plugin.desk import events
from foleyline_plugin.desk.desk import Desk
from foleyline_plugin.desk.settings import Settings
from foleyline_plugin.engine import Engine

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")

Kind = TypeVar("Kind")
patience_s = 60.0


class TakingEngine(ScriptedEngine):
    """A scripted engine that also probes and shows pictures, in a loop of its own, which `hang` stops."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.hello_delay_s = self.probe_delay_s = 0.0
        self._starting = asyncio.Lock()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    async def Hello(self, request, context):
        await asyncio.sleep(self.hello_delay_s)
        reply = await super().Hello(request, context)
        reply.device = "cpu, 2 cores"
        reply.generators.extend(["scratch", "mmaudio-large-44k-v2"])
        reply.judges.append("evidence")
        reply.separators.extend(["fill", "bs-roformer"])
        reply.silences.append("level")
        reply.missing["generator mmaudio-large-44k-v2"] = "its weights are not here (5.4 GB)"
        return reply

    async def Probe(self, request, context):
        await asyncio.sleep(self.probe_delay_s)
        return pb.ProbeReply(
            duration=pb.RationalTime(value=250, rate_num=25, rate_den=1), has_picture=True, width=640, height=360
        )

    async def Thumbnail(self, request, context):
        return pb.ThumbnailReply(width=64, height=36, rgb=bytes((90, 120, 160)) * 64 * 36)

    def take(self, request: pb.GenerateRequest) -> pb.Take:
        take = super().take(request)
        for name, sound in (("clean", take.without_voices), ("vox", take.with_voices)):
            sound.path = f"audio/{request.clip.name}-{request.take}-{name}.wav"
            sound.sample_rate, sound.channels, sound.samples = 48000, 2, 96000
            sound.loudness.integrated_lufs = -23.0
        take.outcome = pb.voices_removed
        take.verdict.option = pb.yes
        take.verdict.summary = "Nobody speaks on screen; a narrator is heard."
        take.verdict.caption = "A man locks a car."
        take.steps.add(step=pb.generating, model="scratch 1", seconds=0.1)
        return take

    def do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(patience_s)

    async def _start_once(self) -> None:
        async with self._starting:
            if self._server is None:
                await self.start()

    async def drop(self) -> None:
        """Gone before another one starts: both have the same socket."""
        async with self._starting:
            await super().drop()

    async def connect(self) -> Engine:
        self.connects += 1
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._start_once(), self.loop))
        return Engine(runtime.Address(f"unix:{self.folder}/engine.sock", "token", 0))


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLEYLINE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("FOLEYLINE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.setattr(runner_module, "pauses_s", (0.0, 0.05))


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[TakingEngine]:
    folder = tmp_path / "socket"
    folder.mkdir()
    engine = TakingEngine(folder)
    yield engine
    engine.do(engine.drop())
    engine.loop.call_soon_threadsafe(engine.loop.stop)
    engine.thread.join(patience_s)


def _cut(folder: Path, count: int, *, name: str = "Reel 2 v14", shift: int = 0, frames: int = 50) -> Path:
    timeline = otio.schema.Timeline(name, global_start_time=otio.opentime.RationalTime(90000, 25))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    media = folder / "shot.mov"
    media.touch()
    known = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(frames * 2000, 25))
    if shift:
        track.append(otio.schema.Gap(source_range=_range(0, shift)))
    for n in range(count):
        reference = otio.schema.ExternalReference(str(media), known)
        track.append(otio.schema.Clip(f"Sh {n + 1:03d}", reference, _range(frames * n + 100, frames)))
    timeline.tracks.append(track)
    path = folder / f"{name}.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


def _range(start: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, 25), otio.opentime.RationalTime(frames, 25))


@pytest.fixture
def cut(tmp_path: Path) -> Callable[..., Path]:
    """cut(count, name=, shift=, frames=) writes a timeline of clips one after another, at 25 from 01:00:00:00."""
    return lambda count, **options: _cut(tmp_path, count, **options)


class Diary:
    """Everything that a desk told; the jobs as they are now."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.jobs: dict[str, Any] = {}
        self._news = threading.Condition()

    def __call__(self, event: Any) -> None:
        with self._news:
            self.told.append(event)
            if isinstance(event, events.JobsChanged):
                self.jobs |= {job.id: job for job in event.jobs}
            self._news.notify_all()

    def last(self, kind: type[Kind]) -> Kind | None:
        return next((event for event in reversed(self.told) if isinstance(event, kind)), None)

    def until(self, holds: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + patience_s
        with self._news:
            while not (found := holds()):
                assert self._news.wait(deadline - time.monotonic()), f"did not come to be; last: {self.told[-5:]}"
        return found

    def event(self, kind: type[Kind]) -> Kind:
        return self.until(lambda: self.last(kind))

    @property
    def states(self) -> list[str]:
        """Of all jobs, in the queue's order."""
        return [str(job.state) for job in sorted(self.jobs.values(), key=lambda job: job.position)]

    def until_states(self, *states: str) -> None:
        self.until(lambda: self.states == list(states))


@pytest.fixture
def desk_of(scripted: TakingEngine) -> Iterator[Callable[..., tuple[Desk, Diary]]]:
    """desk_of(settings=) starts a desk over the scripted engine, with its diary."""
    desks: list[Desk] = []

    def make(settings: Settings | None = None, **options: Any) -> tuple[Desk, Diary]:
        diary = Diary()
        desk = Desk(diary, settings or Settings(), connect=scripted.connect, **options)
        desks.append(desk)
        desk.start()
        return desk, diary

    yield make
    for desk in desks:
        desk.stop()


@pytest.fixture
def panel(qapp, scripted: TakingEngine) -> Iterator[Callable[..., Any]]:
    """panel(path=) opens the window over the scripted engine, and the path in it."""
    from foleyline_plugin.ui import text
    from foleyline_plugin.ui.app import open_window

    windows: list[Any] = []

    def make(path: Path | None = None, settings: Settings | None = None, **options: Any) -> Any:
        (settings or Settings(language="en", theme="dark")).save()
        window = open_window(qapp, connect=scripted.connect, **options)
        windows.append(window)
        window.show()
        window.desk.start()
        if path:
            window.desk.open(path)
        return window

    yield make
    for window in windows:
        window.close()
        window.desk.stop()
        window.deleteLater()
    qapp.processEvents()
    text.choose("en")
