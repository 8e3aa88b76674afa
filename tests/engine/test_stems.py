"""Stems below the command: two files that sum to the sound, read and written piece by piece."""

from __future__ import annotations

import resource
import threading
import tracemalloc
from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import soundfile
from av import AudioFrame
from tests.hosts import separating
from wavinfo import WavInfoReader

from foleyline.errors import Cancelled, FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine import hearing, requests, splitting, stems
from foleyline_engine.film import voice as narrator
from foleyline_engine.journey import Journey
from foleyline_engine.media import loudness, sound, stretch
from foleyline_engine.media.broadcast_wav import full_scale
from foleyline_engine.media.growing_wav import growing
from foleyline_engine.models import catalog
from foleyline_engine.models.evidence.voices import listen
from foleyline_engine.models.exchange import Separated, SeparateJob, Separator, Sound, Stretch, untold
from foleyline_engine.models.fill.separator import Fill

rate = 48000


def keep_on() -> None:
    """A check that never stops the work."""


def noise(channels: int, length_n: int, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, (channels, length_n)).astype(np.float32)


def spoken(seconds: float, *starts_s: float, room: float = 0.003) -> np.ndarray:
    """float32 [2, n]: a narrator over a room."""
    sound = noise(2, round(seconds * rate), room)
    for start_s in starts_s:
        voice = narrator.say(narrator.phrases[0].sounds.split(), seed=1) * 0.5
        first = round(start_s * rate)
        sound[:, first : first + len(voice)] += voice
    return sound


def read(path: Path) -> np.ndarray:
    """Whole steps of 24 bits [n, channels]."""
    return np.asarray(soundfile.read(path, dtype="int32", always_2d=True)[0]).astype(np.int64) >> 8


def blocks_of(samples: np.ndarray, size: int):
    return (samples[:, start : start + size] for start in range(0, samples.shape[1], size))


@pytest.mark.parametrize("level", [0.01, 0.05, 5.0])
def test_both_parts_sum_to_the_production_sound(level):
    mix, voice = noise(2, 20_000, 0.2), noise(2, 20_000, level, seed=1)
    voice[:, 5000:9000] = 0
    splitter = splitting.Splitter(3)
    dialogue, rest = splitter.split(mix, voice)
    whole = np.clip(np.rint(mix * np.float64(full_scale)), -full_scale, full_scale - 1)
    assert np.array_equal(dialogue + rest, whole)
    for part in (dialogue, rest):
        assert part.min() >= -full_scale and part.max() < full_scale
    assert not dialogue[:, 5000:9000].any()
    assert (splitter.moved_n > 0) == (level > 1)


def test_parts_are_the_same_whatever_the_blocks():
    mix, voice = noise(2, 9001), noise(2, 9001, 0.05, seed=1)
    once = splitting.Splitter(3).split(mix, voice)
    splitter = splitting.Splitter(3)
    parts = [splitter.split(*each) for each in zip(blocks_of(mix, 777), blocks_of(voice, 777), strict=True)]
    for number in range(2):
        assert np.array_equal(once[number], np.concatenate([each[number] for each in parts], axis=1))
    assert not np.array_equal(once[0], splitting.Splitter(4).split(mix, voice)[0])


def test_sound_beyond_full_scale_is_held_and_counted():
    splitter = splitting.Splitter(0)
    dialogue, rest = splitter.split(np.array([[1.5, -2.0, 1.0, 0.5]], np.float32), np.zeros((1, 4), np.float32))
    assert (dialogue + rest).tolist() == [[full_scale - 1, -full_scale, full_scale - 1, full_scale // 2]]
    assert splitter.over_n == 2


@pytest.mark.parametrize("size", [100, 4800, 4801, 48_000, 1_000_000])
def test_loudness_is_the_same_block_by_block(size):
    samples = noise(2, 48_000 * 4 + 33)
    samples[:, 60_000:] *= 3
    meter = loudness.Meter(2)
    for block in blocks_of(samples, size):
        meter.add(block)
    assert meter.measured() == loudness.measure_all(Sound(samples))


def told(**other) -> dict:
    return {
        "description": "d",
        "originator": "o",
        "reference": "r",
        "created_s": 1_700_000_000,
        "time_reference": 7,
        "coding_history": "A=PCM\r\n",
        "ixml": "<BWFXML/>",
    } | other


def test_a_file_that_grows_is_a_broadcast_wave(tmp_path):
    steps = np.random.default_rng(0).integers(-full_scale, full_scale, (2, 30_001))
    with growing(tmp_path / "a.wav", (2, 30_001), **told()) as file:
        for first in range(0, 30_001, 1000):
            file.add(steps[:, first : first + 1000])
        assert not (tmp_path / "a.wav").exists()
    assert np.array_equal(read(tmp_path / "a.wav").T, steps)
    bext = WavInfoReader(str(tmp_path / "a.wav")).bext
    expected = loudness.measure_all(Sound((steps / full_scale).astype(np.float32)))
    assert bext is not None and expected.integrated_lufs and bext.time_reference == 7
    assert bext.loudness_value == pytest.approx(expected.integrated_lufs, abs=0.01)


@pytest.mark.parametrize("count", [999, 1001])
def test_a_file_of_another_length_is_none(tmp_path, count):
    with pytest.raises(ValueError, match="samples came"), growing(tmp_path / "a.wav", (2, 1000), **told()) as file:
        file.add(np.zeros((2, count), int))
    assert not list(tmp_path.iterdir())


def test_an_hour_of_sound_fits_and_five_do_not(tmp_path):
    with (
        pytest.raises(FoleyError, match="E-LONG"),
        growing(tmp_path / "a.wav", (2, 5 * 3600 * rate), **told()),
    ):
        pass


def test_voices_are_found_window_by_window_as_in_one_piece():
    """Voices in the middle of a window, across the joint of two, and at the end."""
    samples = spoken(85.0, 8.0, 52.0, 54.6, 57.0, 82.0)
    whole = listen(Sound(samples), keep_on).stretches
    shares: list[float] = []
    found = hearing.voices_in(blocks_of(samples, 100_000), samples.shape[1], keep_on, shares.append)
    assert len(found) == len(whole) == 5
    for ours, theirs in zip(found, whole, strict=True):
        assert abs(ours.start_s - theirs.start_s) < 0.2 and abs(ours.end_s - theirs.end_s) < 0.2
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) == 2


@pytest.mark.parametrize("length_n", [0, 1, 500, rate])
def test_short_sounds_are_listened_to(length_n):
    assert hearing.voices_in(blocks_of(noise(2, length_n, 0.01), 100), length_n, keep_on, untold) == []


@pytest.fixture
def journey(tmp_path, clip):
    """A journey for stems of a narrator over a room, and what is heard of it."""

    def make(samples: np.ndarray, sample_rate: int = rate, **asked) -> Journey:
        path = tmp_path / "a.wav"
        soundfile.write(path, samples.T, sample_rate, subtype="PCM_24")
        length_n = samples.shape[1] * rate // sample_rate
        fields = {"separator": "fill", "seed": 42, "run": pb.stems, "source": pb.production} | asked
        request = pb.GenerateRequest(
            clip=clip(path, 0, length_n, Fraction(rate)),
            generator="scratch",
            judge="evidence",
            silence="level",
            out_dir=str(tmp_path / "out"),
            **fields,
        )
        return Journey(request, "0" * 32, lambda event: None)

    return make


def parted(clip: Journey, voiced: list[Stretch]) -> tuple[pb.Take, dict[str, np.ndarray]]:
    take, _ = stems._part(stems.Heard(clip, voiced, untold))
    folder = Path(clip.request.out_dir)
    return take, {name: read(folder / getattr(take, name).path) for name in ("dialogue", "without_voices")}


@pytest.mark.parametrize("sample_rate", [48000, 44100])
def test_fill_parts_what_it_cut_out_from_what_it_laid(journey, sample_rate):
    clip = journey(spoken(6.0, 2.0), sample_rate)
    mix = np.concatenate(list(sound.read_blocks(clip.request.clip, keep_on)), axis=1)
    take, files = parted(clip, [Stretch(2.0, 3.8)])
    whole = np.rint(mix.T * np.float64(full_scale)).astype(np.int64)
    assert np.array_equal(files["dialogue"] + files["without_voices"], whole)
    outside = np.r_[0 : round(1.89 * rate), round(3.97 * rate) : len(whole)]
    assert not files["dialogue"][outside].any()
    assert np.array_equal(files["without_voices"][outside], whole[outside])
    left = Sound(files["without_voices"].T.astype(np.float32) / full_scale)
    assert sum(part.end_s - part.start_s for part in listen(left, keep_on).stretches) < 0.1
    assert take.outcome == pb.voices_removed and take.dialogue.samples == len(whole)


def test_what_is_parted_is_what_a_take_would_be_left_with(journey):
    """The same room tone on the same samples, whether the sound is there as a whole or is read."""
    clip = journey(spoken(6.0, 2.0))
    mix = np.concatenate(list(sound.read_blocks(clip.request.clip, keep_on)), axis=1)
    job = stems._job(stems.Heard(clip, [Stretch(2.0, 3.8)], untold))
    (whole,) = Fill().separate([SeparateJob(Sound(mix), job.voiced, 42, keep_on)])
    assert isinstance(whole, Separated)
    passed = np.concatenate([part.rest for part in Fill().part(job).parts], axis=1)
    assert np.array_equal(whole.sound.samples, passed)


def test_nothing_is_left_of_a_clip_that_is_cancelled(journey):
    clip = journey(spoken(30.0, 2.0))
    threading.Timer(0.05, clip.closed.set).start()
    with pytest.raises(Cancelled):
        for _ in range(1000):
            parted(clip, [Stretch(0.0, 29.0)])
    assert not list(Path(clip.request.out_dir).rglob("*.part"))


def test_nothing_is_left_where_there_is_no_room(journey):
    clip = journey(spoken(6.0, 2.0))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, before[1]))
    try:
        with pytest.raises(FoleyError, match="E-DISK"):
            parted(clip, [Stretch(2.0, 3.8)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not [path for path in Path(clip.request.out_dir).rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"source": pb.picture}, "E-REQUEST"),
        ({"separator": "nobody"}, "E-MODEL"),
    ],
)
def test_requests_that_cannot_be_run(journey, change, code):
    with pytest.raises(FoleyError) as caught:
        requests.check(journey(noise(2, rate), **change).request)
    assert caught.value.code == code


@pytest.mark.parametrize(("speed", "seconds", "code"), [(2.0, 1, "E-SPEED"), (1.0, 5 * 3600, "E-LONG")])
def test_clips_that_cannot_be_parted(journey, speed, seconds, code):
    request = journey(noise(2, rate)).request
    request.clip.time_scalar = speed
    request.clip.record_range.duration.value = seconds * rate
    with pytest.raises(FoleyError) as caught:
        requests.check(request)
    assert caught.value.code == code


def test_what_parting_a_long_sound_holds_in_memory():
    """Ten minutes as much as two: the fill with a voice in every ten seconds, and the split behind it."""
    second = noise(2, rate, 0.01)
    tracemalloc.start()
    peaks = []
    for minutes in (2, 2, 10):
        voiced = [Stretch(at, at + 2.0) for at in range(3, minutes * 60, 10)]
        job = stems.PartJob(
            blocks=lambda n=minutes * 60: (second for _ in range(n)),
            rate=rate,
            channels=2,
            length_n=minutes * 60 * rate,
            voiced=voiced,
            seed=1,
            check=keep_on,
        )
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        parting = Fill().part(job)
        splitter, count = splitting.Splitter(1), 0
        for part in parting.parts:
            count += splitter.split(part.mix, part.voice)[0].shape[1]
        assert count == job.length_n and len(parting.account().removed) == minutes * 6
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    assert peaks[2] < 1.2 * peaks[1], peaks


def frame(pts: int) -> AudioFrame:
    """A tenth of a second of a tone, at a time in samples."""
    made = AudioFrame.from_ndarray(np.full((2, 4800), 0.25, np.float32), format="fltp", layout="stereo")
    made.sample_rate, made.pts, made.time_base = rate, pts, Fraction(1, rate)
    return made


def test_a_gap_of_an_hour_is_handed_on_and_not_held():
    hour = 3600 * rate
    taken = stretch.Stretch(Fraction(0), 0, hour + rate)
    tracemalloc.start()
    loud, count = [], 0
    for block in chain(taken.add(frame(0)), taken.add(frame(hour)), taken.rest()):
        loud += (count + np.flatnonzero(block[0])).tolist()[:1]
        count += block.shape[1]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == hour + rate and loud == [0, hour]
    assert peak < 100e6


@pytest.mark.parametrize("separator", ["fill", "roformer"])
def test_values_that_are_no_numbers(journey, separator, monkeypatch, tmp_path):
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    separating.install(tmp_path, 0.5)
    clip = journey(noise(2, rate), separator=separator)
    bad = noise(2, rate)
    bad[1, 30_000] = np.nan
    soundfile.write(clip.request.clip.media.path, bad.T, rate, subtype="FLOAT")
    with pytest.raises(FoleyError) as caught:
        parted(clip, [Stretch(0.1, 0.9)])
    assert (caught.value.code, caught.value.facts["sample"]) == ("E-SOUND", "30000")
    assert not list(tmp_path.rglob("DX_*"))


def test_every_separator_can_part():
    for name in catalog.names("separator"):
        assert type(catalog.separator(name)).part is not Separator.part
