"""Walks a timeline's tracks and nested stacks down to the clips that show, and says when and at what speed each
plays. Times are exact seconds from the start of the timeline's own stack; media and files are none of its business."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import opentimelineio as otio

from foleyline.errors import FoleyError

from .timing import fraction_of, rate_of

deepest_nesting = 48
longest_s = 10**8
fastest = 10_000

Length = Callable[[otio.schema.Clip], Fraction | None]
"""Seconds of media behind a clip that says nothing about its length, or None where nobody knows."""


@dataclass(frozen=True)
class Window:
    """What a composition or a clip shows: its own time at `t` is `offset + speed * t`, for lo <= t < hi.

    All in seconds; `hi` is None where nothing limits it. With a `problem` at most lo and hi mean something.
    """

    lo: Fraction = Fraction(0)
    hi: Fraction | None = None
    offset: Fraction = Fraction(0)
    speed: Fraction = Fraction(1)
    problem: str | None = None
    rate: object = ""


@dataclass(frozen=True)
class Shot:
    """A clip on a video track, where it shows. `track` counts video tracks from the bottom: V1."""

    clip: otio.schema.Clip
    track: str
    window: Window


def shots(timeline: otio.schema.Timeline, length: Length = lambda clip: None) -> Iterator[Shot]:
    """Every enabled clip that shows on an enabled video track, track by track from the bottom, in order of time."""
    stack = timeline.tracks
    top = _top(stack)
    video_tracks = 0
    for child in stack:
        if not isinstance(child, otio.core.Item) or _is_sound(child):
            continue
        video_tracks += 1
        if is_enabled(child):
            yield from _entered(child, top, Fraction(0), f"V{video_tracks}", length, 1)


def is_enabled(item: otio.core.Composable) -> bool:
    """The FCP 7 XML adapter leaves `enabled` at true and keeps what the file says in its metadata."""
    if not getattr(item, "enabled", True):
        return False
    told = item.metadata.get("fcp_xml")
    return not (told and str(told.get("enabled", "")).upper() == "FALSE")


def _top(stack: otio.schema.Stack) -> Window:
    try:
        if speed_of(stack) != 1:
            return Window(problem="E-SPEED")
        if stack.source_range is None:
            return Window()
        start, duration = seconds(stack.source_range)
        return Window(hi=duration, offset=start)
    except FoleyError as error:
        return Window(problem=error.code, rate=error.facts.get("rate", ""))


def _inside(
    composition: otio.core.Composition, window: Window, track: str, length: Length, depth: int
) -> Iterator[Shot]:
    if depth > deepest_nesting:
        raise FoleyError("E-OTIO", name=composition.name, reason=f"clips nest more than {deepest_nesting} deep in it")
    in_order = isinstance(composition, otio.schema.Track)
    start = Fraction(0)
    for child in composition:
        if not isinstance(child, otio.core.Item) or _is_sound(child):
            continue
        if not isinstance(child, otio.schema.Gap) and is_enabled(child):
            yield from _entered(child, window, start, track, length, depth)
        if in_order and not window.problem:
            try:
                start += _span(child, length)[1]
            except FoleyError:
                # Nobody can say where what follows an item of unknown length lies.
                window = replace(window, problem="E-LENGTH")


def _is_sound(child: otio.core.Composable) -> bool:
    return isinstance(child, otio.schema.Track) and child.kind != otio.schema.TrackKind.Video


def _entered(
    child: otio.core.Item, window: Window, start: Fraction, track: str, length: Length, depth: int
) -> Iterator[Shot]:
    """The clips that show of a child that starts at `start` in its parent's time."""
    inner = _narrowed(child, window, start, length)
    if inner is None:
        return
    if isinstance(child, otio.schema.Clip):
        yield Shot(child, track, inner)
    elif isinstance(child, otio.core.Composition):
        yield from _inside(child, inner, track, length, depth + 1)


def _narrowed(child: otio.core.Item, window: Window, start: Fraction, length: Length) -> Window | None:
    """The child's window: its parent's, cut to the child, in the child's own time. None where it never shows.

    OTIO's transformed_time_range cuts to no parent and knows no speed, so both are done here.
    """
    if window.problem:
        return Window(problem=window.problem, rate=window.rate)
    try:
        child_start, duration = _span(child, length)
    except FoleyError as error:
        if child.source_range is not None or not isinstance(child, otio.core.Composition):
            return Window(problem=error.code, rate=error.facts.get("rate", ""))
        child_start, duration = Fraction(0), None
    if duration == 0 and child.source_range is not None and isinstance(child, otio.core.Composition):
        return None
    if duration == 0:
        return replace(window, problem="E-EMPTY", hi=window.lo)
    cut = _cut(window, start, None if duration is None else start + duration)
    return cut and _in_own_time(child, cut, child_start, duration, start)


def _in_own_time(
    child: otio.core.Item, cut: Window, child_start: Fraction, duration: Fraction | None, start: Fraction
) -> Window:
    try:
        speed = speed_of(child)
        if abs(speed * cut.speed) > fastest:
            raise FoleyError("E-SPEED", name=child.name)
    except FoleyError as error:
        return replace(cut, problem=error.code)
    if duration is None and speed != 1:
        return replace(cut, problem="E-LENGTH")
    return _slowed(cut, child_start, duration or Fraction(0), start, speed)


def _cut(window: Window, start: Fraction, end: Fraction | None) -> Window | None:
    """The window where the parent's own time lies in start <= time < end; no end cuts nothing off."""
    if window.speed == 0:
        return window if start <= window.offset and (end is None or window.offset < end) else None
    first, last = ((None if time is None else (time - window.offset) / window.speed) for time in (start, end))
    if window.speed < 0:
        first, last = last, first
    lo = window.lo if first is None else max(first, window.lo)
    hi = min((time for time in (last, window.hi) if time is not None), default=None)
    return replace(window, lo=lo, hi=hi) if hi is None or lo < hi else None


def _slowed(window: Window, child_start: Fraction, duration: Fraction, start: Fraction, speed: Fraction) -> Window:
    """The window in the time of a child; played backward a child begins at the end of what it uses."""
    first = child_start if speed >= 0 else child_start - speed * duration
    return replace(window, offset=first + speed * (window.offset - start), speed=speed * window.speed)


def _span(item: otio.core.Item, length: Length) -> tuple[Fraction, Fraction]:
    """Start and duration of what is used of an item, in seconds of its own time.

    Raises FoleyError E-RATE, E-TIME or E-LENGTH (nothing says how long it is).
    """
    if item.source_range is not None:
        return seconds(item.source_range)
    if isinstance(item, otio.schema.Clip):
        return _span_of_media(item, length)
    if isinstance(item, otio.core.Composition):
        return Fraction(0), _length(item, length)
    raise FoleyError("E-LENGTH", name=item.name)


def _span_of_media(clip: otio.schema.Clip, length: Length) -> tuple[Fraction, Fraction]:
    media = clip.media_reference
    known = None if media is None else media.available_range
    if known is not None and known.duration.value > 0:
        return seconds(known)
    duration = length(clip)
    if duration is None:
        raise FoleyError("E-LENGTH", name=clip.name)
    return Fraction(0) if known is None else seconds(known)[0], duration


def _length(composition: otio.core.Composition, length: Length) -> Fraction:
    spans = [_span(child, length)[1] for child in composition if isinstance(child, otio.core.Item)]
    return sum(spans, Fraction(0)) if isinstance(composition, otio.schema.Track) else max(spans, default=Fraction(0))


def seconds(time_range: otio.opentime.TimeRange) -> tuple[Fraction, Fraction]:
    """Start and duration, exact. Raises FoleyError E-RATE, or E-TIME for what is no time: not a number, backward,
    or years away, which would not fit the contract's integers."""
    start, duration = (_seconds(time) for time in (time_range.start_time, time_range.duration))
    if duration < 0:
        raise FoleyError("E-TIME")
    return start, duration


def _seconds(time: otio.opentime.RationalTime) -> Fraction:
    if not math.isfinite(time.value):
        raise FoleyError("E-TIME")
    exact = fraction_of(time.value) / rate_of(time.rate)
    if abs(exact) > longest_s:
        raise FoleyError("E-TIME")
    return exact


def speed_of(item: otio.core.Item) -> Fraction:
    """Seconds of the item that pass in one second of its parent. Raises FoleyError E-SPEED where that varies."""
    speed = Fraction(1)
    for effect in item.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp) and math.isfinite(effect.time_scalar):
            speed *= Fraction(effect.time_scalar)
        elif isinstance(effect, otio.schema.TimeEffect) or _is_remapped(effect):
            raise FoleyError("E-SPEED", name=item.name)
    return speed


def _is_remapped(effect: otio.schema.Effect) -> bool:
    """FCP 7 XML keeps a speed change as a plain effect, and programs differ on what 25 % is: 25 or 0.25."""
    told = effect.metadata.get("fcp_xml")
    if not told or str(told.get("effectid", "")).lower() != "timeremap":
        return False
    parameters = told.get("parameter", [])
    values = {
        p.get("parameterid"): p.get("value") for p in ([parameters] if hasattr(parameters, "get") else parameters)
    }
    plain = values.get("variablespeed", "0") == "0" and str(values.get("reverse", "FALSE")).upper() == "FALSE"
    return not (plain and values.get("speed") in ("100", "100.0"))
