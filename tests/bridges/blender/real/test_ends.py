"""Whoever goes first, the other side ends cleanly: pipes cut at random, panels that fail, Blender killed."""

from __future__ import annotations

import asyncio
import random
import socket
import sys
import time

import pytest

from foleyline.errors import FoleyError
from foleyline_plugin.hosts.bridge import BridgeHost, Event, Lost, Progress
from foleyline_plugin.hosts.wire import Pipe

from .test_conformance import bridged
from .test_window import edit, placing, until  # noqa: F401 - a fixture

rounds = 17
nothing_left = {"strips": [], "lanes": [], "sounds": [], "table": False}


@pytest.mark.timeout(400)
async def test_a_pipe_that_is_cut_at_random_leaves_nothing_half_done(blender, relay, edit, tmp_path):  # noqa: F811
    """Either nothing of a placing is there or all of it, and Blender goes on."""
    moments = random.Random(blender.kind)
    whole = 0
    for n in range(rounds):
        folder = tmp_path / str(n)
        folder.mkdir()
        async with bridged(blender, relay, folder, **edit) as lines:
            host = BridgeHost(lines, lambda event: None)
            wanted = placing(await host.timeline(), tmp_path, 40)
            working = asyncio.create_task(host.place(wanted))
            await asyncio.sleep(moments.uniform(0, 0.4))
            is_done = working.done()
            working.cancel()
        left = await asyncio.to_thread(blender.do, "ending", do_="left")
        if is_done:
            whole += 1
            assert len(left["strips"]) == 80
        else:
            assert left == nothing_left or len(left["strips"]) == 80
    print(f"Blender {blender.kind}: {whole} of {rounds} placed before the cut")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ("3.4", "5.0"))
async def test_a_blender_that_is_killed_ends_the_link_and_the_panel(start, relay, edit, tmp_path, kind):  # noqa: F811
    blender = start(kind, windowed=False)
    heard: list[Event] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen(1)
        server.settimeout(120)
        blender.begin("bridging", command=[*relay, str(tmp_path / "s")], **edit)
        link, _ = await asyncio.to_thread(server.accept)
    with link:
        host = BridgeHost(Pipe(link.makefile("rb"), link.makefile("wb")), heard.append)
        working = asyncio.create_task(host.place(placing(await host.timeline(), tmp_path, 400)))
        await until(lambda: any(isinstance(each, Progress) for each in heard))
        blender.process.kill()
        with pytest.raises(FoleyError) as caught:
            await asyncio.wait_for(working, 60)
        assert caught.value.code == "E-HOST"
        await until(lambda: any(isinstance(each, Lost) for each in heard))
        assert [each.is_orderly for each in heard if isinstance(each, Lost)] == [False]


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("command", "said"),
    (
        (["/nowhere/foleyline", "panel"], "The panel could not be started: No such file"),
        ([sys.executable, "-c", "raise SystemExit('no screen here')"], "The panel has ended: no screen here"),
        ([sys.executable, "-c", "pass"], "The panel is closed."),
        ([sys.executable, "-c", "print('Hello')"], "The panel is closed."),
        ([sys.executable, "-c", "import os; os.write(1, b'x' * 10_000_000)"], "The panel is closed."),
    ),
)
def test_a_panel_that_does_not_live_is_told(blender, command, said):
    trouble, words = blender.do("ending", do_="started", command=command)
    assert len(words) == 1 and words[0].startswith(said)
    assert trouble in ("", words[0])


@pytest.mark.timeout(400)
def test_a_panel_that_does_not_go_is_ended_while_blender_goes_on(blender):
    waits = "import sys, time; sys.stdin.read(); time.sleep(60)"
    took_s, longest_s = blender.do("ending", do_="stubborn", command=[sys.executable, "-c", waits])
    assert 4.9 < took_s < 30
    assert longest_s < 4


@pytest.mark.timeout(400)
def test_a_blender_that_quits_takes_its_panel_along(start, edit, tmp_path):  # noqa: F811
    """By its own menu, with the add-on switched on: nothing waits for the panel."""
    told = tmp_path / "told"
    panel = f"import sys; sys.stdin.read(); open({str(told)!r}, 'w').write('end of file')"
    blender = start("3.4")
    blender.begin("bridging", command=[sys.executable, "-c", panel], **edit)
    time.sleep(1)
    began_s = time.monotonic()
    blender.end()
    assert blender.process.returncode == 0
    assert time.monotonic() - began_s < 60
    until_s = time.monotonic() + 30
    while not told.exists() and time.monotonic() < until_s:
        time.sleep(0.05)
    assert told.read_text() == "end of file"


@pytest.mark.timeout(400)
async def test_a_placing_waits_while_strips_are_in_the_hand(blender, relay, edit, tmp_path):  # noqa: F811
    heard: list[Event] = []

    async def hold(is_held: bool) -> dict:
        return await asyncio.to_thread(blender.do, "ending", do_="hold", is_held=is_held)

    async with bridged(blender, relay, tmp_path, **edit) as lines:
        host = BridgeHost(lines, heard.append)
        seen = await host.timeline()
        working = asyncio.create_task(host.place(placing(seen, tmp_path, 60)))
        await until(lambda: any(isinstance(each, Progress) for each in heard))
        try:
            before = await hold(True)
            await asyncio.sleep(0.5)
            assert not working.done()
            assert len(before["strips"]) < 120
            assert await asyncio.to_thread(blender.do, "ending", do_="left") == before
        finally:
            await hold(False)
        assert len((await working).found) == 120
        await host.close()


@pytest.mark.timeout(400)
async def test_what_is_asked_while_strips_are_in_the_hand_is_told_to_wait(blender, relay, edit, tmp_path):  # noqa: F811
    async with bridged(blender, relay, tmp_path, **edit) as lines:
        host = BridgeHost(lines, lambda event: None)
        seen = await host.timeline()
        await asyncio.to_thread(blender.do, "ending", do_="hold", is_held=True)
        try:
            for asking in (host.timeline(), host.place(placing(seen, tmp_path)), host.remove(seen.id)):
                with pytest.raises(FoleyError) as caught:
                    await asking
                assert caught.value.code == "E-BUSY"
        finally:
            await asyncio.to_thread(blender.do, "ending", do_="hold", is_held=False)
        await host.close()
