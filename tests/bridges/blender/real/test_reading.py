"""What of an edit is told, and what is said of strips that cannot be followed."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import opentimelineio as otio
import pytest

from foleyline_plugin.hosts.bridge import BridgeHost
from foleyline_plugin.timeline import SpottedClip, read_clips

from .test_conformance import bridged


def clips_of(told: dict, folder: Path) -> list[SpottedClip]:
    timeline = otio.adapters.read_from_string(told["otio"], "otio_json")
    assert isinstance(timeline, otio.schema.Timeline)
    return read_clips(timeline, folder)


@pytest.mark.timeout(400)
def test_what_cannot_be_followed_is_said_of_each(blender, movie, tmp_path):
    told = blender.do("odd", do_="refusals", movie=str(movie("25", 240)))
    problems = {each.clip.name: each.problem and each.problem.code for each in clips_of(told, tmp_path)}
    assert problems == {
        "slowed": "E-SPEED",
        "offline": "E-MEDIA",
        "a color": "E-GENERATOR",
        "a title": "E-GENERATOR",
        "a camera": "E-GENERATOR",
        "one": None,
        "two": None,
    }
    tracks = {track["name"]: track["enabled"] for track in told["tracks"]}
    assert tracks["Channel 4"] is False and tracks["Channel 1"] is True


@pytest.mark.timeout(400)
def test_every_way_of_pointing_is_told_best_first(blender, movie):
    told = blender.do("odd", do_="ways_of_pointing", movie=str(movie("25", 240)))
    assert [
        (each["how"], each.get("value"), [clip["name"] for clip in each["clips"]]) for each in told["selections"]
    ] == [
        ("selected", None, ["Sh 1"]),
        ("color", "COLOR_04", ["Sh 2"]),
        ("color", "COLOR_01", ["Sh 3"]),
        ("in_out", None, ["Sh 2", "Sh 1"]),
        ("playhead", None, ["Sh 3"]),
    ]
    assert told["selections"][3]["range"] == [250, 371]
    assert told["selections"][0]["clips"] == [{"kind": "video", "track": 2, "record": [301, 240], "name": "Sh 1"}]
    assert told["playhead"] == 910


@pytest.mark.timeout(400)
def test_strips_that_lie_over_each_other_and_before_the_start(blender, movie, tmp_path):
    sound = tmp_path / "a sound.wav"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=2", "-ac", "2", str(sound)], check=True)
    told = blender.do("odd", do_="laid_over", movie=str(movie("25", 240)), sound=str(sound))
    assert [(track["kind"], track["index"], track["name"]) for track in told["tracks"]] == [
        ("video", 1, "Picture"),
        ("video", 2, "Picture"),
        ("audio", 1, "Picture"),
        ("video", 3, "Channel 2"),
    ]
    assert told["start"] == 0
    clips = {each.clip.name: each.clip for each in clips_of(told, tmp_path)}
    assert {name: (clip.record_range.start.value, clip.source_range.start.value) for name, clip in clips.items()} == {
        "below": (20, 0),
        "above": (60, 0),
        "early": (0, 15),
    }
    timeline = otio.adapters.read_from_string(told["otio"], "otio_json")
    assert isinstance(timeline, otio.schema.Timeline)
    assert [(marker.name, marker.marked_range.start_time.value) for marker in timeline.tracks.markers] == [
        ("Act two", 77)
    ]
    assert list(timeline.metadata["foleyline"]["notes"]) == ["What lies before frame 0 was left out: early."]


@pytest.mark.timeout(400)
def test_a_file_that_is_saved_stays_the_same_timeline(blender, movie, tmp_path):
    path = movie("25", 240)
    told = blender.do("odd", do_="moved_file", file=str(tmp_path / "Reel 2.blend"), movie=str(path))
    assert told["kept"].startswith("//")
    assert [each.problem for each in clips_of({"otio": told["otio"]}, Path("/"))] == [None]
    assert clips_of({"otio": told["otio"]}, Path("/"))[0].clip.media.path == str(path)
    assert told["is"]["name"].startswith("Reel 2") and told["is"]["file"] == str(tmp_path / "Reel 2.blend")
    assert (told["still"], told["after"]) == (True, False)


@pytest.mark.timeout(400)
async def test_movies_at_another_rate_are_measured_without_holding_blender_up(blender, relay, movie, tmp_path):
    """Each has to be opened for a moment, once."""
    clips = []
    for n in range(40):
        path = tmp_path / f"{n}.mov"
        shutil.copy(movie("60", 400), path)
        told = {"channel": 1 + n % 2, "start": 1 + 100 * n, "frames": 100, "name": f"Sh {n:03d}", "source": 0}
        clips.append({**told, "path": str(path)})
    async with bridged(blender, relay, tmp_path, rate="25", first=1, clips=clips) as lines:
        host = BridgeHost(lines, lambda event: None)
        seen = await host.timeline()
        spotted = clips_of({"otio": seen.text}, tmp_path)
        await host.close()
    assert {(each.problem, each.clip.time_scalar) for each in spotted} == {(None, 25 / 60)}
    assert len(blender.busy_s) > 10


@pytest.mark.timeout(400)
async def test_a_long_edit_is_read_without_holding_blender_up(blender, relay, movie, tmp_path):
    clip = {"channel": 1, "start": 1, "frames": 100, "name": "Sh 010", "source": 0, "path": str(movie("25", 240))}
    async with bridged(blender, relay, tmp_path, rate="25", first=1, clips=[clip], colors=3000) as lines:
        host = BridgeHost(lines, lambda event: None)
        began_s = time.monotonic()
        seen = await host.timeline()
        print(f"Blender {blender.kind}: 3000 strips read in {time.monotonic() - began_s:.2f} s")
        assert (await host.timeline(known=seen.revision)).text is None
        await host.close()
    timeline = otio.adapters.read_from_string(seen.text, "otio_json")
    assert isinstance(timeline, otio.schema.Timeline)
    assert len(timeline.find_clips()) == 3001
