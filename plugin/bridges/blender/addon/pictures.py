"""Which frame of its media a strip shows at which frame of the scene."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from .snapshot import Strip

numbering = re.compile(r"(.*?)(\d+)(\.[^.]*)$")


@dataclass(frozen=True)
class Pace:
    """frames: of the media a frame of the scene, negative where it plays backward. origin: the scene frame at which
    the content begins. first, last: the media frames that are content; last is exclusive."""

    frames: Fraction
    origin: Fraction
    first: int
    last: Fraction

    def first_of(self, start: int, end: int) -> Fraction:
        """The earliest media frame, exact, that shows between two frames of the scene, whatever the direction."""
        if self.frames > 0:
            return self.first + (start - self.origin) * self.frames
        return self.last + (end - self.origin) * self.frames

    def span(self) -> tuple[Fraction, Fraction]:
        """The scene frames in which the content moves."""
        return self.origin, self.origin + (self.last - self.first) / abs(self.frames)


def pace(strip: Strip, scene_rate: Fraction) -> Pace | None:
    """None where a strip has no one speed, or where nobody knows how fast its media play."""
    content = _content_frames(strip)
    frames = _frames_a_frame(strip, scene_rate, content)
    if frames is None:
        return None
    origin = Fraction(strip.content).limit_denominator(1000)
    last = Fraction(10**9) if content is None else Fraction(strip.trims[0] + content)
    if strip.is_reversed and content is None:
        return None
    return Pace(-frames if strip.is_reversed else frames, origin, strip.trims[0], last)


def _content_frames(strip: Strip) -> int | None:
    return None if strip.native is None or strip.kind == "SOUND" else max(1, strip.native - sum(strip.trims))


def _frames_a_frame(strip: Strip, scene_rate: Fraction, content: int | None) -> Fraction | None:
    """Media frames that pass in one frame of the scene."""
    speed = _speed(strip, content)
    if speed is None or speed <= 0:
        return None
    if strip.kind == "SOUND" or strip.rate is None or strip.rate == scene_rate:
        return speed
    return None if content is None else _conformed(strip, scene_rate, content, speed)


def _speed(strip: Strip, content: int | None) -> Fraction | None:
    """None where it varies."""
    if not strip.keys:
        return Fraction(1 if strip.speed is None else strip.speed).limit_denominator(1_000_000)
    # A strip of one speed has a key at its first and one at its last frame, counted as if nothing were conformed.
    is_one = len(strip.keys) == 2 and content is not None and strip.keys[0] < strip.keys[1]
    return Fraction(content - 1, strip.keys[1] - strip.keys[0]) if is_one and content else None


def _conformed(strip: Strip, scene_rate: Fraction, content: int, speed: Fraction) -> Fraction:
    """A strip that was added by hand plays its media at their own rate, one that a script added frame for frame.

    No property tells which; how long its content is on the timeline does.
    """
    own = strip.rate / scene_rate * speed if strip.rate else speed
    return min((own, speed), key=lambda each: abs(content / each - strip.extent))


def moving(strip: Strip, scene_rate: Fraction) -> tuple[int, int] | None:
    """The scene frames in which a strip shows frames of its own; outside them it holds its first or last one.

    None where it never ends: a still, a sound, whatever Blender makes. A part of a frame at either end is rounding.
    """
    if strip.kind not in ("MOVIE", "MOVIECLIP", "IMAGE") or len(strip.images) == 1 or not strip.native:
        return None
    known = pace(strip, scene_rate)
    if known is None:
        return None
    start, end = known.span()
    first = strip.start if start - strip.start < 1 else math.floor(start)
    last = strip.end if strip.end - end < 1 else math.ceil(end)
    return first, last


def numbered(names: Sequence[str]) -> tuple[str, str, int, int, int] | None:
    """Prefix, suffix, first number, step and padding of images that are numbered in one row; None for others."""
    found = [numbering.fullmatch(name) for name in names]
    if not all(found) or len({(each[1], each[3]) for each in found if each}) != 1:
        return None
    digits = [each[2] for each in found if each]
    numbers = [int(each) for each in digits]
    step = numbers[1] - numbers[0]
    padding = len(digits[0])
    is_row = step > 0 and all(later - earlier == step for earlier, later in pairwise(numbers))
    is_padded = all(str(number).zfill(padding) == text for number, text in zip(numbers, digits, strict=True))
    prefix, suffix = (found[0][1], found[0][3]) if found[0] else ("", "")
    return (prefix, suffix, numbers[0], step, padding) if is_row and is_padded else None
