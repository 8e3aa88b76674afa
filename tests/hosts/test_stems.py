"""`foleyline stems` as an editor runs it: files and timelines in, two stems a clip out, with their lanes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from tests.hosts import separating
from wavinfo import WavInfoReader

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Parted:
    """What a run of the command came to."""

    code: int
    out: str
    folder: Path

    @property
    def clips(self) -> list[dict[str, Any]]:
        document = json.loads((self.folder / "takes.json").read_text(encoding="utf8"))
        return [clip for timeline in document["timelines"] for clip in timeline["clips"]]

    @property
    def take(self) -> dict[str, Any]:
        (clip,) = self.clips
        return clip["take"]

    def path(self, which: str) -> Path:
        return self.folder / self.take[which]["path"]

    def stem(self, which: str) -> np.ndarray:
        return steps_of(self.path(which))


def steps_of(path: Path) -> np.ndarray:
    """Whole steps of 24 bits [samples, channels]."""
    return np.asarray(soundfile.read(path, dtype="int32", always_2d=True)[0]).astype(np.int64) >> 8


@pytest.fixture(scope="module")
def environment_of_half(environment, tmp_path_factory) -> dict[str, str]:
    """An engine whose `roformer` takes half of all it hears for voice."""
    models = tmp_path_factory.mktemp("models")
    separating.install(models, 0.5)
    own = {"FOLEYLINE_MODELS": str(models), "FOLEYLINE_RUNTIME": str(tmp_path_factory.mktemp("run"))}
    return environment | own


@pytest.fixture
def stems(environment_of_half, tmp_path):
    def run(*asked: object, out: str = "out") -> Parted:
        line = [sys.executable, "-m", "foleyline_plugin", "stems", *map(str, asked), "--out", str(tmp_path / out)]
        ran = subprocess.run(line, capture_output=True, text=True, timeout=200, env=os.environ | environment_of_half)
        assert "Traceback" not in ran.stderr, ran.stderr
        return Parted(ran.returncode, ran.stdout + ran.stderr, tmp_path / out)

    return run


@pytest.fixture(scope="module")
def talkie(tmp_path_factory) -> tuple[Path, tuple[float, float]]:
    """A movie of 6 s with a narrator over a room, and from when to when he speaks."""
    path = tmp_path_factory.mktemp("talkie") / "interview.mov"
    return path, separating.narrated(path, 0.02)


def recorded(path: Path, stamp: int, rate: int = 48000, seconds: float = 3.5) -> np.ndarray:
    """A recorder's Broadcast WAV of noise with a time stamp in samples; what is in it [samples, 2], 24-bit steps."""
    noise = np.random.default_rng(8).normal(0, 0.1, (round(seconds * rate), 2))
    plain = path.with_name("plain.wav")
    soundfile.write(plain, noise, rate, subtype="PCM_24")
    write = ["-c:a", "pcm_s24le", "-write_bext", "1", "-metadata", f"time_reference={stamp}", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(plain), *write], check=True)
    return steps_of(plain)


@pytest.mark.parametrize("separator", ["fill", "roformer"])
def test_a_sound_file_from_its_first_sample_to_its_last(stems, tmp_path, separator):
    mix = recorded(tmp_path / "boom 12.wav", 172_800_123)
    ran = stems(tmp_path / "boom 12.wav", "--separator", separator)
    assert ran.code == 0, ran.out
    dialogue, rest = ran.stem("dialogue"), ran.stem("without_voices")
    assert np.array_equal(dialogue + rest, mix)
    if separator == "roformer":
        quiet = slice(2000, -2000)
        assert np.std(rest[quiet]) < 0.8 * np.std(mix[quiet])
    else:
        assert not dialogue.any()
    assert not list(ran.folder.glob("*.otio"))


def test_names_time_stamps_and_notes_are_in_the_files(stems, tmp_path):
    recorded(tmp_path / "boom 12.wav", 172_800_123)
    ran = stems(tmp_path / "boom 12.wav", "--separator", "roformer")
    for which, kind in (("dialogue", "DX"), ("without_voices", "ME")):
        path = ran.path(which)
        assert path.name == f"{kind}_boom 12_AISEP_BOOM12_{ran.take['request_id'][:8]}.wav"
        with soundfile.SoundFile(path) as file:
            assert (file.samplerate, file.channels, file.subtype) == (48000, 2, "PCM_24")
            assert file.frames == int(ran.take[which]["samples"]) == 168_000
        assert hashlib.sha256(path.read_bytes()).hexdigest() == ran.take[which]["sha256"]
        info = WavInfoReader(str(path))
        assert info.bext is not None and info.ixml is not None
        assert info.bext.time_reference == 172_800_123
        assert (
            "roformer 1 (made up)" in info.bext.coding_history
            and "stem of the production sound" in info.bext.description
        )
        told = ran.take[which]["loudness"]["integrated_lufs"]
        assert info.bext.loudness_value == pytest.approx(told, abs=0.01)
        assert [track.name for track in info.ixml.track_list] == [f"{kind} L", f"{kind} R"]
        speed = ElementTree.fromstring(ElementTree.tostring(info.ixml.parsed.getroot())).find("SPEED")
        assert speed is not None and speed.findtext("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO") == "172800123"
        assert speed.find("TIMECODE_RATE") is None


def test_other_rates_come_out_at_48_khz_with_their_time_stamp(stems, tmp_path):
    recorded(tmp_path / "a.wav", 44_100 * 60 + 441, rate=44100)
    ran = stems(tmp_path / "a.wav")
    assert ran.take["dialogue"]["samples"] == "168000"
    assert ran.take["dialogue"]["time_reference"] == str(48_000 * 60 + 480)


def test_a_voice_is_in_the_dialogue_and_the_rest_in_the_other(stems, talkie):
    path, (begin, end) = talkie
    ran = stems(path, "--separator", "fill")
    assert ran.code == 0, ran.out
    dialogue, rest = ran.stem("dialogue"), ran.stem("without_voices")
    mix = steps_of(path.with_suffix(".wav"))
    assert np.array_equal(dialogue + rest, mix)
    times = np.arange(len(mix)) / 48000
    away = (times < begin - 0.4) | (times > end + 0.5)
    assert not dialogue[away].any() and np.array_equal(rest[away], mix[away])
    inside = (times > begin + 0.1) & (times < end - 0.1)
    assert np.std(rest[inside]) == pytest.approx(np.std(mix[away]), rel=0.15)
    (place,) = next(note for note in ran.take["steps"] if note["step"] == "removing")["stretches"]
    assert abs(place["start_s"] - begin) < 0.3 and abs(place["end_s"] - end) < 0.4
    assert ran.take["outcome"] == "voices_removed" and ran.take["verdict"]["option"] == "not_asked"


def test_only_where_a_voice_was_heard(stems, talkie):
    path, (begin, end) = talkie
    ran = stems(path, "--separator", "roformer", "--only-voiced")
    dialogue = ran.stem("dialogue")
    times = np.arange(len(dialogue)) / 48000
    assert not dialogue[(times < begin - 0.7) | (times > end + 0.9)].any()
    inside = (times > begin + 0.3) & (times < end - 0.3)
    assert np.std(dialogue[inside]) == pytest.approx(np.std(ran.stem("without_voices")[inside]), rel=0.05)
    assert [note["step"] for note in ran.take["steps"]] == ["preparing", "judging", "removing"]


def test_stems_of_a_timeline_lie_on_lanes_of_their_own(stems, talkie, tmp_path):
    path, _ = talkie
    source = timeline(tmp_path, path, [(0, 50), (60, 40), (100, 25)])
    before = source.read_bytes()
    ran = stems(source, "--clips", "Sh 00[13]", "--handles", "5", "--separator", "roformer")
    assert ran.code == 0, ran.out
    assert source.read_bytes() == before
    assert [clip["name"] for clip in ran.clips] == ["Sh 001", "Sh 003"]
    placed = otio.adapters.read_from_file(str(ran.folder / "cut_stems.otio"))
    lanes = {track.name: track for track in placed.tracks if track.kind == otio.schema.TrackKind.Audio}
    assert list(lanes) == ["DX 1", "ME 1"] and not any(lane.enabled for lane in lanes.values())
    for name, lane in lanes.items():
        clips = list(lane.find_clips())
        assert [clip.name for clip in clips] == [f"Sh 001 {name[:2]}", f"Sh 003 {name[:2]}"]
        assert [clip.range_in_parent().start_time.to_frames() for clip in clips] == [0, 90]
        assert [clip.source_range.duration.to_frames() for clip in clips] == [50, 25]
        for clip in clips:
            assert Path(clip.media_reference.target_url).name.startswith(f"{name[:2]}_")
    heads = [clip["take"]["request"]["clip"].get("head_handle", 0) for clip in ran.clips]
    assert heads == [0, 5]
    mix = steps_of(path.with_suffix(".wav"))
    expected = [(0, 55, 90_000), (95, 130, 90_085)]
    for clip, (first, last, begin) in zip(ran.clips, expected, strict=True):
        parts = [steps_of(ran.folder / clip["take"][which]["path"]) for which in ("dialogue", "without_voices")]
        assert np.array_equal(sum(parts), mix[first * 1920 : last * 1920])
        assert int(clip["take"]["dialogue"]["time_reference"]) == begin * 1920


def timeline(folder: Path, movie: Path, cuts: list[tuple[int, int]]) -> Path:
    """Stretches of a movie one after another, 25 frames a second, from 01:00:00:00."""
    made = otio.schema.Timeline("cut", global_start_time=otio.opentime.RationalTime(90_000, 25))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    whole = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(150, 25))
    for number, (start, count) in enumerate(cuts, start=1):
        used = otio.opentime.TimeRange(otio.opentime.RationalTime(start, 25), otio.opentime.RationalTime(count, 25))
        track.append(otio.schema.Clip(f"Sh {number:03d}", otio.schema.ExternalReference(str(movie), whole), used))
    made.tracks.append(track)
    otio.adapters.write_to_file(made, str(folder / "cut.otio"))
    return folder / "cut.otio"


def test_the_cue_sheet_names_both_files(stems, talkie):
    ran = stems(talkie[0])
    rows = list(csv.DictReader(io.StringIO((ran.folder / "cue_sheet.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["File"], row["File With Voices"]) for row in rows] == [
        (ran.take["without_voices"]["path"], ran.take["dialogue"]["path"])
    ]
    assert rows[0]["Provenance"] == "AI separated"
    document = json.loads((ran.folder / "takes.json").read_text())
    assert document["provenance"] == "AI separated"


def test_running_it_again_finds_what_is_there_and_mends_what_is_damaged(stems, talkie):
    ran = stems(talkie[0])
    facts = {path: path.stat().st_mtime_ns for path in sorted((ran.folder / "audio").iterdir())}
    assert stems(talkie[0]).code == 0
    assert {path: path.stat().st_mtime_ns for path in sorted((ran.folder / "audio").iterdir())} == facts
    good = ran.path("dialogue").read_bytes()
    ran.path("dialogue").write_bytes(good[:-1000])
    assert stems(talkie[0]).code == 0
    assert ran.path("dialogue").read_bytes() == good


def test_stopped_it_leaves_nothing_half_written_and_goes_on_when_run_again(environment_of_half, tmp_path):
    """Two minutes are begun, interrupted and begun again."""
    recorded(tmp_path / "long.wav", 0, seconds=120)
    out = tmp_path / "out"
    line = [sys.executable, "-m", "foleyline_plugin", "stems", str(tmp_path / "long.wav"), "--out", str(out), "--json"]
    line += ["--separator", "roformer"]
    ran = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=os.environ | environment_of_half)
    assert ran.stdout is not None
    for event in map(json.loads, ran.stdout):
        if event["event"] == "progress" and event["step"] == "removing" and event["fraction"] > 0.05:
            break
    ran.send_signal(signal.SIGINT)
    ran.communicate(timeout=60)
    assert ran.returncode == 130
    deadline = time.monotonic() + 30
    while list(out.rglob("*.part")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not list(out.rglob("*.part")) and not list(out.rglob("*.wav"))
    again = subprocess.run(line, capture_output=True, text=True, timeout=200, env=os.environ | environment_of_half)
    assert again.returncode == 0, again.stdout
    assert len(list(out.rglob("*.wav"))) == 2


def test_a_movie_without_sound_and_a_file_that_is_not_there(stems, movie, talkie, tmp_path):
    silent = movie(tmp_path / "silent.mp4", sound=False, seconds=1)
    ran = stems(silent, tmp_path / "nothing.wav", talkie[0])
    assert ran.code == 1
    assert "E-NOSOUND" in ran.out and "E-INPUT" in ran.out
    assert stems(silent, out="other").code == 2


def test_a_folder_that_is_full_of_somebody_elses_work_is_told(stems, talkie, tmp_path):
    (tmp_path / "out").write_text("a file")
    ran = stems(talkie[0])
    assert ran.code == 2 and "E-OUT" in ran.out
