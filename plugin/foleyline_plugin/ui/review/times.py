"""A take's samples, the timeline's frames and timecode, and the moment of the source that is on screen. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from foleyline.timing import delivery_rate, rate_in, samples, timecode
from foleyline.v1 import engine_pb2 as pb


@dataclass(frozen=True)
class TakeTimes:
    """Frames are counted from the take's first, which is `head` record frames before the clip's.

    rate: record frames per second. start: the record frame of the clip's first picture. own: the clip's frames
    without handles. frames: of the whole take.
    """

    rate: Fraction
    start: int
    head: int
    own: int
    tail: int
    drop_frame: bool

    @property
    def frames(self) -> int:
        return self.head + self.own + self.tail

    @property
    def length_n(self) -> int:
        """Samples of the take."""
        return samples(self.frames, self.rate)

    @property
    def own_n(self) -> tuple[int, int]:
        """Samples of the clip without its handles, half-open."""
        return samples(self.head, self.rate), samples(self.head + self.own, self.rate)

    def sample_of(self, frame: int) -> int:
        """The sample at which a frame begins, held within the take."""
        return samples(min(max(frame, 0), self.frames), self.rate)

    def frame_at(self, sample: float) -> int:
        """The frame that is on screen at a sample; the last one at the take's end."""
        whole = math.floor(sample)
        frame = int(whole * self.rate / delivery_rate)
        frame += samples(frame + 1, self.rate) <= whole
        frame -= samples(frame, self.rate) > whole
        return min(max(frame, 0), self.frames - 1)

    def timecode(self, frame: int) -> str:
        """Record timecode of a frame of the take; that of `frames` is where the take ends."""
        return timecode(self.start - self.head + frame, self.rate, self.drop_frame)

    def clock(self, seconds: float) -> str:
        """Record timecode of the frame at a moment, seconds from the take's first sample."""
        return self.timecode(min(int(seconds * self.rate + Fraction(1, 1000)), self.frames))


def of(clip: pb.Clip) -> TakeTimes:
    """Raises FoleyError E-RATE where the record range has no rate."""
    return TakeTimes(
        rate=rate_in(clip.record_range.start, clip.name),
        start=clip.record_range.start.value,
        head=clip.head_handle,
        own=max(1, clip.record_range.duration.value),
        tail=clip.tail_handle,
        drop_frame=clip.drop_frame,
    )


@dataclass(frozen=True)
class Playback:
    """Source second on screen at second t of the take: anchor_s + t * speed, from the media's first picture."""

    anchor_s: Fraction
    speed: Fraction
    rate: Fraction

    def source_s(self, frame: int) -> float:
        """Where a frame of the take is read from, in seconds from the media's first picture."""
        return float(self.anchor_s + frame / self.rate * self.speed)


def playback(clip: pb.Clip, start: int | None, start_rate: Fraction) -> Playback:
    """Where a clip's frames lie in its media.

    start: frames since midnight of the timecode embedded in the media, counted at start_rate, None where there is
    none. It counts where the timeline does not say where its media begin, as the engine reads it.
    """
    times = of(clip)
    first = clip.source_range.start
    rate = rate_in(first, clip.name)
    begin = first.value / rate - _media_start(clip, start, start_rate)
    speed = Fraction(clip.time_scalar).limit_denominator(10**6) if clip.HasField("time_scalar") else Fraction(1)
    if speed < 0:
        begin += clip.source_range.duration.value / rate_in(clip.source_range.duration, clip.name)
    return Playback(begin - times.head / times.rate * speed, speed, times.rate)


def _media_start(clip: pb.Clip, start: int | None, start_rate: Fraction) -> Fraction:
    """Seconds on the source range's own clock at which the media begin."""
    if clip.media.HasField("available_start"):
        return clip.media.available_start.value / rate_in(clip.media.available_start, clip.name)
    rate = rate_in(clip.source_range.start, clip.name)
    # Timelines that say 24 for 23.976 still count the same frame numbers.
    same_count = start_rate and round(start_rate) == round(rate)
    first = Fraction(0) if not start else Fraction(start) if same_count else start / start_rate * rate
    return first / rate if first <= clip.source_range.start.value else Fraction(0)
