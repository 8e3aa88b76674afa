"""Takes to what a host is asked to place, and placed for real in Resolve's double and in a file played by MLT."""

from __future__ import annotations

import os
import subprocess
import wave
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from tests.bridges import cuts
from tests.bridges.reference import write_sound
from tests.bridges.resolve.seats import host_of, lanes_of, seat
from tests.plugin.test_placing import placement, silent

from foleyline.errors import FoleyError
from foleyline.timing import samples
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin import placing
from foleyline_plugin.hosts import byhand, importing, mlt, otio_file
from foleyline_plugin.hosts.file import FileHost
from foleyline_plugin.hosts.host import HostTimeline, Lane, Left, Placed, Placing, Sound, Track
from foleyline_plugin.hosts.plan import plan, request_of
from foleyline_plugin.hosts.pointing import keep
from foleyline_plugin.timeline import read_clips


def timeline(**fields) -> HostTimeline:
    known = HostTimeline("t", "r", "Reel 2", Fraction(24), 86400, False, "{}", tracks=[Track("audio", 1, "Production")])
    return replace(known, **fields)


def laid(asked: Placing) -> list[tuple[str, str, str, tuple[int, int], int, int]]:
    return [
        (asked.lanes[sound.lane].name, sound.id, sound.name, sound.record, sound.first, sound.frames)
        for sound in asked.sounds
    ]


def test_each_take_goes_to_both_lanes_of_a_pair():
    asked = plan([placement(86410, 20), placement(86430, 10, name="Sh 2")], timeline())
    assert asked.lanes == [Lane("FLY 1"), Lane("FLY 1 VOX", enabled=False)]
    assert laid(asked) == [
        ("FLY 1", "Shot-86410-1:clean", "Shot T1", (86410, 20), 3, 27),
        ("FLY 1", "Sh 2-86430-1:clean", "Sh 2 T1", (86430, 10), 3, 17),
        ("FLY 1 VOX", "Shot-86410-1:vox", "Shot T1 VOX", (86410, 20), 3, 27),
        ("FLY 1 VOX", "Sh 2-86430-1:vox", "Sh 2 T1 VOX", (86430, 10), 3, 17),
    ]
    assert (asked.bin, asked.timeline, asked.start) == (("Foley", "Reel 2"), "t", 86400)
    assert asked.sounds[0].path == "/takes/Shot 86410.wav"
    asked.check()


def test_takes_that_overlap_and_further_takes_go_to_further_pairs_after_the_lanes_that_are_there():
    tracks = [Track("audio", 1, "FLY 3 VOX"), Track("audio", 2, "FLY of my own")]
    takes = [placement(86410, 20), placement(86420, 20, name="B"), placement(86410, 20, number=2)]
    asked = plan(takes, timeline(tracks=tracks))
    assert [lane.name for lane in asked.lanes] == ["FLY 4", "FLY 4 VOX", "FLY 5", "FLY 5 VOX", "FLY 6", "FLY 6 VOX"]
    asked.check()


def test_what_is_silent_on_purpose_has_no_sound_and_a_lane_without_any_is_not_made():
    asked = plan([silent(86410, 20)], timeline())
    assert [lane.name for lane in asked.lanes] == ["FLY 1 VOX"]
    assert [sound.id for sound in asked.sounds] == ["Shot-86410-1:vox"]


def test_a_take_that_is_wanted_with_its_voices_is_heard_with_them():
    asked = plan([replace(placement(86410, 20), voices=True, editor={"note": "keep"})], timeline())
    assert {sound.path for sound in asked.sounds} == {"/takes/Shot 86410 vox.wav"}
    assert asked.sounds[0].notes["note"] == "keep"
    assert asked.sounds[0].notes["direction"] == "boots"


def test_stems_go_to_their_own_lanes():
    stem = placement(86410, 20, dialogue=pb.SoundFile(path="dx.wav"))
    asked = plan([stem], timeline(), lanes=placing.stems)
    assert asked.lanes == [Lane("DX 1", enabled=False), Lane("ME 1", enabled=False)]
    assert [(request_of(sound.id), Path(sound.path).name) for sound in asked.sounds] == [
        ("Shot-86410-1", "dx.wav"),
        ("Shot-86410-1", "Shot 86410.wav"),
    ]


def test_markers_tell_where_voices_were_removed_and_are_off_if_not_asked_for():
    voiced = placement(
        86410,
        24,
        outcome=pb.voices_removed,
        verdict=pb.Verdict(conclusion="A narrator.", voiced=[pb.Stretch(start_s=0.125, end_s=0.625)]),
    )
    assert plan([voiced], timeline()).markers == ()
    told = plan([voiced], timeline(), with_markers=True).markers
    assert [(each.id, each.record, each.color, each.name, each.note) for each in told] == [
        ("Shot-86410-1:clean", (86410, 12), "yellow", "Voice removed", "A narrator.")
    ]


@pytest.mark.parametrize(
    "sound",
    [
        Sound("a", 1, "A", "/a.wav", (86400, 10), 0, 10),
        Sound("a", -1, "A", "/a.wav", (86400, 10), 0, 10),
        Sound("a", 0, "A", "/a.wav", (86400, 0), 0, 10),
        Sound("a", 0, "A", "/a.wav", (86400, 10), 1, 10),
        Sound("a", 0, "A", "/a.wav", (86405, 10), 0, 10),
    ],
)
def test_sounds_that_cannot_lie_as_asked_are_refused_before_anybody_is_asked(sound):
    first = Sound("first", 0, "First", "/first.wav", (86400, 6), 0, 6)
    asked = replace(plan([], timeline()), lanes=[Lane("FLY 1")], sounds=[first, sound])
    with pytest.raises(FoleyError) as caught:
        asked.check()
    assert caught.value.code == "E-LANE"


def test_what_is_not_even_in_the_bin_is_no_drag():
    asked = plan([placement(86410, 20)], timeline())
    left = [Left(asked.sounds[0].id, "no_file"), Left(asked.sounds[1].id, "no_lane", ["Foley"])]
    answer = Placed("t", "r", [], [], left)
    assert [(each.code, each.facts["lane"]) for each in byhand.drags(asked, answer, timeline())] == [
        ("E-LANE", "FLY 1"),
        ("E-HAND", "FLY 1 VOX"),
    ]


async def test_takes_go_the_whole_way_into_resolve(tmp_path):
    studio = seat()
    async with host_of(studio) as host:
        known = await host.timeline()
        document = otio_file.read(keep(known, tmp_path / "kept"))[0]
        clips = [spotted.clip for spotted in read_clips(document, tmp_path)]
        takes = []
        for n, clip in enumerate(clips[:3]):
            clip.head_handle, clip.tail_handle = 2 * n, n
            frames = clip.head_handle + clip.record_range.duration.value + clip.tail_handle
            for name in ("clean", "vox"):
                write_sound(tmp_path / f"{n} {name}.wav", frames, known.rate)
            take = pb.Take(request=pb.GenerateRequest(clip=clip, take=1), request_id=f"{n:032x}")
            take.without_voices.path, take.with_voices.path = f"{n} clean.wav", f"{n} vox.wav"
            takes.append(placing.Placement(take, tmp_path))
        placed = await host.place(plan(takes, known))
        again = plan(takes, await host.timeline())
    assert (len(placed.found), list(placed.left), list(placed.differences)) == (6, [], [])
    assert [items for _, _, _, items in lanes_of(studio)] == [
        [(0, 48, "0 clean.wav"), (60, 36, "1 clean.wav"), (96, 54, "2 clean.wav")],
        [(0, 48, "0 vox.wav"), (60, 36, "1 vox.wav"), (96, 54, "2 vox.wav")],
    ]
    assert [lane.name for lane in again.lanes] == ["FLY 2", "FLY 2 VOX"]


async def test_what_cannot_be_placed_is_in_a_file_to_import(tmp_path):
    """Media count from their own timecode, which our files are stamped with: their first frame's record time."""
    studio = seat(Fraction(24), (18, 6, 6))
    async with host_of(studio) as host:
        known = await host.timeline()
        path = str(write_sound(tmp_path / "a.wav", 20, known.rate))
        sound = Sound("a:clean", 0, "Sh 010 T1", path, (known.start + 30, 12), 5, 20)
        asked = replace(plan([], known), lanes=[Lane("FLY 1")], sounds=[sound])
        assert [each.reason for each in (await host.place(asked)).left] == ["by_hand"]
    path = importing.write(asked, keep(known, tmp_path / "kept"), tmp_path / "out" / "Reel 2 Foley.otio")
    document = otio_file.read(path)[0]
    lane = document.tracks[-1]
    assert isinstance(lane, otio.schema.Track)
    gap, clip = lane
    assert isinstance(clip, otio.schema.Clip)
    assert (document.name, lane.name, clip.name) == ("Reel 2 Foley", "FLY 1", "Sh 010 T1")
    assert (gap.duration().value, clip.media_reference.available_range.start_time.value) == (30, known.start + 25)
    assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (known.start + 30, 12)
    assert [spotted.clip.name for spotted in read_clips(document, tmp_path)] == ["Sh 010", "Sh 020", "Sh 030", "Sh 040"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(30000, 1001)], ids=str)
async def test_clicks_in_a_file_are_heard_at_their_samples(rate, tmp_path):
    """Frames 37 and 60 and one behind a handle, rendered by MLT from what the file host wrote."""
    source, out = tmp_path / "Reel 2.otio", tmp_path / "Reel 2_foley.otio"
    start = 3600 * round(rate)
    otio.adapters.write_to_file(cuts.reference(rate, start), str(source), "otio_json")
    host = FileHost(source, out)
    known = await host.timeline()
    path = click(tmp_path / "click.wav", 12, rate)
    sounds = [
        Sound("a", 0, "A", str(path), (start + 37, 12), 0, 12),
        Sound("b", 0, "B", str(path), (start + 60, 12), 0, 12),
        Sound("c", 1, "C", str(click(tmp_path / "late.wav", 20, rate, at_frame=8)), (start + 90, 12), 8, 20),
    ]
    asked = replace(plan([], known), lanes=[Lane("FLY 1"), Lane("FLY 2")], sounds=sounds)
    assert len((await host.place(asked)).found) == 3
    mlt.write(otio_file.read(out)[0], tmp_path / "cut.mlt")
    rendered = tmp_path / "mix.wav"
    render(tmp_path / "cut.mlt", rendered)
    assert clicks_in(rendered) == [samples(frame, rate) for frame in (37, 60, 90)]


def render(sheet: Path, sound: Path) -> None:
    """melt 7.12 fails to end in about one of twenty runs on a busy machine, whatever it plays."""
    command = ["melt", "-silent", str(sheet), "-consumer", f"avformat:{sound}", "acodec=pcm_s16le", "real_time=-1"]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    for last in (False, False, True):
        try:
            subprocess.run(
                [*command, "ar=48000", "ac=2", "vn=1"],
                check=True,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=15,
                env=environment,
            )
            return
        except subprocess.TimeoutExpired:
            if last:
                raise


def click(path: Path, frames: int, rate: Fraction, at_frame: int = 0) -> Path:
    """One sample at full level, at the start of a frame."""
    content = bytearray(4 * samples(frames, rate))
    at = 4 * samples(at_frame, rate)
    content[at : at + 4] = (32000).to_bytes(2, "little") * 2
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(bytes(content))
    return path


def clicks_in(path: Path) -> list[int]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (48000, 2)
        content = memoryview(file.readframes(file.getnframes())).cast("h")
    return [n // 2 for n in range(0, len(content), 2) if content[n] > 16000]
