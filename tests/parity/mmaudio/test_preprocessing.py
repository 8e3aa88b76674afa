"""Frame picking, sequence lengths and picture sizes against golden files, and where ours differ on purpose."""

from fractions import Fraction

import numpy as np
import pytest

from foleyline_engine.models.mmaudio import preprocessing
from foleyline_engine.models.mmaudio.conditions import different, nearest
from foleyline_engine.models.mmaudio.variants import lengths, rate_16k, rate_44k

rates = {"16k": rate_16k, "44k": rate_44k}


def check_lengths(duration_s, wanted):
    for name, rate in rates.items():
        made = lengths(duration_s, rate)
        assert (made.latent, made.clip, made.sync) == tuple(wanted[name][key] for key in ("latent", "clip", "sync"))
        assert made.latent * rate.latent_n == wanted[name]["audio_samples"]


@pytest.mark.golden_table("mmaudio", "lengths")
def test_lengths(table):
    for case in table:
        check_lengths(case["duration"], case)
        check_lengths(Fraction(str(case["duration"])), case)
        for name in rates:
            if wanted := case[name].get("sync_to_latent_index"):
                assert nearest(case[name]["sync"], case[name]["latent"]).tolist() == wanted


@pytest.mark.golden_table("mmaudio", "selection")
def test_published_picking(table):
    for case in table["cases"]:
        times_s = [float(n / Fraction(case["fps"])) + case["first_pts_sec"] for n in range(case["num_frames"])]
        picked = preprocessing.pick_as_published(times_s, case["requested_duration"])
        assert picked.duration_s == case["effective_duration"], case["fps"]
        assert picked.clip.tolist() == case["clip_frame_indices"], case["fps"]
        assert picked.sync.tolist() == case["sync_frame_indices"], case["fps"]
        check_lengths(picked.duration_s, case["seq"])


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(60)])
def test_ours_is_what_is_on_screen(rate):
    times_s = np.array([float(n / rate) for n in range(int(8 * rate))])
    picked = preprocessing.pick(times_s, Fraction(8))
    assert (len(picked.clip), len(picked.sync), picked.duration_s) == (64, 200, 8)
    assert picked.sync.tolist() == [min(int(Fraction(tick, 25) * rate), len(times_s) - 1) for tick in range(200)]
    assert lengths(picked.duration_s, rate_44k).latent == 345


def test_resampling_of_the_conditions_needs_float32():
    exact = [int((2 * i + 1) * 192 // (2 * 345)) for i in range(345)]
    made = nearest(192, 345)
    assert [i for i in range(345) if made[i] != exact[i]] == [57, 172]
    assert (made[57], made[172]) == (31, 95)


@pytest.mark.parametrize("sync_n", [8, 16, 24, 32, 192, 240])
def test_stand_ins_have_the_same_surroundings(sync_n):
    count, stand_in = different(sync_n)
    around = range(-5, 6)
    phase = [[(i + d) % 8 if 0 <= i + d < sync_n else None for d in around] for i in range(sync_n)]
    short = [[(i + d) % 8 if 0 <= i + d < count else None for d in around] for i in range(count)]
    assert [short[i] for i in stand_in] == phase


@pytest.mark.golden("mmaudio", "preprocess")
def test_picture_sizes(golden):
    for name in sorted(name for name in golden.names if name.startswith("in.frame")):
        picture, number = golden.tensor(name), name.removeprefix("in.frame")
        for reduce, kind in ((preprocessing.for_clip, "clip"), (preprocessing.for_sync, "sync")):
            np.testing.assert_array_equal(reduce(picture).transpose(2, 0, 1), golden.tensor(f"out.{kind}{number}_u8"))
