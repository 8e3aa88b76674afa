"""The panel's end of an editing program's bridge: JSON-RPC 2.0, one message a line, and a host on top of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from foleyline import version as panel_version
from foleyline.errors import FoleyError

from . import protocol
from .host import HostTimeline, Identity, Placed, Placing, Removed
from .mailbox import Mailbox
from .wire import Lines, over_stdio

silence_s = 30.0
T = TypeVar("T")


@dataclass(frozen=True)
class Changed:
    """The program has another timeline open (None: none), or this one has changed."""

    timeline: str | None
    revision: str = ""


@dataclass(frozen=True)
class Asked:
    """A button in the program was pressed. what: panel, generate or whole_timeline."""

    what: str
    ids: Sequence[str] = ()


@dataclass(frozen=True)
class Progress:
    """done of so many of what `place` or `remove` was asked for."""

    method: str
    done: int
    of: int


@dataclass(frozen=True)
class Silent:
    """The program has not answered for a while (is_silent), or does again. Nothing is given up."""

    method: str
    is_silent: bool


@dataclass(frozen=True)
class Lost:
    """The link is gone for good. is_orderly: the program said that it closes."""

    reason: str
    is_orderly: bool


Event = Changed | Asked | Progress | Silent | Lost


@dataclass
class _Question:
    method: str
    answer: asyncio.Future[Any]
    heard: asyncio.Event


class Link:
    """Requests and notifications over lines. Made and used in one event loop; a thread of its own listens."""

    def __init__(self, lines: Lines, tell: Callable[[Event], None]) -> None:
        self._lines = lines
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._questions: dict[int, _Question] = {}
        self._count = 0
        self._said_bye = False
        self._lost: str | None = None
        self.name = "the editing program"
        threading.Thread(target=self._listen, name="bridge reader", daemon=True).start()

    @property
    def is_lost(self) -> bool:
        return self._lost is not None

    async def ask(self, method: str, params: dict[str, Any]) -> Any:
        """The result. However long it takes: a program that is silent may have a dialog open. Raises FoleyError."""
        if self._lost is not None:
            raise self._gone()
        self._count += 1
        number = self._count
        question = _Question(method, self._loop.create_future(), asyncio.Event())
        self._questions[number] = question
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        try:
            await self._heard(question)
            return question.answer.result()
        finally:
            self._questions.pop(number, None)

    def notify(self, method: str, params: dict[str, Any]) -> None:
        if self._lost is None:
            self._send({"jsonrpc": "2.0", "method": method, "params": params})

    async def close(self) -> None:
        """Ends it from this side."""
        self.notify("bye", {})
        self._lose("the panel closed it", told=False)
        await asyncio.to_thread(self._lines.close)

    async def _heard(self, question: _Question) -> None:
        is_silent = False
        while not question.answer.done():
            question.heard.clear()
            try:
                await asyncio.wait_for(question.heard.wait(), silence_s)
            except TimeoutError:
                if not is_silent:
                    self._tell(Silent(question.method, is_silent=True))
                is_silent = True
            else:
                if is_silent:
                    self._tell(Silent(question.method, is_silent=False))
                is_silent = False

    def _send(self, message: dict[str, Any]) -> None:
        self._lines.send(json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n")

    def _listen(self) -> None:
        while (line := self._lines.receive()) is not None:
            try:
                message = json.loads(line)
            except (ValueError, RecursionError):
                self._call(self._lose, "its bridge sent what is no message")
                break
            self._call(self._take, message)
        self._call(self._lose, "its bridge has ended")

    def _call(self, what: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(what, *arguments)

    def _take(self, message: Any) -> None:
        if not isinstance(message, dict):
            return
        if "method" in message:
            params = message.get("params")
            self._notice(message["method"], params if isinstance(params, dict) else {})
            return
        number = message.get("id")
        if number is None and "error" in message:
            self._lose("its bridge could not read what the panel sent")
        question = self._question(number)
        if question is None or question.answer.done():
            return
        if "error" in message:
            question.answer.set_exception(protocol.problem(message["error"], self.name))
        else:
            question.answer.set_result(message.get("result"))
        question.heard.set()

    def _notice(self, method: str, params: dict[str, Any]) -> None:
        if method == "changed":
            timeline = params.get("timeline")
            self._tell(Changed(None if timeline is None else str(timeline), str(params.get("revision", ""))))
        elif method == "ask":
            ids = params.get("ids")
            self._tell(Asked(str(params.get("what", "panel")), tuple(map(str, ids)) if isinstance(ids, list) else ()))
        elif method == "progress":
            self._note_progress(params)
        elif method == "bye":
            self._said_bye = True

    def _note_progress(self, params: dict[str, Any]) -> None:
        question = self._question(params.get("id"))
        done, of = params.get("done"), params.get("of")
        if question is not None and isinstance(done, int) and isinstance(of, int):
            question.heard.set()
            self._tell(Progress(question.method, done, of))

    def _question(self, number: object) -> _Question | None:
        return self._questions.get(number) if isinstance(number, int) else None

    def _lose(self, reason: str, *, told: bool = True) -> None:
        if self._lost is not None:
            return
        self._lost = reason
        for question in self._questions.values():
            if not question.answer.done():
                question.answer.set_exception(self._gone())
            question.heard.set()
        if told:
            self._tell(Lost(reason, self._said_bye))

    def _gone(self) -> FoleyError:
        return FoleyError("E-HOST", name=self.name, reason=self._lost)


class BridgeHost:
    """An editing program as a host. `events` of the link go to `tell`, in the loop that it was made in."""

    def __init__(self, lines: Lines, tell: Callable[[Event], None]) -> None:
        self.link = Link(lines, tell)

    async def identify(self) -> Identity:
        params = {"versions": [protocol.version], "panel": panel_version}
        known = self._read(protocol.identity, await self.link.ask("identify", params))
        self.link.name = known.program
        return known

    async def timeline(self, known: str = "", color: str = "", flag: str = "") -> HostTimeline:
        wanted = {"known": known, "color": color, "flag": flag}
        answer = await self.link.ask("timeline", {key: word for key, word in wanted.items() if word})
        return self._read(protocol.timeline, answer)

    async def place(self, placing: Placing) -> Placed:
        placing.check()
        return self._read(protocol.placed, await self.link.ask("place", protocol.placing_params(placing)))

    async def go_to(self, timeline: str, frame: int) -> int:
        answer = await self.link.ask("go_to", {"timeline": timeline, "frame": frame})
        return self._read(lambda result: protocol.Reading(result, "go_to").number("frame"), answer)

    async def remove(self, timeline: str, ids: Sequence[str] | None = None) -> Removed:
        params = {"timeline": timeline, "ids": None if ids is None else list(ids)}
        return self._read(protocol.removed, await self.link.ask("remove", params))

    def status(self, running: int, waiting: int, to_review: int, problems: int, text: str) -> None:
        """For the program's own sidebar."""
        told = {"running": running, "waiting": waiting, "to_review": to_review, "problems": problems, "text": text}
        self.link.notify("status", told)

    async def close(self) -> None:
        await self.link.close()

    def _read(self, read: Callable[[Any], T], result: Any) -> T:
        try:
            return read(result)
        except protocol.Malformed as error:
            reason = f"its bridge left “{error}” out, or it is not what it should be"
            raise FoleyError("E-HOST", name=self.link.name, reason=reason) from None


def parent(tell: Callable[[Event], None], mailbox: Path | None = None) -> BridgeHost:
    """The program that started this process. Called in a running event loop, once, before anything is printed.

    mailbox: the folder that `--mailbox` names, where there is no pipe.
    """
    return BridgeHost(Mailbox(mailbox) if mailbox else over_stdio(), tell)
