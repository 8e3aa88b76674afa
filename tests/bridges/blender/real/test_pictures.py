"""What the panel makes of a strip, held against what Blender itself shows of it, frame by frame."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from foleyline.timing import rate_in
from foleyline_plugin.timeline import SpottedClip, read_clips
from foleyline_plugin.timing import seconds_of

from .showing_size import bars, height, width

lengths = {"24": 200, "60": 400, "30000/1001": 200}


def picture(number: int) -> np.ndarray:
    frame = np.zeros((height, width), np.uint8)
    for bar in range(bars):
        if number >> bar & 1:
            frame[:, bar * 16 : (bar + 1) * 16] = 255
    return frame


@pytest.fixture(scope="module")
def numbered(tmp_path_factory) -> dict[str, str]:
    """Movies by rate that show their frame's number."""
    folder = tmp_path_factory.mktemp("numbered")
    paths = {}
    for rate, count in lengths.items():
        path = folder / f"{rate.replace('/', '-')}.mov"
        raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-r", rate, "-i", "-"]
        coded = ["-c:v", "libx264", "-qp", "8", "-bf", "0", "-g", "1", "-pix_fmt", "yuv420p"]
        frames = b"".join(picture(n).tobytes() for n in range(count))
        subprocess.run(["ffmpeg", "-v", "error", *raw, *coded, str(path)], input=frames, check=True)
        paths[rate] = str(path)
    return paths


@pytest.fixture(scope="module")
def images(tmp_path_factory, numbered) -> list[str]:
    folder = tmp_path_factory.mktemp("images")
    source = ["-i", numbered["24"], "-frames:v", "40", "-start_number", "8"]
    subprocess.run(["ffmpeg", "-v", "error", *source, str(folder / "shot.%04d.png")], check=True)
    return [str(path) for path in sorted(folder.glob("*.png"))]


def clips_of(text: str, folder: Path) -> dict[str, SpottedClip]:
    timeline = otio.adapters.read_from_string(text, "otio_json")
    assert isinstance(timeline, otio.schema.Timeline)
    return {spotted.clip.name: spotted for spotted in read_clips(timeline, folder)}


def some_frames(spotted: SpottedClip) -> list[int]:
    start, count = spotted.clip.record_range.start.value, spotted.clip.record_range.duration.value
    return sorted({start, start + 1, start + count // 3, start + count // 2, start + count - 2, start + count - 1})


def covered(spotted: SpottedClip, frame: int) -> tuple[Fraction, Fraction]:
    """The media frames, exact, that the engine passes over in one record frame, the earlier first."""
    clip = spotted.clip
    scalar = Fraction(clip.time_scalar) if clip.HasField("time_scalar") else Fraction(1)
    start_s = seconds_of(clip.source_range.start)
    if scalar < 0:
        start_s += seconds_of(clip.source_range.duration)
    into = [frame - clip.record_range.start.value + more for more in (0, 1)]
    rate = rate_in(clip.record_range.start)
    first, last = sorted((start_s + each / rate * scalar) * rate_in(clip.source_range.start) for each in into)
    return first, last


def is_near(frames: tuple[Fraction, Fraction], seen: int) -> bool:
    """Within one frame of the media: edges are told in whole frames, and Blender rounds what lies between."""
    return frames[0] - 1 <= seen <= frames[1] + Fraction(1, 2)


def check_seen(clips: dict[str, SpottedClip], names: Sequence[str], blender, folder: Path) -> None:
    asked = [(name, frame) for name in names for frame in some_frames(clips[name])]
    seen = blender.do("showing", do_="see", frames=[frame for _, frame in asked], folder=str(folder), timeout_s=300)
    wrong = [
        (name, frame, *map(float, covered(clips[name], frame)), found)
        for (name, frame), found in zip(asked, seen, strict=True)
        if not is_near(covered(clips[name], frame), found)
    ]
    assert wrong == []


@pytest.fixture
def file(blender, numbered, images, tmp_path) -> tuple[str, list[str]]:
    path = str(tmp_path / "edit.blend")
    return path, blender.do("showing", do_="build", movies=numbered, images=images, file=path)


@pytest.mark.timeout(300)
def test_every_strip_is_told_as_it_is_shown(blender, file, tmp_path):
    path, names = file
    told = blender.do("showing", do_="tell", file=path)
    clips = clips_of(told["otio"], tmp_path)
    assert [(name, str(clips[name].problem)) for name in names if clips[name].problem] == []
    check_seen(clips, names, blender, tmp_path)
    held = clips["held"].clip.record_range
    assert held.duration.value == lengths["24"]
    assert clips["first inside"].clip.track == "V2"


@pytest.mark.timeout(300)
def test_a_file_of_an_earlier_version_is_told_alike(_blenders, numbered, images, tmp_path):
    """Strips that were added by hand in 4.5, read by 5.0: conformed and retimed ones among them."""
    path = str(tmp_path / "edit.blend")
    names = _blenders("4.5").do("showing", do_="build", movies=numbered, images=images, file=path)
    assert "retimed at its own rate" in names
    blender = _blenders("5.0")
    told = blender.do("showing", do_="tell", file=path)
    clips = clips_of(told["otio"], tmp_path)
    assert [(name, str(clips[name].problem)) for name in names if clips[name].problem] == []
    check_seen(clips, names, blender, tmp_path)
