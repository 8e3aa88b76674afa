"""The bridge's end of the link: takes the panel's requests one at a time and works them off a slice at each pump."""

from __future__ import annotations

import gc
import sys
import time
import traceback
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Protocol

from . import background, methods, protocol
from .protocol import Node, Problem

slice_s, patience_s = 0.012, 0.018
"""How long a slice may work, and how long it may take where the disk or other programs hold it up."""

told_s = 0.25
nothing_s, working_s = 0.05, 0.0


class Lines(Protocol):
    """What the panel's child process is to the link."""

    @property
    def is_over(self) -> bool: ...

    def receive(self) -> bytes | None: ...

    def send(self, message: Node) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Status:
    """What the panel says of itself."""

    running: int = 0
    waiting: int = 0
    to_review: int = 0
    problems: int = 0
    text: str = ""


class Link:
    """Used from Blender's main thread alone. told: the timeline and the revision of it that the panel last heard of."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._requests: deque[Node] = deque()
        self._id: Any = None
        self._work: Generator[Any, None, Any] | None = None
        self._told_s = 0.0
        self.status = Status()
        self.told = ("", "")
        self.is_known = False
        self.is_over = False

    @property
    def is_idle(self) -> bool:
        return self._work is None and not self._requests

    def pump(self, is_held: bool = False) -> float:
        """Does what can be done in one slice. Seconds until it wants to be called again.

        is_held: strips are in the editor's hand or a render runs. What has begun waits; what is asked now is refused.
        """
        self._receive()
        wait_s = nothing_s if is_held and self._work is not None else self._collected_later()
        if self._lines.is_over and not self.is_over:
            self._drop()
        return wait_s

    def _collected_later(self) -> float:
        """Python looks through all that lives in Blender, other add-ons' too, for what is garbage: not in our slice."""
        collects = gc.isenabled()
        gc.disable()
        try:
            return self._work_on()
        finally:
            if collects:
                gc.enable()

    def _work_on(self) -> float:
        began_s, worked_s = time.perf_counter(), time.thread_time()
        wait_s, longest_s, before_s = nothing_s, 0.0, 0.0
        # Another step only where one as long as the longest so far still fits: Blender's own calls cannot be cut short.
        while not self.is_over and before_s + longest_s < slice_s:
            if self._work is None and not self._begin():
                break
            wait_s = working_s
            if self._step():
                wait_s = nothing_s / 5
                break
            if time.perf_counter() - began_s > patience_s:
                break
            passed_s = time.thread_time() - worked_s
            before_s, longest_s = passed_s, max(longest_s, passed_s - before_s)
        return wait_s

    def notify(self, method: str, **params: Any) -> None:
        if not self.is_over:
            self._lines.send({"method": method, "params": params})

    def close(self) -> None:
        """Ends it from this side."""
        self.notify("bye")
        self._drop()

    def _drop(self) -> None:
        """A placing that nobody waits for is taken back as its generator closes."""
        self.is_over = True
        work, self._work = self._work, None
        self._requests.clear()
        try:
            if work is not None:
                work.close()
        finally:
            self._lines.close()

    def _receive(self) -> None:
        while (line := self._lines.receive()) is not None:
            message: Any = None
            try:
                message = protocol.decoded(line)
                protocol.check(message)
            except Problem as problem:
                self._answer(protocol.id_of(message), error=problem.told())
                continue
            if message.get("id") is None:
                self._notice(message["method"], message.get("params", {}))
            else:
                self._requests.append(message)

    def _notice(self, method: str, params: Node) -> None:
        if method != "status":
            return
        counts = {key: params[key] for key in vars(Status()) if protocol.is_number(params.get(key))}
        self.status = Status(**counts, text=str(params.get("text", ""))[:200])

    def _begin(self) -> bool:
        if not self._requests:
            return False
        request = self._requests.popleft()
        self._id = request["id"]
        self.is_known = self.is_known or request["method"] == "identify"
        try:
            self._work = methods.call(request["method"], request.get("params", {}))
        except Problem as problem:
            self._answer(self._id, error=problem.told())
        return True

    def _step(self) -> bool:
        """Whether the work has to wait for something else."""
        if self._work is None:
            return False
        try:
            said = next(self._work)
        except StopIteration as end:
            self._note(end.value)
            self._end(result=end.value)
        except Problem as problem:
            self._end(error=problem.told())
        except Exception as error:  # noqa: BLE001 - a fault ends one request, never the program
            traceback.print_exc(file=sys.stderr)
            self._end(error=Problem(protocol.fault, trace=_innermost(error)).told())
        else:
            self._tell_progress(said)
            return said is background.waiting
        return False

    def _note(self, result: Node) -> None:
        if "revision" in result:
            self.told = result.get("id") or result.get("timeline") or "", result["revision"]

    def _tell_progress(self, said: Any) -> None:
        if isinstance(said, tuple) and time.monotonic() - self._told_s > told_s:
            self._told_s = time.monotonic()
            self.notify("progress", id=self._id, done=said[0], of=said[1])

    def _end(self, **answer: Any) -> None:
        self._work = None
        self._answer(self._id, **answer)

    def _answer(self, request_id: Any, **answer: Any) -> None:
        self._lines.send({"id": request_id, **answer})


def _innermost(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f"{last[0].name} line {last[0].lineno}: " if last else ""
    return f"{where}{type(error).__name__}: {error}"[:300]
