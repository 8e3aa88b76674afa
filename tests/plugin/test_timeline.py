"""Timelines to clips: every trap of OTIO and its adapters with a timeline made here, and the sample timelines."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from foleyline.errors import FoleyError
from foleyline.timing import rate_in, timecode
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.hosts import otio_file
from foleyline_plugin.media import Finder, number_text, paths_of
from foleyline_plugin.timeline import SpottedClip, one_clip_timeline, read_clips, reel_of, with_handles
from foleyline_plugin.timing import time_range

samples = Path(__file__).parents[3] / "shared" / "samples" / "timelines"

schema = otio.schema


def rt(value: float, rate: float = 24) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(value, rate)


def tr(start: float, duration: float, rate: float = 24) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(rt(start, rate), rt(duration, rate))


def gap(frames: float, rate: float = 24) -> schema.Gap:
    return schema.Gap(source_range=tr(0, frames, rate))


def track(*items: otio.core.Composable, kind: str = "Video", **options: object) -> schema.Track:
    made = schema.Track("", kind=kind, **options)
    made.extend(list(items))
    return made


def timeline(*tracks: otio.core.Composable, start: otio.opentime.RationalTime | None = None) -> schema.Timeline:
    made = schema.Timeline("Reel 2", global_start_time=start)
    made.tracks.extend(list(tracks))
    return made


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    path = tmp_path / "A001 take.mov"
    path.write_bytes(b"x")
    return path


@pytest.fixture
def clip(movie: Path):
    def make(name: str, start: float, duration: float, rate: float = 24, **options) -> schema.Clip:
        media = schema.ExternalReference(str(movie), options.pop("available", None))
        return schema.Clip(name, media, tr(start, duration, rate), **options)

    return make


def spot(made: schema.Timeline, folder: Path = Path("/nowhere")) -> list[SpottedClip]:
    return read_clips(made, folder)


def code(spotted: SpottedClip) -> str:
    return spotted.problem.code if spotted.problem else ""


def record(spotted: SpottedClip) -> tuple[int, int]:
    return spotted.clip.record_range.start.value, spotted.clip.record_range.duration.value


def source(spotted: SpottedClip) -> tuple[int, int]:
    return spotted.clip.source_range.start.value, spotted.clip.source_range.duration.value


def summary(made: schema.Timeline) -> list[tuple]:
    return [(s.clip.track, s.clip.name, record(s), source(s), code(s)) for s in spot(made)]


def test_clip_carries_all_that_the_engine_needs(clip, movie: Path):
    shot = clip("Shot 1", 86410, 20, available=tr(86400, 100))
    spotted = spot(timeline(track(gap(12), shot), start=rt(86400)))[0]
    assert spotted == SpottedClip(
        pb.Clip(
            name="Shot 1",
            reel="Reel 2",
            track="V1",
            media=pb.Media(path=str(movie), available_start=pb.RationalTime(value=86400, rate_num=24, rate_den=1)),
            source_range=time_range(86410, 20, Fraction(24)),
            record_range=time_range(86412, 20, Fraction(24)),
        ),
        None,
        (Fraction(3600), Fraction(3600) + Fraction(100, 24)),
    )


@pytest.mark.parametrize("written", [29.97, 30000 / 1001])
def test_rates_are_normalized_first(clip, written: float):
    spotted = spot(timeline(track(gap(5, written), clip("a", 7, 10, written)), start=rt(107892, written)))[0]
    assert record(spotted) == (107897, 10)
    assert source(spotted) == (7, 10)
    assert rate_in(spotted.clip.record_range.start) == rate_in(spotted.clip.source_range.start) == Fraction(30000, 1001)


def test_start_written_at_the_nominal_rate_is_a_frame_count(clip):
    spotted = spot(timeline(track(clip("a", 0, 10, 23.976)), start=rt(86400, 24)))[0]
    assert record(spotted) == (86400, 10)
    assert rate_in(spotted.clip.record_range.start) == Fraction(24000, 1001)


def test_media_at_another_rate_keeps_its_own_frames(clip):
    made = timeline(track(clip("a", 100, 50, 50), gap(24), clip("b", 10, 24)), start=rt(0, 1))
    assert summary(made) == [("V1", "a", (0, 24), (100, 50), ""), ("V1", "b", (48, 24), (10, 24), "")]
    assert rate_in(spot(made)[0].clip.source_range.start) == 50


def test_all_video_tracks_make_clips_and_audio_makes_none(clip):
    made = timeline(
        track(clip("low", 0, 20)),
        track(clip("sound", 0, 20), kind="Audio"),
        track(gap(5), clip("high", 0, 10)),
    )
    assert [(s.clip.track, s.clip.name, record(s)) for s in spot(made)] == [
        ("V1", "low", (0, 20)),
        ("V2", "high", (5, 10)),
    ]


def test_disabled_clips_and_tracks_are_skipped_as_fcp_xml_says_it_too(clip):
    off = clip("off", 0, 10)
    off.enabled = False
    told = clip("told", 0, 10, metadata={"fcp_xml": {"enabled": "FALSE"}})
    kept = clip("kept", 0, 10, metadata={"fcp_xml": {"enabled": "TRUE"}})
    dark = track(clip("dark", 0, 10), metadata={"fcp_xml": {"enabled": "FALSE"}})
    dim = track(clip("dim", 0, 10))
    dim.enabled = False
    assert [(s.clip.name, record(s), s.clip.track) for s in spot(timeline(dark, dim, track(off, told, kept)))] == [
        ("kept", (20, 10), "V3")
    ]


def test_transitions_take_no_room(clip):
    cross = schema.Transition(in_offset=rt(4), out_offset=rt(4))
    head = schema.Transition(in_offset=rt(0), out_offset=rt(4))
    made = timeline(track(head, clip("a", 50, 20), cross, clip("b", 90, 20)))
    assert [(record(s), source(s)) for s in spot(made)] == [((0, 20), (50, 20)), ((20, 20), (90, 20))]


def test_nested_stack_shows_only_what_each_parent_uses(clip):
    inner = schema.Stack("compound", source_range=tr(10, 20))
    inner.append(track(clip("a", 100, 15), clip("b", 200, 50)))
    inner.append(track(clip("sound", 0, 40), kind="Audio"))
    made = timeline(track(gap(60), inner), start=rt(86400))
    assert summary(made) == [
        ("V1", "a", (86460, 5), (110, 5), ""),
        ("V1", "b", (86465, 15), (200, 15), ""),
    ]


def test_a_stack_within_a_stack_is_cut_by_both(clip):
    deepest = schema.Stack(source_range=tr(5, 30))
    deepest.append(track(clip("x", 0, 100)))
    middle = schema.Stack(source_range=tr(20, 100))
    middle.append(track(deepest, clip("y", 0, 50)))
    assert [(s.clip.name, record(s), source(s)) for s in spot(timeline(track(middle)))] == [
        ("x", (0, 10), (25, 10)),
        ("y", (10, 50), (0, 50)),
    ]


def test_trimmed_track_and_trimmed_top_stack(clip):
    made = timeline(track(clip("a", 0, 10), clip("b", 50, 30), source_range=tr(5, 20)))
    assert [(record(s), source(s)) for s in spot(made)] == [((0, 5), (5, 5)), ((5, 15), (50, 15))]
    made.tracks.source_range = tr(8, 6)
    assert [(record(s), source(s)) for s in spot(made)] == [((0, 6), (53, 6))]


@pytest.mark.parametrize(
    ("scalar", "span", "expected_scalar"),
    [
        (2.0, (100, 40), 2.0),
        (0.5, (100, 10), 0.5),
        (-1.0, (100, 20), -1.0),
        (-2.0, (100, 40), -2.0),
        (0.0, (100, 1), 0.0),
    ],
)
def test_linear_speed(clip, scalar: float, span: tuple[int, int], expected_scalar: float):
    effect = schema.FreezeFrame() if scalar == 0 else schema.LinearTimeWarp(time_scalar=scalar)
    spotted = spot(timeline(track(gap(3), clip("a", 100, 20, effects=[effect]))))[0]
    assert (record(spotted), source(spotted)) == ((3, 20), span)
    assert spotted.clip.time_scalar == expected_scalar


def test_normal_speed_has_no_scalar(clip):
    assert not spot(timeline(track(clip("a", 0, 20))))[0].clip.HasField("time_scalar")


def test_speeds_of_nested_stacks_multiply(clip):
    inner = schema.Stack(source_range=tr(10, 20), effects=[schema.LinearTimeWarp(time_scalar=2.0)])
    inner.append(track(clip("a", 100, 30, effects=[schema.LinearTimeWarp(time_scalar=0.5)]), clip("b", 500, 100)))
    first, second = spot(timeline(track(inner)))
    assert (record(first), source(first), first.clip.HasField("time_scalar")) == ((0, 10), (105, 10), False)
    assert (record(second), source(second), second.clip.time_scalar) == ((10, 10), (500, 20), 2.0)


def test_a_stack_played_backward_turns_its_clips_around(clip):
    inner = schema.Stack(source_range=tr(0, 20), effects=[schema.LinearTimeWarp(time_scalar=-1.0)])
    inner.append(track(clip("a", 100, 15), clip("b", 500, 15)))
    first, second = sorted(spot(timeline(track(inner))), key=record)
    assert (first.clip.name, record(first), source(first), first.clip.time_scalar) == ("b", (0, 5), (500, 5), -1.0)
    assert (second.clip.name, record(second), source(second)) == ("a", (5, 15), (100, 15))


def test_a_frozen_stack_holds_the_one_clip_it_shows(clip):
    inner = schema.Stack(source_range=tr(12, 20), effects=[schema.FreezeFrame()])
    inner.append(track(clip("a", 100, 10), clip("b", 500, 15)))
    assert [(s.clip.name, record(s), source(s), s.clip.time_scalar) for s in spot(timeline(track(inner)))] == [
        ("b", (0, 20), (502, 1), 0.0)
    ]


def remap(**values: str) -> schema.Effect:
    parameters = [{"parameterid": key, "value": value} for key, value in values.items()]
    return schema.Effect("Time Remap", metadata={"fcp_xml": {"effectid": "timeremap", "parameter": parameters}})


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (schema.TimeEffect(name="keyed"), "E-SPEED"),
        (schema.LinearTimeWarp(time_scalar=float("nan")), "E-SPEED"),
        (schema.LinearTimeWarp(time_scalar=1e300), "E-SPEED"),
        (remap(speed="25"), "E-SPEED"),
        (remap(speed="100", reverse="TRUE"), "E-SPEED"),
        (remap(speed="100", variablespeed="1"), "E-SPEED"),
        (remap(speed="100", variablespeed="0", reverse="FALSE"), ""),
        (schema.Effect("Blur"), ""),
    ],
)
def test_speed_that_cannot_be_followed(clip, effect: schema.Effect, expected: str):
    outer = schema.Stack(source_range=tr(0, 10), effects=[effect.deepcopy()])
    outer.append(track(clip("nested", 0, 10)))
    plain, nested, after = spot(timeline(track(clip("a", 0, 20, effects=[effect]), outer, clip("after", 0, 5))))
    assert (code(plain), code(nested), code(after)) == (expected, expected, "")
    assert (record(plain), record(after)) == ((0, 20), (30, 5))


def test_missing_media_leave_the_others_running(clip, tmp_path: Path):
    generator = schema.GeneratorReference(generator_kind="SMPTEBars")
    made = timeline(
        track(
            schema.Clip("gone", schema.ExternalReference("/gone/A014_C003.mov"), tr(0, 10)),
            schema.Clip("none", schema.MissingReference(), tr(0, 10)),
            schema.Clip("bars", generator, tr(0, 10)),
            schema.Clip("web", schema.ExternalReference("https://example.com/a.mov"), tr(0, 10)),
            schema.Clip("folder", schema.ExternalReference(str(tmp_path)), tr(0, 10)),
            schema.Clip("nul", schema.ExternalReference("/a\0b.mov"), tr(0, 10)),
            schema.Clip("long", schema.ExternalReference("/" + "n" * 5000), tr(0, 10)),
            clip("there", 0, 10),
        )
    )
    assert [code(s) for s in spot(made)] == [
        "E-MEDIA", "E-MEDIA", "E-GENERATOR", "E-MEDIA", "E-MEDIA", "E-MEDIA", "E-MEDIA", "",
    ]  # fmt: skip
    problem = spot(made)[0].problem
    assert problem is not None and problem.facts == {"name": "A014_C003.mov"}


def test_active_reference_first_then_the_first_that_is_there(movie: Path, tmp_path: Path):
    proxy = tmp_path / "proxy.mov"
    proxy.write_bytes(b"x")
    shot = schema.Clip("a", source_range=tr(0, 10))
    references = {
        "DEFAULT_MEDIA": schema.ExternalReference("/gone.mov"),
        "proxy": schema.ExternalReference(str(proxy), tr(0, 50)),
        "full": schema.ExternalReference(str(movie)),
    }
    shot.set_media_references(references, "full")
    made = timeline(track(shot))
    assert spot(made)[0].clip.media.path == str(movie)
    movie.unlink()
    found = spot(made)[0]
    assert found.clip.media.path == str(proxy)
    assert found.available == (0, Fraction(50, 24))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("media/a b.mov", "/reel/media/a b.mov"),
        ("media/a%20b.mov", "/reel/media/a%20b.mov"),
        ("/abs/a b.mov", "/abs/a b.mov"),
        ("file:///abs/a%20b.mov", "/abs/a b.mov"),
        ("file://localhost/abs/%C3%BC.mov", "/abs/ü.mov"),
        ("file:/abs/a.mov", "/abs/a.mov"),
        ("file:///abs/50% #1?.mov", "/abs/50% #1?.mov"),
        ("file://./media/a.mov", "/reel/media/a.mov"),
        ("file:media/a.mov", "/reel/media/a.mov"),
        ("file:///C:/Shots/a%20b.mov", "C:/Shots/a b.mov"),
        ("file://C:/Shots/a.mov", "C:/Shots/a.mov"),
        ("C:\\Shots\\a.mov", "C:\\Shots\\a.mov"),
        ("file://server/share/a.mov", "//server/share/a.mov"),
    ],
)
def test_all_ways_of_writing_a_path(url: str, expected: str):
    assert paths_of(url, Path("/reel"))[0] == expected


@pytest.mark.parametrize("url", ["http://x/a.mov", "s3://bucket/a.mov", "rtsp://x", ""])
def test_what_is_no_file_here_is_never_looked_for(url: str):
    assert paths_of(url, Path("/reel")) == []


def test_names_with_percent_signs_are_found_both_ways(tmp_path: Path):
    (tmp_path / "a%20b.mov").write_bytes(b"x")
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "c.mov").write_bytes(b"x")
    windows = schema.Clip("c", schema.ExternalReference("media\\c.mov"))
    assert Finder(tmp_path).find(windows)[1].path == str(tmp_path / "media" / "c.mov")
    finder = Finder(tmp_path)
    for url in ("a%20b.mov", f"file://{tmp_path}/a%20b.mov"):
        found = finder.find(schema.Clip("a", schema.ExternalReference(url)))[1]
        assert found.path == str(tmp_path / "a%20b.mov")


def test_image_sequences(tmp_path: Path):
    for number in (1001, 1003):
        (tmp_path / f"sh010.{number:06d}.exr").write_bytes(b"x")
    reference = schema.ImageSequenceReference(
        f"file://{tmp_path}", "sh010.", ".exr", start_frame=1001, frame_step=2, rate=23.976, frame_zero_padding=6
    )
    reference.available_range = tr(1001, 48, 23.976)
    spotted = spot(timeline(track(schema.Clip("sh010", reference, tr(1005, 10, 23.976)))))[0]
    assert code(spotted) == ""
    assert spotted.clip.media.sequence == pb.ImageSequence(
        prefix=f"{tmp_path}/sh010.",
        suffix=".exr",
        padding=6,
        first_number=1001,
        step=2,
        count=48,
        rate_num=24000,
        rate_den=1001,
    )
    assert number_text(spotted.clip.media.sequence, -7) == "-000007"
    reference.start_frame = 1
    assert code(spot(timeline(track(schema.Clip("sh010", reference.clone(), tr(1005, 10)))))[0]) == "E-MEDIA"


def test_still_may_be_longer_than_it_says(tmp_path: Path):
    still = tmp_path / "title.PNG"
    still.write_bytes(b"x")
    shot = schema.Clip("title", schema.ExternalReference(str(still), tr(0, 1)), tr(0, 100))
    spotted = spot(timeline(track(shot)))[0]
    assert (code(spotted), spotted.available, record(spotted)) == ("", None, (0, 100))


def test_clip_without_source_range_uses_its_available_range(movie: Path):
    shot = schema.Clip("a", schema.ExternalReference(str(movie), tr(86400, 30)))
    spotted = spot(timeline(track(gap(2), shot)))[0]
    assert (record(spotted), source(spotted)) == ((2, 30), (86400, 30))


def test_length_that_only_the_file_knows_is_taken_from_the_probe(clip, movie: Path):
    made = timeline(track(gap(10), schema.Clip("a", schema.ExternalReference(str(movie))), clip("b", 0, 10)))
    first, second = spot(made)
    assert (code(first), first.clip.media.path, code(second)) == ("E-LENGTH", str(movie), "E-LENGTH")
    probe = pb.ProbeReply(duration=pb.RationalTime(value=36, rate_num=24, rate_den=1))
    first, second = read_clips(made, movie.parent, {str(movie): probe})
    assert (record(first), record(second), code(first), code(second)) == ((10, 36), (46, 10), "", "")


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (0, "E-EMPTY"),
        (0.4, "E-EMPTY"),
        (1, ""),
        (0.6, ""),
        (-5, "E-TIME"),
        (float("nan"), "E-TIME"),
        (float("inf"), "E-TIME"),
        (2.0**63, "E-TIME"),
    ],
)
def test_lengths_that_are_none(clip, duration: float, expected: str):
    assert code(spot(timeline(track(clip("a", 0, duration))))[0]) == expected


def test_bad_rates_are_told_clip_by_clip(clip):
    bad = clip("bad", 0, 10, 0)
    problems = spot(timeline(track(clip("ok", 0, 10), bad, clip("lost", 0, 10)), track(clip("above", 0, 10))))
    assert [(s.clip.name, code(s)) for s in problems] == [
        ("ok", ""), ("bad", "E-RATE"), ("lost", "E-LENGTH"), ("above", ""),
    ]  # fmt: skip
    assert problems[1].problem is not None and problems[1].problem.facts["name"] == "bad"


@pytest.mark.parametrize(
    ("start", "duration", "expected"),
    [
        (100, 50, ""),
        (99, 50, ""),
        (150, 50, ""),
        (151, 50, ""),
        (90, 50, "E-RANGE"),
        (160, 50, "E-RANGE"),
        (200, 1, "E-RANGE"),
    ],
)
def test_source_range_must_lie_in_its_media(clip, start: int, duration: int, expected: str):
    assert code(spot(timeline(track(clip("a", start, duration, available=tr(100, 100)))))[0]) == expected


def test_fractional_frames_are_rounded_to_the_frame_that_shows(clip):
    made = timeline(track(gap(10.4), clip("a", 99.6, 20.2), clip("b", 5.0000000001, 10)))
    assert [(record(s), source(s)) for s in spot(made)] == [((10, 21), (99, 21)), ((31, 10), (5, 10))]


def test_positions_do_not_drift_over_many_odd_lengths(clip):
    shots = [clip(str(n), 0, 10.010416666667, 23.976) for n in range(400)]
    last = spot(timeline(track(*shots)))[-1]
    assert record(last)[0] == round(399 * 10.010416666667)


def test_drop_frame_comes_from_our_notes_or_fcp_xml_and_only_where_it_exists(clip):
    for rate, expected in ((29.97, True), (25.0, False)):
        made = timeline(track(clip("a", 0, 10, rate)))
        assert not spot(made)[0].clip.drop_frame
        made.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
        assert spot(made)[0].clip.drop_frame is expected
        made.metadata["foleyline"] = {"drop_frame": False}
        assert not spot(made)[0].clip.drop_frame


def test_timeline_without_video_has_no_clips(clip):
    assert spot(timeline(track(clip("a", 0, 10), kind="Audio"))) == []
    assert spot(timeline()) == []


def test_lost_time_base_is_one_problem():
    with pytest.raises(FoleyError) as caught:
        reel_of(timeline(track(gap(10)), start=rt(float("nan"), 30)))
    assert (caught.value.code, caught.value.facts["name"]) == ("E-TIME", "Reel 2")


def test_nesting_beyond_sense_is_refused(clip):
    inner: otio.core.Item = clip("a", 0, 10)
    for _ in range(60):
        stack = schema.Stack(source_range=tr(0, 10))
        stack.append(inner)
        inner = stack
    with pytest.raises(FoleyError, match="E-OTIO"):
        spot(timeline(track(inner)))


@pytest.mark.parametrize(
    ("used", "scalar", "wanted", "expected"),
    [
        ((110, 50), None, 12, (10, 12)),
        ((110, 50), None, 100, (10, 40)),
        ((110, 50), 2.0, 100, (5, 0)),
        ((110, 50), -1.0, 100, (40, 10)),
        ((110, 50), 0.0, 12, (12, 12)),
    ],
)
def test_handles_end_where_the_media_end(clip, used, scalar, wanted: int, expected: tuple[int, int]):
    effects = [] if scalar is None else [schema.LinearTimeWarp(time_scalar=scalar)]
    shot = clip("a", *used, available=tr(100, 100), effects=effects)
    made = with_handles(spot(timeline(track(gap(500), shot)))[0], wanted)
    assert (made.head_handle, made.tail_handle) == expected


def test_handles_stop_at_midnight_and_ask_the_probe(clip):
    spotted = spot(timeline(track(gap(5), clip("a", 86430, 50))))[0]
    assert (with_handles(spotted, 12).head_handle, with_handles(spotted, 12).tail_handle) == (5, 12)
    probe = pb.ProbeReply(
        duration=pb.RationalTime(value=84, rate_num=24, rate_den=1),
        start=pb.RationalTime(value=86428, rate_num=24, rate_den=1),
    )
    known = with_handles(spotted, 12, probe)
    assert (known.head_handle, known.tail_handle) == (2, 12)
    assert spotted.clip.head_handle == 0


def test_movie_as_a_timeline(movie: Path):
    probe = pb.ProbeReply(
        duration=pb.RationalTime(value=300, rate_num=30000, rate_den=1001),
        start=pb.RationalTime(value=107892, rate_num=30000, rate_den=1001),
        has_picture=True,
        drop_frame=True,
    )
    spotted = spot(one_clip_timeline(movie, probe))[0]
    assert (spotted.clip.media.path, record(spotted), source(spotted)) == (str(movie), (107892, 300), (107892, 300))
    assert (spotted.clip.drop_frame, code(spotted)) == (True, "")
    with pytest.raises(FoleyError, match="E-NOPICTURE"):
        one_clip_timeline(movie, pb.ProbeReply(duration=probe.duration, has_sound=True))
    with pytest.raises(FoleyError, match="E-EMPTY"):
        one_clip_timeline(movie, pb.ProbeReply(has_picture=True))


def test_reading_is_linear_in_clips(clip):
    def seconds_for(count: int) -> float:
        made = timeline(track(*(clip(f"s{n}", n, 10, available=tr(0, 10_000)) for n in range(count))))
        begun = time.process_time()
        assert len(spot(made)) == count
        return time.process_time() - begun

    seconds_for(50)
    few, many = seconds_for(250), seconds_for(2000)
    assert many < 30 * few


spotted_samples = [
    ("dissolve_test.edl", [3], {"E-MEDIA": 3}, "01:00:00:00", "01:00:00:20"),
    ("fcpx_example.fcpxml", [11, 11], {"E-MEDIA": 22}, "00:00:00:00", "00:02:28:03"),
    ("gap_test.edl", [3], {"E-MEDIA": 3}, "00:00:00:00", "00:00:05:06"),
    ("generator_reference_test.otio", [1], {"E-GENERATOR": 1}, "00:00:00:00", "00:00:02:02"),
    ("hiero_xml_export.xml", [2], {"E-MEDIA": 1, "E-SPEED": 1}, "01:00:00:14", "01:00:55:04"),
    ("multitrack.otio", [5], {"E-MEDIA": 5}, "00:00:00:00", "00:01:51:13"),
    ("nested_example.otio", [7], {"E-MEDIA": 7}, "00:00:00:00", "00:00:26:12"),
    ("premiere_enable_property.xml", [3], {"E-MEDIA": 3}, "00:00:00:00", "00:00:08:20"),
    ("speed_effects_small.edl", [5], {"E-MEDIA": 5}, "01:00:00:00", "01:11:33:04"),
    ("transition_test.otio", [3], {"E-MEDIA": 3}, "00:00:00:00", "00:00:06:06"),
]
there = [row for row in spotted_samples if (samples / row[0]).exists()]


@pytest.mark.parametrize(("name", "counts", "problems", "first", "last"), there, ids=[row[0] for row in there])
def test_sample_timelines(name: str, counts: list[int], problems: dict[str, int], first: str, last: str):
    reels = [read_clips(made, samples) for made in otio_file.read(samples / name)]
    clips = [spotted for reel in reels for spotted in reel]
    codes = [code(spotted) for spotted in clips]
    ends = [(s.clip.record_range.start.value, sum(record(s)), rate_in(s.clip.record_range.start)) for s in clips]
    assert [len(reel) for reel in reels] == counts
    assert {each: codes.count(each) for each in sorted(set(codes))} == problems
    assert timecode(min(start for start, _, _ in ends), ends[0][2]) == first
    assert timecode(max(end for _, end, _ in ends), ends[0][2]) == last


def test_a_transition_where_a_track_should_be_is_passed_over(tmp_path):
    timeline = otio.schema.Timeline("odd")
    timeline.tracks.append(otio.schema.Transition("SMPTE_Dissolve"))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(10, 25))
    track.append(otio.schema.Clip("a", otio.schema.ExternalReference("/a.mov", span), span))
    timeline.tracks.append(track)
    (spotted,) = read_clips(timeline, tmp_path, {})
    assert (spotted.clip.name, spotted.clip.track) == ("a", "V1")
