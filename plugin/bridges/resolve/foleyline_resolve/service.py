"""Requests to answers: JSON-RPC 2.0, one message a line, one at a time."""

import json
import sys
import time
import traceback
from typing import Any, Callable, Dict, List, Optional

from . import params as checks
from . import rates, reading, removing, version
from .placing import Placing
from .problems import Gone, Problem
from .seat import Cut, Seat

protocol = 1
look_s = 2.0
gone_after_s = 10.0


class Service:
    """send: writes one line, raises Gone. is_waited_for: raises Gone where nobody waits any more."""

    def __init__(self, seat: Seat, send: Callable[[bytes], None], is_waited_for: Callable[[], None]) -> None:
        self.seat = seat
        self._send = send
        self._is_waited_for = is_waited_for
        self._glance: Optional[str] = None
        self._counts: List[int] = []
        self._turn = 0
        self._silent_since_s: Optional[float] = None
        self.methods: Dict[str, Callable[[Any, Dict[str, Any]], Any]] = {
            "identify": self.identify,
            "timeline": self.timeline,
            "place": self.place,
            "go_to": self.go_to,
            "remove": self.remove,
        }

    def take(self, line: bytes) -> bool:
        """Answers one line; False where the panel says that it closes. Raises Gone."""
        number, method = None, None
        try:
            number, method, params = parsed(line)
            if number is None:
                return method != "bye"
            if method not in self.methods:
                raise Problem("method", "no such method", method=method)
            answer: Dict[str, Any] = {"result": self.methods[method](number, params)}
        except Problem as problem:
            number = problem.facts.pop("request", number)
            answer = {"error": problem.told()}
        except Gone:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours is told, and the link goes on
            answer = {"error": fault().told()}
        self.write(dict({"jsonrpc": "2.0", "id": number}, **answer))
        return True

    def notify(self, method: str, params: Dict[str, Any]) -> None:
        self.write({"jsonrpc": "2.0", "method": method, "params": params})

    def write(self, message: Dict[str, Any]) -> None:
        self._send(json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n")

    def look(self) -> bool:
        """Called when there is nothing to do: says what changed in Resolve; False once Resolve is not there."""
        if not self.seat.is_there():
            now_s = time.time()
            self._silent_since_s = self._silent_since_s or now_s
            return now_s - self._silent_since_s < gone_after_s
        self._silent_since_s = None
        try:
            _, cut = self.seat.timeline()
        except Problem:
            self._say_if_changed("", None)
            return True
        is_other = self._has_other_count(cut)
        self._say_if_changed(reading.glance(cut), cut.id, is_certain=is_other)
        return True

    def _say_if_changed(self, glance: str, timeline: Optional[str], is_certain: bool = False) -> None:
        if self._glance is not None and (is_certain or glance != self._glance):
            self.notify("changed", {"timeline": timeline, "revision": ""})
        self._glance = glance

    def _has_other_count(self, cut: Cut) -> bool:
        """Looks at one track at a time: a long one takes Resolve a while to list."""
        if not self._counts:
            return False
        self._turn = (self._turn + 1) % len(self._counts)
        if self._turn >= cut.count("video") + cut.count("audio"):
            return False
        count = reading.count_on(cut, self._turn)
        is_other = count != self._counts[self._turn]
        self._counts[self._turn] = count
        return is_other

    def _remember(self, cut: Cut) -> None:
        """As it is now is no news to the panel."""
        self._glance, self._counts, self._turn = reading.glance(cut), reading.counts(cut), 0

    def _step(self, number: int) -> Callable[[int, int], None]:
        def step(done: int, of: int) -> None:
            self._is_waited_for()
            self.notify("progress", {"id": number, "done": done, "of": of})

        return step

    # the five methods

    def identify(self, number: int, params: Dict[str, Any]) -> Dict[str, Any]:
        versions = checks.take(params, "versions", lambda value: isinstance(value, list))
        if protocol not in versions:
            raise Problem("version", "no protocol version in common", versions=[protocol])
        can, why_not = self._abilities()
        return {
            "protocol": protocol,
            "bridge": version,
            "program": "DaVinci Resolve",
            "version": self.seat.version_text,
            "edition": self.seat.edition,
            "can": can,
            "why_not": why_not,
        }

    def _abilities(self) -> Any:
        needs = {
            "place": (19, 0),
            "place_by_hand": (18, 5),
            "remove": (18, 6),
            "go_to": (18, 5),
            "selection": (21, 0, 4),
            "marks": (18, 5),
            "markers": (18, 5),
            "names": (21, 0),
            "changed": (18, 5),
        }
        can = sorted(word for word, since in needs.items() if self.seat.version >= since)
        why_not = {
            word: "it needs Resolve %s" % ".".join(map(str, since)) for word, since in needs.items() if word not in can
        }
        never = "Resolve's scripts cannot do it"
        return can, dict(why_not, shift=never, undo=never)

    def timeline(self, number: int, params: Dict[str, Any]) -> Dict[str, Any]:
        known, color, flag = (checks.maybe_text(params, name) for name in ("known", "color", "flag"))
        project, cut = self.seat.timeline()
        self._remember(cut)
        return reading.tell(cut, project, known, color, flag)

    def place(self, number: int, params: Dict[str, Any]) -> Dict[str, Any]:
        checks.check_place(params)
        project, cut = self.seat.timeline()
        cut.check(params)
        return self._changed(cut, Placing(cut, project, params, self._step(number)).run())

    def go_to(self, number: int, params: Dict[str, Any]) -> Dict[str, Any]:
        wanted, frame = checks.text(params, "timeline"), checks.number(params, "frame")
        _, cut = self.seat.timeline()
        cut.check({"timeline": wanted})
        last = max(cut.start, rates.rounded(cut.timeline.GetEndFrame() or 0))
        inside = min(max(frame, cut.start), last)
        cut.timeline.SetCurrentTimecode(rates.to_timecode(inside, cut.rate, cut.drop_frame))
        found = reading.playhead(cut)
        if found is None:
            raise Problem("refused", "the playhead cannot be read on this page", why="the playhead is not shown here")
        return {"frame": found}

    def remove(self, number: int, params: Dict[str, Any]) -> Dict[str, Any]:
        wanted = checks.text(params, "timeline")
        ids = checks.take(params, "ids", lambda value: value is None or checks.is_texts(value))
        _, cut = self.seat.timeline()
        cut.check({"timeline": wanted})
        if not self.seat.can_make_lanes:
            raise Problem("refused", "this version cannot delete", why="too_old")
        return self._changed(cut, removing.remove(cut, ids, self._step(number)))

    def _changed(self, cut: Cut, result: Dict[str, Any]) -> Dict[str, Any]:
        self._remember(cut)
        return dict(result, revision=reading.revision(cut))


def parsed(line: bytes) -> Any:
    """Id (None for a notification), method and params. Raises Problem with the request's id in its facts."""
    try:
        message = json.loads(line.decode("utf-8"))
    except (RecursionError, ValueError):
        raise Problem("parse", "this is no JSON", request=None) from None
    if not isinstance(message, dict):
        raise Problem("request", "this is no request", request=None)
    number = message.get("id")
    number = number if checks.is_number(number) else None
    method, params = message.get("method"), message.get("params", {})
    if message.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, dict):
        raise Problem("request", "this is no request of JSON-RPC 2.0", request=number)
    return number, method, params


def fault() -> Problem:
    kind, error, trace = sys.exc_info()
    where = traceback.extract_tb(trace)[-1]
    innermost = "%s:%s %s" % (where[0].replace("\\", "/").rsplit("/", 1)[-1], where[1], where[2])
    return Problem("fault", "%s: %s" % (kind.__name__ if kind else "", error), trace=innermost)
