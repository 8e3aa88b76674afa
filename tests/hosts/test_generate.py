"""The main job from a timeline's file to the file with its new lanes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import opentimelineio as otio
import pytest
import soundfile
from wavinfo import WavInfoReader


@pytest.fixture
def placed(foleyline, movie, cut, tmp_path):
    movies = [movie(tmp_path / f"{name}.mp4") for name in ("walk", "door")]
    source = cut(movies)
    before = source.read_bytes()
    ran = foleyline(source, "--prompt", "footsteps on gravel", "--handles", "5")
    assert source.read_bytes() == before
    assert ran.code == 0, ran.err + ran.out
    return ran


def lanes(path: Path) -> dict[str, otio.schema.Track]:
    timeline = otio.adapters.read_from_file(str(path))
    return {track.name: track for track in timeline.tracks if track.kind == otio.schema.TrackKind.Audio}


def test_two_lanes_with_a_clip_for_each_take_at_its_record_range(placed):
    found = lanes(placed.folder / "cut_foley.otio")
    assert list(found) == ["FLY 1", "FLY 1 VOX"]
    assert [lane.enabled for lane in found.values()] == [True, False]
    for lane in found.values():
        clips = list(lane.find_clips())
        starts = [clip.range_in_parent().start_time.to_frames() for clip in clips]
        assert starts == [0, 25]
        assert [clip.source_range.duration.to_frames() for clip in clips] == [25, 25]
        for clip in clips:
            assert Path(clip.media_reference.target_url).is_file()
    notes = [clip.metadata["foleyline"]["take"] for clip in found["FLY 1"].find_clips()]
    assert {note["request"]["prompt"] for note in notes} == {"footsteps on gravel"}
    assert [clip.metadata["foleyline"]["take"]["request_id"] for clip in found["FLY 1 VOX"].find_clips()] == [
        note["request_id"] for note in notes
    ]


def test_sound_files_are_broadcast_waves_to_the_sample(placed):
    for clip, (head, tail) in zip(placed.clips, [(0, 5), (0, 5)], strict=True):
        take = clip["take"]
        for version in ("with_voices", "without_voices"):
            path = placed.folder / take[version]["path"]
            with soundfile.SoundFile(path) as file:
                assert (file.samplerate, file.channels, file.subtype) == (48000, 2, "PCM_24")
                assert file.frames == (25 + head + tail) * 1920 == int(take[version]["samples"])
            assert hashlib.sha256(path.read_bytes()).hexdigest() == take[version]["sha256"]
            start = int(take["request"]["clip"]["record_range"]["start"]["value"]) - head
            bext = WavInfoReader(str(path)).bext
            assert bext is not None and bext.time_reference == start * 1920


def test_takes_json_tells_what_was_found_and_done(placed):
    first = placed.clips[0]["take"]
    assert first["verdict"]["option"] in ("no1", "no3") and first["outcome"] == "as_generated"
    assert all(first["verdict"][section] for section in ("summary", "caption", "reasoning", "conclusion"))
    assert {"preparing", "generating", "judging"} <= {note["step"] for note in first["steps"]}
    assert all(note["seconds"] >= 0 for note in first["steps"])
    assert placed.clips[0]["record_in"] == "01:00:00:00" and placed.clips[1]["record_out"] == "01:00:02:00"


def test_the_cue_sheet_has_a_row_a_take(placed):
    text = (placed.folder / "cue_sheet.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert [(row["Clip"], row["Record In"], row["State"]) for row in rows] == [
        ("Sh 001", "01:00:00:00", "placed"),
        ("Sh 002", "01:00:01:00", "placed"),
    ]
    assert {row["Provenance"] for row in rows} == {"AI generated"}
    assert {row["Direction"] for row in rows} == {"footsteps on gravel"}


def test_running_it_again_finds_what_is_there(placed, foleyline, tmp_path):
    audio = sorted((placed.folder / "audio").iterdir())
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in audio}
    again = foleyline(tmp_path / "cut.otio", "--prompt", "footsteps on gravel", "--handles", "5")
    assert again.code == 0
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in sorted(audio)} == before
    assert sorted((placed.folder / "audio").iterdir()) == audio


def test_a_damaged_take_and_changed_media_are_made_again(placed, foleyline, tmp_path, movie):
    first = placed.folder / placed.clips[0]["take"]["without_voices"]["path"]
    good = first.read_bytes()
    first.write_bytes(good[:-100])
    other = placed.folder / placed.clips[1]["take"]["without_voices"]["path"]
    unchanged = other.stat().st_mtime_ns
    movie(tmp_path / "door.mp4", "-vf", "negate")
    again = foleyline(tmp_path / "cut.otio", "--prompt", "footsteps on gravel", "--handles", "5")
    assert again.code == 0
    assert first.read_bytes() == good
    assert other.stat().st_mtime_ns > unchanged


def test_a_movie_is_a_timeline_of_one_clip_and_takes_are_lanes(foleyline, movie, tmp_path):
    ran = foleyline(movie(tmp_path / "walk the dog.mp4"), "--takes", "2", "--seed", "7")
    assert ran.code == 0, ran.err + ran.out
    found = lanes(ran.folder / "walk the dog_foley.otio")
    assert list(found) == ["FLY 1", "FLY 1 VOX", "FLY 2", "FLY 2 VOX"]
    assert [clip["take"]["request"]["seed"] for clip in ran.clips] == ["7", "8"]
    takes = [(ran.folder / clip["take"]["without_voices"]["path"]).read_bytes() for clip in ran.clips]
    assert takes[0] != takes[1]


def test_only_the_clips_that_are_named(foleyline, movie, cut, tmp_path):
    source = cut([movie(tmp_path / "a.mp4")] * 3)
    ran = foleyline(source, "--clips", "*00[13]")
    assert [clip["name"] for clip in ran.clips] == ["Sh 001", "Sh 003"]
    assert foleyline(source, "--clips", "none", out="none").code == 2


def test_events_as_json_lines(foleyline, movie, tmp_path):
    ran = foleyline(movie(tmp_path / "a.mp4", seconds=1), "--json")
    events = [json.loads(line) for line in ran.out.splitlines()]
    kinds = [event["event"] for event in events]
    assert {"progress", "verdict", "finished"} <= set(kinds)
    assert kinds.index("verdict") < kinds.index("finished")
    assert events[kinds.index("finished")]["take"]["with_voices"]["path"].startswith("audio/")


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        (("--run", "direct"), []),
        (("--run", "direct-neg"), []),
        (("--run", "s3"), ["judging"]),
        (("--run", "s4"), ["judging"]),
    ],
)
def test_runs_do_the_steps_of_their_name(foleyline, movie, tmp_path, options, steps):
    ran = foleyline(movie(tmp_path / "a.mp4", seconds=1), *options)
    take = ran.clips[0]["take"]
    done = [note["step"] for note in take["steps"]]
    assert [step for step in done if step in ("judging", "removing", "checking")] == steps
    assert take["verdict"]["option"] == ("no1" if steps else "not_asked")
