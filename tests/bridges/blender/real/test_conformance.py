"""Every real Blender held to the suite that every host is held to, over the real pipe of its bridge."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path

import pytest
from tests.bridges import conformance

from foleyline_plugin.hosts.bridge import BridgeHost
from foleyline_plugin.hosts.wire import Pipe

from .conftest import Blender

longest_slice_s = 0.02
first_frames = {Fraction(24): 1, Fraction(25): 100, Fraction(30000, 1001): 107892}


@asynccontextmanager
async def bridged(blender: Blender, relay: list[str], folder: Path, **edit: object) -> AsyncIterator[Pipe]:
    """The panel's end of the link to a Blender whose bridge has started the relay as its panel."""
    path = folder / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(1)
        server.settimeout(120)
        number = blender.begin("bridging", command=[*relay, str(path)], **edit)
        link, _ = await asyncio.to_thread(server.accept)
    try:
        yield Pipe(link.makefile("rb"), link.makefile("wb"))
    finally:
        with link:
            link.shutdown(socket.SHUT_RDWR)
        blender.busy_s = await asyncio.to_thread(blender.result, number)
    assert max(blender.busy_s) <= longest_slice_s


def cut(folder: Path, movie: Path, first: int) -> list[dict]:
    """The reference cut, each of its media a file of its own."""
    clips = []
    for track, start, frames, name, source in conformance.cut:
        path = folder / f"{name}.mov"
        shutil.copy(movie, path)
        channel = int(track[1:])
        told = {"channel": channel, "start": first + start, "frames": frames, "name": name, "source": source}
        clips.append({**told, "path": str(path)})
    return clips


@pytest.fixture(params=conformance.rates, ids=str)
def edit(request, tmp_path, movie) -> dict:
    rate = request.param
    first = first_frames[rate]
    return {"rate": str(rate), "first": first, "clips": cut(tmp_path, movie(str(rate), 240), first)}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("scenario", conformance.scenarios, ids=lambda scenario: scenario.__name__)
async def test_blender_does_as_every_host(
    scenario: Callable[[conformance.Case], Awaitable[None]], blender, relay, edit, tmp_path
):
    async with bridged(blender, relay, tmp_path, **edit) as lines:
        host = BridgeHost(lines, lambda event: None)
        bench = conformance.Bench(host, tmp_path / "audio", Fraction(edit["rate"]))
        await conformance.run(scenario, bench, timeout_s=120)
        await host.close()


@pytest.mark.timeout(400)
async def test_lines_that_no_panel_sends(blender, relay, edit, tmp_path):
    async with bridged(blender, relay, tmp_path, **edit) as lines:

        async def answer(line: bytes) -> dict:
            lines.send(line + b"\n")
            while True:
                told = await asyncio.to_thread(lines.receive)
                assert told is not None
                message = json.loads(told)
                if "method" not in message:
                    return message

        await conformance.check_wire(answer)
        await asyncio.to_thread(lines.close)
