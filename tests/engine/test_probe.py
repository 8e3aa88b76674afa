"""What is said of a file, and what is refused: bad files, odd names, things that are no files."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import limits, opening
from foleyline_engine.media.picture import read_frames
from foleyline_engine.media.probe import probe
from foleyline_engine.media.sound import read_sound
from foleyline_engine.models.exchange import View

samples = Path(__file__).parents[3] / "shared" / "samples" / "footage"
view = View(32, 24)


def proceed() -> None:
    """The check of a clip that is wanted to the end."""


def ask(path: Path | str) -> pb.ProbeReply:
    return probe(pb.Media(path=str(path)))


def steady(count: int, rate: Fraction) -> list[Fraction]:
    return [index / rate for index in range(count)]


@pytest.fixture(scope="module")
def good(tmp_path_factory, movie) -> Path:
    return movie(tmp_path_factory.mktemp("good") / "good.mp4", steady(50, Fraction(25)), options={"bf": "2"})


@pytest.fixture(scope="module")
def talking(good, ffmpeg) -> Path:
    path = good.with_name("talking.mp4")
    ffmpeg("-i", good, "-f", "lavfi", "-i", "sine=d=2", "-c:v", "copy", "-c:a", "aac", path)
    return path


@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov", "ts", "avi"])
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(2997, 100), Fraction(1496, 100)])
def test_length_and_rate(tmp_path, movie, ending, rate) -> None:
    codec = "mpeg4" if ending == "avi" else "libx264"
    path = movie(tmp_path / f"a.{ending}", steady(60, rate), rate=rate, time_base=1 / rate, codec=codec)
    reply = ask(path)
    assert Fraction(reply.duration.rate_num, reply.duration.rate_den) == pytest.approx(rate, rel=2e-3)
    assert abs(reply.duration.value - 60) <= (1 if ending == "ts" else 0)
    assert reply.has_picture and not (reply.has_sound or reply.is_variable_rate or reply.is_still)
    assert not reply.HasField("start")


@pytest.mark.parametrize(
    ("text", "rate", "ending", "frames", "drop"),
    [
        ("01:00:00:00", "24000/1001", "mov", 86400, False),
        ("01:00:00;00", "30000/1001", "mov", 107892, True),
        ("10:00:00:00", "25", "mxf", 900000, False),
        ("01:00:00:12", "25", "mp4", 90012, False),
        ("01:00:00:12", "25", "mkv", 90012, False),
    ],
)
def test_embedded_timecode(tmp_path, ffmpeg, text, rate, ending, frames, drop) -> None:
    path = tmp_path / f"a.{ending}"
    codec = "mpeg2video" if ending == "mxf" else "libx264"
    source = f"testsrc2=s=128x96:r={rate}:d=1"
    ffmpeg("-f", "lavfi", "-i", source, "-c:v", codec, "-timecode", text, "-metadata", f"timecode={text}", path)
    reply = ask(path)
    assert (reply.start.value, reply.drop_frame) == (frames, drop)
    assert Fraction(reply.start.rate_num, reply.start.rate_den) == Fraction(rate)


def test_variable_rate(tmp_path, movie) -> None:
    times = [Fraction(int(tick), 50) for tick in np.cumsum([0, *[1, 1, 2, 1, 4] * 10])]
    for ending in ("mp4", "mkv"):
        assert ask(movie(tmp_path / f"vfr.{ending}", times)).is_variable_rate


def test_rotated(tmp_path, good, ffmpeg) -> None:
    ffmpeg("-i", good, "-c", "copy", "-metadata:s:v", "rotate=90", tmp_path / "r.mp4")
    assert (ask(good).width, ask(good).height) == (128, 96)
    assert (ask(tmp_path / "r.mp4").width, ask(tmp_path / "r.mp4").height) == (96, 128)


def test_trimmed_by_an_edit_list(tmp_path, good, ffmpeg) -> None:
    path = tmp_path / "e.mp4"
    ffmpeg("-ss", "0.4", "-i", good, "-c", "copy", "-avoid_negative_ts", "disabled", path)
    reply = ask(path)
    assert reply.duration.value == 40 and not reply.is_variable_rate


@pytest.mark.parametrize("ending", ["h264", "m2v", "mpg", "flv", "webm", "gif", "apng", "y4m", "wmv"])
def test_formats_that_say_little(tmp_path, ffmpeg, clip, ending) -> None:
    path = tmp_path / f"a.{ending}"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=2", path)
    reply = ask(path)
    assert abs(reply.duration.value - 50) <= 2 and not reply.is_variable_rate
    assert len(read_frames(clip(path, 40, 8), [view], proceed)[view].times_s) == 8


@pytest.mark.parametrize("ending", ["jpg", "png", "tiff", "bmp", "exr", "dpx", "webp"])
def test_stills(tmp_path, ffmpeg, clip, ending) -> None:
    path = tmp_path / f"a%d.{ending}"
    ffmpeg("-f", "lavfi", "-i", "color=white:s=64x48:d=1", "-frames:v", 1, "-update", 1, path)
    assert ask(path).is_still
    shown = read_frames(clip(path, 0, 50), [view], proceed)[view]
    assert shown.pixels.shape == (1, 24, 32) and shown.pixels.mean() > 250


def test_sound_alone_and_cover_art(tmp_path, ffmpeg) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(48000), 48000)
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64:d=0.04", "-frames:v", "1", tmp_path / "c.png")
    ffmpeg(
        "-i",
        tmp_path / "a.wav",
        "-i",
        tmp_path / "c.png",
        "-map",
        "0",
        "-map",
        "1",
        "-c:v",
        "copy",
        "-disposition:v",
        "attached_pic",
        tmp_path / "a.mp3",
    )
    for name in ("a.wav", "a.mp3"):
        reply = ask(tmp_path / name)
        assert reply.has_sound and not reply.has_picture
        assert reply.duration.value == pytest.approx(48000, abs=2880) and reply.duration.rate_num == 48000
    assert ask(tmp_path / "a.wav").duration.value == 48000


def test_still_and_sequence(tmp_path, ffmpeg) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=24:d=0.5", "-start_number", "7", tmp_path / "a.%03d.png")
    still = ask(tmp_path / "a.007.png")
    assert still.is_still and still.has_picture and (still.width, still.height) == (64, 48)
    sequence = pb.ImageSequence(
        prefix=f"{tmp_path}/a.", suffix=".png", padding=3, first_number=7, count=12, rate_num=24, rate_den=1
    )
    reply = probe(pb.Media(sequence=sequence))
    assert (reply.duration.value, reply.duration.rate_num, reply.is_still) == (12, 24, False)
    sequence.first_number = 1
    assert code_of(lambda: probe(pb.Media(sequence=sequence))) == "E-MEDIA"
    sequence.rate_num = 0
    assert code_of(lambda: probe(pb.Media(sequence=sequence))) == "E-RATE"


def code_of(call) -> str:
    with pytest.raises(FoleyError) as problem:
        call()
    return problem.value.code


def codes(path: Path | str, clip) -> set[str]:
    asked = clip(path, 0, 10)
    return {
        code_of(lambda: ask(path)),
        code_of(lambda: read_frames(asked, [view], proceed)),
        code_of(lambda: read_sound(asked, proceed)),
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mov", b""),
        ("text.mov", b"hello\n" * 1000),
        ("zeros.mp4", bytes(100_000)),
        ("list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\n{good}\n#EXT-X-ENDLIST\n"),
        ("list.mp4", b"ffconcat version 1.0\nfile {good}\n"),
        ("list.mpd", b"<?xml version='1.0'?><MPD><BaseURL>{good}</BaseURL></MPD>"),
        ("talk.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"),
    ],
)
def test_no_media(tmp_path, good, clip, name, content) -> None:
    path = tmp_path / name
    path.write_bytes(content.replace(b"{good}", str(good).encode()))
    assert codes(path, clip) == {"E-FORMAT"}


@pytest.mark.timeout(20)
def test_folders_pipes_and_devices(tmp_path, clip) -> None:
    os.mkfifo(tmp_path / "pipe.mov")
    (tmp_path / "link.mov").symlink_to("/dev/zero")
    for path in (tmp_path, tmp_path / "pipe.mov", tmp_path / "link.mov", "/dev/zero", "/dev/stdin"):
        assert codes(path, clip) == {"E-FORMAT"}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/gone/a.mov",
        "-i",
        "concat:/tmp/a|/tmp/b",
        "http://127.0.0.1:9/a.mp4",
        "pipe:0",
        "/a\0b.mov",
        "/" + "x" * 5000,
    ],
)
def test_paths_that_lead_nowhere(clip, path) -> None:
    assert codes(path, clip) == {"E-MEDIA"}


@pytest.mark.parametrize(
    "name",
    [
        "a b.mp4",
        "\"quoted\" 'x'.mp4",
        "🎬.mp4",
        "new\nline.mp4",
        "-i.mp4",
        "a:b.mp4",
        "100%d.mp4",
        "concat:x.mp4",
        "語" * 83 + "ab.mp4",
        "no ending",
        "a.m3u8",
    ],
)
def test_names(tmp_path, good, clip, number, name) -> None:
    path = tmp_path / name
    path.write_bytes(good.read_bytes())
    assert ask(path).duration.value == 50
    assert number(read_frames(clip(path, 7, 1), [view], proceed)[view].pixels[0]) == 7


def test_truncated_without_an_index(tmp_path, good, clip) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    assert codes(path, clip) == {"E-FORMAT"}


def test_truncated_within_the_clip(tmp_path, movie, clip, ffmpeg, number) -> None:
    whole, fast, cut = (tmp_path / f"{name}.mp4" for name in ("whole", "fast", "cut"))
    movie(whole, steady(200, Fraction(25)))
    ffmpeg("-i", whole, "-c", "copy", "-movflags", "+faststart", fast)
    cut.write_bytes(fast.read_bytes()[: fast.stat().st_size // 2])
    assert number(read_frames(clip(cut, 5, 3), [view], proceed)[view].pixels[0]) == 5
    with pytest.raises(FoleyError) as problem:
        read_frames(clip(cut, 0, 195), [view], proceed)
    assert problem.value.code == "E-FORMAT" and "breaks off" in problem.value.facts["reason"]


def test_damage_in_the_middle_is_passed_over(tmp_path, movie, clip, number) -> None:
    path = movie(tmp_path / "a.mkv", steady(100, Fraction(25)), options={"g": "10"})
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 60] = bytes(60)
    path.write_bytes(content)
    shown = read_frames(clip(path, 0, 100), [view], proceed)[view]
    assert number(shown.pixels[0]) == 0 and number(shown.pixels[-1]) == 99


def test_audio_only(tmp_path, clip) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(48000), 48000)
    assert code_of(lambda: read_frames(clip(path, 0, 10), [view], proceed)) == "E-NOPICTURE"


def test_file_that_may_not_be_read(good, clip, monkeypatch) -> None:
    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    # By hand, because a superuser may read everything.
    monkeypatch.setattr(opening.os, "open", refuse)
    assert codes(good, clip) == {"E-FORMAT"}


def test_limits(good, clip, monkeypatch) -> None:
    assert code_of(lambda: read_frames(clip(good, 0, 25 * 60 * 30 + 1), [view], proceed)) == "E-LONG"
    assert code_of(lambda: read_frames(clip(good, 0, 25 * 600, time_scalar=20.0), [view], proceed)) == "E-LONG"
    monkeypatch.setattr(limits, "largest_side", 100)
    assert code_of(lambda: ask(good)) == code_of(lambda: read_frames(clip(good, 0, 9), [view], proceed)) == "E-LIMIT"
    monkeypatch.setattr(limits, "most_streams", 0)
    assert code_of(lambda: read_sound(clip(good, 0, 9), proceed)) == "E-LIMIT"


@pytest.mark.parametrize("start", [10**15, -(10**15), 2**62])
def test_places_that_no_media_has(talking, clip, start) -> None:
    assert code_of(lambda: read_frames(clip(talking, start, 9), [view], proceed)) == "E-RANGE"
    assert code_of(lambda: read_sound(clip(talking, start, 9), proceed)) == "E-RANGE"


@pytest.mark.parametrize("speed", [float("nan"), float("inf")])
def test_speeds_that_are_none(good, clip, speed) -> None:
    assert code_of(lambda: read_frames(clip(good, 0, 9, time_scalar=speed), [view], proceed)) == "E-SPEED"


@pytest.mark.parametrize(
    ("name", "frames", "rate", "has_sound"),
    [
        ("anvil_hits", 120, Fraction(2997, 100), True),
        ("baby_book_voice", 243, Fraction(25), True),
        ("peppers_silent_track", 219, Fraction(24000, 1001), True),
        ("tennis_no_audio", 150, Fraction(30), False),
    ],
)
@pytest.mark.skipif(not samples.is_dir(), reason="sample footage lies beside the repository")
def test_real_footage(name, frames, rate, has_sound) -> None:
    reply = ask(samples / f"{name}.mp4")
    assert (reply.duration.value, reply.has_sound) == (frames, has_sound)
    assert Fraction(reply.duration.rate_num, reply.duration.rate_den) == rate
    assert not reply.is_variable_rate
