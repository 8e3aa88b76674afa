"""MLT XML played by `melt`: every sound on its sample, every picture on its frame, in spite of odd input."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as Xml

import av
import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import Clip, ExternalReference, Gap, LinearTimeWarp, Stack, Timeline, Track

from foleyline.errors import FoleyError
from foleyline.timing import samples
from foleyline_plugin.hosts import mlt
from foleyline_plugin.timing import rate_of

Render = Callable[[Path], np.ndarray]

rates = [24, 25, 30000 / 1001, 24000 / 1001, 50, 60000 / 1001]
size = (64, 36)
gray_step = 5  # from one picture of the gray movie to the next
gray_n = 48


def span(start: float, length: float, rate: float = 24) -> TimeRange:
    return TimeRange(RationalTime(start, rate), RationalTime(length, rate))


def clip_of(path: Path, used: TimeRange, available: TimeRange | None = None, name: str = "clip") -> Clip:
    return Clip(name, ExternalReference(str(path), available or used), used)


def lane(kind: str, *children: otio.core.Composable, name: str = "lane") -> Track:
    return Track(name, children=list(children), kind=kind)


def gap(length: float, rate: float = 24) -> Gap:
    return Gap(duration=RationalTime(length, rate))


def timeline_of(*tracks: otio.core.Composable, start: RationalTime | None = None) -> Timeline:
    timeline = Timeline("cut", global_start_time=start)
    timeline.tracks.extend(tracks)
    return timeline


def write(timeline: Timeline, folder: Path) -> tuple[Path, list[FoleyError]]:
    sheet = folder / "cut.mlt"
    return sheet, mlt.write(timeline, sheet, size=size)


def clicks(sound: np.ndarray) -> list[int]:
    return np.flatnonzero(np.abs(sound[:, 0]) > 0.1).tolist()


@pytest.fixture
def see(tmp_path: Path, melt: Callable[..., None]) -> Render:
    """Plays a sheet's picture: the luma in the middle of each frame, 16-235, [frames]."""

    def render(sheet: Path) -> np.ndarray:
        movie = tmp_path / "seen.nut"
        melt(sheet, f"avformat:{movie}", "vcodec=rawvideo", "pix_fmt=yuv420p", "an=1")
        with av.open(str(movie)) as played:
            frames = [frame.to_ndarray() for frame in played.decode(video=0)]
        middle = frames[0].shape[0] // 3, frames[0].shape[1] // 2  # the chroma planes lie below, half as high
        return np.array([frame[middle] for frame in frames])

    return render


@pytest.fixture
def click(tmp_path: Path) -> Path:
    """One second of silence with a click at its first sample and one in its middle."""
    wave = np.zeros((48000, 2), np.float32)
    wave[[0, 24000]] = 0.25
    soundfile.write(tmp_path / "click.wav", wave, 48000, subtype="PCM_24")
    return tmp_path / "click.wav"


@pytest.fixture
def grays(tmp_path: Path) -> Path:
    """A movie at 24 frames per second whose n-th picture is `gray_step * n` bright."""
    path = tmp_path / "grays.mkv"
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(gray_n):
            image = np.full((size[1], size[0], 3), gray_step * number, np.uint8)
            movie.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        movie.mux(stream.encode(None))
    return path


def numbers(levels: np.ndarray) -> list[int]:
    """Which of the gray movie's pictures were seen."""
    return np.round((levels.astype(float) - 16) * 255 / 219 / gray_step).astype(int).tolist()


@pytest.mark.parametrize("rate", rates)
def test_sound_on_a_new_lane_lands_on_its_sample(rate: float, click: Path, tmp_path: Path, hear: Render) -> None:
    whole = round(rate)
    lanes = [lane("Audio", gap(at, rate), clip_of(click, span(0, whole, rate)), name=f"FLY {at}") for at in (37, 60)]
    sheet, problems = write(timeline_of(*lanes, start=RationalTime(86400, rate)), tmp_path)
    found = clicks(hear(sheet))
    starts = [samples(at, rate_of(rate)) for at in (37, 60)]
    assert problems == []
    assert set(starts) < set(found)
    # Where a frame is no whole number of samples, melt itself may repeat one inside of a clip.
    inside = sorted(set(found) - set(starts))
    assert len(inside) == 2
    assert np.abs(np.subtract(inside, starts) - 24000).max() <= (0 if rate in (24, 25, 50) else 1)


def test_lanes_add_up_and_a_disabled_one_is_not_heard(click: Path, tmp_path: Path, hear: Render) -> None:
    lanes = [lane("Audio", gap(at), clip_of(click, span(0, 24))) for at in (12, 12, 20)]
    lanes[2].enabled = False
    sheet, _ = write(timeline_of(*lanes), tmp_path)
    sound = hear(sheet)
    assert clicks(sound) == [24000, 48000]
    assert sound[24000] == pytest.approx([0.5, 0.5], abs=0.001)


def test_disabled_clips_and_gaps_keep_their_place(click: Path, tmp_path: Path, hear: Render) -> None:
    quiet, foreign = clip_of(click, span(0, 10)), clip_of(click, span(0, 10))
    quiet.enabled = False
    foreign.metadata["fcp_xml"] = {"enabled": "FALSE"}
    sheet, problems = write(timeline_of(lane("Audio", gap(5), quiet, foreign, clip_of(click, span(0, 4)))), tmp_path)
    assert clicks(hear(sheet)) == [25 * 2000]
    assert problems == []


@pytest.mark.parametrize("begin", [0, 86400, 86410.5])
# melt enters a 24 bit sound one packet of 4096 bytes late, except at its start.
@pytest.mark.parametrize(("subtype", "late_n"), [("PCM_16", 0), ("PCM_24", 4096 // 6)])
def test_source_counts_from_where_the_media_begins(
    begin: float, subtype: str, late_n: int, click: Path, tmp_path: Path, hear: Render
) -> None:
    soundfile.write(click, soundfile.read(click)[0], 48000, subtype=subtype)
    used = clip_of(click, span(begin + 9, 10), span(begin, 24))
    sheet, _ = write(timeline_of(lane("Audio", gap(3), used)), tmp_path)
    (found,) = clicks(hear(sheet))
    assert 0 <= found - (3 + 12 - 9) * 2000 <= late_n


def test_handles_are_left_out_to_the_frame(grays: Path, tmp_path: Path, see: Render) -> None:
    used = clip_of(grays, span(90007, 5), span(90000, gray_n))
    sheet, _ = write(timeline_of(lane("Video", gap(2), used)), tmp_path)
    assert numbers(see(sheet)) == [0, 0, 7, 8, 9, 10, 11]


@pytest.mark.parametrize(
    ("speed", "seen"),
    [
        (2, [10, 12, 14, 16, 18, 20]),
        (0.5, [10, 10.5, 11, 11.5, 12, 12.5]),
        (-1, [15, 14, 13, 12, 11, 10]),
        (-2, [20, 18, 16, 14, 12, 10]),
        (0, [10] * 6),
    ],
)
def test_speed(speed: float, seen: list[float], grays: Path, tmp_path: Path, see: Render) -> None:
    clip = clip_of(grays, span(10, 6), span(0, gray_n))
    clip.effects.append(LinearTimeWarp(time_scalar=speed) if speed else otio.schema.FreezeFrame())
    sheet, problems = write(timeline_of(lane("Video", gap(1), clip)), tmp_path)
    assert problems == []
    assert np.abs(np.subtract(numbers(see(sheet)), [0, *seen])).max() <= 0.5


def test_sound_at_double_speed_and_standing_still(click: Path, tmp_path: Path, hear: Render) -> None:
    fast, still = clip_of(click, span(0, 12), span(0, 24)), clip_of(click, span(0, 12), span(0, 24))
    fast.effects.append(LinearTimeWarp(time_scalar=2))
    still.effects.append(otio.schema.FreezeFrame())
    sheet, _ = write(timeline_of(lane("Audio", fast, still)), tmp_path)
    loud = np.flatnonzero(np.abs(hear(sheet)[:, 0]) > 0.05)
    assert np.abs(loud[loud > 1000] - 12000).max() < 100
    assert loud.max() < 24000


def test_upper_picture_hides_the_lower_and_gaps_let_it_through(grays: Path, tmp_path: Path, see: Render) -> None:
    lower = lane("Video", clip_of(grays, span(0, 6), span(0, gray_n)))
    upper = lane("Video", gap(2), clip_of(grays, span(30, 2), span(0, gray_n)))
    hidden = lane("Video", clip_of(grays, span(40, 6), span(0, gray_n)))
    hidden.enabled = False
    sheet, _ = write(timeline_of(lower, upper, hidden), tmp_path)
    assert numbers(see(sheet)) == [0, 1, 30, 31, 4, 5]


def test_nested_stack_is_cut_to_its_source_range(
    click: Path, grays: Path, tmp_path: Path, see: Render, hear: Render
) -> None:
    def nested() -> Stack:
        inner = lane("Video", gap(3), clip_of(grays, span(10, 6), span(0, gray_n)))
        return Stack("nest", [inner, lane("Audio", gap(5), clip_of(click, span(0, 4)))], span(4, 4))

    timeline = timeline_of(lane("Video", gap(2), nested()), lane("Audio", gap(7), nested()))
    sheet, problems = write(timeline, tmp_path)
    assert problems == []
    assert numbers(see(sheet))[:7] == [0, 0, 11, 12, 13, 14, 0]
    assert clicks(hear(sheet)) == [8 * 2000]


def test_transitions_take_no_room(grays: Path, tmp_path: Path, see: Render) -> None:
    half = RationalTime(1, 24)
    dissolve = otio.schema.Transition("dissolve", "SMPTE_Dissolve", half, half)
    cuts = [clip_of(grays, span(at, 3), span(0, gray_n)) for at in (5, 20)]
    sheet, _ = write(timeline_of(lane("Video", cuts[0], dissolve, cuts[1])), tmp_path)
    assert numbers(see(sheet)) == [5, 6, 7, 20, 21, 22]


def test_movie_on_both_kinds_of_track_is_heard_once(tmp_path: Path, hear: Render) -> None:
    path = tmp_path / "both.mkv"
    with av.open(str(path), "w") as movie:
        picture, sound = movie.add_stream("ffv1", rate=24), movie.add_stream("pcm_s16le", rate=48000, layout="stereo")
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        for _ in range(24):
            movie.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((*size[::-1], 3), np.uint8), format="rgb24")))
        tone = av.AudioFrame.from_ndarray(np.full((1, 96000), 8192, np.int16), format="s16", layout="stereo")
        tone.sample_rate, tone.pts = 48000, 0
        movie.mux([*sound.encode(tone), *sound.encode(None), *picture.encode(None)])
    tracks = [lane(kind, clip_of(path, span(0, 24))) for kind in ("Video", "Audio")]
    sheet, _ = write(timeline_of(*tracks), tmp_path)
    assert np.abs(hear(sheet)[2000:40000]).max() == pytest.approx(0.25, abs=0.01)


def test_still_fills_its_clip(tmp_path: Path, see: Render) -> None:
    path = tmp_path / "still.png"
    with av.open(str(path), "w", "image2", options={"update": "1"}) as image:
        stream = image.add_stream("png", rate=24)
        stream.width, stream.height, stream.pix_fmt = *size, "rgb24"
        gray = np.full((*size[::-1], 3), 20 * gray_step, np.uint8)
        image.mux([*stream.encode(av.VideoFrame.from_ndarray(gray, format="rgb24")), *stream.encode(None)])
    sheet, _ = write(timeline_of(lane("Video", gap(1), clip_of(path, span(86400, 3)))), tmp_path)
    assert numbers(see(sheet)) == [0, 20, 20, 20]


@pytest.mark.parametrize(("rate", "seen"), [(24, [3, 4, 5, 6]), (12, [1, 2, 2, 3])])
def test_image_sequence(rate: int, seen: list[int], tmp_path: Path, see: Render) -> None:
    with av.open(str(tmp_path / "sh.%04d.png"), "w", "image2", options={"start_number": "1001"}) as images:
        stream = images.add_stream("png", rate=24)
        stream.width, stream.height, stream.pix_fmt = *size, "rgb24"
        for number in range(8):
            gray = np.full((*size[::-1], 3), gray_step * number, np.uint8)
            images.mux(stream.encode(av.VideoFrame.from_ndarray(gray, format="rgb24")))
        images.mux(stream.encode(None))
    pictures = otio.schema.ImageSequenceReference(
        str(tmp_path), "sh.", ".png", 1001, 1, rate, 4, available_range=span(0, 8, rate)
    )
    sheet, problems = write(timeline_of(lane("Video", gap(1), Clip("shot", pictures, span(3, 4)))), tmp_path)
    assert problems == []
    assert numbers(see(sheet)) == [0, *seen]


odd_names = [
    "a b.wav",
    "q\"u'o.wav",
    "<&amp;>.wav",
    "ü 🎬.wav",
    "100%20d.wav",
    "?a=b&c.wav",
    "1:2.wav",
    "l\nn.wav",
    "x" * 251 + ".wav",
]


@pytest.mark.parametrize("name", odd_names)
def test_odd_file_names(name: str, click: Path, tmp_path: Path, hear: Render) -> None:
    odd = click.rename(tmp_path / name)
    timeline = timeline_of(lane("Audio", gap(2), clip_of(odd, span(0, 24), name=name), name=f"<{name}>\x01"))
    timeline.name = 'a "cut" & \x02 more'
    sheet, problems = write(timeline, tmp_path)
    assert problems == []
    assert clicks(hear(sheet)) == [4000, 28000]


def test_name_that_xml_cannot_hold_is_left_blank(click: Path, tmp_path: Path) -> None:
    odd = click.rename(tmp_path / "bell\x07.wav")
    sheet, problems = write(timeline_of(lane("Audio", clip_of(odd, span(0, 24)))), tmp_path)
    assert [problem.code for problem in problems] == ["E-FORMAT"]
    assert [blank.get("length") for blank in Xml.parse(sheet).iter("blank")] == ["24"]


def bent(clip: Clip, effect: otio.schema.TimeEffect) -> Clip:
    clip.effects.append(effect)
    return clip


def test_what_cannot_play_is_blank_and_says_why(click: Path, tmp_path: Path, hear: Render) -> None:
    short = span(0, 2)
    children = [
        Clip("gone", ExternalReference("/nowhere/gone.wav", short), short),
        Clip("missing", otio.schema.MissingReference(), short),
        Clip("bars", otio.schema.GeneratorReference(generator_kind="SMPTEBars"), short),
        Clip("endless", ExternalReference(str(click))),
        bent(clip_of(click, short, name="ramp"), otio.schema.TimeEffect()),
        bent(clip_of(click, short, name="blur"), LinearTimeWarp(time_scalar=50)),
        clip_of(click, short, span(5, 10), name="before"),
        clip_of(click, short, name="fine"),
    ]
    sheet, problems = write(timeline_of(lane("Audio", *children)), tmp_path)
    told = {problem.facts["name"].split(".")[0]: problem.code for problem in problems}
    assert told == {
        "gone": "E-MEDIA",
        "missing": "E-MEDIA",
        "bars": "E-GENERATOR",
        "endless": "E-LENGTH",
        "ramp": "E-SPEED",
        "blur": "E-SPEED",
        "before": "E-RANGE",
    }
    assert clicks(hear(sheet)) == [6 * 2 * 2000]


def test_lengths_never_drift_where_rates_differ(click: Path, tmp_path: Path) -> None:
    tenths = [clip_of(click, span(0, 10, 30)) for _ in range(99)]
    sheet, _ = write(timeline_of(lane("Audio", *tenths), start=RationalTime(1, 24)), tmp_path)
    entries = list(Xml.parse(sheet).iter("entry"))
    lengths = [int(entry.attrib["out"]) - int(entry.attrib["in"]) + 1 for entry in entries]
    assert sum(lengths) == 99 * 8


@pytest.mark.parametrize("rate", rates)
def test_profile_holds_the_exact_rate(rate: float, click: Path, tmp_path: Path) -> None:
    sheet, _ = write(timeline_of(lane("Audio", clip_of(click, span(0, 9, rate)))), tmp_path)
    profile = Xml.parse(sheet).find("profile")
    assert profile is not None
    told = Fraction(int(profile.attrib["frame_rate_num"]), int(profile.attrib["frame_rate_den"]))
    assert told == rate_of(rate)


def test_relative_names_start_from_the_timelines_folder(click: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "out"
    elsewhere.mkdir()
    timeline = timeline_of(lane("Audio", clip_of(Path("click.wav"), span(0, 24))))
    assert mlt.write(timeline, elsewhere / "cut.mlt", base=tmp_path) == []
    assert [problem.code for problem in mlt.write(timeline, elsewhere / "cut.mlt")] == ["E-MEDIA"]


def test_nothing_is_left_of_a_sheet_that_failed(click: Path, tmp_path: Path) -> None:
    taken = tmp_path / "cut.mlt"
    taken.mkdir()
    with pytest.raises(OSError):
        write(timeline_of(lane("Audio", clip_of(click, span(0, 24)))), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"click.wav", "cut.mlt"}
