"""Frames, rates, samples and timecode, exact and in integers; knows neither timelines nor media."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

delivery_rate = 48000

largest_rate = 1_000_000
# Hosts write 29.97, 23.976 or 23.98 for these, as floats.
pulled_down = {n: Fraction(n * 1000, 1001) for n in (12, 15, 24, 30, 48, 60, 72, 90, 96, 120, 240)}
written_to_two_digits = 0.005


@lru_cache(maxsize=1024)
def rate_of(rate: float) -> Fraction:
    """A host's frames per second as the fraction it stands for: 29.97 is 30000/1001, 14.96 is 374/25.

    Raises FoleyError E-RATE for what is no rate: zero, negative, not a number, absurdly high.
    """
    if not (math.isfinite(rate) and 0 < rate <= largest_rate):
        raise FoleyError("E-RATE", rate=rate)
    whole = round(rate)
    if abs(rate - whole) < 1e-6 and whole > 0:
        return Fraction(whole)
    for exact in pulled_down.values():
        if abs(rate - exact) <= written_to_two_digits:
            return exact
    nearest = Fraction(rate).limit_denominator(1001)
    if nearest <= 0:
        raise FoleyError("E-RATE", rate=rate)
    return nearest


def fraction_of(value: float) -> Fraction:
    """A time value that a host wrote as a float: whole where a whole frame is meant, else to a millionth."""
    whole = round(value)
    return Fraction(whole) if abs(value - whole) < 1e-6 else Fraction(value).limit_denominator(1_000_000)


def round_half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def samples(frames: int, rate: Fraction, sample_rate: int = delivery_rate) -> int:
    """The sample at which a frame starts, rounded half up. Never by way of seconds as a float."""
    return round_half_up(Fraction(frames * sample_rate) / rate)


def is_drop_frame_rate(rate: Fraction) -> bool:
    """Whether drop-frame timecode exists at this rate: 29.97 and its multiples."""
    return rate.denominator == 1001 and rate.numerator % 30000 == 0


def timecode(frames: int, rate: Fraction, drop_frame: bool = False) -> str:
    """HH:MM:SS:FF of a frame count since midnight; HH:MM:SS;FF for drop frame. Wraps at 24 hours.

    A rate that has no timecode of its own counts in its nearest whole number, not dropping.
    """
    nominal = max(1, round_half_up(rate))
    drop_frame = drop_frame and is_drop_frame_rate(rate)
    if drop_frame:
        frames = _with_dropped_numbers(frames % _frames_a_day(nominal), nominal)
    seconds, frame = divmod(frames, nominal)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minute:02d}:{second:02d}{';' if drop_frame else ':'}{frame:02d}"


def _frames_a_day(nominal: int) -> int:
    return 24 * 6 * _frames_in_ten_minutes(nominal)


def _frames_in_ten_minutes(nominal: int) -> int:
    return nominal * 600 - 9 * nominal // 15


def _with_dropped_numbers(frames: int, nominal: int) -> int:
    """SMPTE 12M: the first nominal/15 numbers of every minute but each tenth are left out."""
    dropped = nominal // 15
    tens, rest = divmod(frames, _frames_in_ten_minutes(nominal))
    full_minutes = max(0, rest - dropped) // (nominal * 60 - dropped)
    return frames + dropped * (9 * tens + full_minutes)


def rational(value: int, rate: Fraction) -> pb.RationalTime:
    return pb.RationalTime(value=value, rate_num=rate.numerator, rate_den=rate.denominator)


def time_range(start: int, duration: int, rate: Fraction) -> pb.TimeRange:
    return pb.TimeRange(start=rational(start, rate), duration=rational(duration, rate))


def rate_in(time: pb.RationalTime) -> Fraction:
    """Raises FoleyError E-RATE."""
    if time.rate_num <= 0 or time.rate_den <= 0:
        raise FoleyError("E-RATE", rate=f"{time.rate_num}/{time.rate_den}")
    return Fraction(time.rate_num, time.rate_den)


def seconds_of(time: pb.RationalTime) -> Fraction:
    return time.value / rate_in(time)
