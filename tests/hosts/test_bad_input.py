"""Whatever is wrong with a clip gets one sentence with a code; the others run, and nothing half-written is left."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import opentimelineio as otio
import pytest


def truncated(path: Path, movie) -> Path:
    whole = movie(path.with_name("whole.mp4"))
    path.write_bytes(whole.read_bytes()[:4000])
    return path


def written(content: bytes):
    def make(path: Path, movie) -> Path:
        path.write_bytes(content)
        return path

    return make


def folder(path: Path, movie) -> Path:
    path.mkdir()
    return path


def sound_only(path: Path, movie) -> Path:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=2", "-f", "mp4", "-c:a", "aac", str(path)], check=True
    )
    return path


def pipe(path: Path, movie) -> Path:
    os.mkfifo(path)
    return path


def playlist(path: Path, movie) -> Path:
    path.write_text("#EXTM3U\n#EXTINF:2,\n/etc/hostname\n#EXT-X-ENDLIST\n")
    return path


def unreadable_names(path: Path, movie) -> Path:
    return path.with_name("gone.mp4")


bad_media = {
    "missing": (unreadable_names, {"E-MEDIA", "E-INPUT"}),
    "empty": (written(b""), {"E-FORMAT"}),
    "truncated": (truncated, {"E-FORMAT"}),
    "text": (written(b"this is no movie\n" * 50), {"E-FORMAT"}),
    "noise": (written(bytes(range(256)) * 64), {"E-FORMAT"}),
    "folder": (folder, {"E-FORMAT", "E-MEDIA"}),
    "sound only": (sound_only, {"E-NOPICTURE"}),
    "pipe": (pipe, {"E-FORMAT", "E-MEDIA"}),
    "playlist": (playlist, {"E-FORMAT"}),
}


@pytest.mark.parametrize("kind", bad_media)
def test_a_bad_clip_is_told_and_the_good_one_runs(kind, foleyline, movie, cut, tmp_path):
    make, codes = bad_media[kind]
    bad = make(tmp_path / "bad.mp4", movie)
    good = movie(tmp_path / "good.mp4")
    ran = foleyline(cut([bad, good]))
    assert ran.code == 1, ran.out + ran.err
    assert set(ran.codes) <= codes and len(ran.codes) == 1
    assert ran.out.count(f"{ran.codes[0]}: ") >= 1
    assert [clip["state"] for clip in ran.clips if clip["name"] == "Sh 002"] == ["placed"]
    assert not [path for path in ran.folder.rglob("*") if "part" in path.suffix or "tmp" in path.suffix]


@pytest.mark.parametrize("kind", bad_media)
def test_a_bad_movie_alone_is_one_sentence(kind, foleyline, movie, tmp_path):
    make, codes = bad_media[kind]
    ran = foleyline(make(tmp_path / "bad.mp4", movie))
    assert ran.code == 2
    assert set(ran.codes) <= codes | {"E-INPUT"} and len(ran.codes) == 1
    assert not list(ran.folder.glob("*_foley.otio"))


strange_movies = {
    "one frame": {"seconds": 0.04},
    "14.96 fps": {"rate": "374/25", "seconds": 1},
    "29.97 as 2997/100": {"rate": "2997/100", "seconds": 1},
    "odd size, 4:4:4, 10 bit": {"size": "322x182", "options": ("-pix_fmt", "yuv444p10le", "-c:v", "libx264")},
    "rotated": {"options": ("-metadata:s:v", "rotate=90")},
    "8K": {"size": "7680x4320", "seconds": 0.12, "options": ("-preset", "ultrafast")},
    "variable rate": {"options": ("-vf", "select='mod(n,5)',setpts=PTS", "-fps_mode", "vfr")},
    "no sound": {"sound": False},
    "late start": {"options": ("-output_ts_offset", "3")},
    "negative first time": {"options": ("-output_ts_offset", "-0.3", "-avoid_negative_ts", "disabled")},
}


@pytest.mark.parametrize("kind", strange_movies)
def test_strange_movies_run(kind, foleyline, movie, tmp_path):
    facts = dict(strange_movies[kind])
    options = facts.pop("options", ())
    path = movie(tmp_path / "strange.mp4", *options, **facts)
    ran = foleyline(path, "--handles", "0")
    assert ran.code == 0, ran.out + ran.err
    assert ran.clips[0]["state"] == "placed"


names = {
    "spaces and quotes": "it's a \"shot\"  of 'him'.mp4",
    "emoji": "🎬 Szene ü.mp4",
    "newline": "two\nlines.mp4",
    "255 bytes": "x" * 251 + ".mp4",
    "a leading dash": "-i.mp4",
    "a protocol": "concat:a|b.mp4",
    "a pattern": "shot%03d[a].mp4",
}


@pytest.mark.parametrize("kind", names)
def test_strange_names(kind, foleyline, movie, cut, tmp_path):
    plain = movie(tmp_path / "plain.mp4", seconds=1)
    strange = plain.rename(tmp_path / names[kind])
    ran = foleyline(strange, "--handles", "0")
    assert ran.code == 0, ran.out + ran.err
    placed = otio.adapters.read_from_file(str(next(ran.folder.glob("*_foley.otio"))))
    for clip in placed.find_clips():
        assert Path(clip.media_reference.target_url).is_file()
    assert foleyline(cut([strange]), "--handles", "0", out="cut").code == 0


def test_production_sound_needs_sound(foleyline, movie, cut, tmp_path):
    silent = movie(tmp_path / "silent.mp4", sound=False)
    ran = foleyline(cut([silent, movie(tmp_path / "good.mp4")]), "--source", "production")
    assert ran.code == 1 and ran.codes == ["E-NOSOUND"]


def test_a_silent_stream_and_peaks_above_full_scale_run(foleyline, movie, tmp_path):
    silent = movie(tmp_path / "silent.mp4", "-af", "volume=0")
    loud = movie(tmp_path / "loud.mov", "-af", "volume=30", "-c:a", "pcm_f32le")
    ran = foleyline(silent, loud, "--source", "production", "--handles", "0")
    assert ran.code == 0, ran.out + ran.err
    quiet, lowered = (clip["take"] for clip in ran.clips)
    assert "integrated_lufs" not in quiet["with_voices"]["loudness"]
    assert lowered["with_voices"]["loudness"]["true_peak_dbtp"] <= -0.9
    assert any("Lowered by" in note for note in lowered["notes"])


bad_timelines = {
    "empty": ("cut.otio", b"", "E-OTIO"),
    "not JSON": ("cut.otio", b"hello", "E-OTIO"),
    "JSON, not OTIO": ("cut.otio", b'{"a": 1}', "E-OTIO"),
    "broken XML": ("cut.xml", b"<xmeml><sequence>", "E-OTIO"),
    "a newer schema": ("cut.otio", b'{"OTIO_SCHEMA": "Timeline.99", "name": "a"}', "E-SCHEMA"),
    "deep nesting": ("cut.otio", b"[" * 100_000 + b"]" * 100_000, "E-OTIO"),
}


@pytest.mark.parametrize("kind", bad_timelines)
def test_a_bad_timeline_is_one_sentence_and_the_movie_beside_it_runs(kind, foleyline, movie, tmp_path):
    name, content, code = bad_timelines[kind]
    bad = tmp_path / name
    bad.write_bytes(content)
    ran = foleyline(bad, movie(tmp_path / "good.mp4", seconds=1))
    assert ran.code == 1, ran.out + ran.err
    assert ran.codes == [code]


def test_nowhere_to_write_is_told_before_any_work(foleyline, movie, tmp_path):
    (tmp_path / "out").write_text("a file")
    ran = foleyline(movie(tmp_path / "a.mp4"))
    assert ran.code == 2 and "E-OUT: " in ran.err


def test_unknown_models_are_told_with_those_there_are(foleyline, movie, tmp_path):
    ran = foleyline(movie(tmp_path / "a.mp4"), "--generator", "orchestra")
    assert ran.code == 2 and "orchestra" in ran.out + ran.err and "scratch" in ran.out + ran.err


@pytest.mark.parametrize(
    ("rate", "frames", "code"), [(25.0, 0, "E-EMPTY"), (25.0, 500, "E-RANGE"), (0.0, 25, "E-RATE")]
)
def test_impossible_ranges(rate, frames, code, foleyline, movie, tmp_path):
    media = movie(tmp_path / "a.mp4")
    known = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(50, 25))
    used = otio.opentime.TimeRange(otio.opentime.RationalTime(0, rate), otio.opentime.RationalTime(frames, rate))
    timeline = otio.schema.Timeline("cut")
    timeline.tracks.append(otio.schema.Track("V1", kind=otio.schema.TrackKind.Video))
    timeline.tracks[0].append(otio.schema.Clip("Sh", otio.schema.ExternalReference(str(media), known), used))
    path = tmp_path / "cut.otio"
    otio.adapters.write_to_file(timeline, str(path))
    ran = foleyline(path)
    assert ran.code == 2
    assert ran.codes == [code]
