"""Frames to samples: exact at every rate and any length."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foleyline.errors import FoleyError
from foleyline.timing import samples
from foleyline_engine.media import timecode, timing

rates = [
    (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1), (374, 25), (2997, 100),
]  # fmt: skip


@pytest.mark.parametrize(("num", "den"), rates)
@given(frames=st.integers(-(10**9), 10**9))
def test_samples_are_the_nearest(num, den, frames) -> None:
    exact = Fraction(frames * 48000 * den, num)
    assert -Fraction(1, 2) < samples(frames, Fraction(num, den)) - exact <= Fraction(1, 2)


def test_known_lengths() -> None:
    assert samples(24, Fraction(24000, 1001)) == 48048
    assert samples(1, Fraction(30000, 1001)) == 1602
    assert samples(5, Fraction(30000, 1001)) == 8008
    assert samples(1, Fraction(60000, 1001)) == 801


def test_time_reference_counts_frames_not_seconds(clip) -> None:
    rate = Fraction(24000, 1001)
    asked = clip("", 0, 48, rate, record_start=86400 + 5 * 24 + 10, head_handle=12)
    assert timing.time_reference(asked) == (86400 + 130 - 12) * 2002
    assert timing.head_n(asked) == 24024 and timing.length_n(asked) == 60 * 2002


def test_time_reference_wraps_at_the_timecode_day(clip) -> None:
    rate = Fraction(24000, 1001)
    before_midnight = clip("", 0, 48, rate, record_start=0, head_handle=12)
    assert timing.time_reference(before_midnight) == (24 * 86400 - 12) * 2002
    assert timing.time_reference(clip("", 0, 1, Fraction(25), record_start=25 * 86400 + 3)) == 3 * 1920
    drop = clip("", 0, 1, Fraction(30000, 1001), record_start=2589408 + 1, drop_frame=True)
    assert timing.time_reference(drop) == 1602


@pytest.mark.parametrize(
    ("text", "rate", "frames", "drop"),
    [
        ("01:00:00:00", Fraction(25), 90000, False),
        ("01:00:00:00", Fraction(24000, 1001), 86400, False),
        ("01:00:00;00", Fraction(30000, 1001), 107892, True),
        ("00:01:00;02", Fraction(30000, 1001), 1800, True),
        ("00:10:00;00", Fraction(60000, 1001), 35964, True),
        ("00:00:10;00", Fraction(25), 250, False),
        ("10:00:00:49", Fraction(50), 1800049, False),
    ],
)
def test_timecode_is_read(text, rate, frames, drop) -> None:
    assert timecode.parse(text, rate) == timecode.Timecode(frames, rate, drop)


@pytest.mark.parametrize("text", ["", "1 hour", "01:00:00", "aa:bb:cc:dd"])
def test_what_is_no_timecode(text) -> None:
    assert timecode.parse(text, Fraction(25)) is None


def test_source_ranges_begin_where_the_media_says(clip) -> None:
    start = timecode.Timecode(90000, Fraction(25), False)
    assert timecode.origin(clip("", 90050, 10), start).start_s == 2
    assert timecode.origin(clip("", 50, 10), start).start_s == 2
    assert timecode.origin(clip("", 50, 10), start).note and not timecode.origin(clip("", 50, 10), None).note
    sloppy = timecode.Timecode(86400, Fraction(24000, 1001), False)
    assert timecode.origin(clip("", 86424, 10, Fraction(24)), sloppy).start_s == 1


def test_rates_and_lengths_that_are_none(clip) -> None:
    asked = clip("", 0, 10)
    asked.record_range.start.rate_num = 0
    with pytest.raises(FoleyError) as problem:
        timing.length_n(asked)
    assert problem.value.code == "E-RATE"
    for empty in (clip("", 0, 0, head_handle=5), clip("", 0, 10, head_handle=-10), clip("", 0, -3)):
        with pytest.raises(FoleyError) as problem:
            timing.length_n(empty)
        assert problem.value.code == "E-EMPTY"
