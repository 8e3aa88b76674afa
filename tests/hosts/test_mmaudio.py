"""MMAudio through the whole main job: at full size with random weights, and where it is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import soundfile
from wavinfo import WavInfoReader

name = "mmaudio-small-16k"


@pytest.fixture
def generate(tmp_path):
    def run(source, *arguments, **settings: str):
        environment = os.environ | {
            "FOLEYLINE_RUNTIME": str(tmp_path / "runtime"),
            "FOLEYLINE_MODELS": str(tmp_path / "models"),
            "FOLEYLINE_IDLE": "2",
            "SOURCE_DATE_EPOCH": "1700000000",
        }
        environment.pop("FOLEYLINE_RANDOM_WEIGHTS", None)
        command = [sys.executable, "-m", "foleyline_plugin", "generate", source, "--out", tmp_path / "out"]
        command += ["--generator", name, *arguments]
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=400, env=environment | settings
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def test_where_it_is_not_installed_it_is_told_what_is_missing(generate, movie, tmp_path):
    done = generate(movie(tmp_path / "walk.mp4"))
    assert done.returncode == 2
    for told in (name, "GB", "not for commercial use", "models fetch"):
        assert told in done.stdout + done.stderr
    assert not list(tmp_path.rglob("*.wav"))


@pytest.mark.timeout(500)
def test_from_decode_to_placed_take_at_full_size(generate, movie, tmp_path):
    source = movie(tmp_path / "walk.mp4", seconds=0.6)
    arguments = ("--prompt", "rain on leaves", "--steps", "2", "--guidance", "3.5", "--json", "--handles", "0")
    done = generate(source, *arguments, FOLEYLINE_RANDOM_WEIGHTS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    told = [each["fraction"] for each in events if each["event"] == "progress" and each["step"] == "generating"]
    assert told == sorted(told)
    assert len(set(told)) > 4
    (take,) = [each["take"] for each in events if each["event"] == "finished"]
    (step,) = [each for each in take["steps"] if each["step"] == "generating"]
    assert step["model"] == f"{name} 1 with random weights"
    assert (step["numbers"]["steps_n"], step["numbers"]["guidance"]) == (2, 3.5)
    assert any("random weights" in note for note in take["notes"])
    path = tmp_path / "out" / take["with_voices"]["path"]
    samples, rate = soundfile.read(path)
    assert (samples.shape, rate) == ((28800, 2), 48000)
    assert samples.std() > 0
    assert (tmp_path / "out" / "walk_foley.otio").is_file()
    forbidden = "not for commercial use"
    assert forbidden in " ".join(take["terms"])
    ixml = WavInfoReader(str(path)).ixml
    assert ixml is not None
    assert forbidden in ixml.xml_str()
    assert forbidden in (tmp_path / "out" / "cue_sheet.csv").read_text(encoding="utf8")
    assert forbidden in events[-1]["text"]
