"""The built-in judge: voices found wherever they hide, people agreed upon over time, the rule told truthfully."""

import importlib.util
import subprocess
import sys
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import soxr

from foleyline.errors import Cancelled
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine import verdict
from foleyline_engine.film import voice as narrator
from foleyline_engine.models.evidence import account, people, stillness
from foleyline_engine.models.evidence.judge import Evidence
from foleyline_engine.models.evidence.speech import Speech
from foleyline_engine.models.evidence.voices import Voices, listen
from foleyline_engine.models.exchange import Frames, Judged, JudgeJob, Sound, Stretch

rate = 48000
spoken = narrator.say(narrator.phrases[0].sounds.split(), seed=0)
spoken_at = 2 * rate
true = Stretch(2.0, 2.0 + len(spoken) / rate)
footage = Path(__file__).parents[2] / ".." / "shared" / "samples" / "footage"


def keep_on():
    pass


def room(channels, seconds=6.0, level_db=-62.0):
    noise = np.random.default_rng(5).standard_normal((channels, round(seconds * rate)))
    return (noise * 10 ** (level_db / 20)).astype(np.float32)


def with_voice(*weights, level_db=-21.4, bed=None):
    samples = room(len(weights)) if bed is None else bed
    gain = 10 ** (level_db / 20) / np.sqrt(np.mean(spoken**2))
    for channel, weight in zip(samples, weights, strict=True):
        channel[spoken_at : spoken_at + len(spoken)] += weight * gain * spoken
    return Sound(samples)


def resampled(sound, to_rate):
    return Sound(soxr.resample(sound.samples.T, sound.rate, to_rate).T.astype(np.float32), to_rate)


voices = {
    "both channels": with_voice(1, 1),
    "left only": with_voice(1, 0),
    "opposite phase": with_voice(1, -1),
    "mono": with_voice(1),
    "center of six": with_voice(0, 0, 1, 0, 0, 0),
    "at -45 dBFS": with_voice(1, 1, level_db=-45),
    "as loud as the noise": with_voice(1, 1, level_db=-30, bed=room(2, level_db=-30)),
    "44.1 kHz": resampled(with_voice(1, 1), 44100),
    "16 kHz": resampled(with_voice(1, 1), 16000),
    "after a bang": with_voice(1, 1, level_db=-45, bed=np.concatenate([room(2, 0.1, -3), room(2, 5.9)], axis=1)),
}


@pytest.mark.parametrize("sound", voices.values(), ids=voices)
def test_voice_is_found_where_it_is(sound):
    found = listen(sound, keep_on).stretches
    assert found
    assert found[0].start_s == pytest.approx(true.start_s, abs=0.08)
    assert found[-1].end_s == pytest.approx(true.end_s, abs=0.12)
    assert sum(part.end_s - part.start_s for part in found) > 0.8 * (true.end_s - true.start_s)


def clicks():
    samples = room(2)
    samples[:, ::4800] = 0.9
    return samples


def hum():
    times = np.arange(6 * rate) / rate
    wave = sum(np.sin(2 * np.pi * hertz * times) / hertz for hertz in (50, 100, 150, 300))
    return np.stack([wave, wave]).astype(np.float32) * 5


quiet = {
    "nothing": np.zeros((2, 0), np.float32),
    "one sample": np.ones((2, 1), np.float32),
    "digital silence": np.zeros((2, 3 * rate), np.float32),
    "faint room": room(2, level_db=-75),
    "loud noise": room(2, level_db=-15),
    "clicks": clicks(),
    "hum": hum(),
    "soft air": np.stack([narrator.air(6 * rate, seed) for seed in (1, 2)]).astype(np.float32),
}


@pytest.mark.parametrize("samples", quiet.values(), ids=quiet)
def test_no_voice_is_made_up(samples):
    assert listen(Sound(samples), keep_on).stretches == ()


def test_pieces_give_what_the_whole_gives():
    line = soxr.resample(spoken, rate, 16000).astype(np.float32)
    whole, pieces = Speech().hear(line), Speech()
    parts = [pieces.hear(line[start : start + 4 * 512]) for start in range(0, len(line), 4 * 512)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-6)
    np.testing.assert_allclose(frame_by_frame(line), whole, atol=1e-5)


def frame_by_frame(line):
    """The same network in its frame-by-frame form, from the same package."""
    spec = importlib.util.find_spec("silero_vad")
    assert spec and spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "data" / "silero_vad.onnx"
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    state, padded = np.zeros((2, 1, 128), np.float32), np.pad(line, (64, -len(line) % 512))
    heard = []
    for start in range(0, len(padded) - 64, 512):
        frame = {"input": padded[None, start : start + 576], "state": state, "sr": np.array(16000)}
        probability, state = session.run(None, frame)
        heard.append(np.asarray(probability)[0, 0])
    return np.array(heard)


def test_listening_loads_no_torch():
    script = """
import sys, numpy as np
from foleyline_engine.models.evidence.judge import Evidence
from foleyline_engine.models.evidence.voices import Voices, listen
from foleyline_engine.models.exchange import Sound
listen(Sound(np.full((2, 48000), 0.1, np.float32)), lambda: None)
assert not {"torch", "silero_vad"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_long_sound_takes_little_memory_and_stops_when_told():
    sound = Sound(np.tile(with_voice(1, 1).samples, (1, 10)))
    listen(Sound(sound.samples[:, :rate]), keep_on)
    calls = []
    tracemalloc.start()
    listen(sound, lambda: calls.append(1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8e6 < sound.samples.nbytes
    assert len(calls) > sound.seconds / 4


def drawn_face(size):
    face = np.full((4 * size, 4 * size), 95, np.uint8)

    def spot(x, y, a, b, gray):
        center = (round((0.5 + x) * 4 * size), round((0.5 + y) * 4 * size))
        cv2.ellipse(face, center, (round(a * 4 * size), round(b * 4 * size)), 0, 0, 360, gray, -1, cv2.LINE_AA)

    spot(0, -0.03, 0.36, 0.46, 40)
    spot(0, 0.02, 0.32, 0.42, 190)
    for side in (-1, 1):
        spot(side * 0.14, -0.06, 0.085, 0.035, 120)
        spot(side * 0.14, -0.06, 0.07, 0.028, 60)
        spot(side * 0.14, -0.14, 0.09, 0.018, 70)
        spot(side * 0.045, 0.14, 0.02, 0.012, 110)
    spot(0, 0.08, 0.03, 0.09, 205)
    spot(0, 0.25, 0.12, 0.03, 90)
    return cv2.GaussianBlur(cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA), (0, 0), 1)


def pictures(with_face, count=6, size=90):
    pixels = np.full((count, 270, 480), 95, np.uint8)
    for picture in with_face:
        pixels[picture, 40 : 40 + size, 100 + 10 * picture : 100 + 10 * picture + size] = drawn_face(size)
    return Frames(pixels, np.arange(count) * 0.75)


@pytest.mark.parametrize("size", [60, 90, 140, 200])
def test_face_is_agreed_upon(size):
    found = people.look(pictures([1, 2, 4], size=size), keep_on)
    assert found.pictures_with("face") == [1, 2]
    assert found.kinds == ["face"]


def test_one_detection_alone_is_nobody():
    found = people.look(pictures([2]), keep_on)
    assert not found.are_seen
    assert set(found.times_s) > {0.75, 1.5, 2.25}


def test_single_picture_speaks_for_itself():
    assert people.look(pictures([0], count=1), keep_on).pictures_with("face") == [0]


def long_take(minutes, with_face):
    """Small pictures, 80 a minute; a face in two thirds of them moves about."""
    three = np.full((3, 90, 160), 95, np.uint8)
    three[:, :8, :8] = np.array([0, 120, 240], np.uint8)[:, None, None]
    if with_face:
        for number in (0, 1):
            three[number, 20:64, 40 + 8 * number : 84 + 8 * number] = drawn_face(44)
    return Frames(np.tile(three, (minutes * 80 // 3 + 1, 1, 1)), np.arange(minutes * 80 // 3 * 3 + 3) * 0.75)


@pytest.mark.parametrize("minutes", [1, 4, 30])
@pytest.mark.parametrize("with_face", [True, False])
def test_people_are_agreed_upon_in_takes_of_any_length(minutes, with_face):
    frames = long_take(minutes, with_face)
    found = people.look(frames, keep_on)
    assert found.are_seen == with_face
    assert people.closely.moments * 0.9 <= len(found.times_s) <= 3 * people.closely.moments
    assert (found.times_s[0], found.times_s[-1]) == (0.0, frames.times_s[-1])


def test_brief_look_costs_less():
    frames = long_take(1, False)
    brief, close = (people.look(frames, keep_on, effort) for effort in (people.briefly, people.closely))
    assert len(brief.times_s) == people.briefly.moments < len(close.times_s) / 4


def grain(pixels, seed=3):
    noise = np.random.default_rng(seed).normal(0, 3, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def wall():
    blotches = np.random.default_rng(8).normal(120, 25, (20, 30)).astype(np.float32)
    return cv2.resize(blotches, (480, 270), interpolation=cv2.INTER_CUBIC)


def cartoon(size, at):
    """A drawn head with round eyes, on a wall, in the middle of `at` (x, y)."""
    picture, (x, y) = wall(), at
    cv2.ellipse(picture, at, (size, round(1.1 * size)), 0, 0, 360, 200, -1, cv2.LINE_AA)
    for side in (-1, 1):
        eye = (x + round(side * 0.38 * size), y - round(0.2 * size))
        cv2.circle(picture, eye, round(0.2 * size), 255, -1, cv2.LINE_AA)
        cv2.circle(picture, eye, round(0.1 * size), 0, -1, cv2.LINE_AA)
    mouth = (x, y + round(0.4 * size))
    cv2.ellipse(picture, mouth, (round(0.4 * size), round(0.2 * size)), 0, 0, 180, 30, 3, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 0.8)


def shifted(picture, by):
    shift = np.array([[1.0, 0, by], [0, 1, 0]])
    return cv2.warpAffine(picture, shift, (480, 270), borderMode=cv2.BORDER_REFLECT_101)


head = (0.3, 0.2, 0.4, 0.6)
steps = {
    "stands still": (False, cartoon(50, (240, 135))),
    "the camera pans": (False, shifted(cartoon(50, (240, 135)), 9)),
    "it moves": (True, cartoon(50, (249, 135))),
    "it moves, the camera pans": (True, shifted(cartoon(50, (225, 135)), 9)),
}


@pytest.mark.parametrize(("has_moved", "after"), steps.values(), ids=steps)
def test_movement_against_the_rest(has_moved, after):
    before = grain(cartoon(50, (240, 135)))
    assert stillness.has_moved(before, grain(after, seed=4), head) == has_moved


def test_head_before_a_plain_wall_is_not_the_camera():
    before, after = (pictures([number]).pixels[number] for number in (1, 2))
    assert stillness.has_moved(before, after, (100 / 480, 40 / 270, 110 / 480, 90 / 270))


@pytest.mark.parametrize("is_moving", [False, True])
def test_weak_face_counts_where_it_moves(is_moving):
    places = [(200 + (7 * number if is_moving else 0), 135) for number in range(6)]
    pixels = np.stack([grain(cartoon(60, at), seed) for seed, at in enumerate(places)])
    found = people.look(Frames(pixels, np.arange(6) * 0.75), keep_on)
    assert (found.are_seen, bool(found.still)) == (is_moving, not is_moving)


def test_strong_face_counts_even_where_nothing_moves():
    pixels = np.repeat(pictures([0]).pixels[:1], 6, axis=0)
    assert people.look(Frames(pixels, np.arange(6) * 0.75), keep_on).are_seen


@pytest.mark.parametrize("shape", [(1, 1), (2, 480), (480, 2), (64, 64), (480, 270)])
def test_picture_of_any_size(shape):
    noise = np.random.default_rng(2).integers(0, 255, (3, *shape), dtype=np.uint8)
    assert not people.look(Frames(noise, np.arange(3.0)), keep_on).are_seen


def job(has_voice, has_face, check=keep_on):
    sound = with_voice(1, 1) if has_voice else Sound(room(2))
    return JudgeJob(sound, {people.view: pictures([1, 2, 3] if has_face else [])}, (), check)


@pytest.mark.parametrize(
    ("has_voice", "has_face", "option"),
    [(True, False, pb.yes), (False, False, pb.no1), (True, True, pb.no2), (False, True, pb.no3)],
)
def test_rule(has_voice, has_face, option):
    answer = Evidence().judge([job(has_voice, has_face)])[0]
    assert isinstance(answer, Judged)
    read = verdict.parse(answer.text)
    assert read.option == option
    assert (read.person, read.voice) == (has_face, has_voice)
    assert read.well_formed and read.consistent and not read.warnings and not read.missing
    looked_at = {(True, True): 5, (True, False): 4, (False, True): 5, (False, False): 3}[has_voice, has_face]
    assert answer.numbers["pictures_n"] == looked_at
    assert f"in {looked_at} pictures of the video, 00:00.0 to 00:03.8" in answer.text
    assert answer.numbers["face_pictures_n"] == (3 if has_face else 0)
    assert ("a face in 3 of 5 pictures, 00:00.8 to 00:02.3" in answer.text) == has_face
    assert ("00:02.0 to" in answer.text) == has_voice == bool(answer.voiced)
    assert ("looked less closely" in answer.text) == (not has_voice)


def sighting(picture, kind="figure"):
    return people.Sighting(picture, 0.75 * picture, kind, (0.1, 0.1, 0.2, 0.5), 1.5)


counts = {
    "one picture": (people.People(np.zeros(1), ()), "1 picture of the video, at 00:00.0."),
    "far apart": (
        people.People(np.array([0, 75.0]), ()),
        "Somebody seen for less than 75.0 s can be missed.",
    ),
    "minutes": (people.People(np.array([0, 75.25]), ()), "2 pictures of the video, 00:00.0 to 01:15.3 and at most"),
    "once": (people.People(np.arange(2.0), (sighting(1),)), "a figure in 1 of 2 pictures, at 00:00.8."),
    "things": (
        people.People(np.arange(3.0), (), (sighting(1), sighting(2))),
        "A shape a little like a figure in 2 pictures, 00:00.8 to 00:01.5, never moved and was not counted.",
    ),
}


@pytest.mark.parametrize(("seen", "words"), counts.values(), ids=counts)
@pytest.mark.parametrize("stretches", [(), (Stretch(0.5, 1.0),) * 9], ids=["no voice", "voices"])
def test_words(seen, words, stretches):
    heard = Voices(stretches, np.array([0.97], np.float32))
    text = account.write(seen, heard, 10.0)
    assert words in text
    assert ("a voice for 4.5 s, 45% of it, 00:00.5 to 00:01.0" in text) == bool(stretches)
    assert ("and 1 more stretch;" in text) == bool(stretches)
    read = verdict.parse(text)
    assert (read.person, read.voice, read.consistent) == (seen.are_seen, bool(stretches), True)


def test_cancelled_job_leaves_the_others_alone():
    def closed():
        raise Cancelled

    stopped, answer = Evidence().judge([job(True, False, closed), job(False, False)])
    assert isinstance(stopped, Cancelled)
    assert isinstance(answer, Judged)


if footage.is_dir():
    from foleyline_engine.bench import voices as bench

    @pytest.mark.parametrize(
        ("name", "option"),
        [
            ("anvil_hits", pb.no1),
            ("baby_book_voice", pb.yes),
            ("peppers_silent_track", pb.no1),
            ("tennis_no_audio", pb.no3),
        ],
    )
    def test_real_clip(name, option):
        frames, sound = bench.read(footage / f"{name}.mp4")
        answer = Evidence().judge([JudgeJob(sound, {people.view: frames}, (), keep_on)])[0]
        assert isinstance(answer, Judged)
        assert verdict.parse(answer.text).option == option
