"""Frames at a rational rate to samples, in integers: a take is exactly as long as its range says."""

from __future__ import annotations

import math
from fractions import Fraction

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.models.exchange import delivery_rate


def samples(frames: int, rate_num: int, rate_den: int) -> int:
    """Samples at 48 kHz that `frames` at rate_num / rate_den take, rounded half up."""
    return (2 * frames * delivery_rate * rate_den + rate_num) // (2 * rate_num)


def rate_of(time: pb.RationalTime, name: str) -> Fraction:
    """Frames per second. Raises E-RATE for a rate that is not above zero."""
    if time.rate_num <= 0 or time.rate_den <= 0:
        raise FoleyError("E-RATE", name=name, rate=f"{time.rate_num}/{time.rate_den}")
    return Fraction(time.rate_num, time.rate_den)


def record_rate(clip: pb.Clip) -> Fraction:
    """The timeline's frames per second."""
    return rate_of(clip.record_range.start, clip.name)


def take_frames(clip: pb.Clip) -> int:
    """Record frames of the take, handles included. Raises E-EMPTY where the clip or the take has none."""
    frames = clip.record_range.duration.value + clip.head_handle + clip.tail_handle
    if clip.record_range.duration.value <= 0 or frames <= 0:
        raise FoleyError("E-EMPTY", name=clip.name)
    return frames


def take_length(clip: pb.Clip) -> Fraction:
    """Seconds of the take, handles included."""
    return take_frames(clip) / record_rate(clip)


def length_n(clip: pb.Clip) -> int:
    """Samples of the take, handles included."""
    return _samples(take_frames(clip), record_rate(clip))


def head_n(clip: pb.Clip) -> int:
    """Samples of the head handle."""
    return _samples(clip.head_handle, record_rate(clip))


def time_reference(clip: pb.Clip) -> int:
    """Samples since midnight of the take's first sample; a take that begins before midnight is the day before's.

    From the frame count, not from timecode read as seconds: at 23.976 the day of 24 timecode hours is longer than
    86400 s, and wraps after its own count of frames.
    """
    rate = record_rate(clip)
    frames = clip.record_range.start.value - clip.head_handle
    return _samples(frames % day_frames(rate, clip.drop_frame), rate)


def day_frames(rate: Fraction, drop_frame: bool) -> int:
    """Frames that 24 hours of timecode count."""
    nominal = nominal_rate(rate)
    dropped_an_hour = dropped_a_minute(rate) * 54 if drop_frame else 0
    return 24 * (3600 * nominal - dropped_an_hour)


def nominal_rate(rate: Fraction) -> int:
    """Frames that timecode counts in a second."""
    return max(1, math.floor(rate + Fraction(1, 2)))


def dropped_a_minute(rate: Fraction) -> int:
    """Frame numbers that drop-frame timecode skips in nine of ten minutes; 0 where it is not defined."""
    nominal = nominal_rate(rate)
    return nominal // 15 if nominal % 30 == 0 else 0


def _samples(frames: int, rate: Fraction) -> int:
    return samples(frames, rate.numerator, rate.denominator)
