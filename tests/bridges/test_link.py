"""The panel's end of a bridge that is slow, wrong, silent or gone, by pipe and by mailbox."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from foleyline.errors import FoleyError
from foleyline_plugin.hosts import bridge, mailbox
from foleyline_plugin.hosts.bridge import Asked, BridgeHost, Changed, Event, Lost, Progress, Silent
from foleyline_plugin.hosts.mailbox import Mailbox
from foleyline_plugin.hosts.wire import Lines, Pipe

pytestmark = pytest.mark.timeout(30)

identity = {"protocol": 1, "program": "Editor", "version": "1.0", "can": ["place"]}


@dataclass
class Far:
    """The bridge's side, moved by hand; and what the panel was told."""

    lines: Lines
    host: BridgeHost
    events: list[Event] = field(default_factory=list)

    def send(self, message: Any) -> None:
        self.lines.send(json.dumps(message).encode() + b"\n")

    async def next(self) -> Any:
        line = await asyncio.to_thread(self.lines.receive)
        return None if line is None else json.loads(line)

    async def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            await asyncio.sleep(0.005)


def two_pipes() -> tuple[Lines, Lines]:
    there, ours = os.pipe()
    back, theirs = os.pipe()
    panel = Pipe(os.fdopen(back, "rb"), os.fdopen(ours, "wb"))
    return panel, Pipe(os.fdopen(there, "rb"), os.fdopen(theirs, "wb"))


def two_mailboxes(folder: Path) -> tuple[Lines, Lines]:
    folder.mkdir()
    return Mailbox(folder), Mailbox(folder, us="bridge", them="panel")


@pytest.fixture(params=["pipe", "mailbox"])
def ends(request, tmp_path) -> Iterator[tuple[Lines, Lines]]:
    panel, far = two_pipes() if request.param == "pipe" else two_mailboxes(tmp_path / "mail")
    yield panel, far
    far.close()
    panel.close()


@pytest.fixture
async def far(ends):
    events: list[Event] = []
    yield Far(ends[1], BridgeHost(ends[0], events.append), events)


async def answered(far: Far, result: Any = None, error: Any = None) -> Any:
    """Answers the next question; what it was."""
    asked = await far.next()
    told = {"error": error} if error else {"result": result}
    far.send({"jsonrpc": "2.0", "id": asked["id"], **told})
    return asked


async def test_a_question_and_its_answer(far):
    asking = asyncio.create_task(far.host.identify())
    asked = await answered(far, identity)
    assert (asked["jsonrpc"], asked["method"], asked["params"]["versions"]) == ("2.0", "identify", [1])
    assert ((await asking).title, (await asking).can) == ("Editor 1.0", frozenset({"place"}))


async def test_answers_find_their_questions_in_any_order(far):
    first, second = (asyncio.create_task(far.host.go_to("t", frame)) for frame in (1, 2))
    asked = [await far.next(), await far.next()]
    for each in reversed(asked):
        far.send({"jsonrpc": "2.0", "id": each["id"], "result": {"frame": each["params"]["frame"]}})
    assert [await first, await second] == [1, 2]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": 2, "message": "none", "data": {"reason": "no_timeline"}}, "E-NOTIMELINE"),
        ({"code": 3, "message": "other", "data": {"what": "rate", "asked": [24, 1], "found": [25, 1]}}, "E-STALE"),
        ({"code": 4, "message": "busy", "data": {"again_s": 2}}, "E-BUSY"),
        ({"code": 5, "message": "no", "data": {"why": "locked"}}, "E-REFUSED"),
        ({"code": 1, "message": "no", "data": {"versions": [7]}}, "E-HOST"),
        ({"code": -32603, "message": "fault"}, "E-HOST"),
        ("nothing that the protocol knows", "E-HOST"),
    ],
)
async def test_every_error_is_a_problem_with_a_code(far, error, code):
    asking = asyncio.create_task(far.host.go_to("t", 5))
    await answered(far, error=error)
    with pytest.raises(FoleyError) as caught:
        await asking
    assert caught.value.code == code


@pytest.mark.parametrize(
    "result",
    [None, [], {}, {"frame": "5"}, {"frame": 1.5}, {"frame": True}, {"frame": 2**60}],
)
async def test_an_answer_that_is_not_as_the_protocol_says_is_no_answer(far, result):
    asking = asyncio.create_task(far.host.go_to("t", 5))
    await answered(far, result)
    with pytest.raises(FoleyError) as caught:
        await asking
    assert caught.value.code == "E-HOST"


async def test_what_the_program_says_by_itself_is_told(far):
    far.send({"jsonrpc": "2.0", "method": "changed", "params": {"timeline": "t", "revision": "r"}})
    far.send({"jsonrpc": "2.0", "method": "changed", "params": {"timeline": None}})
    far.send({"jsonrpc": "2.0", "method": "ask", "params": {"what": "generate"}})
    far.send({"jsonrpc": "2.0", "method": "unheard_of", "params": {}})
    far.send({"jsonrpc": "2.0", "id": 77, "result": {}})
    await far.until(lambda: len(far.events) == 3)
    assert far.events == [Changed("t", "r"), Changed(None), Asked("generate")]


async def test_progress_is_told_with_what_it_is_of(far):
    asking = asyncio.create_task(far.host.remove("t"))
    number = (await far.next())["id"]
    far.send({"jsonrpc": "2.0", "method": "progress", "params": {"id": number, "done": 3, "of": 9}})
    far.send({"jsonrpc": "2.0", "method": "progress", "params": {"id": [], "done": 3, "of": 9}})
    far.send({"jsonrpc": "2.0", "id": number, "result": {"timeline": "t", "revision": "r", "removed": ["a"]}})
    assert list((await asking).ids) == ["a"]
    assert far.events == [Progress("remove", 3, 9)]


async def test_a_silent_program_is_waited_for_and_told(far, monkeypatch):
    monkeypatch.setattr(bridge, "silence_s", 0.05)
    asking = asyncio.create_task(far.host.go_to("t", 5))
    number = (await far.next())["id"]
    await far.until(lambda: far.events == [Silent("go_to", is_silent=True)])
    await asyncio.sleep(0.12)
    far.send({"jsonrpc": "2.0", "id": number, "result": {"frame": 5}})
    assert await asking == 5
    assert far.events == [Silent("go_to", is_silent=True), Silent("go_to", is_silent=False)]


async def test_a_program_that_ends_is_told_once_and_every_question_fails(far):
    asking = [asyncio.create_task(far.host.go_to("t", n)) for n in range(3)]
    await far.next()
    await asyncio.to_thread(far.lines.close)
    for each in asking:
        with pytest.raises(FoleyError) as caught:
            await each
        assert caught.value.code == "E-HOST"
    with pytest.raises(FoleyError):
        await far.host.identify()
    assert [type(event) for event in far.events] == [Lost]
    assert far.host.link.is_lost


async def test_a_program_that_says_goodbye_ended_in_order(far):
    far.send({"jsonrpc": "2.0", "method": "bye", "params": {}})
    await asyncio.to_thread(far.lines.close)
    await far.until(lambda: bool(far.events))
    assert far.events == [Lost("its bridge has ended", is_orderly=True)]


@pytest.mark.parametrize("line", [b"}\n", b"\xff\n", b"[" * 100000 + b"\n"])
async def test_what_is_no_message_ends_the_link(far, line):
    far.lines.send(line)
    await far.until(lambda: bool(far.events))
    assert isinstance(far.events[0], Lost)


@pytest.mark.parametrize("line", [b"[]\n", b"5\n", b'{"id":{}}\n', b'{"method":5}\n'])
async def test_what_is_no_answer_is_passed_over(far, line):
    far.lines.send(line)
    asking = asyncio.create_task(far.host.go_to("t", 5))
    await answered(far, {"frame": 5})
    assert await asking == 5


async def test_a_question_that_the_bridge_could_not_read_is_the_end(far):
    asking = asyncio.create_task(far.host.go_to("t", 5))
    await far.next()
    far.send({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "no JSON"}})
    with pytest.raises(FoleyError):
        await asking


async def test_closing_says_goodbye_and_tells_nobody_that_it_was_lost(far):
    await far.host.close()
    assert (await far.next())["method"] == "bye"
    assert await far.next() is None
    assert far.events == []


async def test_status_reaches_the_program(far):
    far.host.status(1, 2, 3, 4, "2 of 9")
    told = await far.next()
    assert (told["method"], told["params"]["to_review"], "id" in told) == ("status", 3, False)


async def test_a_bridge_that_does_not_read_holds_nobody_up():
    panel, far = two_pipes()
    host = BridgeHost(panel, lambda event: None)
    for _ in range(200):
        host.status(1, 2, 3, 4, "x" * 10000)
    await asyncio.sleep(0)
    draining = threading.Thread(target=lambda: [None for _ in iter(far.receive, None)], daemon=True)
    draining.start()
    await host.close()
    far.close()


async def test_a_mailbox_whose_other_side_has_died_is_at_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(mailbox, "dead_s", 0.3)
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "alive.bridge").write_text("7")
    assert await asyncio.to_thread(Mailbox(folder).receive) is None
