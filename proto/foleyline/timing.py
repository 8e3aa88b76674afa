"""Frames, rates, samples and timecode, exact and in integers: the arithmetic that panel and engine share."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from foleyline.errors import FoleyError

if TYPE_CHECKING:  # models import this where no protobuf is installed
    from foleyline.v1 import engine_pb2 as pb

delivery_rate = 48000


def rate_in(time: pb.RationalTime, name: str = "") -> Fraction:
    """Frames per second. Raises FoleyError E-RATE for a rate that is not above zero."""
    if time.rate_num <= 0 or time.rate_den <= 0:
        raise FoleyError("E-RATE", rate=f"{time.rate_num}/{time.rate_den}", **({"name": name} if name else {}))
    return Fraction(time.rate_num, time.rate_den)


def round_half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def samples(frames: int, rate: Fraction, sample_rate: int = delivery_rate) -> int:
    """The sample at which a frame starts, rounded half up. Never by way of seconds as a float."""
    return round_half_up(frames * sample_rate / rate)


def nominal_rate(rate: Fraction) -> int:
    """Frames that timecode counts in a second."""
    return max(1, round_half_up(rate))


def dropped_a_minute(rate: Fraction) -> int:
    """Frame numbers that drop-frame timecode leaves out in nine of ten minutes (SMPTE 12M); 0 where there is none.

    Drop frame exists at 29.97 and its multiples.
    """
    is_pulled_down = rate.denominator == 1001 and rate.numerator % 30000 == 0
    return nominal_rate(rate) // 15 if is_pulled_down else 0


def day_frames(rate: Fraction, drop_frame: bool) -> int:
    """Frames that 24 hours of timecode count."""
    dropped_an_hour = dropped_a_minute(rate) * 54 if drop_frame else 0
    return 24 * (3600 * nominal_rate(rate) - dropped_an_hour)


def timecode(frames: int, rate: Fraction, drop_frame: bool = False) -> str:
    """HH:MM:SS:FF of a frame count since midnight; HH:MM:SS;FF for drop frame. Wraps at 24 hours.

    A rate that has no timecode of its own counts in its nearest whole number, not dropping.
    """
    dropped = dropped_a_minute(rate) if drop_frame else 0
    frames %= day_frames(rate, drop_frame)
    nominal = nominal_rate(rate)
    if dropped:
        frames += _numbers_left_out(frames, nominal, dropped)
    seconds, frame = divmod(frames, nominal)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{';' if dropped else ':'}{frame:02d}"


def frame_count(hours: int, minutes: int, seconds: int, frame: int, rate: Fraction, drop_frame: bool = False) -> int:
    """Frames since midnight of a timecode."""
    passed = hours * 60 + minutes
    dropped = dropped_a_minute(rate) * (passed - passed // 10) if drop_frame else 0
    return (passed * 60 + seconds) * nominal_rate(rate) + frame - dropped


def _numbers_left_out(frames: int, nominal: int, dropped: int) -> int:
    tens, rest = divmod(frames, nominal * 600 - 9 * dropped)
    full_minutes = max(0, rest - dropped) // (nominal * 60 - dropped)
    return dropped * (9 * tens + full_minutes)
