"""The gRPC servicer: messages in, messages out. What a clip goes through is the pipeline's."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path
from weakref import WeakValueDictionary

import grpc

from foleyline import problems, version
from foleyline.errors import Cancelled, FoleyError
from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb
from foleyline.v1 import engine_pb2_grpc as rpc

from . import hardware, pipeline, requests, takes
from .journey import Journey
from .media import probe, thumbnail
from .models import catalog
from .stages import Stages, models_of

log = logging.getLogger(__name__)


class Servicer(rpc.EngineServicer):
    """clips in flight: two more than there are workers, so that one is read while others are worked on."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self.clips_in_flight = stages.workers + 2
        self._places = asyncio.Semaphore(self.clips_in_flight)
        self._writing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.calls = 0
        self.idle_since = time.monotonic()

    async def Hello(self, request: pb.HelloRequest, context: grpc.aio.ServicerContext) -> pb.HelloReply:
        del request, context
        return pb.HelloReply(
            version=version,
            python=platform.python_version(),
            pid=os.getpid(),
            device=hardware.described(hardware.cards()),
            generators=catalog.names("generator"),
            judges=catalog.names("judge"),
            separators=catalog.names("separator"),
            silences=catalog.names("silence"),
            clips_in_flight=self.clips_in_flight,
            missing=catalog.missing(),
        )

    async def Probe(self, request: pb.ProbeRequest, context: grpc.aio.ServicerContext) -> pb.ProbeReply:
        with self._busy():
            try:
                return await asyncio.to_thread(probe.probe, request.media)
            except Exception as error:  # noqa: BLE001 - becomes the call's status
                return await _abort(context, error)

    async def Thumbnail(self, request: pb.ThumbnailRequest, context: grpc.aio.ServicerContext) -> pb.ThumbnailReply:
        with self._busy():
            try:
                return await asyncio.to_thread(thumbnail.thumbnail, request.clip, request.width, request.height)
            except Exception as error:
                await _abort(context, error)
                raise

    async def Generate(
        self, request: pb.GenerateRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[pb.GenerateEvent]:
        with self._busy():
            try:
                async for event in self._generate(request):
                    yield event
            except Exception as error:  # noqa: BLE001 - becomes the call's status
                await _abort(context, error)

    async def ListModels(
        self, request: pb.ListModelsRequest, context: grpc.aio.ServicerContext
    ) -> pb.ListModelsReply | None:
        del request
        with self._busy():
            try:
                return await asyncio.to_thread(_shelf().listed)
            except Exception as error:  # noqa: BLE001 - becomes the call's status
                await _abort(context, error)

    async def FetchModels(
        self, request: pb.FetchModelsRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[pb.FetchEvent]:
        with self._busy():
            try:
                async with aclosing(_shelf().work(request)) as events:
                    async for event in events:
                        yield event
            except Exception as error:  # noqa: BLE001 - becomes the call's status
                await _abort(context, error)

    async def _generate(self, request: pb.GenerateRequest) -> AsyncIterator[pb.GenerateEvent]:
        await asyncio.to_thread(requests.check, request)
        events: asyncio.Queue[pb.GenerateEvent] = asyncio.Queue()
        clip = Journey(request, request_id(request), events.put_nowait)
        async with _running(clip, self._make(clip)) as work:
            while not (work.done() and events.empty()):
                if event := await _next_event(events, work):
                    yield event
            yield pb.GenerateEvent(take=work.result())

    async def _make(self, clip: Journey) -> pb.Take:
        """The take that is there already, or a new one; never the same one twice at a time."""
        clip.enter(pb.waiting)
        place = str(Path(clip.request.out_dir) / clip.request_id)
        lock = self._writing.setdefault(place, asyncio.Lock())
        async with lock, self._places:
            return await asyncio.to_thread(_find, clip) or await pipeline.run(clip, self._stages)

    @contextmanager
    def _busy(self) -> Iterator[None]:
        self.calls += 1
        try:
            yield
        finally:
            self.calls -= 1
            self.idle_since = time.monotonic()


def _find(clip: Journey) -> pb.Take | None:
    return takes.find(clip.request, clip.request_id, models_of(clip.request))


def _shelf():
    """Imported when first needed: a hub's client takes its time, and most engines need none."""
    try:
        from .shelf import answers
    except ImportError as problem:
        raise FoleyError(
            "E-MISSING", name="The download of models", reason=f"{problem.name} is not installed"
        ) from problem
    return answers


@asynccontextmanager
async def _running(clip: Journey, work) -> AsyncIterator[asyncio.Task[pb.Take]]:
    """The clip's work as a task; leaving early (the call was closed) stops it at its next check."""
    task = asyncio.create_task(work)
    start = time.perf_counter()
    try:
        yield task
    finally:
        clip.closed.set()
        if not task.done():
            task.cancel()
            log.info("job=%s cancelled", clip.request_id)
        else:
            log.info("job=%s done in %.2f s", clip.request_id, time.perf_counter() - start)


async def _next_event(events: asyncio.Queue[pb.GenerateEvent], work: asyncio.Task[pb.Take]) -> pb.GenerateEvent | None:
    """The next event, or None when the work ended without another one."""
    getting = asyncio.create_task(events.get())
    try:
        await asyncio.wait({getting, work}, return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        getting.cancel()


async def _abort(context: grpc.aio.ServicerContext, error: Exception) -> pb.ProbeReply:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if isinstance(error, Cancelled):
        await context.abort(grpc.StatusCode.CANCELLED)
    if not isinstance(error, FoleyError):
        log.error("a fault of the engine", exc_info=error)
        error = FoleyError("E-FAULT", reason=f"{type(error).__name__}: {error}")
    trailing = ((problems.metadata_key, problems.to_bytes(error)),)
    await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error), trailing_metadata=trailing)
    raise AssertionError("abort raises")
