"""The client of the engine: finds or starts one, and turns a call's status into a problem an editor can read."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import grpc
from filelock import FileLock, Timeout

from foleyline import problems, runtime, version
from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline.v1 import engine_pb2_grpc as rpc

hello_timeout_s = 5.0
start_timeout_s = 60.0
dying_s = 3.0
engine_package = "foleyline_engine"


class Lost(Exception):
    """The engine went away during a call; the clip can be asked for again."""


class Engine:
    """A channel to a running engine. Made by `connect`, used within one event loop."""

    def __init__(self, address: runtime.Address) -> None:
        self.address = address
        self._metadata = ((runtime.token_key, address.token),)
        self._channel = grpc.aio.insecure_channel(
            address.target, options=[("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
        )
        self._stub = rpc.EngineStub(self._channel)

    async def hello(self) -> pb.HelloReply:
        with _problems():
            return await self._stub.Hello(
                pb.HelloRequest(client_version=version), metadata=self._metadata, timeout=hello_timeout_s
            )

    async def probe(self, media: pb.Media) -> pb.ProbeReply:
        """Raises FoleyError for a file that cannot be used, Lost when the engine goes away."""
        with _problems():
            return await self._stub.Probe(pb.ProbeRequest(media=media), metadata=self._metadata)

    async def thumbnail(self, clip: pb.Clip, width: int, height: int) -> pb.ThumbnailReply:
        """The middle of a clip within a box of pixels. Raises FoleyError where it cannot be read, Lost."""
        request = pb.ThumbnailRequest(clip=clip, width=width, height=height)
        with _problems():
            return await self._stub.Thumbnail(request, metadata=self._metadata)

    async def list_models(self) -> pb.ListModelsReply:
        """The published models and what of them is here. Raises FoleyError, Lost."""
        with _problems():
            return await self._stub.ListModels(pb.ListModelsRequest(), metadata=self._metadata, timeout=hello_timeout_s)

    async def fetch_models(self, request: pb.FetchModelsRequest) -> AsyncGenerator[pb.FetchEvent, None]:
        """The bill, then how the download goes. Closing the iterator stops it; what came in is kept."""
        call = self._stub.FetchModels(request, metadata=self._metadata)
        try:
            with _problems():
                async for event in call:
                    yield event
        finally:
            call.cancel()

    async def generate(self, request: pb.GenerateRequest) -> AsyncIterator[pb.GenerateEvent]:
        """Events of one clip; the last one carries the take. Closing the iterator cancels the work."""
        call = self._stub.Generate(request, metadata=self._metadata)
        try:
            with _problems():
                async for event in call:
                    yield event
        finally:
            call.cancel()

    async def close(self) -> None:
        await self._channel.close()


@contextlib.contextmanager
def _problems():
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise _problem(error) from error
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task and not task.cancelling():  # the channel was closed under the call, nobody cancelled its task
            raise Lost("the channel was closed") from None
        raise


def _problem(error: grpc.aio.AioRpcError) -> Exception:
    for key, value in error.trailing_metadata() or ():
        if key == problems.metadata_key and isinstance(value, bytes):
            return problems.from_bytes(value)
    if error.code() in (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNAUTHENTICATED,
    ):
        return Lost(error.details())
    return FoleyError("E-FAULT", reason=error.details() or error.code().name)


async def connect() -> Engine:
    """The engine of this version that runs, or one that is started now.

    Raises FoleyError E-ENGINE when it cannot be started, E-STUCK when one is there and does not answer.
    """
    if engine := await _attach():
        return engine
    process = start()
    deadline = time.monotonic() + start_timeout_s
    while time.monotonic() < deadline:
        if engine := await _attach():
            return engine
        if process.poll() not in (None, 3):  # 3: another client's engine was quicker, attach to that one
            raise FoleyError("E-ENGINE", reason=_last_words())
        await asyncio.sleep(0.05)
    raise FoleyError("E-ENGINE", reason=f"it did not answer within {start_timeout_s:.0f} seconds")


async def _attach() -> Engine | None:
    address = runtime.read_address()
    if address is None or not is_running():
        return None
    engine = Engine(address)
    try:
        await engine.hello()
    except Lost:
        await engine.close()
        if await _stays(address):
            raise FoleyError("E-STUCK", pid=address.pid) from None
        return None
    return engine


async def _stays(address: runtime.Address) -> bool:
    """Whether an engine that does not answer is there for good: one that dies lets go of its socket before its lock."""
    deadline = time.monotonic() + dying_s
    while is_running() and runtime.read_address() == address:
        if time.monotonic() > deadline:
            return True
        await asyncio.sleep(0.05)
    return False


def is_running() -> bool:
    """Whether an engine of this version lives; it holds its lock for as long as it does."""
    lock = FileLock(runtime.lock_file(), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False


def start() -> subprocess.Popen[bytes]:
    """Starts an engine of its own session, so that Ctrl-C in a terminal is not meant for it."""
    idle = os.environ.get("FOLEYLINE_IDLE")
    command = [sys.executable, "-m", engine_package, "serve", *(["--idle", idle] if idle else [])]
    with _crash_file().open("wb") as words:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=words,
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )


def _crash_file() -> Path:
    return runtime.folder() / "engine-start.log"


def _last_words() -> str:
    lines = _crash_file().read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it ended without a word"


def stop() -> int | None:
    """Stops the engine that runs, by force when it does not answer; its process, or None when there was none."""
    address = runtime.read_address()
    if address is None or not is_running():
        return None
    os.kill(address.pid, 15)
    deadline = time.monotonic() + 3
    while is_running():
        if time.monotonic() > deadline:
            os.kill(address.pid, 9)
            break
        time.sleep(0.05)
    return address.pid
