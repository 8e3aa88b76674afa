"""Who is seen in a clip: faces and standing figures, by the detectors that ship in OpenCV, agreed upon over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..exchange import Check, Frames, View
from .detectors import Box, detectors

view = View(480, 480, rate=Fraction(4, 3), colour="gray", fit="inside")
most_pictures = 90
memory_s = 2.3
few_pictures = 2
size_ratio = 1.6
drift = 1.0


@dataclass(frozen=True)
class Sighting:
    """One detection. picture: its number among those looked at; box in shares of the picture's width and height."""

    picture: int
    time_s: float
    kind: str
    box: Box


@dataclass(frozen=True)
class People:
    """times_s: of the pictures looked at; sightings: those that agree with another one, in order of time."""

    times_s: np.ndarray
    sightings: tuple[Sighting, ...]

    def pictures_with(self, kind: str) -> list[int]:
        return sorted({seen.picture for seen in self.sightings if seen.kind == kind})

    @property
    def kinds(self) -> list[str]:
        return sorted({seen.kind for seen in self.sightings})

    @property
    def are_seen(self) -> bool:
        return bool(self.sightings)


def look(frames: Frames, check: Check) -> People:
    """Look for people in up to 90 pictures of a clip, evenly spread."""
    chosen = _spread(len(frames.times_s))
    times_s = np.maximum(frames.times_s[chosen], 0.0)
    found: list[Sighting] = []
    is_mirrored = False
    for number, index in enumerate(chosen):
        picture = np.ascontiguousarray(frames.pixels[index])
        found += _seen(number, times_s[number], "face", detectors.frontal(picture), picture)
        check()
        profiles = detectors.profile(picture, is_mirrored)
        found += _seen(number, times_s[number], "face", profiles, picture)
        # Heads turned left and right take turns, for the price of one; a way that finds somebody is kept.
        is_mirrored = is_mirrored if profiles else not is_mirrored
        check()
        found += _seen(number, times_s[number], "figure", detectors.figures(picture), picture)
        check()
    return People(times_s, tuple(_agreed(found, len(chosen))))


def _spread(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, most_pictures)).round().astype(int))


def _seen(number: int, time_s: float, kind: str, boxes: Sequence[Box], picture: np.ndarray) -> list[Sighting]:
    height, width = picture.shape
    scale = (width, height, width, height)
    return [
        Sighting(number, float(time_s), kind, tuple(side / by for side, by in zip(box, scale, strict=True)))
        for box in boxes
    ]


def _agreed(found: Sequence[Sighting], pictures: int) -> list[Sighting]:
    """Sightings that another picture confirms: like place, like size, at most two seconds away.

    A clip of one or two pictures cannot confirm: there each sighting counts by itself.
    """
    if pictures <= few_pictures:
        return list(found)
    return [seen for seen in found if any(_confirms(seen, other) for other in found)]


def _confirms(one: Sighting, other: Sighting) -> bool:
    if one.kind != other.kind or one.picture == other.picture or abs(one.time_s - other.time_s) > memory_s:
        return False
    (x, y, w, h), (p, q, r, s) = one.box, other.box
    ratio = max(h, s) / max(min(h, s), 1e-6)
    is_near = abs(x + w / 2 - p - r / 2) <= drift * max(w, r) and abs(y + h / 2 - q - s / 2) <= drift * max(h, s)
    return ratio <= size_ratio and is_near
