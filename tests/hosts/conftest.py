"""The command as an editor runs it: its own process, a real engine beside it, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
import soundfile


@dataclass(frozen=True)
class Ran:
    """What a run of the command came to."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def clips(self) -> list[dict]:
        """All clips of takes.json."""
        document = json.loads((self.folder / "takes.json").read_text(encoding="utf8"))
        return [clip for timeline in document["timelines"] for clip in timeline["clips"]]

    @property
    def codes(self) -> list[str]:
        return [clip["problem"]["code"] for clip in self.clips if "problem" in clip]


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def environment(tmp_path_factory) -> dict[str, str]:
    """One engine for all tests, in a runtime folder of its own; it ends by itself soon after the last of them."""
    return os.environ | {
        "FOLEYLINE_RUNTIME": str(tmp_path_factory.mktemp("runtime")),
        "FOLEYLINE_IDLE": "5",
        "SOURCE_DATE_EPOCH": "1700000000",
        "PYTHONFAULTHANDLER": "1",
    }


@pytest.fixture
def foleyline(environment, tmp_path) -> Run:
    def run(*arguments: object, out: str = "out") -> Ran:
        folder = tmp_path / out
        command = [sys.executable, "-m", "foleyline_plugin", "generate", *map(str, arguments), "--out", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr, folder)

    return run


def _movie(path: Path, *options: str, seconds: float = 2, rate: str = "25", size: str = "320x180", sound: bool = True):
    sources = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}"]
    if sound:
        sources += ["-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000"]
    command = ["ffmpeg", "-v", "error", "-y", *sources, "-t", str(seconds), "-pix_fmt", "yuv420p", *options, str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="session")
def movie() -> Callable[..., Path]:
    """movie(path, *ffmpeg_options, seconds=, rate=, size=, sound=) makes a moving picture with a tone."""
    return _movie


@pytest.fixture
def cut(tmp_path) -> Callable[..., Path]:
    """cut(movies, frames=, rate=, start=) writes a timeline of the movies' first frames, one after another."""

    def make(
        movies: list[Path], *, frames: int = 25, rate: float = 25.0, start: int = 90000, name: str = "cut"
    ) -> Path:
        timeline = otio.schema.Timeline(name, global_start_time=otio.opentime.RationalTime(start, rate))
        track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
        span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, rate), otio.opentime.RationalTime(frames, rate))
        for n, path in enumerate(movies, start=1):
            track.append(otio.schema.Clip(f"Sh {n:03d}", otio.schema.ExternalReference(str(path)), span))
        timeline.tracks.append(track)
        path = tmp_path / f"{name}.otio"
        otio.adapters.write_to_file(timeline, str(path))
        return path

    return make


def _melt(sheet: Path, *consumer: str) -> None:
    """Plays a sheet into a file."""
    command = ["melt", "-silent", str(sheet), "-consumer", *consumer, "real_time=-1"]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    for last in (False, False, False, True):
        # melt 7.12 fails to end in about one of twenty runs on a busy machine, whatever it plays.
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=15, env=environment)
            return
        except subprocess.TimeoutExpired:
            if last:
                raise


@pytest.fixture(scope="session")
def melt() -> Callable[..., None]:
    """melt(sheet, *consumer) renders an MLT sheet with the real program."""
    return _melt


@pytest.fixture
def hear(tmp_path: Path) -> Callable[[Path], np.ndarray]:
    """Plays a sheet's sound: float [samples, 2] at 48 kHz."""

    def render(sheet: Path) -> np.ndarray:
        sound = tmp_path / "heard.wav"
        _melt(sheet, f"avformat:{sound}", "acodec=pcm_s24le", "ar=48000", "ac=2", "vn=1")
        heard, _ = soundfile.read(sound, always_2d=True)
        return heard

    return render
