"""The engine's lamp: whether one is there, since when, and what it says of itself."""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Awaitable, Callable

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from .. import engine
from ..engine import Engine, Lost
from .events import EngineChanged, EngineState

beat_s = 2.0

Connect = Callable[[], Awaitable[Engine]]


class Link:
    """Asks the engine every other second how it is; holds one channel for everything but takes."""

    def __init__(self, connect: Connect, tell: Callable[[EngineChanged], None]) -> None:
        self._connect = connect
        self._tell = tell
        self._engine: Engine | None = None
        self._known = EngineChanged(EngineState.ready_to_start, time.time())
        self._again = asyncio.Event()
        self._reaching = asyncio.Lock()
        self.clips_running = 0

    @property
    def hello(self) -> pb.HelloReply | None:
        return self._known.hello

    async def keep(self) -> None:
        """For ever. One that ends while nothing runs is left in peace; it is started again when it is needed."""
        while True:
            wants = self._known.state not in (EngineState.failed, EngineState.stopped, EngineState.not_installed)
            if wants or self._again.is_set():
                self._again.clear()
                await self._look()
            await self._rest()

    def retry(self) -> None:
        """The editor, or a job, wants one now."""
        self._again.set()

    async def reach(self) -> Engine:
        """The channel, an engine started where none runs. Raises E-ENGINE, E-STUCK."""
        async with self._reaching:
            if self._engine is None:
                self._engine = await self._connected()
            return self._engine

    async def connect(self) -> Engine:
        """A channel of its own for somebody else; the lamp shows how it goes."""
        reached = await self._connected()
        self._again.set()
        return reached

    async def _connected(self) -> Engine:
        if self._known.state not in (EngineState.ready, EngineState.busy):
            self._set(EngineState.starting)
        try:
            return await self._connect()
        except FoleyError as problem:
            missing = importlib.util.find_spec(engine.engine_package) is None
            self._set(EngineState.not_installed if missing else EngineState.failed, problem)
            raise

    async def close(self) -> None:
        if self._engine:
            await self._engine.close()

    async def _look(self) -> None:
        try:
            hello = await (await self.reach()).hello()
        except FoleyError:
            return
        except Lost:
            await self._lose()
        else:
            self._set(EngineState.busy if self.clips_running else EngineState.ready, hello=hello)

    async def _lose(self) -> None:
        lost, self._engine = self._engine, None
        if lost:
            await lost.close()
        alive = await asyncio.to_thread(engine.is_running)
        if alive or self.clips_running or self._known.state == EngineState.starting:
            self._set(EngineState.lost)
        else:
            self._set(EngineState.stopped)

    async def _rest(self) -> None:
        waiting = asyncio.create_task(self._again.wait())
        await asyncio.wait({waiting}, timeout=beat_s)
        waiting.cancel()

    def _set(
        self, state: EngineState, problem: FoleyError | None = None, *, hello: pb.HelloReply | None = None
    ) -> None:
        hello = hello or self._known.hello
        same = (state, problem) == (self._known.state, self._known.problem)
        if same and hello == self._known.hello:
            return
        since_s = self._known.since_s if same else time.time()
        self._known = EngineChanged(state, since_s, hello, problem)
        self._tell(self._known)
