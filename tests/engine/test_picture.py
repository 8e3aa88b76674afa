"""Which source picture is shown at which moment of a take: proved by pictures that carry their own number."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from foleyline.errors import Cancelled, FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media.picture import read_frames
from foleyline_engine.models.exchange import View

every = View(32, 24)
twenty_five = View(32, 24, Fraction(25))
long_gop = {"g": "60", "bf": "3", "x264-params": "scenecut=0", "crf": "28", "preset": "fast"}
open_gop = {**long_gop, "g": "12", "x264-params": "scenecut=0:open-gop=1"}
samples = Path(__file__).parents[3] / "shared" / "samples" / "footage"


def proceed() -> None:
    """The check of a clip that is wanted to the end."""


def steady(count: int, rate: Fraction) -> list[Fraction]:
    return [index / rate for index in range(count)]


def numbers(number, frames) -> list[int]:
    return [number(pixels) for pixels in frames.pixels]


@pytest.fixture(scope="module")
def long_movie(tmp_path_factory, movie) -> Path:
    """200 pictures at 25 a second, a keyframe each 60, with B-frames."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    return movie(path, steady(200, Fraction(25)), options=long_gop)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "ts", "mov"])
@pytest.mark.parametrize(
    "rate",
    [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(1496, 100), Fraction(2997, 100)],
)
def test_every_picture_of_a_steady_movie(tmp_path, movie, clip, number, ending, rate) -> None:
    codec = "mpeg4" if ending == "avi" else "libx264"
    path = movie(
        tmp_path / f"a.{ending}", steady(90, rate), rate=rate, codec=codec, time_base=1 / rate, options={"bf": "2"}
    )
    view = View(32, 24, ceiling=Fraction(61))
    frames = read_frames(clip(path, 40, 30, rate), [view], proceed)[view]
    assert numbers(number, frames) == list(range(40, 70))
    assert frames.times_s == pytest.approx([index / rate for index in range(30)], abs=1.1e-3)


def test_ticks_show_what_is_on_screen(long_movie, clip, number) -> None:
    view = View(32, 24, Fraction(8))
    frames = read_frames(clip(long_movie, 10, 50), [view], proceed)[view]
    assert numbers(number, frames) == [10 + tick * 25 // 8 for tick in range(16)]
    assert frames.times_s == pytest.approx(np.arange(16) / 8)


@pytest.mark.parametrize("start", [0, 1, 24, 26, 59, 60, 61, 119, 120, 121, 163, 195])
def test_seeks_find_the_frame(long_movie, clip, number, start) -> None:
    frames = read_frames(clip(long_movie, start, 5), [twenty_five], proceed)[twenty_five]
    assert numbers(number, frames) == list(range(start, start + 5))


@pytest.mark.parametrize("ending", ["mp4", "ts", "mkv"])
@pytest.mark.parametrize("start", [0, 31, 47, 48, 49, 100])
def test_open_groups_of_pictures(tmp_path, movie, clip, number, ending, start) -> None:
    path = movie(tmp_path / f"open.{ending}", steady(120, Fraction(25)), options=open_gop)
    frames = read_frames(clip(path, start, 8), [twenty_five], proceed)[twenty_five]
    assert numbers(number, frames) == list(range(start, start + 8))


def test_variable_rate_goes_by_time(tmp_path, movie, clip, number) -> None:
    steps = [1, 1, 3, 1, 5, 2, 1, 1, 8, 1, 1, 4] * 8
    times = [Fraction(int(tick), 50) for tick in np.cumsum([0, *steps])]
    path = movie(tmp_path / "vfr.mp4", times, options=long_gop)
    frames = read_frames(clip(path, 20, 60), [twenty_five], proceed)[twenty_five]
    shown = [max(n for n, time in enumerate(times) if time <= Fraction(20 + tick, 25)) for tick in range(60)]
    assert numbers(number, frames) == shown


@pytest.mark.parametrize(
    ("speed", "expected"),
    [
        (2.0, [40 + 2 * tick for tick in range(20)]),
        (0.5, [40 + tick // 2 for tick in range(20)]),
        (-1.0, [59 - tick for tick in range(20)]),
        (-2.0, [59 - 2 * tick for tick in range(20)]),
        (0.0, [40] * 20),
    ],
)
def test_retimed_clips(long_movie, clip, number, speed, expected) -> None:
    asked = clip(long_movie, 40, 20, time_scalar=speed)
    frames = read_frames(asked, [twenty_five, every], proceed)
    assert numbers(number, frames[twenty_five]) == expected
    shown = numbers(number, frames[every])
    assert set(shown) <= {min(expected) - 1, *range(min(expected), max(expected) + 2)}
    assert shown[0] == expected[0]
    assert (np.diff(frames[every].times_s) > 0).all() and frames[every].times_s[0] <= 0


def test_backwards_through_rounded_times(tmp_path, movie, clip, number) -> None:
    rate = Fraction(24000, 1001)
    path = movie(tmp_path / "a.mkv", steady(60, rate), rate=rate, time_base=1 / rate)
    view = View(32, 24, rate)
    frames = read_frames(clip(path, 10, 30, rate, time_scalar=-1.0), [view, every], proceed)
    assert numbers(number, frames[view]) == list(range(39, 9, -1))
    assert numbers(number, frames[every]) == list(range(39, 9, -1))


def test_record_rate_differs_from_the_medias(long_movie, clip, number) -> None:
    rate = Fraction(24000, 1001)
    asked = clip(long_movie, 50, 48, Fraction(25), record_rate=rate, source_frames=50)
    view = View(32, 24, rate)
    frames = read_frames(asked, [view], proceed)[view]
    assert numbers(number, frames) == [50 + int(tick / rate * 25) for tick in range(48)]


def test_handles_hold_the_edge_pictures(long_movie, clip, number) -> None:
    asked = clip(long_movie, 2, 198, head_handle=5, tail_handle=4)
    frames = read_frames(asked, [twenty_five, every], proceed)
    assert numbers(number, frames[twenty_five]) == [0, 0, 0, *range(200), 199, 199, 199, 199]
    assert numbers(number, frames[every]) == list(range(200))
    assert frames[every].times_s[:3] == pytest.approx([0.0, 4 / 25, 5 / 25])


def test_ceiling_takes_every_second_picture(tmp_path, movie, clip, number) -> None:
    path = movie(tmp_path / "a.mp4", steady(60, Fraction(60)), rate=Fraction(60))
    frames = read_frames(clip(path, 0, 60, Fraction(60)), [every], proceed)[every]
    assert numbers(number, frames) == list(range(0, 60, 2))


def test_ceiling_holds_for_every_rate(tmp_path, movie, clip) -> None:
    path = movie(tmp_path / "a.mkv", steady(220, Fraction(32)), rate=Fraction(32))
    for speed in (1.0, -1.0):
        frames = read_frames(clip(path, 0, 220, Fraction(32), time_scalar=speed), [every], proceed)[every]
        assert 0.5 * 220 <= len(frames.times_s) <= 220 / 32 * 31 + 1
        assert (np.diff(frames.times_s) > 0).all()


def test_one_frame_and_no_frame(long_movie, clip, number) -> None:
    frames = read_frames(clip(long_movie, 77, 1), [every, twenty_five], proceed)
    assert numbers(number, frames[every]) == numbers(number, frames[twenty_five]) == [77]
    with pytest.raises(FoleyError) as problem:
        read_frames(clip(long_movie, 77, 0), [every], proceed)
    assert problem.value.code == "E-EMPTY"


@pytest.mark.parametrize("cut", ["0.4", "1.0", "2.52"])
def test_edit_lists(tmp_path, long_movie, clip, number, ffmpeg, cut) -> None:
    path = tmp_path / "edited.mp4"
    ffmpeg("-ss", cut, "-i", long_movie, "-c", "copy", "-avoid_negative_ts", "disabled", path)
    skipped = round(float(cut) * 25)
    frames = read_frames(clip(path, 0, 40), [twenty_five], proceed)[twenty_five]
    assert numbers(number, frames) == list(range(skipped, skipped + 40))
    frames = read_frames(clip(path, 60, 10), [twenty_five], proceed)[twenty_five]
    assert numbers(number, frames) == list(range(skipped + 60, skipped + 70))


@pytest.mark.parametrize(
    ("offset", "ending", "first"),
    [("-1.0", "mp4", 25), ("3.7", "nut", 0), ("3.7", "mkv", 0), ("3.7", "ts", 0), ("3.7", "mp4", 0)],
)
@pytest.mark.parametrize("start", [0, 70])
def test_first_times_that_are_not_zero(
    tmp_path, long_movie, clip, number, ffmpeg, offset, ending, first, start
) -> None:
    path = tmp_path / f"offset.{ending}"
    ffmpeg("-itsoffset", offset, "-i", long_movie, "-c", "copy", "-avoid_negative_ts", "disabled", path)
    frames = read_frames(clip(path, start, 10), [twenty_five], proceed)[twenty_five]
    assert numbers(number, frames) == list(range(first + start, first + start + 10))


def test_embedded_timecode_places_the_source_range(tmp_path, long_movie, clip, number, ffmpeg) -> None:
    path = tmp_path / "tc.mov"
    ffmpeg("-i", long_movie, "-c", "copy", "-timecode", "01:00:00:00", path)
    for start in (90000 + 30, 30):
        assert read_first_at(path, start, clip, number) == 30
    asked = clip(path, 90000 + 30, 1)
    asked.media.available_start.CopyFrom(pb.RationalTime(value=90020, rate_num=25, rate_den=1))
    assert numbers(number, read_frames(asked, [every], proceed)[every]) == [10]


def read_first_at(path: Path, start: int, clip, number) -> int:
    return number(read_frames(clip(path, start, 1), [every], proceed)[every].pixels[0])


def test_clip_outside_of_its_media(long_movie, clip) -> None:
    for start in (400, -50):
        with pytest.raises(FoleyError) as problem:
            read_frames(clip(long_movie, start, 20), [every], proceed)
        assert problem.value.code == "E-RANGE"


def corners(number: int, height: int = 96, width: int = 160) -> np.ndarray:
    """Red top left, green top right, blue bottom left, white bottom right."""
    picture = np.zeros((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    picture[:top, :left], picture[:top, left:] = (255, 0, 0), (0, 255, 0)
    picture[top:, :left], picture[top:, left:] = (0, 0, 255), (255, 255, 255)
    return picture


def corner_names(pixels: np.ndarray) -> list[str]:
    height, width = pixels.shape[:2]
    names = {"100": "red", "010": "green", "001": "blue", "111": "white"}
    places = [(height // 4, width // 4), (height // 4, -width // 4), (-height // 4, width // 4)]
    return [names["".join(str(int(value > 127)) for value in pixels[place])] for place in places]


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        ("0", ["red", "green", "blue"]),
        ("90", ["green", "white", "red"]),
        ("180", ["white", "blue", "green"]),
        ("270", ["blue", "red", "white"]),
    ],
)
def test_rotation_is_applied(tmp_path, movie, clip, ffmpeg, turn, expected) -> None:
    flat = movie(tmp_path / "flat.mp4", steady(3, Fraction(25)), draw=corners)
    turned = tmp_path / "turned.mp4"
    ffmpeg("-i", flat, "-c", "copy", "-metadata:s:v", f"rotate={turn}", turned)
    view = View(40, 40, Fraction(1), colour="rgb")
    pixels = read_frames(clip(turned, 0, 3), [view], proceed)[view].pixels[0]
    assert pixels.shape == ((24, 40, 3) if turn in ("0", "180") else (40, 24, 3))
    assert corner_names(pixels) == expected


@pytest.mark.parametrize("fit", ["inside", "stretch", "crop"])
@pytest.mark.parametrize("colour", ["gray", "rgb"])
def test_fits(long_movie, clip, fit, colour) -> None:
    view = View(50, 20, Fraction(1), fit=fit, colour=colour)
    pixels = read_frames(clip(long_movie, 0, 3), [view], proceed)[view].pixels
    assert pixels.shape[1:3] == ((20, 27) if fit == "inside" else (20, 50))
    assert pixels.ndim == (3 if colour == "gray" else 4)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "ending"),
    [
        ("libx264", "yuv420p10le", "mp4"),
        ("libx264", "yuv422p", "mp4"),
        ("libx264", "yuvj420p", "mp4"),
        ("prores_ks", "yuva444p10le", "mov"),
        ("prores_ks", "yuv422p10le", "mov"),
        ("qtrle", "argb", "mov"),
        ("ffv1", "gray16le", "mkv"),
        ("png", "rgba", "mov"),
        ("mpeg2video", "yuv422p", "mxf"),
    ],
)
def test_pixel_formats(tmp_path, movie, clip, number, codec, pix_fmt, ending) -> None:
    path = movie(
        tmp_path / f"a.{ending}", steady(12, Fraction(25)), codec=codec, pix_fmt=pix_fmt, time_base=Fraction(1, 25)
    )
    frames = read_frames(clip(path, 3, 4), [twenty_five], proceed)[twenty_five]
    assert numbers(number, frames) == [3, 4, 5, 6]


@pytest.mark.parametrize("range_name", ["tv", "pc"])
def test_gray_is_full_range(tmp_path, clip, ffmpeg, range_name) -> None:
    path = tmp_path / "range.mp4"
    source = "color=white:s=64x48:d=0.2:r=25"
    chain = f"scale=out_range={range_name},format=yuv420p"
    ffmpeg("-f", "lavfi", "-i", source, "-vf", chain, "-color_range", range_name, "-c:v", "libx264", path)
    gray, rgb = View(16, 12, Fraction(5)), View(16, 12, Fraction(5), colour="rgb")
    frames = read_frames(clip(path, 0, 5), [gray, rgb], proceed)
    assert frames[gray].pixels.mean() > 252
    assert frames[rgb].pixels.mean() > 252


@pytest.mark.parametrize("size", [(7680, 4320), (131, 97), (16, 16)])
def test_sizes(tmp_path, clip, ffmpeg, size) -> None:
    path = tmp_path / "size.mkv"
    source = f"testsrc2=s={size[0]}x{size[1]}:d=0.12:r=25"
    ffmpeg("-f", "lavfi", "-i", source, "-c:v", "mjpeg", "-pix_fmt", "yuvj444p", path)
    frames = read_frames(clip(path, 0, 3), [every], proceed)[every]
    assert frames.pixels.shape[0] == 3 and max(frames.pixels.shape[1:]) in (32, 24)


def test_interlaced_pictures_keep_their_times(tmp_path, movie, clip, number) -> None:
    options = {"flags": "+ilme+ildct", "bf": "2"}
    path = movie(
        tmp_path / "i.mxf", steady(40, Fraction(25)), codec="mpeg2video", options=options, time_base=Fraction(1, 25)
    )
    frames = read_frames(clip(path, 20, 10), [twenty_five], proceed)[twenty_five]
    assert numbers(number, frames) == list(range(20, 30))


def test_stills_last_as_long_as_asked(tmp_path, clip, number, ffmpeg, movie) -> None:
    still = tmp_path / "still.png"
    ffmpeg("-i", movie(tmp_path / "a.mov", steady(1, Fraction(25)), codec="png", pix_fmt="rgb24"), still)
    asked = clip(still, 86400, 100, head_handle=10)
    frames = read_frames(asked, [every, twenty_five], proceed)
    assert len(frames[every].times_s) == 1 and len(frames[twenty_five].times_s) == 110
    assert frames[twenty_five].pixels[-1].tolist() == frames[every].pixels[0].tolist()


@pytest.fixture
def sequence(tmp_path, movie, ffmpeg) -> pb.ImageSequence:
    """Pictures 1001 to 1024 at 24 a second, numbered 0 to 23, one of them missing."""
    numbered_movie = movie(
        tmp_path / "a.mov", steady(24, Fraction(24)), codec="png", pix_fmt="rgb24", rate=Fraction(24)
    )
    ffmpeg("-i", numbered_movie, "-start_number", "1001", tmp_path / "sh.%06d.png")
    (tmp_path / "sh.001008.png").unlink()
    return pb.ImageSequence(
        prefix=f"{tmp_path}/sh.", suffix=".png", padding=6, first_number=1001, count=24, rate_num=24, rate_den=1
    )


def test_sequences(sequence, clip, number) -> None:
    rate = Fraction(24)
    view = View(32, 24, rate)
    asked = clip("", 4, 10, rate, media=pb.Media(sequence=sequence), head_handle=6)
    frames = read_frames(asked, [view], proceed)[view]
    assert numbers(number, frames) == [0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 8, 9, 10, 11, 12, 13]
    asked = clip("", 4, 5, rate, media=pb.Media(sequence=sequence), time_scalar=-1.0)
    assert numbers(number, read_frames(asked, [view], proceed)[view]) == [8, 6, 6, 5, 4]


def test_closing_the_call_stops_decoding(long_movie, clip) -> None:
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_frames(clip(long_movie, 0, 200), [every], check)


def test_decoding_ends_with_the_take(long_movie, clip) -> None:
    packets = 0

    def check() -> None:
        nonlocal packets
        packets += 1

    read_frames(clip(long_movie, 0, 5), [every], check)
    assert packets < 60


def test_pictures_that_no_view_needs_are_not_scaled(long_movie, clip, monkeypatch) -> None:
    from foleyline_engine.media import scaling

    scaled = []
    scale = scaling.Scaler.scale
    monkeypatch.setattr(scaling.Scaler, "scale", lambda self, frame: scaled.append(frame) or scale(self, frame))
    view = View(32, 24, Fraction(2))
    read_frames(clip(long_movie, 0, 200), [view], proceed)
    assert len(scaled) == 16


@pytest.mark.parametrize(
    ("name", "frames"),
    [("anvil_hits", 120), ("baby_book_voice", 243), ("peppers_silent_track", 219), ("tennis_no_audio", 150)],
)
@pytest.mark.skipif(not samples.is_dir(), reason="sample footage lies beside the repository")
def test_real_footage(clip, name, frames) -> None:
    path = samples / f"{name}.mp4"
    rate = {
        "anvil_hits": Fraction(2997, 100),
        "peppers_silent_track": Fraction(24000, 1001),
        "tennis_no_audio": Fraction(30),
    }
    shown = read_frames(clip(path, 0, frames, rate.get(name, Fraction(25))), [every], proceed)[every]
    assert len(shown.times_s) == frames
    assert shown.pixels.std() > 10
