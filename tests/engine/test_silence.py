"""The level rule where the golden file does not reach: blocks, many channels, memory, broken samples."""

import tracemalloc

import numpy as np
import pytest

from foleyline.errors import Cancelled, FoleyError
from foleyline_engine import silence


def noise(shape, level_db, seed=1):
    return (np.random.default_rng(seed).standard_normal(shape) * 10 ** (level_db / 20)).astype(np.float32)


@pytest.mark.parametrize("length_n", [0, 1, 511, 512, 2047, 131071, 131072, 131073, 400000])
def test_blocks_join_without_a_seam(length_n):
    sound = noise((2, length_n), -30)
    padded = np.pad(np.mean(sound, axis=0), 1024)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2048)[::512]
    expected = np.sqrt(np.mean(np.square(frames), axis=1))
    measured = silence.measure(sound)
    assert len(measured.rms) == 1 + length_n // 512
    assert np.array_equal(measured.rms, expected)


@pytest.mark.parametrize(
    ("sound", "is_silent"),
    [
        (np.zeros((2, 48000), np.float32), True),
        (noise((2, 48000), -40), False),
        (noise((6, 48000), -70), True),
        (np.stack([noise(48000, -20), -noise(48000, -20)]), True),
        (np.zeros((1, 0), np.float32), True),
    ],
    ids=["zeros", "noise", "six quiet channels", "opposite phase", "empty"],
)
def test_decision(sound, is_silent):
    assert silence.measure(sound).is_silent is is_silent


def test_span_below_the_loudest_frame_is_limited():
    sound = np.zeros((1, 96000), np.float32)
    sound[0, :4096] = 0.5
    measured = silence.measure(sound)
    assert measured.db.min() == pytest.approx(measured.loudest_db - 80)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_broken_sample_is_told_by_its_place(bad):
    sound = np.zeros((2, 500000), np.float32)
    sound[1, 345678] = bad
    with pytest.raises(FoleyError) as raised:
        silence.measure(sound)
    assert raised.value.code == "E-SOUND"
    assert raised.value.facts == {"sample": "345678"}


def test_memory_does_not_grow_with_the_take():
    sound = noise((2, 48000 * 60), -30)
    tracemalloc.start()
    silence.measure(sound)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6e6 < sound.nbytes


def test_cancelled_within_a_block():
    def closed():
        raise Cancelled

    with pytest.raises(Cancelled):
        silence.measure(np.zeros((2, 48000), np.float32), check=closed)
