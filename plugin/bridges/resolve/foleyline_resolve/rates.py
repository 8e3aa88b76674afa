"""Resolve's rates, which are texts, and its timecode, to exact rates and frames."""

from fractions import Fraction
from typing import Any, Optional, Tuple

pulled_down = {"23.976": 24, "23.98": 24, "29.97": 30, "47.952": 48, "47.95": 48, "59.94": 60, "119.88": 120}


def parse(value: Any) -> Optional[Tuple[Fraction, bool]]:
    """The rate and whether it drops frames, of "24", "23.976", "29.97 DF" or a number; None where it is none."""
    words = str(value).split()
    drops = len(words) == 2 and words[1] == "DF"
    try:
        number = float(words[0]) if words else 0.0
    except ValueError:
        return None
    if not 0 < number < 100000:
        return None
    name = ("%.3f" % number).rstrip("0").rstrip(".")
    if name in pulled_down:
        return Fraction(pulled_down[name] * 1000, 1001), drops
    return Fraction(number).limit_denominator(1001), drops


def nominal(rate: Fraction) -> int:
    return int(rate + Fraction(1, 2))


def _dropped(rate: Fraction, drops: bool) -> int:
    """Frame numbers left out in nine of ten minutes (SMPTE 12M)."""
    return nominal(rate) // 15 if drops and rate.denominator == 1001 and nominal(rate) % 30 == 0 else 0


def to_timecode(frame: int, rate: Fraction, drops: bool) -> str:
    count, dropped = nominal(rate), _dropped(rate, drops)
    if dropped:
        tens, rest = divmod(frame, count * 600 - 9 * dropped)
        frame += dropped * (9 * tens + max(0, rest - dropped) // (count * 60 - dropped))
    seconds, frames = divmod(frame, count)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return "%02d:%02d:%02d%s%02d" % (hours % 24, minute, second, ";" if dropped else ":", frames)


def from_timecode(text: Any, rate: Fraction, drops: bool) -> Optional[int]:
    """The frame, or None for what is no timecode."""
    parts = str(text).replace(";", ":").replace(".", ":").split(":")
    if len(parts) != 4 or not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds, frames = (int(part) for part in parts)
    passed = hours * 60 + minutes
    return (passed * 60 + seconds) * nominal(rate) + frames - _dropped(rate, drops) * (passed - passed // 10)


def rounded(value: Any) -> int:
    """The nearest frame of a number that the program gave as a float or a text; halves go up."""
    return int((Fraction(value) * 2 + 1) // 2)
