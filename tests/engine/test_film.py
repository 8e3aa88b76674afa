"""The demo's film: whole movies of the promised size, touching when it says so, speaking where it says so."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import onnxruntime
import pytest
import soxr

from foleyline_engine import film
from foleyline_engine.film import paint, reel, scenes, voice

by_name = {shot.name: shot for shot in film.shots}
window_n, before_n = 512, 64  # samples at 16 kHz that the detector takes at a time, and those it wants before them


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("film")
    film.render(made)
    return made


def test_facts_lie_beside_the_movies(folder: Path) -> None:
    facts = json.loads((folder / "film.json").read_text(encoding="utf-8"))
    assert facts == json.loads(json.dumps(film.facts()))
    files = {shot["file"] for shot in facts["shots"]}
    assert {path.name for path in folder.iterdir()} == files | {"film.json"}
    assert 18 < sum(shot["frames"] for shot in facts["shots"]) / scenes.rate < 24


@pytest.mark.parametrize("shot", film.shots, ids=lambda shot: shot.name)
def test_movie_is_as_its_facts_say(folder: Path, shot: scenes.Shot) -> None:
    path = folder / f"{shot.name}.mp4"
    assert path.stat().st_size < 1_000_000
    with av.open(str(path)) as movie:
        stream = movie.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 1280, 720)
        assert stream.average_rate == Fraction(24000, 1001)
        pictures = list(movie.decode(stream))
        assert [round(picture.time * scenes.rate) for picture in pictures] == list(range(shot.frames))
        assert bool(movie.streams.audio) == (shot.sound is not None)


def test_movie_shows_the_drawn_picture_on_its_frame(folder: Path) -> None:
    shot = by_name["ball"]
    backdrop = shot.backdrop()
    with av.open(str(folder / "ball.mp4")) as movie:
        for number, picture in enumerate(movie.decode(video=0)):
            if number in shot.contacts:
                shown = picture.to_ndarray(format="rgb24").astype(int)
                errors = [np.abs(shown - shot.picture(backdrop, number + off)).mean() for off in (-1, 0, 1)]
                assert np.argmin(errors) == 1
                assert errors[1] < 2.5


def test_same_bytes_every_time(folder: Path, tmp_path: Path) -> None:
    again = reel.write_movie(tmp_path, by_name["hammer"])
    assert again.read_bytes() == (folder / "hammer.mp4").read_bytes()


@pytest.mark.parametrize(
    ("name", "tints", "fall_px"),
    [("ball", ["#e4572e"], 15), ("hammer", ["#8f3524"], 60), ("walk", ["#1b2a49", "#101c30"], 3)],
)
def test_things_reach_their_lowest_point_on_contact(name: str, tints: list[str], fall_px: int) -> None:
    shot = by_name[name]
    backdrop = shot.backdrop()
    for order, contact in enumerate(shot.contacts):
        tint = tints[order % len(tints)]
        before, there, after = (_lowest(shot.picture(backdrop, contact + off), tint) for off in (-1, 0, 1))
        assert there - before >= fall_px
        assert after <= there + 24  # the peg gives way under the mallet


def test_door_meets_its_frame_and_picture_meets_the_floor() -> None:
    shot = by_name["door"]
    backdrop = shot.backdrop()
    shut, landed = shot.contacts
    dark = [_area(shot.picture(backdrop, shut + off), "#3a3d5c") for off in (-4, -3, 0)]
    assert dark[0] > dark[1] > dark[2] == 0
    rows = [_lowest(shot.picture(backdrop, landed + off), "#5e503f") for off in (-2, -1, 0)]
    assert rows[0] + 20 < rows[1] + 10 < rows[2]


def test_water_splashes_on_contact_and_not_before() -> None:
    shot = by_name["water"]
    backdrop = shot.backdrop()
    for contact in shot.contacts:
        before, there = (_area(shot.picture(backdrop, contact + off), "#d8f1f5") for off in (-1, 0))
        assert before == 0
        assert there > 500


def test_voice_is_heard_where_the_facts_say(folder: Path) -> None:
    chances, times_s = _speech(_sound(folder / "narrated.mp4"))
    inside = np.zeros(len(chances), bool)
    near = np.zeros(len(chances), bool)
    for start_s, end_s in by_name["narrated"].voiced:
        inside |= (times_s >= start_s + 0.03) & (times_s < end_s - 0.06)
        near |= (times_s >= start_s - 0.06) & (times_s < end_s + 0.3)
    assert np.mean(chances[inside] > 0.8) > 0.9
    assert chances[~near].max() < 0.2


@pytest.mark.parametrize("name", ["hammer", "walk"])
def test_other_production_sound_is_quiet_and_holds_no_voice(folder: Path, name: str) -> None:
    sound = _sound(folder / f"{name}.mp4")
    assert -62 < 20 * np.log10(np.sqrt(np.mean(sound**2))) < -50
    assert _speech(sound)[0].max() < 0.2


def test_narration_is_loud_enough_and_not_clipped() -> None:
    samples = voice.narration(by_name["narrated"].length_n)
    assert samples.dtype == np.float32
    assert samples.shape == (by_name["narrated"].frames * 2002,)
    assert 0.2 < np.abs(samples).max() < 0.9


def test_nothing_is_left_of_a_movie_that_failed(tmp_path: Path) -> None:
    def stop(image: np.ndarray, frame: int) -> None:
        if frame == 3:
            raise RuntimeError("stopped")

    shot = scenes.Shot("broken", "", 9, (), by_name["ball"].backdrop, stop)
    with pytest.raises(RuntimeError, match="stopped"):
        reel.write_movie(tmp_path, shot)
    assert list(tmp_path.iterdir()) == []


def _mask(image: np.ndarray, tint: str) -> np.ndarray:
    return np.asarray((np.abs(image.astype(int) - paint.color(tint)) <= 2).all(axis=-1))


def _area(image: np.ndarray, tint: str) -> int:
    return int(_mask(image, tint).sum())


def _lowest(image: np.ndarray, tint: str) -> int:
    return int(np.flatnonzero(_mask(image, tint).any(axis=1)).max())


def _sound(path: Path) -> np.ndarray:
    """float32 [samples] at 16 kHz."""
    with av.open(str(path)) as movie:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in movie.decode(audio=0)])
    return soxr.resample(samples, voice.rate, 16000)


def _speech(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How likely speech is in each window, and the window's middle in seconds."""
    package = find_spec("silero_vad")
    assert package and package.submodule_search_locations
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = Path(package.submodule_search_locations[0]) / "data" / "silero_vad_16k_op15.onnx"
    detector = onnxruntime.InferenceSession(model, options)
    state, before = np.zeros((2, 1, 128), np.float32), np.zeros(before_n, np.float32)
    chances = []
    for begin in range(0, len(sound) - window_n + 1, window_n):
        window = sound[begin : begin + window_n]
        heard = np.concatenate([before, window])[None]
        chance, state = detector.run(None, {"input": heard, "state": state, "sr": np.array(16000)})
        before = window[-before_n:]
        chances.append(np.asarray(chance).item())
    return np.array(chances), (np.arange(len(chances)) + 0.5) * window_n / 16000
