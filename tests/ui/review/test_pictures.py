"""The picture on screen is the one that belongs to the sample that is heard, by the numbers painted into the film."""

from __future__ import annotations

import subprocess
import time
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PyQt6.QtGui import QImage

from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.timing import time_range
from foleyline_plugin.ui.review import times
from foleyline_plugin.ui.review.films import Movie
from foleyline_plugin.ui.review.framing import Framing
from foleyline_plugin.ui.review.screening import Screening

from .conftest import first_used, handle, number_in, numbered_clip, numbered_film, own_frames, rates, until

pytestmark = pytest.mark.timeout(60)
box = (480, 270)


@pytest.fixture
def screen(qtbot):
    """screen(clip, movie) gives a function from frame to the number that is on screen."""
    opened = []

    def begin(clip: pb.Clip, movie: Path | None = None):
        screening = Screening(clip, movie, box, lambda *_: None)
        opened.append(screening)
        screening.start()

        def number(frame: int, direction: int = 1) -> int | None:
            screening.want(frame, direction)
            until(qtbot, lambda: screening.picture(frame) is not None)
            return number_in(screening.picture(frame))

        return number

    yield begin
    for screening in opened:
        screening.close()
        screening.join()


@pytest.mark.parametrize("name", rates)
def test_every_step_shows_its_own_picture(shown, qtbot, name):
    panel = shown(name)
    at, stage = panel.player.times, panel.stage
    for frame in range(at.frames):
        panel.player.seek(at.sample_of(frame))
        expected = first_used - handle + frame
        until(qtbot, lambda expected=expected: number_in(stage.picture.image) == expected)


@pytest.mark.parametrize("name", rates)
def test_the_last_sample_of_a_frame_still_shows_it(made, screen, name):
    clip = made[name].request.clip
    at, number = times.of(clip), screen(clip)
    for frame in (0, handle - 1, handle, at.frames // 2, at.frames - 1):
        for sample in (at.sample_of(frame), at.sample_of(frame + 1) - 1):
            assert number(at.frame_at(sample)) == first_used - handle + frame


@pytest.mark.parametrize("name", rates)
def test_while_it_plays_picture_and_sound_keep_together(shown, qtbot, name):
    """A picture may be late by what decoding takes, never early and never further than a tenth of a second."""
    panel = shown(name)
    at, late = panel.player.times, []

    def look() -> None:
        number = number_in(panel.stage.picture.image)
        if panel.player.rate and number is not None:
            late.append(first_used - handle + panel.player.frame - number)

    begin = max(0, at.frames - int(at.rate * 9 / 10))
    panel.player.seek(at.sample_of(begin))
    until(qtbot, lambda: number_in(panel.stage.picture.image) == first_used - handle + begin)
    panel.player.moved.connect(look)
    panel.player.play(1)
    until(qtbot, lambda: panel.player.rate == 0)
    assert len(late) > at.rate / 3
    assert min(late) >= 0
    assert sorted(late)[len(late) * 9 // 10] <= max(1, round(at.rate / 10))


def test_backwards_and_in_jumps(made, screen):
    clip = made["25"].request.clip
    number = screen(clip)
    for frame in (*range(51, -1, -1), 40, 3, 51, 0, 25):
        assert number(frame, -1) == first_used - handle + frame


@pytest.mark.parametrize(
    ("codec", "ending", "pixels"),
    [
        ("libx264", "mp4", "yuv420p"),
        ("libx264", "mkv", "yuv420p"),
        ("libx264", "ts", "yuv420p"),
        ("mpeg4", "avi", "yuv420p"),
        ("ffv1", "mkv", "yuv420p"),
        ("prores_ks", "mov", "yuv422p10le"),
        ("mpeg2video", "mxf", "yuv422p"),
    ],
)
def test_codecs_and_boxes(tmp_path, screen, codec, ending, pixels):
    """Reordered pictures, whole-millisecond stamps, streams that do not begin at zero."""
    rate = Fraction(24000, 1001)
    path = numbered_film(tmp_path / f"film.{ending}", rate, codec=codec, pixels=pixels)
    number = screen(numbered_clip(path, "clip", rate))
    for frame in (0, 1, 17, 33, 51, 16):
        assert number(frame) == first_used - handle + frame


@pytest.mark.parametrize("speed", [2.0, 0.5, 1.5])
def test_speed_changes(tmp_path, screen, speed):
    rate = Fraction(25)
    clip = numbered_clip(numbered_film(tmp_path / "film.mp4", rate), "fast", rate)
    clip.time_scalar, clip.head_handle = speed, 0
    clip.record_range.CopyFrom(time_range(1000, int(own_frames / speed), rate))
    number = screen(clip)
    for frame in (0, 1, 7, 20):
        assert number(frame) == int(first_used + frame * speed)


def test_played_backwards_by_the_timeline(tmp_path, screen):
    rate = Fraction(30000, 1001)
    clip = numbered_clip(numbered_film(tmp_path / "film.mp4", rate), "back", rate)
    clip.time_scalar, clip.head_handle = -1.0, 0
    number = screen(clip)
    for frame in (0, 1, 20, own_frames - 1):
        assert number(frame) == first_used + own_frames - 1 - frame


def test_a_frozen_picture(tmp_path, screen):
    rate = Fraction(25)
    clip = numbered_clip(numbered_film(tmp_path / "film.mp4", rate), "held", rate)
    clip.time_scalar = 0.0
    number = screen(clip)
    assert [number(frame) for frame in (0, 20, 51)] == [first_used] * 3


def test_another_rate_than_the_timelines(tmp_path, screen):
    """A film at 60 in a timeline at 24: by time, not by counting."""
    clip = numbered_clip(numbered_film(tmp_path / "film.mp4", Fraction(60)), "fine", Fraction(60))
    clip.head_handle = clip.tail_handle = 0
    clip.record_range.CopyFrom(time_range(1000, 16, Fraction(24)))
    number = screen(clip)
    assert [number(frame) for frame in (0, 1, 2, 8, 15)] == [20, 22, 25, 40, 57]


def test_handles_beyond_the_film_hold_its_edges(tmp_path, screen):
    rate = Fraction(25)
    clip = numbered_clip(numbered_film(tmp_path / "film.mp4", rate, 30), "edge", rate)
    clip.source_range.CopyFrom(time_range(2, 26, rate))
    clip.record_range.duration.value = 26
    number = screen(clip)
    assert [number(frame) for frame in (0, 4, 5, 33, 34, 37)] == [0, 0, 1, 29, 29, 29]


def test_numbered_pictures(tmp_path, screen):
    rate = Fraction(24)
    film = numbered_film(tmp_path / "film.mkv", rate, 30, codec="ffv1")
    with av.open(str(film)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number != 12:
                _png(tmp_path / f"sh.{1000 + number:05d}.png", frame)
    clip = numbered_clip(film, "pictures", rate)
    clip.media.ClearField("path")
    clip.media.sequence.CopyFrom(
        pb.ImageSequence(
            prefix=str(tmp_path / "sh."), suffix=".png", padding=5, first_number=1000, count=30, rate_num=24, rate_den=1
        )
    )
    clip.source_range.CopyFrom(time_range(6, 20, rate))
    clip.record_range.duration.value = 20
    number = screen(clip)
    assert [number(frame) for frame in (0, 1, 11, 12, 13, 29)] == [0, 1, 11, 11, 13, 29]


def _png(path: Path, frame: av.VideoFrame) -> None:
    pixels = frame.to_ndarray(format="rgb24")
    height, width, _ = pixels.shape
    QImage(pixels.tobytes(), width, height, width * 3, QImage.Format.Format_RGB888).save(str(path))


def test_the_timecode_in_the_film_counts_where_the_timeline_says_nothing(tmp_path, screen):
    rate = Fraction(25)
    plain = numbered_film(tmp_path / "plain.mp4", rate)
    path = tmp_path / "coded.mov"
    command = ["ffmpeg", "-v", "error", "-i", str(plain), "-c", "copy", "-timecode", "10:00:00:00", str(path)]
    subprocess.run(command, check=True)
    clip = numbered_clip(path, "coded", rate)
    clip.media.ClearField("available_start")
    clip.source_range.start.value = 36_000 * 25 + first_used
    assert screen(clip)(handle) == first_used


def test_a_film_that_cannot_be_decoded_in_time_still_moves(panel, made, qtbot, monkeypatch):
    """At half the speed it would need, pictures come late, in order, and none from the future."""
    decoded = Movie._pictures

    def slowly(self: Movie):
        for frame in decoded(self):
            time.sleep(0.08)
            yield frame

    monkeypatch.setattr(Movie, "_pictures", slowly)
    panel.show_take(made["25"], made.folder, None)
    until(qtbot, lambda: panel.stage.picture.image is not None)
    seen: list[tuple[int, int]] = []

    def look() -> None:
        number = number_in(panel.stage.picture.image)
        if panel.player.rate and number is not None:
            seen.append((number, first_used - handle + panel.player.frame))

    panel.player.seek(0)
    panel.player.play(1)
    until(qtbot, lambda: panel.player.frame > 10)
    panel.player.moved.connect(look)
    until(qtbot, lambda: panel.player.rate == 0)
    assert len({number for number, _ in seen}) > 4
    assert all(number <= wanted for number, wanted in seen)


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_picture_stands_upright(tmp_path, turned):
    """As ffmpeg itself turns it, which reads the same note in the file."""
    plain, path, still = (tmp_path / name for name in ("plain.mp4", "turned.mp4", "still.png"))
    corners = "geq=lum='255*(0.2+0.6*lt(X,W/2)*lt(Y,H/2)+0.3*gt(X,W/2)*gt(Y,H/2))':cb=128:cr=128"
    source = ["-f", "lavfi", "-i", f"nullsrc=size=64x32:rate=25:duration=0.2,{corners}"]
    for command in (
        [*source, "-pix_fmt", "yuv420p", str(plain)],
        ["-i", str(plain), "-c", "copy", "-metadata:s:v:0", f"rotate={turned}", str(path)],
        ["-i", str(path), "-frames:v", "1", str(still)],
    ):
        subprocess.run(["ffmpeg", "-v", "error", "-y", *command], check=True)
    film, expected = Movie(path), QImage(str(still))
    shown = next(film.run(0.0))
    image = Framing(box).image(shown.frame, shown.aspect)
    film.close()
    assert image.size() == expected.size()
    for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
        place = int(x * image.width()), int(y * image.height())
        assert abs(image.pixelColor(*place).lightness() - expected.pixelColor(*place).lightness()) < 12


def test_square_pixels_are_made_of_wide_ones(tmp_path):
    path = tmp_path / "wide.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=144x120:rate=25:duration=0.2,setsar=64/45"]
    subprocess.run(["ffmpeg", "-v", "error", *source, "-pix_fmt", "yuv420p", str(path)], check=True)
    film = Movie(path)
    shown = next(film.run(0.0))
    image = Framing(box).image(shown.frame, shown.aspect)
    film.close()
    assert (image.width(), image.height()) == (round(144 * 64 / 45), 120)


@pytest.mark.parametrize(("make", "told"), [(None, "offline"), (b"no movie", "cannot be shown"), ("folder", "folder")])
def test_a_picture_that_cannot_be_shown_is_told(panel, made, qtbot, tmp_path, make, told):
    path = tmp_path / "A014_C003.mov"
    if make == "folder":
        path.mkdir()
    elif make:
        path.write_bytes(make)
    panel.show_take(made["25"], made.folder, path)
    until(qtbot, lambda: told in panel.stage.picture.words)
    assert "A014_C003.mov" in panel.stage.picture.words
    panel.player.play(1)
    until(qtbot, lambda: panel.player.position > 20_000)


def test_a_film_without_a_picture(panel, made, qtbot):
    sound = made.folder / made["25"].with_voices.path
    panel.show_take(made["25"], made.folder, sound)
    until(qtbot, lambda: "has no picture" in panel.stage.picture.words)
