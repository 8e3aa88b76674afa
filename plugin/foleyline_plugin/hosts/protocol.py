"""Protocol 1 between bridge and panel, as `bridges/PROTOCOL.md` describes it: JSON to values, errors to problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from foleyline.errors import FoleyError

from .host import (
    Difference,
    Found,
    HostTimeline,
    Identity,
    Left,
    Placed,
    PlacedLane,
    Placing,
    Pointed,
    Removed,
    Selection,
    Sound,
    Span,
    Track,
)

version = 1
longest_line = 256 << 20

parse_error, invalid_request, no_method, invalid_params, fault = -32700, -32600, -32601, -32602, -32603
no_version, no_timeline, moved, busy, refused = 1, 2, 3, 4, 5

largest_number = 2**53
T = TypeVar("T")


class Malformed(Exception):
    """An answer that is not as the protocol says; its text is the member that is wrong."""


class Reading:
    """Members of a JSON object, each checked to be what the protocol says."""

    def __init__(self, members: Any, where: str) -> None:
        if not isinstance(members, Mapping):
            raise Malformed(where)
        self._members = members
        self._where = where

    def text(self, key: str, default: str | None = None) -> str:
        return self._checked(key, default, lambda value: isinstance(value, str))

    def flag(self, key: str, default: bool | None = None) -> bool:
        return self._checked(key, default, lambda value: isinstance(value, bool))

    def number(self, key: str) -> int:
        return self._checked(key, None, is_number)

    def maybe(self, key: str) -> Any:
        return self._members.get(key)

    def each(self, key: str, read: Callable[[Reading], T]) -> list[T]:
        listed = self._checked(key, [], lambda value: isinstance(value, list))
        return [read(Reading(one, f"{self._where}.{key}[{n}]")) for n, one in enumerate(listed)]

    def words(self, key: str) -> list[str]:
        listed = self._checked(key, [], lambda value: isinstance(value, list))
        if not all(isinstance(word, str) for word in listed):
            raise Malformed(f"{self._where}.{key}")
        return listed

    def mapping(self, key: str) -> dict[str, Any]:
        return dict(self._checked(key, {}, lambda value: isinstance(value, Mapping)))

    def span(self, key: str) -> Span:
        first, frames = self._checked(key, None, is_pair)
        return first, frames

    def rate(self, key: str) -> Fraction:
        numerator, denominator = self._checked(key, None, lambda value: is_pair(value) and min(value) > 0)
        return Fraction(numerator, denominator)

    def _checked(self, key: str, default: Any, is_right: Callable[[Any], bool]) -> Any:
        value = self._members.get(key, default)
        if not is_right(value):
            raise Malformed(f"{self._where}.{key}")
        return value


def is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= largest_number


def is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))


# answers


def identity(result: Any) -> Identity:
    """Raises Malformed."""
    read = Reading(result, "identify")
    if read.number("protocol") != version:
        raise Malformed("identify.protocol")
    return Identity(
        program=read.text("program"),
        version=read.text("version"),
        edition=read.text("edition", ""),
        bridge=read.text("bridge", ""),
        can=frozenset(read.words("can")),
        why_not={word: str(reason) for word, reason in read.mapping("why_not").items()},
    )


def timeline(result: Any) -> HostTimeline:
    """Raises Malformed."""
    read = Reading(result, "timeline")
    playhead = read.maybe("playhead")
    return HostTimeline(
        id=read.text("id"),
        revision=read.text("revision"),
        name=read.text("name", ""),
        rate=read.rate("rate"),
        start=read.number("start"),
        drop_frame=read.flag("drop_frame", default=False),
        text=None if read.maybe("otio") is None else read.text("otio"),
        project=read.text("project", ""),
        file=read.text("file", ""),
        read_by=read.text("read_by", "otio"),
        selections=read.each("selections", _selection),
        playhead=playhead if is_number(playhead) else None,
        tracks=read.each("tracks", _track),
        ours=read.each("ours", found),
    )


def _selection(read: Reading) -> Selection:
    span = None if read.maybe("range") is None else read.span("range")
    return Selection(read.text("how"), read.text("value", ""), read.each("clips", _pointed), span)


def _pointed(read: Reading) -> Pointed:
    return Pointed(read.text("kind"), read.number("track"), read.span("record"), read.text("name", ""))


def _track(read: Reading) -> Track:
    return Track(
        read.text("kind"),
        read.number("index"),
        read.text("name", ""),
        read.flag("enabled", default=True),
        read.flag("locked", default=False),
    )


def found(read: Reading) -> Found:
    """Raises Malformed."""
    return Found(
        id=read.text("id"),
        batch=read.text("batch", ""),
        lane=read.text("lane"),
        index=read.number("index"),
        record=read.span("record"),
        first=read.number("first"),
        path=read.text("path"),
        name=read.text("name", ""),
    )


def placed(result: Any) -> Placed:
    """Raises Malformed."""
    read = Reading(result, "place")
    saved = read.maybe("saved")
    return Placed(
        timeline=read.text("timeline"),
        revision=read.text("revision"),
        lanes=read.each("lanes", _placed_lane),
        found=read.each("found", found),
        left=read.each("left", _left),
        differences=read.each("differences", _difference),
        saved=saved if isinstance(saved, bool) else None,
    )


def _placed_lane(read: Reading) -> PlacedLane:
    return PlacedLane(read.number("asked"), read.text("name"), read.number("index"), read.flag("enabled", default=True))


def _left(read: Reading) -> Left:
    folders = None if read.maybe("bin") is None else read.words("bin")
    return Left(read.text("id"), read.text("reason"), folders, read.mapping("facts"))


def _difference(read: Reading) -> Difference:
    about = read.text("id", "") or read.text("lane", "")
    return Difference(about, read.text("what"), read.maybe("asked"), read.maybe("found"))


def removed(result: Any) -> Removed:
    """Raises Malformed."""
    read = Reading(result, "remove")
    return Removed(
        timeline=read.text("timeline"),
        revision=read.text("revision"),
        ids=read.words("removed"),
        lanes=read.words("lanes"),
        left=read.each("left", _left),
    )


# what is asked


def placing_params(placing: Placing) -> dict[str, Any]:
    return {
        "timeline": placing.timeline,
        "rate": [placing.rate.numerator, placing.rate.denominator],
        "start": placing.start,
        "batch": placing.batch,
        "bin": list(placing.bin),
        "lanes": [{"name": lane.name, "enabled": lane.enabled} for lane in placing.lanes],
        "sounds": [_sound_params(sound) for sound in placing.sounds],
        "markers": [{**vars(marker), "record": list(marker.record)} for marker in placing.markers],
    }


def _sound_params(sound: Sound) -> dict[str, Any]:
    params = {**vars(sound), "record": list(sound.record), "notes": dict(sound.notes)}
    if not sound.shift:
        del params["shift"]
    return params


# what goes wrong


def problem(error: Any, name: str) -> FoleyError:
    """A JSON-RPC error as what the editor is told. name: the program's."""
    read = error if isinstance(error, Mapping) else {}
    data = read.get("data")
    facts: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    code, message = read.get("code"), str(read.get("message", ""))
    if code == no_timeline:
        return FoleyError("E-NOTIMELINE", name=name)
    if code == moved:
        what = str(facts.get("what", "timeline"))
        return FoleyError("E-STALE", name=name, what=what, asked=facts.get("asked", ""), found=facts.get("found", ""))
    if code == busy:
        return FoleyError("E-BUSY", name=name)
    if code == refused:
        return FoleyError("E-REFUSED", name=name, reason=reason_of(str(facts.get("why", "")) or message))
    if code == no_version:
        versions = facts.get("versions")
        spoken = ", ".join(map(str, versions)) if isinstance(versions, Sequence) else "another version"
        return FoleyError("E-HOST", name=name, reason=f"its bridge speaks protocol {spoken}, this panel {version}")
    return FoleyError("E-HOST", name=name, reason=f"its bridge answered “{message[:200]}” ({code})")


reasons = {
    "no_file": "its file is not there",
    "not_imported": "its file could not be imported",
    "no_lane": "no lane could be made for it",
    "no_bin": "no bin could be made",
    "locked": "the lane is locked",
    "occupied": "something else lies there",
    "dropped": "the program said that it was placed, and it is not there",
    "not_as_asked": "the program put it at another place, so it was taken off again",
    "stays": "the program put it at another place and keeps it there",
    "by_hand": "this version of the program cannot be told where to put it",
    "too_old": "this version of the program is too old",
    "before_start": "it begins before the timeline",
    "off_grid": "the program counts the file at another frame rate",
    "no_export": "the timeline could not be exported",
    "read_only": "the project is read-only",
    "edit_page": "the Edit page has to be open for it",
    "refused": "the program did not do it",
}


def reason_of(word: str) -> str:
    """A reason's word in a sentence; a text that is no such word as it is."""
    return reasons.get(word, word)
