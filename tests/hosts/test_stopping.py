"""Ctrl-C, kills, a full disk: what was finished stays, and the same command goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.kills import kill_runs


@pytest.fixture
def started(environment, movie, cut, tmp_path):
    """A run of twelve clips, under way."""
    media = [movie(tmp_path / f"shot {n}.mp4", seconds=8, size="640x360") for n in range(3)]
    source = cut(media * 4, frames=180)
    command = [sys.executable, "-m", "foleyline_plugin", "generate", str(source), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    yield process, source
    process.kill()
    process.communicate()


def test_ctrl_c_stops_within_a_second_and_the_rest_is_made_later(started, foleyline, tmp_path):
    process, source = started
    audio = tmp_path / "out/audio"
    deadline = time.monotonic() + 60
    while len(list(audio.glob("*.wav")) if audio.exists() else []) < 4:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, words = process.communicate(timeout=10)
    assert time.monotonic() - start < 1
    assert process.returncode == 130
    assert "goes on from here" in words and "Traceback" not in words
    time.sleep(0.5)  # the engine has let go of what it was at
    assert not [path for path in (tmp_path / "out").rglob("*") if path.suffix == ".part"]
    kept = {path: path.stat().st_mtime_ns for path in audio.glob("*.wav")}
    finished = foleyline(source)
    assert finished.code == 0
    records = tmp_path / "out/.foleyline/takes"
    assert len(list(records.iterdir())) == 12
    assert {path: path.stat().st_mtime_ns for path in kept}.items() & kept.items()


@pytest.mark.timeout(300)
def test_killed_at_random_moments_and_run_again(tmp_path):
    assert kill_runs(tmp_path, kills=4, seed=int(os.environ.get("FOLEYLINE_SEED", "7"))) == "4 of 4 identical"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of three megabytes, where this process may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root; writing to a full disk is tested in tests/engine too")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_leaves_whole_files_only(small_disk: Path, foleyline, movie, cut, tmp_path):
    media = [movie(tmp_path / f"{n}.mp4", seconds=4) for n in range(4)]
    ran = foleyline(cut(media, frames=90), out="small/out")
    assert "E-DISK: " in ran.out + ran.err
    assert ran.code in (1, 2)
    assert not [path for path in small_disk.rglob("*") if path.name.endswith(".part")]
