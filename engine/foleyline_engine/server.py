"""The engine's process: one per user, on a socket only that user can reach, gone after an idle time."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import grpc
from filelock import FileLock, Timeout
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from foleyline import runtime
from foleyline.v1 import engine_pb2_grpc as rpc

from .service import Servicer
from .stages import Stages

log = logging.getLogger(__name__)

largest_message = 4 * 1024 * 1024
grace_s = 0.5
plain_path = re.compile(r"[A-Za-z0-9/._-]+")  # gRPC cuts a target at commas and reads it as a URI
longest_socket_path = 100  # of 104 on macOS and 108 on Linux, with the end that they count


async def serve(idle_s: float) -> int:
    """Serves until idle for `idle_s` seconds, or told to stop. 0, or 3 when another engine is already there."""
    lock = FileLock(runtime.lock_file(), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        log.info("another engine of this version runs already")
        return 3
    try:
        await _serve(idle_s)
    finally:
        runtime.address_file().unlink(missing_ok=True)
        lock.release()
    return 0


async def _serve(idle_s: float) -> None:
    token = secrets.token_urlsafe(32)
    server = grpc.aio.server(
        interceptors=[TokenInterceptor(token)],
        options=[
            ("grpc.max_receive_message_length", largest_message),
            ("grpc.so_reuseport", 0),
        ],
        maximum_concurrent_rpcs=256,
    )
    stages = Stages()
    servicer = Servicer(stages)
    rpc.add_EngineServicer_to_server(servicer, server)
    await _add_health(server)
    target = _bind(server)
    await server.start()
    runtime.write_address(runtime.Address(target, token, os.getpid()))
    log.info("serving, process %d", os.getpid())
    try:
        await _until_idle(servicer, idle_s)
    finally:
        await server.stop(grace_s)
        stages.close()
        _forget(target)
        log.info("stopped")


async def _add_health(server: grpc.aio.Server) -> None:
    servicer = health.aio.HealthServicer()  # pyright: ignore[reportAttributeAccessIssue] - set at import
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    for name in ("", "foleyline.v1.Engine"):
        await servicer.set(name, health_pb2.HealthCheckResponse.SERVING)


def _bind(server: grpc.aio.Server) -> str:
    """A Unix domain socket in the runtime folder; on Windows a loopback port that the system picks."""
    if sys.platform == "win32":
        return f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    for stale in runtime.folder().glob("engine-*.sock"):  # we hold the lock: these are of dead engines
        stale.unlink(missing_ok=True)
    target = f"unix:{_socket()}"
    previous = os.umask(0o077)
    try:
        server.add_insecure_port(target)
    finally:
        os.umask(previous)
    return target


def _socket() -> Path:
    """In the runtime folder, or in a private temporary one where gRPC or the system would not take that path."""
    socket = runtime.folder() / f"engine-{os.getpid()}.sock"
    if plain_path.fullmatch(str(socket)) and len(str(socket)) <= longest_socket_path:
        return socket
    return Path(tempfile.mkdtemp(prefix="foleyline-")) / "engine.sock"


def _forget(target: str) -> None:
    """Takes a temporary socket folder away again."""
    folder = Path(target.removeprefix("unix:")).parent
    if target.startswith("unix:") and folder != runtime.folder():
        shutil.rmtree(folder, ignore_errors=True)


async def _until_idle(servicer: Servicer, idle_s: float) -> None:
    stop = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers in its event loop
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    while not stop.is_set():
        if not servicer.calls and time.monotonic() - servicer.idle_since > idle_s:
            log.info("idle for %.0f s", idle_s)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), timeout=min(1.0, idle_s / 4))


class TokenInterceptor(grpc.aio.ServerInterceptor):
    """Refuses every call, health included, that does not carry the token of the address file."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        sent = dict(handler_call_details.invocation_metadata).get(runtime.token_key, "")
        if hmac.compare_digest(str(sent).encode(), self._token):
            return await continuation(handler_call_details)
        return grpc.unary_unary_rpc_method_handler(_refuse)


async def _refuse(request: object, context: grpc.aio.ServicerContext) -> None:
    del request
    await context.abort(grpc.StatusCode.UNAUTHENTICATED, "the token is missing or wrong")


class PrivateFormatter(logging.Formatter):
    """Takes the home folder out of what is logged."""

    def format(self, record: logging.LogRecord) -> str:
        return re.sub(re.escape(str(Path.home())) + r"(?=/|\\|\b)", "~", super().format(record))


def log_to_file() -> None:
    """One line a transition, in the runtime folder, two files of a megabyte at most."""
    handler = RotatingFileHandler(runtime.log_file(), maxBytes=1_000_000, backupCount=1, encoding="utf8")
    handler.setFormatter(PrivateFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
