"""The two calls about published models as messages: the list, and the stream of what is done to their files."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from ..models import catalog, installed, records
from ..models.published import Licence, Model, Weights, catalogue
from . import adopting, bill, disk, fetching, keeping, licences
from .network import Network

Request = pb.FetchModelsRequest
Report = Callable[[pb.FetchEvent], None]


def listed() -> pb.ListModelsReply:
    """Looks at this machine alone. Raises E-CATALOGUE."""
    known = catalogue()
    accepted = licences.accepted()
    return pb.ListModelsReply(
        folder=str(installed.folder()),
        free_bytes=disk.free_n(installed.folder()),
        memory_gb=graphics_memory_gb(),
        models=[_model(model) for model in known.models.values()],
        licences=[_licence(each, accepted) for each in known.licences.values()],
        recommendations=[
            pb.Recommendation(step=each.step, memory_gb=each.memory_gb, model=each.model) for each in known.recommended
        ],
    )


async def work(request: Request) -> AsyncGenerator[pb.FetchEvent, None]:
    """Raises FoleyError; stopped where its reader leaves."""
    loop, events = asyncio.get_running_loop(), asyncio.Queue[pb.FetchEvent | None]()

    def report(event: pb.FetchEvent | None) -> None:
        loop.call_soon_threadsafe(events.put_nowait, event)

    task = asyncio.create_task(_done(_worked(request, report), report))
    try:
        while (event := await events.get()) is not None:
            yield event
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _done(working: Coroutine[Any, Any, None], report: Callable[[None], None]) -> None:
    try:
        await working
    finally:
        report(None)


async def _worked(request: Request, report: Report) -> None:
    if request.work not in Request.Work.values():
        raise FoleyError("E-REQUEST", reason="its work is not one of the contract")
    network, meter = Network.of(request.environment), fetching.Meter(_progress(report))
    asked = await _asked(request, network, meter)
    report(pb.FetchEvent(bill=_bill(asked)))
    if request.work == Request.plan:
        return
    async with fetching.sole(meter):
        asked = bill.again(asked)
        meter.report = _progress(report, asked)
        await _do(request, asked, network, meter, lambda file, text: report(_end(file, text)))


async def _asked(request: Request, network: Network, meter: fetching.Meter) -> bill.Bill:
    if request.work in (Request.plan, Request.fetch, Request.repair):
        return await fetching.billed(request.models, network, meter)
    if request.work == Request.adopt and not request.models:
        models = list(catalogue().models.values())
    else:
        models = bill.named(request.models)
    return bill.of(models, bill.known(part for model in models for part in model.parts))


async def _do(request: Request, asked: bill.Bill, network: Network, meter: fetching.Meter, end: fetching.End) -> None:
    accepted = list(request.accepted_licences)
    if request.work == Request.fetch:
        await keeping.verify(bill.unchecked(asked), meter, end)
        await fetching.fetch(bill.again(asked), accepted, network, meter, end)
    elif request.work == Request.verify:
        await keeping.verify(asked, meter, end)
    elif request.work == Request.repair:
        await keeping.verify(asked, meter, end)
        await fetching.fetch(bill.again(asked), accepted, network, meter, end)
    elif request.work == Request.remove:
        keeping.remove(asked, end)
    elif request.work == Request.adopt:
        if not all(Path(path).is_absolute() for path in request.paths):
            raise FoleyError("E-REQUEST", reason="its paths are not absolute")
        await adopting.adopt(asked.models, list(request.paths), meter, end)


def _progress(report: Report, asked: bill.Bill | None = None) -> Callable[[str, str, int, int, str], None]:
    """Progress of one file, and of all that was missing when the bill was made."""
    missing = {item.file.path: item.file.size for item in asked.missing} if asked else {}
    here = {item.file.path: item.here for item in asked.missing if item.state == "partial"} if asked else {}
    here = dict.fromkeys(missing, 0) | here

    def tell(path: str, phase: str, done: int, size: int, text: str) -> None:
        if path in missing:
            if phase == "downloading":
                here[path] = done
            elif phase == "checking":
                here[path] = size
            missing[path] = size or missing[path]
        shown = pb.FileProgress(path=path, phase=phase, done=done, size=size, text=text)
        shown.all_done, shown.all_size = sum(here.values()), sum(missing.values())
        report(pb.FetchEvent(progress=shown))

    return tell


def _model(model: Model) -> pb.PublishedModel:
    return pb.PublishedModel(
        name=model.name,
        step=model.step,
        purpose=model.purpose,
        files=[_file(bill.item(file)) for file in bill.known(model.parts)],
        memory_gb=model.memory_gb,
        can_run=model.runs_as in catalog.models[model.step],  # pyright: ignore[reportArgumentType] - one of the steps
        note=model.note,
    )


def _file(item: bill.Item) -> pb.ModelFile:
    file, record = item.file, records.read(installed.folder() / item.file.path)
    return pb.ModelFile(
        path=file.path,
        size=record.size if record and not file.is_exact else file.size,
        size_is_known=file.is_exact or record is not None,
        licence=file.terms.id,
        source=file.url,
        sum=" ".join(f"{kind} {digits}" for kind, digits in file.sums.items()),
        learned_sum=f"sha256 {record.sha256}" if record and record.is_learned else "",
        state=item.state,
        here=item.here,
    )


def _licence(licence: Licence, accepted: dict[str, str]) -> pb.Licence:
    return pb.Licence(
        id=licence.id,
        name=licence.name,
        commercial=licence.commercial,
        terms=licence.terms,
        url=licence.url,
        accepted=licence.id in accepted,
    )


def _bill(asked: bill.Bill) -> pb.Bill:
    accepted = licences.accepted()
    return pb.Bill(
        folder=str(installed.folder()),
        files=[_file(item) for item in asked.items],
        to_download=asked.missing_n,
        free_bytes=disk.free_n(installed.folder()),
        licences=[_licence(each, accepted) for each in asked.licences],
    )


def _end(file: Weights, text: str) -> pb.FetchEvent:
    return pb.FetchEvent(end=pb.FileEnd(file=_file(bill.item(file)), text=text))


@cache
def graphics_memory_gb() -> float:
    """Of the largest graphics card, as its driver tells; 0 where there is none."""
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout
        return max((float(line) for line in told.split()), default=0.0) * 2**20 / 1e9
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0.0
