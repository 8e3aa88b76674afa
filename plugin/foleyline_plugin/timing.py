"""Times as hosts write them, floats and all, to the exact ones of the contract."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from foleyline.errors import FoleyError
from foleyline.timing import rate_in
from foleyline.v1 import engine_pb2 as pb

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


def rational(value: int, rate: Fraction) -> pb.RationalTime:
    return pb.RationalTime(value=value, rate_num=rate.numerator, rate_den=rate.denominator)


def time_range(start: int, duration: int, rate: Fraction) -> pb.TimeRange:
    return pb.TimeRange(start=rational(start, rate), duration=rational(duration, rate))


def seconds_of(time: pb.RationalTime) -> Fraction:
    return time.value / rate_in(time)
