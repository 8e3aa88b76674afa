"""Steps 3 and 4 through the command and a real engine, as the paper has them: what is found, taken out and done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tests.hosts import separating

step = 1 / (1 << 23)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def engines(environment, tmp_path_factory) -> Callable[[float], dict[str, str]]:
    """An engine for each share of a sound that its separator takes for voice."""
    known: dict[float, dict[str, str]] = {}

    def environment_of(share: float) -> dict[str, str]:
        if share not in known:
            models = tmp_path_factory.mktemp("models")
            separating.install(models, share)
            own = {"FOLEYLINE_MODELS": str(models), "FOLEYLINE_RUNTIME": str(tmp_path_factory.mktemp("run"))}
            known[share] = environment | own
        return known[share]

    return environment_of


@pytest.fixture(scope="module")
def movies(tmp_path_factory) -> dict[str, tuple[Path, tuple[float, float]]]:
    """A narrator over nothing, and over a room."""
    folder = tmp_path_factory.mktemp("movies")
    rooms = {"alone": 0.0, "room": 0.02}
    return {name: (folder / f"{name}.mov", separating.narrated(folder / f"{name}.mov", rooms[name])) for name in rooms}


@pytest.fixture
def take(engines, movies, tmp_path):
    """take(movie, separator, *options, share=) -> the take as takes.json tells it, and a reader of its files."""

    def make(movie: str, separator: str, *options: str, share: float = 1.0) -> tuple[dict[str, Any], Callable]:
        path, out = movies[movie][0], tmp_path / "out"
        asked = ["generate", str(path), "--out", str(out), "--source", "production", "--separator", separator, *options]
        ran = command(asked, engines(share))
        assert ran.returncode == 0, ran.stdout + ran.stderr
        made = json.loads((out / "takes.json").read_text())["timelines"][0]["clips"][0]["take"]
        return made, lambda which: soundfile.read(out / made[which]["path"], always_2d=True)[0]

    return make


def command(asked: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "foleyline_plugin", *asked]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, env=os.environ | environment)


def note(take: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in take["steps"] if each["step"] == name]
    return found


def steps(take: dict[str, Any]) -> list[str]:
    return [each["step"] for each in take["steps"]]


def level_db(sound: np.ndarray) -> float:
    return 20 * np.log10(np.sqrt(np.mean(sound**2)) + 1e-12)


@pytest.mark.parametrize("separator", ["fill", "roformer"])
@pytest.mark.parametrize(
    ("fallback", "outcome"), [("rm", "silent_on_purpose"), ("rep", "original_kept"), ("neg", "regenerated")]
)
def test_silence_that_is_left_and_what_is_done_then(take, movies, separator, fallback, outcome):
    made, sound = take("alone", separator, "--run", "s4", "--fallback", fallback)
    begin, end = movies["alone"][1]
    assert made["verdict"]["option"] == "yes" and made["outcome"] == outcome
    (found,) = made["verdict"]["voiced"]
    assert abs(found["start_s"] - begin) < 0.2 and abs(found["end_s"] - end) < 0.3

    removing = note(made, "removing")
    assert removing["model"] in ("fill 1", "roformer 1 (made up)") and removing["numbers"]["removed_energy_db"] > 40
    (place,) = removing["stretches"]
    assert abs(place["start_s"] - begin) < 0.3 and abs(place["end_s"] - end) < 0.4
    assert removing["numbers"]["removed_s"] == pytest.approx(place["end_s"] - place["start_s"])

    checking = note(made, "checking")
    assert checking["model"] == "level" and checking["text"].startswith("Silent: 100% of frames")
    assert checking["numbers"]["quiet_share"] == 1.0 and checking["numbers"]["loudest_db"] < -50

    assert ("regenerating" in steps(made)) == (fallback == "neg")
    if fallback == "rm":
        assert "without_voices" not in made
    else:
        kept = np.array_equal(sound("with_voices"), sound("without_voices"))
        assert kept == (fallback == "rep")
    if fallback == "neg":
        assert note(made, "regenerating")["model"].startswith("scratch")
        assert level_db(sound("without_voices")) > -60


@pytest.mark.parametrize("separator", ["fill", "roformer"])
def test_three_steps_leave_silence_as_it_is(take, separator):
    made, sound = take("alone", separator, "--run", "s3", "--fallback", "neg")
    assert made["outcome"] == "voices_removed"
    assert not {"checking", "regenerating"} & set(steps(made))
    assert level_db(sound("without_voices")) < -60 < level_db(sound("with_voices"))


@pytest.mark.parametrize("run", ["s3", "s4"])
def test_what_is_not_silent_is_what_comes_out(take, movies, run):
    """Half of everything was taken for voice: half is left, at its level, on its sample, as long as it was."""
    made, sound = take("room", "roformer", "--run", run, share=0.5)
    assert made["outcome"] == "voices_removed"
    mix, rest = sound("with_voices"), sound("without_voices")
    assert mix.shape == rest.shape == (6 * separating.rate, 2)
    inside = slice(2000, -2000)
    # The narrator hisses a little above what the network hears.
    assert np.abs(rest - mix / 2)[inside].max() < 1e-3
    assert level_db(rest) - level_db(mix) == pytest.approx(-6.02, abs=0.02)
    numbers = note(made, "removing")["numbers"]
    assert numbers["removed_energy_db"] == pytest.approx(6.02, abs=0.05)
    assert numbers["voice_db"] == pytest.approx(level_db(mix - rest), abs=0.1)
    if run == "s4":
        checking = note(made, "checking")
        assert checking["text"].startswith("Not silent") and checking["numbers"]["quiet_share"] < 0.9


def test_the_fill_leaves_all_else_of_a_room(take, movies):
    made, sound = take("room", "fill", "--run", "s4", "--fallback", "rm")
    assert made["outcome"] == "voices_removed"
    (place,) = note(made, "removing")["stretches"]
    first, last = (round(place[name] * separating.rate) for name in ("start_s", "end_s"))
    mix, rest = sound("with_voices"), sound("without_voices")
    outside = np.r_[0:first, last : len(mix)]
    assert np.abs(rest - mix)[outside].max() <= 4 * step
    assert level_db(rest[first:last]) == pytest.approx(level_db(mix[outside]), abs=1.0)


def test_only_voiced_touches_nothing_else(take, movies):
    _, sound = take("room", "roformer", "--only-voiced", share=0.5)
    begin, end = movies["room"][1]
    mix, rest = sound("with_voices"), sound("without_voices")
    times = np.arange(len(mix)) / separating.rate
    away = (times < begin - 0.7) | (times > end + 0.9)
    assert np.abs(rest - mix)[away].max() <= 4 * step
    middle = (times > begin + 0.3) & (times < end - 0.3)
    assert level_db(rest[middle]) - level_db(mix[middle]) == pytest.approx(-6.02, abs=0.1)


def test_nothing_is_removed_where_no_voice_was_found(take, engines, movies, tmp_path, movie):
    path = movie(tmp_path / "tone.mp4")
    asked = ["generate", str(path), "--out", str(tmp_path / "o"), "--source", "production", "--separator", "roformer"]
    assert command(asked, engines(1.0)).returncode == 0
    made = json.loads((tmp_path / "o" / "takes.json").read_text())["timelines"][0]["clips"][0]["take"]
    assert made["outcome"] == "as_generated" and "removing" not in steps(made)


def test_a_checkpoint_that_is_not_there_is_told_before_anything_is_read(movies, environment, tmp_path):
    own = {"FOLEYLINE_MODELS": str(tmp_path / "none"), "FOLEYLINE_RUNTIME": str(tmp_path / "run")}
    path = str(movies["room"][0])
    for name, code, verb in (("roformer", "E-CHECKPOINT", "stems"), ("bs-roformer", "E-WEIGHTS", "generate")):
        asked = [verb, path, "--out", str(tmp_path / name), "--separator", name]
        ran = command(asked + (["--source", "production"] if verb == "generate" else []), environment | own)
        assert ran.returncode == 2 and code in ran.stdout, ran.stdout + ran.stderr
        assert not list((tmp_path / name).rglob("*.wav"))
