"""A scripted engine: a true gRPC server on a true socket, whose events, delays and drops the test writes down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import grpc
import pytest

from foleyline import problems, runtime, version
from foleyline.errors import FoleyError
from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb
from foleyline.v1 import engine_pb2_grpc as rpc
from foleyline_plugin.engine import Engine

Script = Callable[["ScriptedEngine", pb.GenerateRequest, int], AsyncIterator[pb.GenerateEvent]]


async def takes_at_once(
    engine: ScriptedEngine, request: pb.GenerateRequest, call: int
) -> AsyncIterator[pb.GenerateEvent]:
    yield pb.GenerateEvent(progress=pb.Progress(step=pb.generating))
    yield pb.GenerateEvent(take=engine.take(request))


class ScriptedEngine(rpc.EngineServicer):
    """script: what a Generate call does; it is told which call of that clip it is, from 1."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script: Script = takes_at_once
        self.calls: dict[str, int] = {}
        self.cancelled: list[str] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.clips_in_flight = 4
        self.connects = 0
        self._server: grpc.aio.Server | None = None

    async def Hello(self, request, context):
        return pb.HelloReply(version=version, clips_in_flight=self.clips_in_flight)

    async def Generate(self, request, context):
        name = request.clip.name
        self.calls[name] = self.calls.get(name, 0) + 1
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        try:
            async for event in self.script(self, request, self.calls[name]):
                yield event
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        except FoleyError as problem:
            trailing = ((problems.metadata_key, problems.to_bytes(problem)),)
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(problem), trailing_metadata=trailing)
        finally:
            self.in_flight -= 1

    def take(self, request: pb.GenerateRequest) -> pb.Take:
        return pb.Take(request=request, request_id=request_id(request), notes=[f"take of {request.clip.name}"])

    async def start(self) -> None:
        self._server = grpc.aio.server()
        rpc.add_EngineServicer_to_server(self, self._server)
        self._server.add_insecure_port(f"unix:{self.folder}/engine.sock")
        await self._server.start()

    async def drop(self) -> None:
        """Goes away as a killed process does: no last words on any call."""
        server, self._server = self._server, None
        if server:
            await server.stop(None)

    async def connect(self) -> Engine:
        self.connects += 1
        if self._server is None:
            await self.start()
        return Engine(runtime.Address(f"unix:{self.folder}/engine.sock", "token", 0))


@pytest.fixture
async def scripted(tmp_path: Path) -> AsyncIterator[ScriptedEngine]:
    folder = tmp_path / "socket"
    folder.mkdir()
    engine = ScriptedEngine(folder)
    yield engine
    await engine.drop()
