"""The real way out: Qt's sink over libpulse to a server that keeps what it is sent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleyline_plugin.ui.review.mixer import edge_n, switch_n

from . import pulse

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(sys.platform != "linux", reason="other systems have no PulseAudio"),
]
here = Path(__file__).parent


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(here / "pulse.py"), str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "listening\n"
    yield process
    process.kill()
    process.wait()


def listen(folder: Path, made, *, leaves: int = 0) -> str:
    take = made["narrated"]
    files = [str(made.folder / file.path) for file in (take.with_voices, take.without_voices)]
    environment = os.environ | pulse.environment(folder) | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, str(here / "listening.py"), *files, str(leaves)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_reaches_the_device_is_the_take_switched_without_a_gap(server, tmp_path, made):
    told = listen(tmp_path, made)
    server.communicate(timeout=10)
    assert "told none\n" in told
    heard = np.frombuffer((tmp_path / "heard.0.f32").read_bytes(), "<f4").reshape(-1, 2)
    take = made["narrated"]
    a, b = (soundfile.read(made.folder / f.path, dtype="float32")[0] for f in (take.with_voices, take.without_voices))
    begin = _begin(a, b, heard)
    heard = heard[begin : begin + 48_000]
    a, b = a[: len(heard)], b[: len(heard)]
    assert len(heard) > 30_000
    is_a, is_b = (np.abs(heard - version).max(axis=1) < 1e-6 for version in (a, b))
    is_either = is_a | is_b
    is_either[:edge_n] = True
    assert (~is_either).sum() <= 10 * switch_n, "all but the cross-fades is one of the two, at one position"
    differs = np.abs(a - b).max(axis=1) > 1e-3
    assert (is_a & differs).any() and (is_b & differs).any()
    low, high = np.minimum(a, b)[edge_n:] - 1e-6, np.maximum(a, b)[edge_n:] + 1e-6
    assert ((heard[edge_n:] >= low) & (heard[edge_n:] <= high)).all()


def test_the_playhead_is_where_the_device_is(server, tmp_path, made):
    """What the picture follows and what is heard at that moment, over a second: within half a frame at 25."""
    told = listen(tmp_path, made)
    server.communicate(timeout=10)
    heard = np.frombuffer((tmp_path / "heard.0.f32").read_bytes(), "<f4").reshape(-1, 2)
    take = made["narrated"]
    a, b = (soundfile.read(made.folder / f.path, dtype="float32")[0] for f in (take.with_voices, take.without_voices))
    moments, samples = np.loadtxt(tmp_path / "times.0").T
    said = np.array([line.split()[1:] for line in told.splitlines() if line.startswith("at ")], float)
    said = said[(said[:, 1] > 12_000) & (said[:, 1] < 40_000)]
    really = np.interp(said[:, 0], moments, samples) - _begin(a, b, heard)
    assert len(said) > 10
    assert abs(np.median(said[:, 1] - really)) < 0.02 * 48_000


def _begin(a: np.ndarray, b: np.ndarray, heard: np.ndarray) -> int:
    """Where in what was heard the take's first sample lies."""
    first = int(np.flatnonzero(heard.any(axis=1))[0])
    return first - _place_in(a, b, heard[first + 2_000 : first + 2_200]) + 2_000


def _place_in(a: np.ndarray, b: np.ndarray, heard: np.ndarray) -> int:
    """The sample of the take at which this was heard, of whichever version."""
    for version in (a, b):
        windows = np.lib.stride_tricks.sliding_window_view(version[:10_000, 0], len(heard))
        found = np.flatnonzero(np.abs(windows - heard[:, 0]).max(axis=1) < 1e-6)
        if len(found):
            return int(found[0])
    raise AssertionError("what was heard is neither version")


def test_a_server_that_dies_is_told_and_the_picture_goes_on(server, tmp_path, made):
    told = listen(tmp_path, made, leaves=server.pid)
    assert "told none\n" in told and "told lost\n" in told
    assert float(told.split()[-1]) > 40_000


def test_no_server_is_told(tmp_path, made):
    told = listen(tmp_path, made)
    assert "told no_device\n" in told
    assert float(told.split()[-1]) > 40_000
