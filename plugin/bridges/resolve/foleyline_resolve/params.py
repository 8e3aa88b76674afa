"""Params of requests, each checked to be what the protocol says before anything is done."""

from typing import Any, Callable, Dict, List

from .problems import Problem

Params = Dict[str, Any]

largest = 2**53


def wrong(name: str) -> Problem:
    return Problem("params", "%s is missing or is not what it should be" % name, param=name)


def is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= largest


def is_span(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(is_number(each) for each in value)


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def take(params: Params, name: str, is_right: Callable[[Any], bool]) -> Any:
    value = params.get(name)
    if not is_right(value):
        raise wrong(name)
    return value


def text(params: Params, name: str) -> str:
    return take(params, name, lambda value: isinstance(value, str))


def number(params: Params, name: str) -> int:
    return take(params, name, is_number)


def maybe_text(params: Params, name: str) -> str:
    value = params.get(name)
    return "" if value is None else text(params, name)


def check_place(params: Params) -> None:
    """Raises Problem `params` where anything of a `place` is missing, of another type or over something else."""
    text(params, "timeline")
    text(params, "batch")
    number(params, "start")
    rate = take(params, "rate", is_span)
    folders = take(params, "bin", is_texts)
    lanes = take(params, "lanes", lambda value: isinstance(value, list) and all(map(_is_lane, value)))
    sounds = take(params, "sounds", lambda value: isinstance(value, list) and all(map(_is_sound, value)))
    markers = params.get("markers") or []
    if not isinstance(markers, list) or not all(map(_is_marker, markers)):
        raise wrong("markers")
    if min(rate) <= 0:
        raise wrong("rate")
    if not folders or not all(folders):
        raise wrong("bin")
    _check_places(sounds, len(lanes))


def _is_lane(lane: Any) -> bool:
    return isinstance(lane, dict) and isinstance(lane.get("name"), str) and isinstance(lane.get("enabled"), bool)


def _is_sound(sound: Any) -> bool:
    if not isinstance(sound, dict):
        return False
    words = all(isinstance(sound.get(name), str) for name in ("id", "name", "path"))
    numbers = all(is_number(sound.get(name)) for name in ("lane", "first", "frames"))
    notes = sound.get("notes") or {}
    return (
        words
        and numbers
        and is_span(sound.get("record"))
        and is_number(sound.get("shift", 0))
        and isinstance(notes, dict)
        and all(isinstance(note, str) for note in notes.values())
    )


def _is_marker(marker: Any) -> bool:
    if not isinstance(marker, dict) or not is_span(marker.get("record")):
        return False
    return all(isinstance(marker.get(name), str) for name in ("id", "color", "name", "note"))


def _check_places(sounds: List[Params], lanes: int) -> None:
    ends = {}
    for sound in sorted(sounds, key=lambda each: each["record"]):
        start, frames = sound["record"]
        is_inside = sound["first"] >= 0 and frames > 0 and sound["first"] + frames <= sound["frames"]
        if not 0 <= sound["lane"] < lanes or not is_inside or start < ends.get(sound["lane"], start):
            raise wrong("sounds")
        ends[sound["lane"]] = start + frames
    if len({sound["id"] for sound in sounds}) != len(sounds):
        raise wrong("sounds")
