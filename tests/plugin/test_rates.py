"""Rates, samples and timecode against known values and against OTIO's own."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foleyline.errors import FoleyError
from foleyline.timing import dropped_a_minute, round_half_up, samples, timecode
from foleyline_plugin.timing import fraction_of, rate_of

f23, f29, f59 = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (24.0, Fraction(24)),
        (25, Fraction(25)),
        (23.976, f23),
        (23.98, f23),
        (23.976023976023978, f23),
        (29.97, f29),
        (30000 / 1001, f29),
        (59.94, f59),
        (47.952, Fraction(48000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (14.96, Fraction(374, 25)),
        (15.0, Fraction(15)),
        (12.5, Fraction(25, 2)),
        (48000.0, Fraction(48000)),
    ],
)
def test_rate_is_what_the_host_meant(written: float, meant: Fraction):
    assert rate_of(written) == meant


@pytest.mark.parametrize("written", [0.0, -24.0, float("nan"), float("inf"), 1e-9, 1e12])
def test_no_rate(written: float):
    with pytest.raises(FoleyError) as caught:
        rate_of(written)
    assert caught.value.code == "E-RATE"


@pytest.mark.parametrize(
    ("frames", "rate", "expected"),
    [
        (0, f23, 0),
        (1, f23, 2002),
        (24, f23, 48048),
        (86400, f23, 172_972_800),
        (37, f29, 59259),
        (60, f29, 96096),
        (107892, f29, 172_799_827),
        (37, Fraction(24), 74000),
        (37, Fraction(25), 71040),
        (1, Fraction(64000), 1),
        (1, Fraction(96000), 1),
        (-1, Fraction(96000), 0),
        (86400 * 24 * 60, f59, 99_632_332_800 * 1001 // 1001),
    ],
)
def test_samples(frames: int, rate: Fraction, expected: int):
    assert samples(frames, rate) == expected


@given(st.integers(-(10**9), 10**9), st.sampled_from([f23, f29, f59, Fraction(374, 25), Fraction(25)]))
def test_samples_are_the_nearest(frames: int, rate: Fraction):
    exact = Fraction(frames * 48000) / rate
    assert -Fraction(1, 2) < samples(frames, rate) - exact <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("frames", "rate", "drop_frame", "expected"),
    [
        (86400, Fraction(24), False, "01:00:00:00"),
        (107892, f29, True, "01:00:00;00"),
        (108000, f29, False, "01:00:00:00"),
        (1799, f29, True, "00:00:59;29"),
        (1800, f29, True, "00:01:00;02"),
        (17981, f29, True, "00:09:59;29"),
        (17982, f29, True, "00:10:00;00"),
        (3600, f59, True, "00:01:00;04"),
        (2589408, f29, True, "00:00:00;00"),
        (86400, f23, True, "01:00:00:00"),
        (15 * 60, Fraction(374, 25), False, "00:01:00:00"),
        (119, Fraction(120), False, "00:00:00:119"),
        (24 * 3600 * 25, Fraction(25), False, "00:00:00:00"),
    ],
)
def test_timecode(frames: int, rate: Fraction, drop_frame: bool, expected: str):
    assert timecode(frames, rate, drop_frame) == expected


@given(
    st.integers(0, 23 * 3600 * 24),
    st.sampled_from([f23, Fraction(24), Fraction(25), f29, Fraction(30), Fraction(50), f59, Fraction(60)]),
    st.booleans(),
)
def test_timecode_is_as_otio_writes_it(frames: int, rate: Fraction, drop_frame: bool):
    drop_frame = drop_frame and dropped_a_minute(rate) > 0
    time = otio.opentime.RationalTime(frames, float(rate))
    assert timecode(frames, rate, drop_frame) == otio.opentime.to_timecode(time, float(rate), drop_frame)


def test_values_that_mean_a_whole_frame_are_whole():
    assert fraction_of(100.0000000001) == 100
    assert fraction_of(95.904095904) == Fraction(95.904095904).limit_denominator(1_000_000)
    assert [round_half_up(Fraction(n, 2)) for n in (-3, -1, 1, 3)] == [-1, 0, 1, 2]
