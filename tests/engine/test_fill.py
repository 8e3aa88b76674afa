"""The built-in separator: voices gone, everything else bit for bit, and a room that does not pump or repeat."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from foleyline.errors import Cancelled
from foleyline_engine import silence
from foleyline_engine.film import voice as narrator
from foleyline_engine.models.evidence.voices import listen
from foleyline_engine.models.exchange import Separated, SeparateJob, Sound, Stretch
from foleyline_engine.models.fill.separator import Fill
from foleyline_engine.models.fill.stretches import Cut, cuts_of, frames_near

rate = 48000


def keep_on():
    pass


def room(seconds=8.0, level=0.01, alike=0.6, seed=4):
    """Stereo noise, falling by 3 dB an octave; alike: correlation of its channels."""
    length_n = round(seconds * rate)
    first, second = (narrator.air(length_n, seed + number, level) for number in range(2))
    second = alike * first + np.sqrt(1 - alike**2) * second
    return np.stack([first, second]).astype(np.float32)


def fill(samples, *voiced, seed=7, at_rate=rate):
    job = SeparateJob(Sound(samples, at_rate), [Stretch(*part) for part in voiced], seed, keep_on)
    done = Fill().separate([job])[0]
    if isinstance(done, Exception):
        raise done
    return done


def rms_db(samples):
    return 20 * np.log10(np.sqrt(np.mean(np.square(samples, dtype=np.float64))) + 1e-12)


def likeness(samples):
    return float(np.sum(samples[0] * samples[1]) / np.sqrt(np.prod(np.sum(samples**2, axis=1))))


def bands_db(samples):
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(samples.shape[-1], 1 / rate)
    edges = 62.5 * 2.0 ** np.arange(9)
    return np.array([10 * np.log10(spectrum[..., (hertz >= a) & (hertz < b)].mean()) for a, b in pairwise(edges)])


def test_all_else_is_bit_identical():
    samples = room()
    kept = samples.copy()
    done = fill(samples, (3.0, 4.0), (6.0, 6.2))
    changed = np.flatnonzero((done.sound.samples != samples).any(axis=0)) / rate
    assert np.array_equal(samples, kept)
    assert done.sound.samples.shape == samples.shape
    assert done.sound.samples.dtype == np.float32
    assert done.sound.rate == rate
    inside = ((changed >= 2.8) & (changed < 4.25)) | ((changed >= 5.8) & (changed < 6.45))
    assert inside.all()
    assert len(changed) > 1.1 * rate


def test_room_tone_is_like_the_room():
    samples = room()
    laid = fill(samples, (3.0, 5.0)).sound.samples[:, 3 * rate : 5 * rate]
    there = samples[:, 3 * rate : 5 * rate]
    assert rms_db(laid) == pytest.approx(rms_db(there), abs=1.0)
    np.testing.assert_allclose(bands_db(laid), bands_db(there), atol=2.0)
    assert likeness(laid) == pytest.approx(likeness(there), abs=0.1)
    assert not np.array_equal(laid, there)


def test_level_moves_over_from_one_side_to_the_other():
    samples = np.concatenate([room(4.0, 0.003), room(4.0, 0.03, seed=9)], axis=1)
    laid = fill(samples, (2.5, 5.5)).sound.samples
    early, late = laid[:, round(2.6 * rate) : 3 * rate], laid[:, 5 * rate : round(5.4 * rate)]
    assert rms_db(late) - rms_db(early) == pytest.approx(16, abs=5)


def test_neither_pumps_nor_repeats():
    samples = room()
    laid = fill(samples, (2.0, 6.0)).sound.samples[0, 2 * rate : 6 * rate]
    steps = [rms_db(part) for part in np.split(laid, 40)]
    steps_there = [rms_db(part) for part in np.split(samples[0, 2 * rate : 6 * rate], 40)]
    assert np.std(steps) < 1.3 * np.std(steps_there) + 0.2
    others = samples[0, 6 * rate :], samples[0, : 2 * rate]
    assert strongest_echo(laid, laid, from_n=rate // 20) < 0.1
    assert max(strongest_echo(laid, other) for other in others) < 0.1


def strongest_echo(one, other, from_n=0):
    """Highest correlation of two sounds at any shift from `from_n` on; their differences, so that bass tells little."""
    one, other = np.diff(one), np.diff(other)
    size = 2 * max(len(one), len(other))
    cross = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)))
    shifts = np.abs(cross[from_n : size - from_n])
    return shifts.max() / np.sqrt(np.sum(one**2) * np.sum(other**2))


def test_short_loud_sounds_do_not_color_the_tone():
    samples = room(level=0.003)
    for start in range(0, 8 * rate, rate // 2):
        samples[:, start : start + 400] += 0.5 * np.random.default_rng(start).standard_normal(400)
    laid = fill(samples, (3.0, 5.0)).sound.samples[:, 3 * rate : 5 * rate]
    assert rms_db(laid) == pytest.approx(20 * np.log10(0.003), abs=3)


def test_hum_keeps_its_level():
    times = np.arange(8 * rate) / rate
    samples = room(level=0.001) + (0.02 * np.sin(2 * np.pi * 100 * times)).astype(np.float32)
    laid = fill(samples, (3.0, 5.0)).sound.samples[:, 3 * rate : 5 * rate]
    assert rms_db(laid) == pytest.approx(rms_db(samples), abs=1.5)


def test_no_click_at_the_joints():
    samples = room()
    laid = fill(samples, (3.0, 5.0)).sound.samples
    assert np.abs(np.diff(laid)).max() < 1.3 * np.abs(np.diff(samples)).max()


def test_everything_voiced_leaves_silence():
    samples = room(level=0.1)
    done = fill(samples, (0.0, 8.0))
    assert not done.sound.samples.any()
    assert silence.measure(done.sound.samples).is_silent
    assert "silence" in done.text


def test_voice_in_a_silent_take_leaves_silence():
    samples = np.zeros((2, 6 * rate), np.float32)
    samples[:, 2 * rate : 3 * rate] = room(1.0, 0.1)
    assert not fill(samples, (2.0, 3.0)).sound.samples.any()


def test_same_seed_same_tone():
    samples = room(4.0)
    first, again, other = (fill(samples, (1.0, 2.0), seed=seed).sound.samples for seed in (1, 1, 2**64 - 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    "voiced",
    [
        [],
        [(0.0, 0.5)],
        [(3.5, 4.0)],
        [(3.5, 99.0)],
        [(-1.0, 0.1)],
        [(5.0, 6.0)],
        [(2.0, 2.0)],
        [(2.0, 1.0)],
        [(2.0, 2.5), (1.0, 2.2), (1.5, 3.0)],
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_stretches(voiced, channels):
    samples = np.resize(room(4.0), (channels, 4 * rate)).copy()
    done = fill(samples, *voiced)
    assert done.sound.samples.shape == samples.shape
    assert np.isfinite(done.sound.samples).all()
    assert done.numbers["stretches_n"] == len(cuts_of([Stretch(*part) for part in voiced], 4 * rate, rate))


@pytest.mark.parametrize("length_n", [0, 1, 100, 5000])
def test_short_sounds(length_n):
    samples = room(1.0)[:, :length_n]
    assert fill(samples, (0.0, 0.01)).sound.samples.shape == samples.shape


@pytest.mark.parametrize("at_rate", [16000, 44100, 96000])
def test_other_rates(at_rate):
    samples = room()[:, : 4 * at_rate]
    assert rms_db(fill(samples, (1.5, 2.5), at_rate=at_rate).sound.samples) == pytest.approx(-40, abs=1)


@pytest.mark.parametrize("level", [0.003, 0.05])
def test_voices_are_gone(level):
    samples = room(level=level)
    for phrase, start in zip(narrator.phrases, (1.5, 5.0), strict=True):
        spoken = narrator.say(phrase.sounds.split(), seed=1)
        at = round(start * rate)
        samples[:, at : at + len(spoken)] += spoken * (level / narrator.voice_level)
    heard = listen(Sound(samples), keep_on)
    done = fill(samples, *((part.start_s, part.end_s) for part in heard.stretches))
    assert heard.seconds > 2
    assert listen(done.sound, keep_on).seconds <= 0.1 * heard.seconds
    assert done.numbers["removed_energy_db"] > 1


def test_frames_stay_clear_of_every_cut():
    cuts = [Cut(48000, 60000), Cut(70000, 90000), Cut(150000, 160000)]
    for side in (-1, 1):
        starts = frames_near(cuts[1], cuts, 200000, rate, 4096, side)
        assert starts
        for start in starts:
            assert 0 <= start <= 200000 - 4096
            assert all(start + 4096 <= cut.start or start >= cut.end for cut in cuts)
            assert (start > cuts[1].start) == (side > 0)


def test_long_stretch_takes_little_memory():
    samples = np.tile(room(8.0), (1, 15))
    tracemalloc.start()
    fill(samples, (4.0, 110.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - samples.nbytes < 45e6


def test_cancelled_job_leaves_the_others_alone():
    def closed():
        raise Cancelled

    jobs = [SeparateJob(Sound(room(4.0)), [Stretch(1.0, 2.0)], 1, check) for check in (closed, keep_on)]
    stopped, done = Fill().separate(jobs)
    assert isinstance(stopped, Cancelled)
    assert isinstance(done, Separated)
