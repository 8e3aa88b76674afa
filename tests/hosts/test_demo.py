"""The demo from its film to lanes that a real program plays, each sound on its sample."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import soundfile

from foleyline.timing import samples

rate = Fraction(24000, 1001)
hour = 24 * 3600
sixteen_bit = 2**-14


def test_the_demo_runs_all_four_steps_and_plays_in_time(environment, tmp_path, hear):
    command = [sys.executable, "-m", "foleyline_plugin", "demo", "--out", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((tmp_path / "demo/takes.json").read_text(encoding="utf8"))
    clips = document["timelines"][0]["clips"]
    assert [clip["state"] for clip in clips] == ["placed"] * 6
    _check_verdicts(clips)
    heard = hear(tmp_path / "demo/film_foley.mlt")
    for clip in clips:
        _check_place(clip["take"], tmp_path / "demo", heard)


def _check_verdicts(clips):
    options = {clip["name"]: clip["take"]["verdict"]["option"] for clip in clips}
    assert options.pop("narrated") == "yes" and set(options.values()) <= {"no1", "no3"}
    narrated = next(clip["take"] for clip in clips if clip["name"] == "narrated")
    assert narrated["outcome"] in ("voices_removed", "regenerated")
    done = [note["step"] for note in narrated["steps"]]
    assert done[done.index("judging") :][:3] == ["judging", "removing", "checking"]
    assert narrated["with_voices"]["sha256"] != narrated["without_voices"]["sha256"]


def _check_place(take, folder, heard):
    """What is played at the clip's record range is the take without voices, as its file has it."""
    clip = take["request"]["clip"]
    start = int(clip["record_range"]["start"]["value"]) - hour
    length = samples(int(clip["record_range"]["duration"]["value"]), rate)
    head = samples(int(clip.get("head_handle", 0)), rate)
    written, _ = soundfile.read(folder / take["without_voices"]["path"])
    expected = written[head : head + length]
    played = heard[samples(start, rate) :][:length]
    assert np.abs(expected).max() > 0.01
    assert np.abs(played - expected).max() < sixteen_bit
