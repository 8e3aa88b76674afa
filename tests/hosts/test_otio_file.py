"""Timeline files in and out: every format, and every way a file can be wrong as one problem."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
import zipfile
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foleyline.errors import FoleyError
from foleyline_plugin.hosts import otio_file
from foleyline_plugin.timeline import read_clips, reel_of

schema = otio.schema

edl_text = """TITLE: reel
FCM: NON-DROP FRAME
001  A001 V     C        01:00:10:00 01:00:12:00 01:00:05:00 01:00:07:00
* FROM CLIP NAME:  one
002  A002 V     C        01:00:20:00 01:00:21:00 01:00:10:00 01:00:11:00
* FROM CLIP NAME:  two
"""

fcpxml_text = """<?xml version="1.0" encoding="UTF-8"?>
<fcpxml version="1.8"><resources>
<format id="r1" frameDuration="{frame}" width="1920" height="1080"/>
<asset id="r2" name="a" src="file:///x/a.mov" start="0s" duration="100s" hasVideo="1" format="r1"/>
</resources><event name="e"><project name="p"><sequence format="r1" tcStart="3600s"><spine>
<asset-clip name="a" ref="r2" offset="0s" start="2s" duration="4s"/>
<asset-clip name="slow" ref="r2" offset="4s" start="0s" duration="3s">
<timeMap><timept time="0s" value="0s"/></timeMap></asset-clip>
<asset-clip name="off" ref="r2" offset="7s" start="0s" duration="5s" enabled="0"/>
</spine></sequence></project></event></fcpxml>
"""


def tr(start: float, duration: float, rate: float = 24) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(duration, rate))


def timeline(url: str = "a.mov", clips: int = 1) -> schema.Timeline:
    made = schema.Timeline("Reel")
    track = schema.Track("V1", kind="Video")
    track.extend([schema.Clip(f"c{n}", schema.ExternalReference(url, tr(0, 100)), tr(0, 10)) for n in range(clips)])
    made.tracks.append(track)
    return made


def text_of(made: otio.core.SerializableObject) -> str:
    return made.to_json_string()


def save(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problem(path: Path, **options) -> FoleyError:
    with pytest.raises(FoleyError) as caught:
        otio_file.read(path, **options)
    return caught.value


def changed(**fields: object) -> str:
    document = json.loads(text_of(timeline()))
    clip = document["tracks"]["children"][0]["children"][0]
    clip.update(fields)
    return json.dumps(document)


def reference(name: str) -> dict[str, str]:
    return {"OTIO_SCHEMA": "SerializableObjectRef.1", "id": name}


def circle() -> str:
    document = json.loads(text_of(timeline()))
    document["tracks"].update(OTIO_REF_ID="a", children=[reference("a")])
    return json.dumps(document)


def wide_circle() -> str:
    """Two stacks, neither inside the other, each of which names the other as its child."""
    document = json.loads(text_of(timeline()))
    stack = {**document["tracks"], "children": []}
    document["tracks"]["children"] = [
        {**stack, "OTIO_REF_ID": "a", "children": [reference("b")]},
        {**stack, "OTIO_REF_ID": "b", "children": [reference("a")]},
    ]
    return json.dumps(document)


def deep(levels: int) -> str:
    opening = (
        '{"OTIO_SCHEMA":"Stack.1","name":"","metadata":{},"effects":[],"markers":[],"source_range":null,"children":['
    )
    return '{"OTIO_SCHEMA":"Timeline.1","name":"","metadata":{},"tracks":' + opening * levels + "]}" * levels + "}"


@pytest.mark.parametrize(
    ("name", "content", "code", "reason"),
    [
        ("a.otio", "", "E-OTIO", "it is empty"),
        ("a.otio", " \n", "E-OTIO", "it is empty"),
        ("a.otio", "hello", "E-OTIO", "not whole or not JSON"),
        ("a.otio", b"\x89PNG\r\n\x1a\n\0\xff\0", "E-OTIO", "not text"),
        ("a.otio", text_of(timeline())[:-40], "E-OTIO", "not whole or not JSON"),
        ("a.otio", "[1, 2]", "E-OTIO", "not an OpenTimelineIO file"),
        ("a.otio", '"text"', "E-OTIO", "not an OpenTimelineIO file"),
        ("a.otio", '{"a": 1}', "E-OTIO", "not an OpenTimelineIO file"),
        ("a.otio", '{"OTIO_SCHEMA": 3}', "E-OTIO", "not an OpenTimelineIO file"),
        ("a.otio", circle(), "E-OTIO", "contains itself"),
        ("a.otio", wide_circle(), "E-OTIO", "contains itself"),
        ("a.otio", deep(300), "E-OTIO", "nests too deep"),
        ("a.otio", deep(200_000), "E-OTIO", "nests too deep"),
        ("a.otio", "[" * 1_000_000, "E-OTIO", "nests too deep"),
        ("a.otio", "[" + "[]," * 2_000_000, "E-OTIO", "more than 2,000,000 parts"),
        ("a.otio", changed(source_range=3), "E-OTIO", "type mismatch"),
        ("a.otio", changed(media_references={"DEFAULT_MEDIA": None}), "E-OTIO", "type mismatch"),
        ("a.otio", changed(effects=[{"OTIO_SCHEMA": "HostSpeed.1"}]), "E-OTIO", "type mismatch"),
        ("a.otio", changed(OTIO_SCHEMA="Clip"), "E-OTIO", "malformed schema"),
        ("a.otio", text_of(schema.Clip("c")), "E-OTIO", "no timeline"),
        ("a.otio", text_of(schema.SerializableCollection("bin", [schema.Clip("c")])), "E-OTIO", "no timeline"),
        ("a.otio", '{"OTIO_SCHEMA": "Timeline.1", "name": "", "tracks": null}', "E-OTIO", "no tracks"),
        ("a.otioz", "not a zip", "E-OTIO", "damaged"),
        ("a.edl", "", "E-OTIO", "it is empty"),
        ("a.edl", edl_text.replace("01:00:12:00", "xx:00:12:00"), "E-OTIO", ""),
        ("a.xml", "<xmeml><sequence>", "E-OTIO", ""),
        ("a.xml", "<html/>", "E-OTIO", ""),
        ("a.xml", "<a>" * 30_000 + "</a>" * 30_000, "E-OTIO", ""),
        ("a.fcpxml", "<fcpxml>", "E-OTIO", "not whole or not XML"),
        ("a.fcpxml", "<html/>", "E-OTIO", "not an FCPXML"),
        ("a.fcpxml", fcpxml_text.format(frame="1001/30000s"), "E-OTIO", "29.97 frames per second"),
        ("a.fcpxml", fcpxml_text.format(frame=""), "E-OTIO", "without a rate"),
        ("a.aaf", "x", "E-MISSING", "AAF adapter is not installed"),
        ("a.xyz", "x", "E-OTIO", ".xyz is not known"),
    ],
)
def test_bad_files_are_one_problem(tmp_path: Path, name: str, content: str | bytes, code: str, reason: str):
    found = problem(save(tmp_path / name, content))
    assert (found.code, found.facts["name"]) == (code, name)
    assert reason in found.facts["reason"]


def test_schema_that_is_too_new_is_named(tmp_path: Path):
    marker = {"OTIO_SCHEMA": "Marker.3", "name": "m", "metadata": {}}
    found = problem(save(tmp_path / "a.otio", changed(markers=[marker])))
    assert (found.code, found.facts["schema"]) == ("E-SCHEMA", "Marker.3")


def test_what_is_not_there_or_no_file(tmp_path: Path):
    assert problem(tmp_path / "gone.otio").code == "E-INPUT"
    (tmp_path / "folder.otio").mkdir()
    assert problem(tmp_path / "folder.otio").code == "E-INPUT"
    (tmp_path / "empty.otiod").mkdir()
    assert problem(tmp_path / "empty.otiod").code == "E-OTIO"
    os.mkfifo(tmp_path / "pipe.otio")
    assert problem(tmp_path / "pipe.otio").code == "E-INPUT"


@pytest.mark.parametrize("content", [circle(), wide_circle()])
def test_why_circles_are_looked_for(tmp_path: Path, content: str):
    """If OTIO comes to survive these by itself, the guard can go."""
    read = "import sys, opentimelineio as o; t = o.adapters.read_from_file(sys.argv[1]); t.deepcopy(); t.duration()"
    path = save(tmp_path / "a.otio", content)
    assert subprocess.run([sys.executable, "-c", read, path], capture_output=True, check=False).returncode != 0


def test_deep_but_sensible_nesting_is_read(tmp_path: Path):
    assert len(otio_file.read(save(tmp_path / "a.otio", deep(20)))) == 1


def test_times_that_are_none_stay_a_problem_of_their_clip(tmp_path: Path):
    times = [("NaN", 24), ("Infinity", 24), ("0", 0), ("-5", 24)]
    for value, rate in times:
        bad = f'{{"OTIO_SCHEMA":"RationalTime.1","value":{value},"rate":{rate}}}'
        good = '{"OTIO_SCHEMA":"RationalTime.1","value":0,"rate":24}'
        span = f'{{"OTIO_SCHEMA":"TimeRange.1","start_time":{good},"duration":{bad}}}'
        text = changed(source_range="SPAN").replace('"SPAN"', span)
        made = otio_file.read(save(tmp_path / "a.otio", text))[0]
        (spotted,) = read_clips(made, tmp_path)
        assert spotted.problem is not None
        assert spotted.problem.code in ("E-TIME", "E-RATE")


def test_a_huge_file_is_read_in_bounded_time(tmp_path: Path):
    document = json.loads(text_of(timeline()))
    document["metadata"]["host"] = {"log": ["x" * 200] * 240_000}
    path = save(tmp_path / "a.otio", json.dumps(document))
    assert path.stat().st_size > 48_000_000
    begun = time.process_time()
    assert len(otio_file.read(path)) == 1
    assert time.process_time() - begun < 15


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path):
    path = tmp_path / "a.otio"
    with path.open("wb") as file:
        file.truncate(otio_file.largest_text + 1)
    assert "larger than" in problem(path).facts["reason"]


def test_byte_order_marks_and_other_encodings(tmp_path: Path):
    text = text_of(timeline())
    for content in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        assert len(otio_file.read(save(tmp_path / "a.otio", content))) == 1
    latin = edl_text.replace("one", "caf\xe9").encode("latin-1")
    assert otio_file.read(save(tmp_path / "a.edl", latin))[0].tracks[0][0].name == "café"


def test_a_collection_gives_all_its_timelines(tmp_path: Path):
    inner = schema.SerializableCollection("inner", [timeline(), schema.Clip("c")])
    outer = schema.SerializableCollection("outer", [timeline(), inner])
    assert len(otio_file.read(save(tmp_path / "a.otio", text_of(outer)))) == 2


def test_edl_starts_where_its_record_timecode_does(tmp_path: Path):
    made = otio_file.read(save(tmp_path / "a.edl", edl_text))[0]
    assert made.global_start_time == otio.opentime.RationalTime(86400 + 5 * 24, 24)
    starts = [s.clip.record_range.start.value for s in read_clips(made, tmp_path)]
    assert starts == [86400 + 5 * 24, 86400 + 10 * 24]
    assert otio_file.notes_of(made) == ["The list does not say its rate; 24 frames per second was assumed."]


@pytest.mark.parametrize(
    ("frame", "rate", "text"),
    [
        ("23", Fraction(24), "24"),
        ("24", Fraction(25), "25"),
        ("29", Fraction(30000, 1001), "29.97"),
        ("49", Fraction(50), "50"),
    ],
)
def test_edl_rate_is_the_slowest_that_has_its_frames(tmp_path: Path, frame: str, rate: Fraction, text: str):
    content = edl_text.replace("01:00:21:00 01:00:10:00 01:00:11:00", f"01:00:21:{frame} 01:00:10:00 01:00:11:{frame}")
    made = otio_file.read(save(tmp_path / "a.edl", content))[0]
    assert reel_of(made).exact == rate
    assert text in otio_file.notes_of(made)[0]


def test_edl_rate_that_was_given_is_used_and_not_noted(tmp_path: Path):
    made = otio_file.read(save(tmp_path / "a.edl", edl_text), rate=Fraction(24000, 1001))[0]
    assert (reel_of(made).exact, otio_file.notes_of(made)) == (Fraction(24000, 1001), [])
    wrong = edl_text.replace("01:00:12:00", "01:00:12:24")
    assert problem(save(tmp_path / "a.edl", wrong), rate=Fraction(24)).code == "E-OTIO"


def test_edl_with_drop_frame(tmp_path: Path):
    content = edl_text.replace("NON-DROP", "DROP").replace(":00 ", ";00 ").replace(":00\n", ";00\n")
    made = otio_file.read(save(tmp_path / "a.edl", content))[0]
    first = read_clips(made, tmp_path)[0].clip
    assert first.drop_frame
    assert first.record_range.start.value == 107892 + 5 * 30


def test_edl_tracks_keep_their_distance(tmp_path: Path):
    content = edl_text.replace("002  A002 V ", "002  A002 A ")
    made = otio_file.read(save(tmp_path / "a.edl", content))[0]
    sound = made.tracks[1]
    assert sound.range_of_child_at_index(1).start_time == otio.opentime.RationalTime(5 * 24, 24)


def test_fcpxml_keeps_its_start_and_tells_speed_and_switched_off_clips(tmp_path: Path):
    made = otio_file.read(save(tmp_path / "a.fcpxml", fcpxml_text.format(frame="1/25s")))[0]
    spotted = read_clips(made, tmp_path)
    assert [(s.clip.name, s.clip.record_range.start.value, s.problem and s.problem.code) for s in spotted] == [
        ("a", 90000, "E-MEDIA"),
        ("slow", 90100, "E-SPEED"),
    ]
    assert spotted[0].clip.source_range.start.value == 50


def test_fcp7_xml_written_by_otio_comes_back_at_its_rate(tmp_path: Path):
    made = timeline("file://localhost/x/a.mov", 2)
    for clip in made.tracks[0]:
        clip.source_range = tr(5, 10, 30000 / 1001)
        clip.media_reference.available_range = tr(0, 100, 30000 / 1001)
    otio.adapters.write_to_file(made, str(tmp_path / "a.xml"))
    first, second = read_clips(otio_file.read(tmp_path / "a.xml")[0], tmp_path)
    assert (first.clip.source_range.start.value, second.clip.record_range.start.value) == (5, 10)
    assert second.clip.record_range.start.rate_num == 30000


def bundle(path: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("version.txt", "1.0.0")
        made.writestr("content.otio", text_of(timeline("media/a b.mov")))
        for name, content in entries.items():
            made.writestr(name, content)
    return path


def test_otioz_media_are_unpacked_where_the_caller_says(tmp_path: Path):
    path = bundle(tmp_path / "a.otioz", **{"media/a b.mov": b"movie", "extra/b.mov": b"x"})
    assert read_clips(otio_file.read(path)[0], tmp_path)[0].problem is not None
    folder = tmp_path / "unpacked"
    for _ in range(2):
        made = otio_file.read(path, media_folder=folder)[0]
        (spotted,) = read_clips(made, tmp_path)
        assert (spotted.problem, spotted.clip.media.path) == (None, str(folder / "media" / "a b.mov"))
    assert [p.name for p in folder.rglob("*") if p.is_file()] == ["a b.mov"]


@pytest.mark.parametrize("name", ["media/../../evil.mov", "media/..\\evil.mov"])
def test_otioz_names_that_lead_out_are_refused(tmp_path: Path, name: str):
    path = bundle(tmp_path / "a.otioz", **{name: b"evil"})
    assert problem(path, media_folder=tmp_path / "in" / "side").code == "E-OTIO"
    assert not list(tmp_path.rglob("evil*"))


def test_damaged_bundles(tmp_path: Path):
    whole = bundle(tmp_path / "a.otioz", **{"media/a b.mov": os.urandom(5000)}).read_bytes()
    assert problem(save(tmp_path / "cut.otioz", whole[:3000])).code == "E-OTIO"
    flipped = whole.replace(whole[2500:2600], bytes(100))
    assert problem(save(tmp_path / "flipped.otioz", flipped), media_folder=tmp_path / "m").code == "E-OTIO"
    assert not [p for p in (tmp_path / "m").rglob("*") if p.is_file()]
    with zipfile.ZipFile(tmp_path / "none.otioz", "w") as made:
        made.writestr("version.txt", "1.0.0")
    assert problem(tmp_path / "none.otioz").code == "E-OTIO"


def test_otiod_media_are_reachable(tmp_path: Path):
    folder = tmp_path / "a.otiod"
    (folder / "media").mkdir(parents=True)
    (folder / "media" / "a.mov").write_bytes(b"x")
    save(folder / "content.otio", text_of(timeline("media/a.mov")))
    (spotted,) = read_clips(otio_file.read(folder)[0], tmp_path / "elsewhere")
    assert spotted.problem is None


def test_write_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = save(tmp_path / "out.otio", "before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FoleyError) as caught:
        otio_file.write(timeline(), path)
    assert (caught.value.code, caught.value.facts["reason"]) == ("E-OUT", "No space left on device")
    assert [p.name for p in tmp_path.iterdir()] == ["out.otio"]
    assert path.read_text() == "before"
    monkeypatch.undo()
    otio_file.write(timeline(), path)
    assert len(otio_file.read(path)) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["out.otio"]


def test_write_never_onto_the_input_even_by_another_name(tmp_path: Path):
    source = save(tmp_path / "in.otio", text_of(timeline()))
    link = tmp_path / "link.otio"
    link.symlink_to(source)
    before = source.read_bytes()
    for path in (source, link, tmp_path / "." / "in.otio"):
        with pytest.raises(FoleyError, match="E-OUT"):
            otio_file.write(timeline(), path, source=source)
    assert source.read_bytes() == before


def test_write_to_a_folder_that_is_not_there(tmp_path: Path):
    with pytest.raises(FoleyError, match="E-OUT"):
        otio_file.write(timeline(), tmp_path / "gone" / "out.otio")


def test_names_of_any_length_and_kind_can_be_written(tmp_path: Path):
    for name in ("a" * 250 + ".otio", "ünï 🎬 'x'.otio"):
        otio_file.write(timeline(), tmp_path / name)
        assert stat.S_ISREG((tmp_path / name).stat().st_mode)


def test_relative_media_stay_reachable_from_another_folder(tmp_path: Path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.mov").write_bytes(b"x")
    source = save(tmp_path / "in.otio", text_of(timeline("media/a.mov")))
    (tmp_path / "out").mkdir()
    made = otio_file.read(source)[0]
    otio_file.write(made, tmp_path / "out" / "out.otio", source=source)
    otio_file.write(made, tmp_path / "beside.otio", source=source)
    moved, beside = (otio_file.read(tmp_path / name)[0] for name in ("out/out.otio", "beside.otio"))
    assert read_clips(moved, tmp_path / "out")[0].problem is None
    assert moved.find_clips()[0].media_reference.target_url == str(tmp_path / "media" / "a.mov")
    assert beside.find_clips()[0].media_reference.target_url == "media/a.mov"
    assert made.find_clips()[0].media_reference.target_url == "media/a.mov"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=6,
)
valid = json.loads(text_of(timeline(clips=2)))


def spots(node: object, path: tuple = ()) -> list[tuple]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(spot for key, child in pairs for spot in spots(child, (*path, key)))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(spots(valid)[1:]), values | st.sampled_from([reference("a"), valid["tracks"], valid]))
def test_any_value_anywhere_is_read_or_refused(tmp_path: Path, spot: tuple, value: object):
    document = json.loads(json.dumps(valid))
    node = document
    for key in spot[:-1]:
        node = node[key]
    node[spot[-1]] = value
    read_or_refused(save(tmp_path / "a.otio", json.dumps(document)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_is_read_or_refused(tmp_path: Path, data: st.DataObject):
    name, text = data.draw(
        st.sampled_from(
            [("a.otio", text_of(timeline())), ("a.edl", edl_text), ("a.fcpxml", fcpxml_text.format(frame="1/25s"))]
        )
    )
    content = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=4))
    read_or_refused(save(tmp_path / name, bytes(content)))


def read_or_refused(path: Path) -> None:
    try:
        for made in otio_file.read(path):
            read_clips(made, path.parent)
    except FoleyError as error:
        assert error.code.startswith("E-")
