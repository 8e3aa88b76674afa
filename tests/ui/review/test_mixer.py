"""What the device would be handed, to the sample: both versions of a real take under switches, jumps and speeds."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pyloudnorm
import pytest
import soundfile

from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.ui.review import levels
from foleyline_plugin.ui.review.mixer import Mixer, edge_n, switch_n
from foleyline_plugin.ui.review.wave_file import Sound, Unreadable, WaveFile

with_voices, without_voices = 0, 1
buffers = (384, 1, 777, 480, 4800, 63)


class Noise:
    """Nothing that repeats: an offset of one sample would show."""

    def __init__(self, seed: int, samples: int = 48_000) -> None:
        self.content = np.random.default_rng(seed).uniform(-0.5, 0.5, (samples, 2)).astype(np.float32)
        self.samples = samples

    def read(self, start: int, count: int) -> np.ndarray:
        found = np.zeros((count, 2), np.float32)
        first, end = max(start, 0), min(start + count, self.samples)
        if first < end:
            found[first - start : end - start] = self.content[first:end]
        return found


@pytest.fixture
def versions(made):
    take = made["narrated"]
    paths = [made.folder / file.path for file in (take.with_voices, take.without_voices)]
    return take, [WaveFile(path) for path in paths], [soundfile.read(path, dtype="float32")[0] for path in paths]


def mixer_of(sounds: Sequence[Sound], version: int = without_voices, gains: tuple[float, float] = (1.0, 1.0)) -> Mixer:
    mixer = Mixer()
    mixer.load(sounds[0], sounds[1], sounds[0].samples)
    mixer.hear(version, gains)
    return mixer


def rendered(mixer: Mixer, count: int) -> np.ndarray:
    """In buffers of odd sizes, as devices ask."""
    parts, left = [], count
    for size in buffers * (count // sum(buffers) + 1):
        parts.append(mixer.render(min(size, left)))
        left -= len(parts[-1])
    return np.concatenate(parts)


def test_files_are_read_bit_for_bit(versions):
    _, files, contents = versions
    for file, content in zip(files, contents, strict=True):
        assert np.array_equal(file.read(0, file.samples), content)
        assert np.array_equal(file.read(-5, 10), np.concatenate([np.zeros((5, 2)), content[:5]]))
        assert not file.read(file.samples, 100).any()


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_kind_of_wave_file_that_may_lie_there(tmp_path, subtype, channels):
    written = np.random.default_rng(1).uniform(-0.9, 0.9, (1000, channels)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", written, 48000, subtype=subtype)
    expected, _ = soundfile.read(tmp_path / "a.wav", dtype="float32", always_2d=True)
    both = np.repeat(expected, 2, axis=1) if channels == 1 else expected[:, :2]
    assert np.array_equal(WaveFile(tmp_path / "a.wav").read(0, 1000), both)


def test_what_is_no_sound_file_is_told(tmp_path):
    for content in (b"", b"RIFF\0\0\0\0WAVE", b"nothing of the kind at all" * 9):
        (tmp_path / "a.wav").write_bytes(content)
        with pytest.raises(Unreadable):
            WaveFile(tmp_path / "a.wav")


def test_a_file_that_shrinks_gives_silence(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.ones((48000, 2)) * 0.5, 48000, subtype="PCM_24")
    file = WaveFile(tmp_path / "a.wav")
    with (tmp_path / "a.wav").open("r+b") as shorter:
        shorter.truncate(6 * 24000)
    assert file.read(0, 100).all() and not file.read(40000, 100).any()


def test_switching_goes_on_at_the_same_sample(versions):
    _, files, (a, b) = versions
    mixer = mixer_of(files, with_voices)
    mixer.start(48_000)
    before = rendered(mixer, 24_000)
    mixer.hear(without_voices, (1.0, 1.0))
    after = rendered(mixer, 24_000)
    assert np.array_equal(before[edge_n:], a[48_000 + edge_n : 72_000])
    assert np.array_equal(after[switch_n:], b[72_000 + switch_n : 96_000])
    share = (np.arange(1, switch_n + 1) / switch_n)[:, None]
    faded = a[72_000 : 72_000 + switch_n] * (1 - share) + b[72_000 : 72_000 + switch_n] * share
    assert np.abs(after[:switch_n] - faded).max() < 1e-6


def test_no_switch_makes_a_step_above_its_cross_fades(versions):
    """Whatever is switched however fast: each sample lies between the two versions, and moves no faster than both."""
    _, files, (a, b) = versions
    mixer, dice = mixer_of(files, with_voices), np.random.default_rng(3)
    mixer.start(0)
    parts = []
    for turn in range(80):
        parts.append(mixer.render(int(dice.integers(1, 900))))
        mixer.hear(turn % 2, (1.0, 1.0))
    heard = np.concatenate(parts)[edge_n:]
    a, b = a[edge_n : edge_n + len(heard)], b[edge_n : edge_n + len(heard)]
    assert (heard <= np.maximum(a, b) + 1e-6).all() and (heard >= np.minimum(a, b) - 1e-6).all()
    allowed = np.maximum(np.abs(np.diff(a, axis=0)), np.abs(np.diff(b, axis=0))) + np.abs(a - b)[1:] / switch_n + 1e-6
    assert (np.abs(np.diff(heard, axis=0)) <= allowed).all()


def test_level_match_is_within_a_tenth_of_a_unit(versions):
    take, files, contents = versions
    gains = levels.matched(take)
    assert gains is not None and max(gains) == 1.0
    meter, heard = pyloudnorm.Meter(48000), []
    for version, content in enumerate(contents):
        mixer = mixer_of(files, version, gains)
        mixer.start(0)
        heard.append(meter.integrated_loudness(rendered(mixer, len(content)).astype(np.float64)))
    assert abs(heard[0] - heard[1]) < 0.1
    assert abs(meter.integrated_loudness(contents[0].astype(float)) - heard[0]) > 5, "there was nothing to match"


def test_what_has_no_loudness_is_not_matched(made):
    assert levels.matched(made["silent"]) is None
    assert levels.matched(pb.Take()) is None


@pytest.mark.parametrize("place", [0, 1, 12_345, 47_000])
def test_a_jump_lands_on_its_sample(place):
    noise = Noise(1)
    mixer = mixer_of((noise, noise))
    mixer.start(30_000)
    rendered(mixer, 5_000)
    mixer.start(place)
    heard = rendered(mixer, 1_000)
    expected = noise.read(place, 1_000)
    assert np.array_equal(heard[edge_n:], expected[edge_n:])


@pytest.mark.parametrize("rate", [1, 2, 4, 8, -1, -2, -4, -8, 0.5])
def test_speeds_and_directions(rate):
    """A ramp says where it is read: each sample is the position that it was taken from."""

    class Ramp:
        samples = 480_000

        def read(self, start: int, count: int) -> np.ndarray:
            return np.repeat(np.arange(start, start + count, dtype=np.float32)[:, None] / 480_000, 2, axis=1)

    mixer = mixer_of((Ramp(), Ramp()))
    mixer.start(240_000, rate)
    heard = rendered(mixer, 10_000)[:, 0] * 480_000
    first = 240_000 if rate > 0 else 239_999
    assert np.abs(heard - (first + rate * np.arange(10_000)))[edge_n:].max() < 0.05
    assert mixer.heard(5_000) == 240_000 + rate * 5_000


def test_a_loop_comes_round_on_its_sample():
    noise = Noise(2)
    mixer = mixer_of((noise, noise))
    mixer.loop = (10_000, 20_000)
    mixer.start(10_000)
    heard = rendered(mixer, 45_000)
    once = noise.content[10_000:20_000]
    for turn in range(4):
        part = heard[turn * 10_000 : (turn + 1) * 10_000]
        assert np.array_equal(part[edge_n:], once[edge_n:])
    assert mixer.heard(20_000) == 10_000
    assert mixer.heard(25_500) == 15_500


def test_a_loop_comes_round_backwards_too():
    noise = Noise(2)
    mixer = mixer_of((noise, noise))
    mixer.loop = (10_000, 20_000)
    mixer.start(20_000, -1)
    heard = rendered(mixer, 25_000)
    once = noise.content[10_000:20_000][::-1]
    assert np.array_equal(heard[edge_n:10_000], once[edge_n:])
    assert np.array_equal(heard[10_000 + edge_n : 20_000], once[edge_n:])


@pytest.mark.timeout(20)
def test_a_disk_that_does_not_answer_stops_nobody_who_steers():
    answers, reading = threading.Event(), threading.Event()

    class Stuck(Noise):
        def read(self, start: int, count: int) -> np.ndarray:
            reading.set()
            answers.wait()
            return super().read(start, count)

    stuck = Stuck(4)
    mixer = mixer_of((stuck, stuck))
    mixer.start(0)
    feeder = threading.Thread(target=mixer.render, args=(480,))
    feeder.start()
    assert reading.wait(5)
    mixer.hear(with_voices, (1.0, 1.0))
    assert mixer.heard(100) == 100
    mixer.start(9_000)
    mixer.stop()
    answers.set()
    feeder.join(5)
    assert not feeder.is_alive()


def test_starts_and_stops_fade():
    class Ones:
        samples = 48_000

        def read(self, start: int, count: int) -> np.ndarray:
            return np.ones((count, 2), np.float32)

    mixer = mixer_of((Ones(), Ones()))
    mixer.start(0)
    heard = [rendered(mixer, 2_000)]
    mixer.stop()
    heard.append(rendered(mixer, 2_000))
    assert np.abs(np.diff(np.concatenate(heard), axis=0)).max() <= 1 / edge_n + 1e-6
    assert mixer.is_silent and not heard[1][edge_n:].any()


def test_the_end_is_the_end():
    noise = Noise(3, 10_000)
    mixer = mixer_of((noise, noise))
    mixer.start(0)
    heard = rendered(mixer, 12_000)
    assert np.array_equal(heard[edge_n:10_000], noise.content[edge_n:])
    assert not heard[10_000:].any()
    assert not mixer.is_playing
    assert mixer.heard(11_000) == 10_000
