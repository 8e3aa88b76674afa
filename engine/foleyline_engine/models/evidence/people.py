"""Who is seen in a clip: faces and standing figures, by the detectors that ship in OpenCV, agreed upon over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from ..exchange import Check, Frames, View
from .detectors import Box, Finding, detectors
from .stillness import has_moved, is_same

view = View(480, 480, rate=Fraction(4, 3), colour="gray", fit="inside")
memory_s = 2.3
few_pictures = 2
size_ratio = 1.6
drift = 1.0
strong = 2.0
"""Strength from which something counts even if it never moves: a photograph of a person does, a post does not."""


@dataclass(frozen=True)
class Effort:
    """Every so many-th picture is looked at, at most so many; those next to it where it shows a hint of a person."""

    every: int
    moments: int


closely = Effort(every=2, moments=45)
briefly = Effort(every=3, moments=8)


@dataclass(frozen=True)
class Sighting:
    """One detection. picture: its number among the clip's; box in shares of the picture's width and height."""

    picture: int
    time_s: float
    kind: str
    box: Box
    strength: float

    @property
    def is_firm(self) -> bool:
        return self.strength >= 1


@dataclass(frozen=True)
class People:
    """Of the pictures looked at. times_s: float64, increasing.

    sightings: those that agree with another one, in order of time; still: those left out of them since nothing
    in their place ever moved.
    """

    times_s: np.ndarray
    sightings: tuple[Sighting, ...]
    still: tuple[Sighting, ...] = ()

    def of_kind(self, kind: str) -> list[Sighting]:
        return [seen for seen in self.sightings if seen.kind == kind]

    def pictures_with(self, kind: str) -> list[int]:
        return sorted({seen.picture for seen in self.of_kind(kind)})

    @property
    def kinds(self) -> list[str]:
        return sorted({seen.kind for seen in self.sightings})

    @property
    def are_seen(self) -> bool:
        return bool(self.sightings)


@dataclass
class _Watch:
    """The pictures looked at so far, by number, with what was found in each."""

    frames: Frames
    check: Check
    found: dict[int, list[Sighting]] = field(default_factory=dict)
    is_mirrored: bool = False
    last: int = -1

    def look(self, picture: int) -> list[Sighting]:
        if picture not in self.found:
            self.found[picture] = self._again(picture) if self._is_as_before(picture) else self._detect(picture)
            self.last = picture
        return self.found[picture]

    def is_new(self, seen: Sighting) -> bool:
        return not any(_confirms(seen, other) for other in self.firm())

    def firm(self) -> list[Sighting]:
        return [seen for _, all_seen in sorted(self.found.items()) for seen in all_seen if seen.is_firm]

    def _is_as_before(self, picture: int) -> bool:
        return self.last >= 0 and is_same(self.frames.pixels[self.last], self.frames.pixels[picture])

    def _again(self, picture: int) -> list[Sighting]:
        time_s = _time_s(self.frames, picture)
        return [replace(seen, picture=picture, time_s=time_s) for seen in self.found[self.last]]

    def _detect(self, picture: int) -> list[Sighting]:
        pixels = np.ascontiguousarray(self.frames.pixels[picture])
        faces = detectors.frontal(pixels)
        self.check()
        profiles = detectors.profile(pixels, self.is_mirrored)
        # Heads turned left and right take turns, for the price of one; a way that finds somebody is kept.
        self.is_mirrored = self.is_mirrored if profiles else not self.is_mirrored
        self.check()
        figures = detectors.figures(pixels)
        self.check()
        kinds = [("face", each) for each in faces + profiles] + [("figure", each) for each in figures]
        return [_sighting(self.frames, picture, kind, each) for kind, each in kinds]


def look(frames: Frames, check: Check, effort: Effort = closely) -> People:
    """Look for people at moments spread evenly over a clip, and around each that hints at one until one is sure.

    At most three pictures a moment are looked at, however long the clip is.
    """
    watch = _Watch(frames, check)
    count = len(frames.times_s)
    for picture in _moments(count, effort):
        hints = [seen for seen in watch.look(picture) if watch.is_new(seen)]
        if hints and not _people(watch).are_seen:
            for near in (picture - 1, picture + 1):
                if 0 <= near < count:
                    watch.look(near)
    return _people(watch)


def _people(watch: _Watch) -> People:
    frames = watch.frames
    times_s = np.array([_time_s(frames, picture) for picture in sorted(watch.found)])
    agreed = _agreed(watch.firm(), len(frames.times_s))
    moving = [seen for seen in agreed if _counts(seen, agreed, frames)]
    return People(times_s, tuple(moving), tuple(seen for seen in agreed if seen not in moving))


def _moments(count: int, effort: Effort) -> list[int]:
    moments = min(count // effort.every + 1, effort.moments, count)
    return np.unique(np.linspace(0, count - 1, moments).round().astype(int)).tolist()


def _time_s(frames: Frames, picture: int) -> float:
    return max(float(frames.times_s[picture]), 0.0)


def _sighting(frames: Frames, picture: int, kind: str, found: Finding) -> Sighting:
    height, width = frames.pixels.shape[1:3]
    x, y, w, h = found.box
    box = (x / width, y / height, w / width, h / height)
    return Sighting(picture, _time_s(frames, picture), kind, box, found.strength)


def _agreed(found: Sequence[Sighting], pictures: int) -> list[Sighting]:
    """Sightings that another picture confirms: like place, like size, at most two seconds away.

    A clip of one or two pictures cannot confirm: there each sighting counts by itself.
    """
    if pictures <= few_pictures:
        return list(found)
    return [seen for seen in found if any(_confirms(seen, other) for other in found)]


def _confirms(one: Sighting, other: Sighting) -> bool:
    return abs(one.time_s - other.time_s) <= memory_s and _is_like(one, other)


def _is_like(one: Sighting, other: Sighting) -> bool:
    """The same kind in another picture, in about the same place and size."""
    if one.kind != other.kind or one.picture == other.picture:
        return False
    (x, y, w, h), (p, q, r, s) = one.box, other.box
    ratio = max(h, s) / max(min(h, s), 1e-6)
    is_near = abs(x + w / 2 - p - r / 2) <= drift * max(w, r) and abs(y + h / 2 - q - s / 2) <= drift * max(h, s)
    return ratio <= size_ratio and is_near


def _counts(seen: Sighting, agreed: Sequence[Sighting], frames: Frames) -> bool:
    """Is it, or one like it, strong, or does it move? What no other picture shows again counts as it is."""
    like = [other for other in agreed if _is_like(seen, other)]
    if not like or max(each.strength for each in [seen, *like]) >= strong:
        return True
    before = frames.pixels[seen.picture]
    return any(has_moved(before, frames.pixels[other.picture], seen.box) for other in like)
