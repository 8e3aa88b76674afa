"""Lines that no panel sends, news from Resolve, and what is written: both bridges."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from foleyline_resolve import rates
from foleyline_resolve.problems import Gone
from foleyline_resolve.seat import Seat, acquire
from foleyline_resolve.service import Service
from tests.bridges import conformance
from tests.bridges.resolve.double import Studio
from tests.bridges.resolve.scripts import Script, bridges
from tests.bridges.resolve.seats import Answering, seat
from tests.bridges.resolve.timeline import Item

from foleyline_plugin.hosts.wire import Lines

both = pytest.mark.parametrize("bridge", ["python", "lua"])


@asynccontextmanager
async def lines_of(studio: Studio, bridge: str) -> AsyncIterator[Lines]:
    answering = Script(studio) if bridge == "lua" else Answering(studio)
    lines = answering.lines()
    try:
        yield lines
    finally:
        await asyncio.to_thread(lines.close)
        await asyncio.to_thread(answering.join)
        assert studio.book.violations == []


async def answer(lines: Lines, line: bytes) -> dict:
    lines.send(line + b"\n")
    while (told := await asyncio.to_thread(lines.receive)) is not None:
        assert told.isascii()
        message = json.loads(told)
        if "method" not in message:
            return message
    raise AssertionError("the bridge has ended")


@both
async def test_lines_that_no_panel_sends_are_answered_and_the_link_goes_on(bridge):
    async with lines_of(seat(), bridge) as lines:
        await conformance.check_wire(lambda line: answer(lines, line))


@both
@pytest.mark.parametrize(
    "break_it",
    [
        lambda params: params["sounds"][0].update(lane=1),
        lambda params: params["sounds"][0].update(first=-1),
        lambda params: params["sounds"][0].update(frames=11),
        lambda params: params["sounds"][0].update(record=[86400, 0]),
        lambda params: params["sounds"][0].update(record=[86400]),
        lambda params: params["sounds"][0].update(id=7),
        lambda params: params["sounds"][0].update(notes={"why": 5}),
        lambda params: params["sounds"].append(params["sounds"][0]),
        lambda params: params["sounds"].append({**params["sounds"][0], "id": "b", "record": [86411, 12]}),
        lambda params: params.update(rate=[24, 0]),
        lambda params: params.update(bin=[]),
        lambda params: params.update(lanes={"name": "FLY 1"}),
        lambda params: params.update(markers=[{}]),
        lambda params: params.pop("batch"),
    ],
)
async def test_nothing_is_placed_for_params_that_are_wrong(bridge, break_it):
    studio = seat()
    assert studio.project is not None
    sound = {"id": "a", "lane": 0, "name": "A", "path": "/a.wav", "record": [86400, 12], "first": 0, "frames": 12}
    params = {
        "timeline": studio.project._timeline._uid,
        "rate": [24, 1],
        "start": 86400,
        "batch": "b",
        "bin": ["Foley"],
        "lanes": [{"name": "FLY 1", "enabled": True}],
        "sounds": [sound],
    }
    break_it(params)
    async with lines_of(studio, bridge) as lines:
        told = await answer(lines, conformance.request(1, "place", params))
    assert (told["id"], told["error"]["code"]) == (1, -32602)
    assert "AddTrack" not in studio.book.calls


def test_news_are_told_once_and_what_the_panel_knows_is_none():
    """Every track is looked at in its turn, three of them here."""
    studio = seat()
    assert studio.project is not None
    told: list[dict] = []
    service = Service(Seat(studio.resolve), lambda line: told.append(json.loads(line)), lambda: None)
    service.take(conformance.request(1, "timeline", {}))
    for _ in range(6):
        assert service.look()
    assert len(told) == 1
    studio.project._timeline._tracks["audio"][0].items.append(Item(studio, None, 86500, 10))
    for _ in range(6):
        assert service.look()
    studio.project._timeline._name = "Reel 2 v15"
    assert service.look()
    studio.project._is_timeline_open = False
    assert service.look() and service.look()
    news = [(each["method"], each["params"]["timeline"]) for each in told[1:]]
    assert news == [("changed", studio.project._timeline._uid)] * 2 + [("changed", None)]


@pytest.mark.timeout(30)
async def test_lua_tells_news_as_well():
    studio = seat()
    assert studio.project is not None
    async with lines_of(studio, "lua") as lines:
        await answer(lines, conformance.request(1, "timeline", {}))
        studio.project._timeline._tracks["video"][0].items.pop()
        news = json.loads(await asyncio.to_thread(lines.receive) or b"{}")
    assert (news["method"], news["params"]["timeline"]) == ("changed", studio.project._timeline._uid)


def test_it_ends_when_resolve_has_been_gone_for_a_while(monkeypatch):
    studio = seat()
    service = Service(Seat(studio.resolve), lambda line: None, lambda: None)
    now_s = [1000.0]
    monkeypatch.setattr("foleyline_resolve.service.time.time", lambda: now_s[0])
    studio.is_running = False
    assert service.look()
    now_s[0] += 9
    assert service.look()
    now_s[0] += 2
    assert not service.look()
    studio.is_running = True
    assert service.look()


def test_a_fault_of_ours_is_told_and_the_next_request_is_answered(monkeypatch):
    told: list[dict] = []
    service = Service(Seat(seat().resolve), lambda line: told.append(json.loads(line)), lambda: None)
    monkeypatch.setattr("foleyline_resolve.reading.span_of", None)
    monkeypatch.setattr("foleyline_resolve.reading.tracks", None)
    assert service.take(conformance.request(1, "timeline", {}))
    assert service.take(conformance.request(2, "identify", {"versions": [1]}))
    assert (told[0]["error"]["code"], told[0]["error"]["data"]["trace"][:10]) == (-32603, "reading.py")
    assert told[1]["result"]["protocol"] == 1


def test_nothing_is_left_of_a_placing_that_nobody_waits_for(tmp_path):
    studio = seat()
    assert studio.project is not None

    def is_waited_for() -> None:
        raise Gone()

    service = Service(Seat(studio.resolve), lambda line: None, is_waited_for)
    path = conformance.write_sound(tmp_path / "a.wav", 12, studio.exact)
    sound = {"id": "a", "lane": 0, "name": "A", "path": str(path), "record": [86400, 12], "first": 0, "frames": 12}
    params = {"timeline": studio.project._timeline._uid, "rate": [24, 1], "start": 86400, "batch": "b"}
    params |= {"bin": ["Foley"], "lanes": [{"name": "FLY 1", "enabled": True}], "sounds": [sound]}
    with pytest.raises(Gone):
        service.take(conformance.request(1, "place", params))
    assert [track.name for track in studio.project._timeline._tracks["audio"]] == ["Production"]


class Bmd:
    def __init__(self, resolve: object) -> None:
        self.resolve = resolve

    def scriptapp(self, name: str) -> object:
        return self.resolve if name == "Resolve" else None


def test_resolve_is_found_by_any_of_the_names_that_scripts_are_given():
    resolve = seat().resolve
    assert acquire({"resolve": resolve}) is resolve
    assert acquire({"resolve": None, "bmd": Bmd(resolve)}) is resolve
    assert acquire({}) is None


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("24", (24, 1, False)),
        ("23.976", (24000, 1001, False)),
        ("23.98", (24000, 1001, False)),
        ("29.97 DF", (30000, 1001, True)),
        ("59.94", (60000, 1001, False)),
        (25.0, (25, 1, False)),
        ("14.96", (374, 25, False)),
        ("", None),
        ("film", None),
        ("0", None),
        (None, None),
    ],
)
def test_rates_are_texts(text, rate):
    parsed = rates.parse(text)
    assert (parsed and (parsed[0].numerator, parsed[0].denominator, parsed[1])) == rate


@pytest.mark.parametrize("checks", ["checks.lua", "windows_checks.lua"])
def test_what_lua_needs_of_its_own_is_right(checks):
    command = ["luajit", str(Path(__file__).with_name(checks)), str(bridges / "lua")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
