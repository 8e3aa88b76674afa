"""Protocol 1 between a bridge and the panel: lines to requests, params checked, errors as they are sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

versions = (1,)
longest_line = 256 << 20
largest_number = 2**53

parse_error, invalid_request, no_method, invalid_params, fault = -32700, -32600, -32601, -32602, -32603
no_version, no_timeline, moved, busy, refused = 1, 2, 3, 4, 5

reasons = {
    parse_error: ("parse", "The line is no JSON."),
    invalid_request: ("request", "This is no request."),
    no_method: ("method", "There is no such method."),
    invalid_params: ("params", "A param is missing or not as it should be."),
    fault: ("fault", "The bridge met a fault of its own."),
    no_version: ("version", "No protocol version in common."),
    no_timeline: ("no_timeline", "No timeline is open."),
    moved: ("moved", "The open timeline is not the one that the panel saw."),
    busy: ("busy", "The program is busy."),
    refused: ("refused", "The program refused."),
}

Node = dict[str, Any]


class Problem(Exception):
    """An answer that is an error."""

    def __init__(self, code: int, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def told(self) -> Node:
        reason, message = reasons[self.code]
        return {"code": self.code, "message": message, "data": {"reason": reason, **self.facts}}


def encoded(message: Node) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def decoded(line: bytes) -> Any:
    """Raises Problem."""
    try:
        return json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Problem(parse_error) from None


def check(message: Any) -> None:
    """Raises Problem where it is no request and no notification."""
    is_right = (
        isinstance(message, dict)
        and message.get("jsonrpc") == "2.0"
        and isinstance(message.get("method"), str)
        and isinstance(message.get("params", {}), dict)
        and (message.get("id") is None or id_of(message) is not None)
    )
    if not is_right:
        raise Problem(invalid_request)


def id_of(message: Any) -> int | None:
    number = message.get("id") if isinstance(message, dict) else None
    return number if is_number(number) else None


class Params:
    """Members of a request's params, each checked. Raises Problem -32602 with the name of the wrong one."""

    def __init__(self, members: Mapping[str, Any], where: str = "") -> None:
        self._members = members
        self._where = where

    def text(self, key: str, default: str | None = None) -> str:
        return self._checked(key, default, isinstance(self._value(key, default), str))

    def flag(self, key: str, default: bool | None = None) -> bool:
        return self._checked(key, default, isinstance(self._value(key, default), bool))

    def number(self, key: str, default: int | None = None) -> int:
        return self._checked(key, default, is_number(self._value(key, default)))

    def pair(self, key: str) -> tuple[int, int]:
        value = self._value(key, None)
        first, second = self._checked(key, None, is_pair(value))
        return first, second

    def numbers(self, key: str) -> list[int]:
        value = self._value(key, None)
        return self._checked(key, None, isinstance(value, list) and bool(value) and all(map(is_number, value)))

    def words(self, key: str) -> list[str] | None:
        """A list of texts, or None where it is null."""
        if key in self._members and self._members[key] is None:
            return None
        value = self._value(key, None)
        return self._checked(key, None, isinstance(value, list) and all(isinstance(word, str) for word in value))

    def each(self, key: str, default: list[Any] | None = None) -> list[Params]:
        value = self._value(key, default)
        listed = self._checked(key, default, isinstance(value, list) and all(isinstance(one, dict) for one in value))
        return [Params(one, f"{self._where}{key}[{n}].") for n, one in enumerate(listed)]

    def texts(self, key: str) -> dict[str, str]:
        value = self._value(key, {})
        is_right = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
        return self._checked(key, {}, is_right)

    def refuse(self, key: str) -> Problem:
        return Problem(invalid_params, param=f"{self._where}{key}")

    def _value(self, key: str, default: Any) -> Any:
        return self._members.get(key, default)

    def _checked(self, key: str, default: Any, is_right: bool) -> Any:
        if not is_right:
            raise self.refuse(key)
        return self._value(key, default)


def is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= largest_number


def is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))
