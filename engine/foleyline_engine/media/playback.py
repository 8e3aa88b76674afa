"""Which moment of the source is on screen at which moment of the take. Arithmetic only; knows no files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from foleyline.errors import FoleyError
from foleyline.timing import rate_in
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import timing


@dataclass(frozen=True)
class Playback:
    """Source time = anchor_s + take time * speed; seconds, the take begins with its head handle.

    own: the take's stretch without handles, in take time.
    """

    anchor_s: float
    speed: float
    length_s: float
    own: tuple[float, float]

    def source_time(self, take_s: float) -> float:
        return self.anchor_s + take_s * self.speed

    def source_span(self, begin_s: float, end_s: float) -> tuple[float, float]:
        """First and last source time of a stretch of the take, whichever way it plays."""
        ends = self.source_time(begin_s), self.source_time(end_s)
        return min(ends), max(ends)

    @property
    def span(self) -> tuple[float, float]:
        return self.source_span(0.0, self.length_s)

    def shown(self, begin_s: float, end_s: float, rounding_s: float) -> tuple[float, float]:
        """Take time, half-open, in which the picture of this source interval is on screen.

        rounding_s: how much later than its true time the source may say that a picture begins.
        """
        if self.speed == 0:
            is_held = begin_s <= self.anchor_s + rounding_s < end_s
            return (0.0, math.inf) if is_held else (math.inf, math.inf)
        ends = (begin_s - self.anchor_s) / self.speed, (end_s - self.anchor_s) / self.speed
        return min(ends), max(ends)


def speed_of(clip: pb.Clip) -> float:
    """Source seconds in one record second. Raises E-SPEED for what is not a number."""
    speed = clip.time_scalar if clip.HasField("time_scalar") else 1.0
    if not math.isfinite(speed):
        raise FoleyError("E-SPEED", name=clip.name)
    return speed


def of(clip: pb.Clip, start_s: Fraction) -> Playback:
    """The clip's playback, its source range beginning `start_s` after the media's first picture."""
    rate = timing.record_rate(clip)
    speed = speed_of(clip)
    head_s = float(clip.head_handle / rate)
    begin_s = start_s
    if speed < 0:
        begin_s += clip.source_range.duration.value / rate_in(clip.source_range.duration, clip.name)
    own = head_s, head_s + float(clip.record_range.duration.value / rate)
    return Playback(float(begin_s) - head_s * speed, speed, float(timing.take_length(clip)), own)
