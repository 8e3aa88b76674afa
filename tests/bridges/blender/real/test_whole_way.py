"""From the button in Blender to strips that lie there: the panel's desk as the child, the real engine, real files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from .conftest import Blender, here


@pytest.fixture
def footage(tmp_path) -> Path:
    path = tmp_path / "A001_C001.mov"
    sources = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=330:sample_rate=48000"]
    command = ["ffmpeg", "-v", "error", *sources, "-t", "8", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.mark.timeout(400)
def test_from_the_button_to_the_strips(start, footage, tmp_path, monkeypatch):
    for name in ("RUNTIME", "CONFIG"):
        monkeypatch.setenv(f"FOLEYLINE_{name}", str(tmp_path / name.lower()))
    monkeypatch.setenv("FOLEYLINE_IDLE", "5")
    blender: Blender = start("3.4")
    clip = {"channel": 2, "source": 20, "path": str(footage)}
    clips = [
        {**clip, "name": "Sh 010", "start": 101, "frames": 50, "select": True},
        {**clip, "name": "Sh 020", "start": 151, "frames": 30},
        {**clip, "name": "Sh 030", "start": 181, "frames": 40, "select": True},
    ]
    out = tmp_path / "Foley"
    command = [sys.executable, str(here / "desk_panel.py"), str(out)]
    blender.do("bridging", command=command, rate="25", first=101, clips=clips, ask="generate", timeout_s=200)
    assert blender.do("window", do_="lines") == ["The panel is closed."]
    placed = blender.do("window", do_="state")
    names = ["Sh 010 T1", "Sh 010 T1 VOX", "Sh 030 T1", "Sh 030 T1 VOX"]
    assert [name for name in placed["strips"] if name in names] == names
    assert placed["lanes"] == ["FLY 1", "FLY 1 VOX"]
    kept = blender.do("mixing", file=str(tmp_path / "cut.blend"), wav=str(tmp_path / "mix.wav"), last=240)
    assert {(name, start, end) for name, _, _, start, end, _ in kept} == {
        (name, *span) for name in names for span in ((101, 151) if "010" in name else (181, 221),)
    }
    assert all(notes["notes"]["done"] and notes["id"].endswith(("clean", "vox")) for *_, notes in kept)
    mix, rate = soundfile.read(tmp_path / "mix.wav", always_2d=True)
    assert rate == 48000
    first, between, last = ((a * 1920, b * 1920) for a, b in ((0, 50), (52, 79), (80, 120)))
    assert abs(mix[slice(*first)]).max() > 0.001 and abs(mix[slice(*last)]).max() > 0.001
    assert abs(mix[slice(*between)]).max() < 1e-4
    takes = [soundfile.info(path) for path in out.rglob("*.wav")]
    assert [(take.samplerate, take.channels) for take in takes] == [(48000, 2)] * 4
