"""Objects that refuse every call, argument and type outside the documented scripting API of one version of Resolve."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

contract: dict[str, Any] = json.loads(Path(__file__).with_name("contract.json").read_text(encoding="utf8"))

since_keys = {
    "16": (16,),
    "17": (17,),
    "18.6": (18, 6),
    "19.0": (19, 0),
    "20": (20,),
    "2026": (21, 0),
    "21.0.4": (21, 0, 4),
}
export_otio_since = (18, 6, 6)


class Constant:
    """One of Resolve's export kinds: opaque, so that text in its stead is told from it."""

    def __init__(self, name: str) -> None:
        self.name = name


class Book:
    """What a version has, and what was called that it has not."""

    def __init__(self, version: tuple[int, ...]) -> None:
        self.version = version
        self.violations: list[str] = []
        self.calls: dict[str, int] = {}
        self.constants = {name: Constant(name) for name in contract["exports"] if self._has_export(name)}

    def _has_export(self, name: str) -> bool:
        return name != "EXPORT_OTIO" or self.version >= export_otio_since

    def refuse(self, what: str) -> NoReturn:
        self.violations.append(what)
        raise AssertionError(what)

    def overloads(self, kind: str, name: str) -> list[dict[str, Any]]:
        known = contract["objects"][kind].get(name, [])
        return [each for each in known if self.version >= since_keys[each["since"]]]

    def check(self, kind: str, name: str, arguments: tuple[Any, ...]) -> None:
        overloads = self.overloads(kind, name)
        if not any(self._fits(each, arguments) for each in overloads):
            self.refuse(f"{kind}.{name}{arguments!r} fits none of {[each['args'] for each in overloads]}")

    def _fits(self, overload: dict[str, Any], arguments: tuple[Any, ...]) -> bool:
        wanted = overload["args"]
        if wanted and wanted[0][1].startswith("*"):
            return all(is_of(wanted[0][1][1:], each) for each in arguments)
        least = sum(not each[1].endswith("?") for each in wanted)
        if not least <= len(arguments) <= len(wanted):
            return False
        return all(self._is_right(each, value, overload) for each, value in zip(wanted, arguments, strict=False))

    def _is_right(self, wanted: list[Any], value: Any, overload: dict[str, Any]) -> bool:
        rules = wanted[2] if len(wanted) > 2 else None
        if isinstance(rules, dict) and self.version < since_keys[rules["since"]]:
            return False
        if isinstance(rules, list) and value not in rules and "adaptive1..adaptive36" not in rules:
            return False
        kind = wanted[1].rstrip("?")
        if kind == "list[ClipInfo]":
            return isinstance(value, list) and all(self._is_clip_info(each, overload["keys"]) for each in value)
        return is_of(kind, value)

    def _is_clip_info(self, value: Any, keys: dict[str, list[str]]) -> bool:
        if not isinstance(value, dict) or set(value) - set(keys):
            return False
        for name, (kind, since) in keys.items():
            if name not in value:
                if not kind.endswith("?"):
                    return False
            elif self.version < since_keys[since] or not is_of(kind.rstrip("?"), value[name]):
                return False
        return value.get("mediaType", 2) in (1, 2)


def is_of(kind: str, value: Any) -> bool:
    """Whether a value is of a type as the contract writes it."""
    if kind.startswith("list["):
        inner = "string" if kind == "list[string path]" else kind[5:-1]
        return isinstance(value, list) and bool(value) and all(is_of(inner, each) for each in value)
    if kind.startswith("{") or kind == "dict":
        return isinstance(value, dict)
    if kind.startswith("enum "):
        return isinstance(value, Constant)
    plain: dict[str, Callable[[Any], bool]] = {
        "string": lambda each: isinstance(each, str),
        "bool": lambda each: isinstance(each, bool),
        "int": lambda each: isinstance(each, int) and not isinstance(each, bool),
        "int|float": lambda each: isinstance(each, int | float) and not isinstance(each, bool),
    }
    if kind in plain:
        return plain[kind](value)
    return isinstance(value, Strict) and value.kind == kind


class Strict:
    """An object of the API. What it does is in methods called `do_` and the documented name."""

    kind = ""

    def __init__(self, book: Book) -> None:
        self._book = book

    def __dir__(self) -> list[str]:
        known = contract["objects"][self.kind]
        return [name for name in known if self._book.overloads(self.kind, name)]

    def __getattr__(self, name: str) -> Any:
        """Real objects have every attribute, and give None for those that they do not know."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name.startswith("EXPORT_"):
            return self._book.constants.get(name)
        known = contract["objects"][self.kind].get(name)
        if known and not self._book.overloads(self.kind, name) and all(each["since"] == "2026" for each in known):
            return None  # documented late: who knows since when it was there
        if not self._book.overloads(self.kind, name):
            self._book.refuse(f"{self.kind}.{name} is not in {'.'.join(map(str, self._book.version))}")
        return self._method(name)

    def _method(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self._book.check(self.kind, name, arguments)
            self._book.calls[name] = self._book.calls.get(name, 0) + 1
            do = getattr(type(self), f"do_{name}", None)
            if do is None:
                self._book.refuse(f"the double does not play {self.kind}.{name}")
            return do(self, *arguments)

        return call
