"""Takes onto lanes: exact places, nothing else touched, and everything told on the timeline."""

from __future__ import annotations

import json
import time
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.hosts import otio_file
from foleyline_plugin.placing import Placement, check_placed, place
from foleyline_plugin.timeline import read_clips
from foleyline_plugin.timing import rate_of, time_range

samples = Path(__file__).parents[3] / "shared" / "samples" / "timelines"
out = Path("/takes")

schema = otio.schema


def tr(start: float, duration: float, rate: float = 24) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(duration, rate))


def timeline(*, start: int = 86400, rate: float = 24, length: int = 1000) -> schema.Timeline:
    made = schema.Timeline("Reel 2", global_start_time=otio.opentime.RationalTime(start, rate))
    track = schema.Track("V1", kind="Video")
    track.append(schema.Clip("Shot", schema.MissingReference(), tr(0, length, rate)))
    made.tracks.append(track)
    return made


def placement(
    start: int, duration: int, *, name: str = "Shot", number: int = 1, rate: float = 24, head: int = 3, **fields
) -> Placement:
    clip = pb.Clip(name=name, head_handle=head, tail_handle=4, record_range=time_range(start, duration, rate_of(rate)))
    take = pb.Take(
        request=pb.GenerateRequest(clip=clip, prompt="boots", seed=2**63 + 1, take=number, out_dir=str(out)),
        request_id=f"{name}-{start}-{number}",
        with_voices=pb.SoundFile(path=f"{name} {start} vox.wav", sha256="ab", samples=48000),
        **{"without_voices": pb.SoundFile(path=f"{name} {start}.wav"), "outcome": pb.as_generated, **fields},
    )
    return Placement(take, out)


def silent(start: int, duration: int, **fields) -> Placement:
    return placement(start, duration, without_voices=None, outcome=pb.silent_on_purpose, **fields)


def lanes(placed: schema.Timeline) -> dict[str, schema.Track]:
    return {track.name: track for track in placed.tracks if track.name.startswith("FLY")}


def items(lane: schema.Track) -> list[tuple[str, str, int]]:
    return [(type(item).__name__, item.name, int(item.source_range.duration.value)) for item in lane]


def test_each_take_lies_on_its_record_range_on_two_lanes():
    placed = place(timeline(), [placement(86410, 20), placement(86430, 10), placement(86450, 5)])
    made = lanes(placed)
    assert list(made) == ["FLY 1", "FLY 1 VOX"]
    assert [(lane.kind, lane.enabled) for lane in made.values()] == [("Audio", True), ("Audio", False)]
    assert items(made["FLY 1"]) == [
        ("Gap", "", 10),
        ("Clip", "Shot T1", 20),
        ("Clip", "Shot T1 (2)", 10),
        ("Gap", "", 10),
        ("Clip", "Shot T1 (3)", 5),
    ]
    clip = made["FLY 1"][1]
    assert clip.media_reference.target_url == "/takes/Shot 86410.wav"
    assert made["FLY 1 VOX"][1].media_reference.target_url == "/takes/Shot 86410 vox.wav"
    assert (clip.media_reference.available_range, clip.source_range) == (tr(0, 27), tr(3, 20))
    assert clip.transformed_time_range(clip.trimmed_range(), placed.tracks) == tr(10, 20)


def test_no_gap_before_a_take_at_the_very_start():
    assert items(lanes(place(timeline(), [placement(86400, 20)]))["FLY 1"]) == [("Clip", "Shot T1", 20)]


@pytest.mark.parametrize("written", [23.976, 24000 / 1001, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 14.96])
def test_lanes_count_at_the_rate_as_it_is_written(written: float):
    placed = place(timeline(start=107892, rate=written), [placement(107892 + 37, 20, rate=written)])
    clip = lanes(placed)["FLY 1"][1]
    found = clip.transformed_time_range(clip.trimmed_range(), placed.tracks)
    assert (found.start_time.value, found.start_time.rate) == (37, written)
    rates = {item.source_range.duration.rate for lane in lanes(placed).values() for item in lane}
    assert rates == {written}


def test_a_trimmed_top_stack_shifts_the_lanes():
    made = timeline()
    made.tracks.source_range = tr(100, 500)
    placed = place(made, [placement(86410, 20)])
    clip = lanes(placed)["FLY 1"][1]
    assert clip.transformed_time_range(clip.trimmed_range(), placed.tracks) == tr(110, 20)


def test_overlaps_and_further_takes_go_to_further_pairs():
    takes = [
        placement(86410, 20, name="a"),
        placement(86410, 20, name="a", number=2),
        placement(86420, 20, name="over"),
        placement(86430, 20, name="b"),
        placement(86430, 20, name="b", number=2),
    ]
    names = {
        name: [n for kind, n, _ in items(lane) if kind == "Clip"]
        for name, lane in lanes(place(timeline(), takes)).items()
    }
    assert names == {
        "FLY 1": ["a T1", "b T1"],
        "FLY 1 VOX": ["a T1 VOX", "b T1 VOX"],
        "FLY 2": ["over T1"],
        "FLY 2 VOX": ["over T1 VOX"],
        "FLY 3": ["a T2", "b T2"],
        "FLY 3 VOX": ["a T2 VOX", "b T2 VOX"],
    }


def test_numbers_go_on_after_earlier_lanes_which_stay_as_they_are():
    first = place(timeline(), [placement(86410, 20)])
    second = place(first, [placement(86410, 20, number=2)])
    assert list(lanes(second)) == ["FLY 1", "FLY 1 VOX", "FLY 2", "FLY 2 VOX"]
    assert second.tracks[1].to_json_string() == first.tracks[1].to_json_string()
    second.tracks[3].metadata.pop("foleyline")
    assert "FLY 3" in lanes(place(second, [placement(86410, 20, number=3)]))


def test_silent_take_leaves_a_gap_with_a_red_marker():
    made = lanes(place(timeline(), [placement(86400, 10), silent(86410, 20), placement(86430, 10)]))
    assert [kind for kind, _, _ in items(made["FLY 1"])] == ["Clip", "Gap", "Clip"]
    assert [kind for kind, _, _ in items(made["FLY 1 VOX"])] == ["Clip", "Clip", "Clip"]
    gap = made["FLY 1"][1]
    assert [(m.color, m.name, m.marked_range) for m in gap.markers] == [("RED", "Silent on purpose", tr(0, 20))]
    assert gap.metadata["foleyline"]["take"]["outcome"] == "silent_on_purpose"


def test_yellow_where_voices_were_removed_within_the_record_range():
    voiced = [
        pb.Stretch(start_s=0.0, end_s=0.125),
        pb.Stretch(start_s=0.5, end_s=0.76),
        pb.Stretch(start_s=0.9, end_s=9),
    ]
    take = placement(86410, 20, outcome=pb.voices_removed, verdict=pb.Verdict(option=pb.yes, voiced=voiced))
    markers = lanes(place(timeline(), [take]))["FLY 1"][1].markers
    assert [(m.color, m.marked_range) for m in markers] == [("YELLOW", tr(12, 7)), ("YELLOW", tr(21, 2))]


@pytest.mark.parametrize(
    ("outcome", "notes", "colors"),
    [
        (pb.as_generated, [], []),
        (pb.as_generated, ["Timecode assumed."], ["BLUE"]),
        (pb.voices_removed, [], ["YELLOW"]),
        (pb.regenerated, [], ["YELLOW"]),
        (pb.original_kept, [], ["ORANGE"]),
        (pb.to_decide, ["x"], ["ORANGE", "BLUE"]),
    ],
)
def test_marker_colors(outcome: int, notes: list[str], colors: list[str]):
    made = lanes(place(timeline(), [placement(86410, 20, outcome=outcome, notes=notes)]))
    assert [marker.color for marker in made["FLY 1"][1].markers] == colors
    assert not made["FLY 1 VOX"][1].markers


def test_everything_of_the_take_is_told_in_json_types(tmp_path: Path):
    verdict = pb.Verdict(
        option=pb.yes, model="evidence 1", summary="S", caption="C", reasoning="R", conclusion="O",
        voiced=[pb.Stretch(start_s=0.5, end_s=1.5)],
    )  # fmt: skip
    step = pb.StepNote(step=pb.judging, model="evidence", seconds=0.5, numbers={"speech_s": 1.0})
    sound = pb.SoundFile(path="a.wav", loudness=pb.Loudness(integrated_lufs=-23.5))
    take = placement(
        86410,
        20,
        verdict=verdict,
        steps=[step],
        outcome=pb.voices_removed,
        without_voices=sound,
        cues=[pb.Cue(time_s=1)],
    )
    path = tmp_path / "out.otio"
    otio_file.write(place(timeline(), [take]), path)
    lane = next(t for t in json.loads(path.read_text())["tracks"]["children"] if t["name"] == "FLY 1")
    told = lane["children"][1]["metadata"]["foleyline"]["take"]
    assert told["request_id"] == "Shot-86410-1"
    assert told["request"]["prompt"] == "boots"
    assert told["request"]["seed"] == str(2**63 + 1)
    assert (told["request"]["run"], told["request"]["fallback"], told["outcome"]) == ("s4", "neg", "voices_removed")
    assert [told["verdict"][key] for key in ("option", "summary", "caption", "reasoning", "conclusion")] == [
        "yes", "S", "C", "R", "O",
    ]  # fmt: skip
    assert told["verdict"]["voiced"] == [{"start_s": 0.5, "end_s": 1.5}]
    assert told["steps"][0]["numbers"] == {"speech_s": 1.0}
    assert told["without_voices"]["loudness"] == {"integrated_lufs": -23.5}
    assert "cues" not in told
    assert lane["metadata"]["foleyline"] == {"lane": "clean", "number": 1}
    vox = next(t for t in json.loads(path.read_text())["tracks"]["children"] if t["name"] == "FLY 1 VOX")
    assert vox["children"][1]["metadata"] == {"foleyline": {"take": {"request_id": "Shot-86410-1"}}}


def test_names_are_one_line_and_their_own():
    takes = [placement(86400 + n * 10, 10, name=name) for n, name in enumerate(["a\nb", "a b", " a\tb ", "🎬"])]
    made = lanes(place(timeline(), takes))
    names = [item.name for lane in made.values() for item in lane]
    assert names[:4] == ["a b T1", "a b T1 (2)", "a b T1 (3)", "🎬 T1"]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("take", "expected"),
    [
        (placement(86399, 20), "E-MOVED"),
        (placement(86410, 20, rate=25), "E-MOVED"),
        (placement(86410, 0), "E-EMPTY"),
    ],
)
def test_takes_of_another_time_base_are_refused(take: Placement, expected: str):
    with pytest.raises(FoleyError, match=expected):
        place(timeline(), [take])


def test_a_take_that_is_not_where_it_belongs_is_noticed():
    takes = [placement(86410, 20), placement(86440, 20)]
    placed = place(timeline(), takes)
    check_placed(placed, takes)
    lanes(placed)["FLY 1"][2].source_range = tr(0, 11)
    with pytest.raises(FoleyError, match="E-LANE"):
        check_placed(placed, takes)
    with pytest.raises(FoleyError, match="E-LANE"):
        check_placed(timeline(), takes)


def test_resolve_metadata_and_unknown_schemas_survive(tmp_path: Path):
    made = timeline()
    extra = {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0", "Link Group ID": 7, "Keyframes": [{"Value": 0.5}]}}
    made.metadata.update(extra)
    shot = made.tracks[0][0]
    shot.metadata.update(extra)
    shot.markers.append(schema.Marker(marked_range=tr(3, 1), metadata={"Resolve_OTIO": {"Note": "hear this"}}))
    document = json.loads(made.to_json_string())
    document["metadata"]["host"] = {"OTIO_SCHEMA": "HostThing.7", "secret": [1, 2]}
    (tmp_path / "in.otio").write_text(json.dumps(document))
    read = otio_file.read(tmp_path / "in.otio")[0]
    otio_file.write(place(read, [placement(86410, 20)]), tmp_path / "out.otio", source=tmp_path / "in.otio")
    after = json.loads((tmp_path / "out.otio").read_text())
    assert after["tracks"]["children"][:1] == document["tracks"]["children"]
    assert after["metadata"] == document["metadata"]


there = sorted(path for path in samples.glob("*") if path.suffix in otio_file.suffixes)


@pytest.mark.parametrize("path", there, ids=lambda path: path.name)
def test_sample_timelines_keep_all_they_had(path: Path, tmp_path: Path):
    for made in otio_file.read(path):
        before = json.loads(made.to_json_string())
        usable = [s.clip for s in read_clips(made, path.parent) if s.clip.record_range.duration.value]
        takes = [
            Placement(
                pb.Take(request=pb.GenerateRequest(clip=clip, take=1), request_id=str(n), with_voices=pb.SoundFile()),
                out,
            )
            for n, clip in enumerate(usable)
        ]
        placed = place(made, takes)
        otio_file.write(placed, tmp_path / "out.otio")
        assert json.loads(made.to_json_string()) == before
        after = json.loads((tmp_path / "out.otio").read_text())
        added = after["tracks"]["children"][len(before["tracks"]["children"]) :]
        after["tracks"]["children"] = after["tracks"]["children"][: len(before["tracks"]["children"])]
        assert after == before
        assert added and all(lane["name"].startswith("FLY ") for lane in added)
        check_placed(otio_file.read(tmp_path / "out.otio")[0], takes)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60), st.integers(1, 3), st.booleans()), max_size=25),
    st.sampled_from([23.976, 24.0, 29.97, 59.94]),
)
def test_any_takes_lie_where_they_belong_and_never_overlap(rows: list[tuple[int, int, int, bool]], rate: float):
    takes = [
        (silent if is_silent else placement)(86400 + start, duration, name=f"c{n}", number=number, rate=rate)
        for n, (start, duration, number, is_silent) in enumerate(rows)
    ]
    placed = place(timeline(rate=rate), takes)
    check_placed(placed, takes)
    for lane in lanes(placed).values():
        assert all(item.source_range.duration.value > 0 for item in lane)
        assert sum(1 for item in lane if item.metadata.get("foleyline")) <= len(takes)
    told = [item for lane in lanes(placed).values() for item in lane if item.metadata.get("foleyline")]
    assert len(told) == 2 * len(takes)


def test_placing_is_linear_in_takes():
    def seconds_for(count: int) -> float:
        takes = [placement(86400 + n * 10, 8, name=f"s{n}") for n in range(count)]
        begun = time.process_time()
        place(timeline(), takes)
        return time.process_time() - begun

    seconds_for(50)
    few, many = seconds_for(250), seconds_for(2000)
    assert many < 30 * few
