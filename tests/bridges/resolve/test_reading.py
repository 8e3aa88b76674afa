"""What the panel is told of Resolve's timeline, by version: the text, where the editor points, what can be done."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from tests.bridges.conformance import Bench, Case, clips_in
from tests.bridges.reference import cut
from tests.bridges.resolve.double import Media, Studio
from tests.bridges.resolve.seats import host_of, lanes_of, seat
from tests.bridges.resolve.timeline import Item, Track

from foleyline.errors import FoleyError
from foleyline_plugin.hosts import byhand
from foleyline_plugin.hosts.host import Selection
from foleyline_plugin.hosts.pointing import best, keep, pointed_at
from foleyline_plugin.timeline import read_clips

pytestmark = pytest.mark.parametrize("bridge", ["python", "lua"])

fresh = (21, 0, 4)


def items(studio: Studio, track: int = 1) -> list[Item]:
    assert studio.project is not None
    return studio.project._timeline._tracks["video"][track - 1].items


def ways(selections) -> list[tuple[str, str, list[str]]]:
    return [(each.how, each.value, [clip.name for clip in each.clips]) for each in selections]


@pytest.mark.parametrize(
    ("version", "lies", "read_by"),
    [
        ((18, 5), set(), "api"),
        ((18, 6, 5), set(), "api"),
        ((18, 6, 6), set(), "otio"),
        (fresh, set(), "otio"),
        (fresh, {"exports_say_yes_and_write_nothing"}, "api"),
        (fresh, {"exports_are_cut_off"}, "api"),
    ],
)
async def test_the_timeline_is_the_same_whoever_writes_it(bridge, version, lies, read_by):
    async with host_of(seat(Fraction(24), version, lies=lies), bridge) as host:
        timeline = await host.timeline()
    assert (timeline.read_by, clips_in(timeline)) == (read_by, [*cut])


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001)])
async def test_the_api_tells_rates_and_starts_exactly(bridge, rate):
    async with host_of(seat(rate, (18, 5)), bridge) as host:
        timeline = await host.timeline()
    assert (timeline.rate, timeline.start, clips_in(timeline)) == (rate, 3600 * round(rate), [*cut])


async def test_the_api_tells_what_cannot_be_run(bridge, tmp_path):
    """A title has no file, a transition takes no room, a sped up clip says so, one switched off is left out."""
    studio = seat(Fraction(24), (18, 6))
    lying = items(studio)
    title = Item(studio, None, studio.start + 48, 6)
    title._item_name = "Title"
    transition = Item(studio, None, studio.start + 90, 12)
    transition._is_transition = True
    lying += [title, transition]
    lying[0]._enabled = False
    lying[2]._speed = Fraction(2)
    async with host_of(studio, bridge) as host:
        timeline = await host.timeline()
    document = otio.adapters.read_from_string(timeline.text, "otio_json")
    assert isinstance(document, otio.schema.Timeline)
    told = [(spotted.clip.name, spotted.problem and spotted.problem.code) for spotted in read_clips(document, tmp_path)]
    assert told == [("Title", "E-GENERATOR"), ("Sh 020", "E-MEDIA"), ("Sh 030", "E-SPEED"), ("Sh 040", "E-MEDIA")]


async def test_the_selection_comes_first_where_resolve_tells_it(bridge):
    studio = seat()
    assert studio.project is not None
    studio.project._timeline._selected = [items(studio)[1], items(studio, 2)[0]]
    items(studio)[0]._color = "Teal"
    async with host_of(studio, bridge) as host:
        timeline = await host.timeline()
    assert ways(timeline.selections)[0] == ("selected", "", ["Sh 020", "Sh 040"])
    clips = clips_of(timeline)
    chosen = best(timeline.selections, clips)
    assert chosen is not None
    assert [clips[n].name for n in pointed_at(chosen, clips)] == ["Sh 020", "Sh 040"]


async def test_older_versions_tell_colors_and_flags_in_to_out_and_the_playhead(bridge):
    studio = seat(Fraction(24), (21, 0, 3))
    assert studio.project is not None
    timeline = studio.project._timeline
    timeline._selected = [items(studio)[1]]
    timeline._in_out = {"in": 50, "out": 95}
    timeline._under_playhead = items(studio, 2)[0]
    items(studio)[0]._color, items(studio)[2]._color = "Lime", "Teal"
    items(studio)[2]._flags = ["Green", "Red"]
    async with host_of(studio, bridge) as host:
        told = await host.timeline(color="Teal", flag="Red")
    assert ways(told.selections) == [
        ("color", "Teal", ["Sh 030"]),
        ("flag", "Red", ["Sh 030"]),
        ("color", "Lime", ["Sh 010"]),
        ("flag", "Green", ["Sh 030"]),
        ("in_out", "", []),
        ("playhead", "", ["Sh 040"]),
    ]
    assert told.selections[4].span == (studio.start + 50, 46)
    clips = clips_of(told)
    assert [clips[n].name for n in pointed_at(told.selections[4], clips)] == ["Sh 020"]
    by_color = best(told.selections, clips, "Teal", "Red")
    assert by_color is not None and (by_color.how, by_color.value) == ("color", "Teal")
    usual = best(told.selections, clips)
    assert usual is not None and (usual.how, usual.value) == ("color", "Teal")
    without = best(told.selections, clips, "", "")
    assert without is not None and without.how == "in_out"


async def test_nothing_pointed_at_is_nothing_chosen(bridge):
    async with host_of(seat(Fraction(24), (18, 5)), bridge) as host:
        told = await host.timeline()
    assert list(told.selections) == []
    assert best([Selection("playhead"), *told.selections], clips_of(told)) is None


def clips_of(timeline):
    document = otio.adapters.read_from_string(timeline.text, "otio_json")
    return [spotted.clip for spotted in read_clips(document, Path("/"))]


@pytest.mark.parametrize(
    ("version", "can", "cannot"),
    [
        ((18, 5), {"place_by_hand"}, {"place", "remove", "selection"}),
        ((18, 6, 6), {"place_by_hand", "remove"}, {"place", "selection"}),
        ((19, 0), {"place", "remove"}, {"selection", "names"}),
        ((21, 0, 4), {"place", "remove", "selection", "names"}, {"shift", "undo"}),
        ((18, 1), set(), {"place", "place_by_hand", "remove"}),
    ],
)
@pytest.mark.parametrize("edition", ["free", "Studio"])
async def test_a_version_says_what_it_can_and_why_not(bridge, version, can, cannot, edition):
    async with host_of(seat(Fraction(24), version, edition=edition), bridge) as host:
        identity = await host.identify()
    padded = ".".join(map(str, [*version, 0, 0][:3]))
    assert (identity.program, identity.version, identity.edition) == ("DaVinci Resolve", padded, edition)
    assert can <= identity.can and not cannot & identity.can
    assert cannot <= set(identity.why_not)


@pytest.mark.parametrize(("version", "lanes"), [((18, 5), []), ((18, 6, 6), ["FLY 1", "FLY 1 VOX"])])
async def test_before_19_the_sounds_wait_in_the_bin_and_the_editor_is_told_what_to_drag(
    bridge, version, lanes, tmp_path
):
    studio = seat(Fraction(24), version)
    async with host_of(studio, bridge) as host:
        case = Case(Bench(host, tmp_path, studio.exact), await host.timeline(), frozenset())
        sounds = [
            case.sound("late", 60, 24, head=12, tail=3),
            case.sound("early", 4, 24, lane=1, head=12),
        ]
        placing = case.placing(sounds, ("FLY 1", "FLY 1 VOX"))
        placed = await host.place(placing)
        if version == (18, 5):
            with pytest.raises(FoleyError) as caught:
                await host.remove(case.before.id)
            assert caught.value.code == "E-REFUSED"
    assert [(name, kind, items) for name, kind, _, items in lanes_of(studio)] == [
        (name, "stereo", []) for name in lanes
    ]
    assert "AppendToTimeline" not in studio.book.calls
    assert {(each.reason, tuple(each.bin or ())) for each in placed.left} == {("by_hand", ("Foley", "Reel 2"))}
    told = byhand.drags(placing, placed, case.before)
    assert [(problem.code, problem.facts["name"], problem.facts["lane"], problem.facts["at"]) for problem in told] == [
        ("E-HAND", "early", "FLY 1 VOX", "01:00:00:00, without its first 8 frames"),
        ("E-HAND", "late", "FLY 1", "01:00:02:00"),
    ]
    assert (told[1].facts["record_in"], told[1].facts["record_out"]) == ("01:00:02:12", "01:00:03:12")


async def test_a_version_that_is_too_old_refuses_with_the_reason(bridge):
    async with host_of(seat(Fraction(24), (18, 1)), bridge) as host:
        with pytest.raises(FoleyError) as caught:
            await host.timeline()
    assert (caught.value.code, "too old" in caught.value.facts["reason"]) == ("E-REFUSED", True)


@pytest.mark.parametrize("is_project_open", [True, False])
async def test_without_a_timeline_there_is_one_sentence(bridge, is_project_open):
    studio = seat()
    assert studio.project is not None
    studio.project._is_timeline_open = False
    if not is_project_open:
        studio.project = None
    async with host_of(studio, bridge) as host:
        with pytest.raises(FoleyError) as caught:
            await host.timeline()
    assert caught.value.code == "E-NOTIMELINE"


@pytest.mark.parametrize(
    ("rate", "exact", "start", "frame", "timecode"),
    [
        ("29.97 DF", Fraction(30000, 1001), 107892, 107892 + 1800, "01:01:00;02"),
        ("29.97", Fraction(30000, 1001), 108000, 108000 + 1800, "01:01:00:00"),
        ("59.94 DF", Fraction(60000, 1001), 215784, 215784 + 17982 * 2, "01:10:00;00"),
        ("23.976", Fraction(24000, 1001), 86400, 86400 + 1441, "01:01:00:01"),
        ("25", Fraction(25), 90000, 90000 + 26, "01:00:01:01"),
    ],
)
async def test_the_playhead_goes_by_timecode_and_drop_frame_matters_there_alone(
    bridge, rate, exact, start, frame, timecode
):
    studio = Studio(rate=rate, exact=exact, start=start)
    assert studio.project is not None
    media = Media(studio, "/footage/long.mov", 200000, rate.split()[0], "00:00:00:00")
    studio.project._timeline._tracks["video"].append(Track("V1", items=[Item(studio, media, start, 150000)]))
    async with host_of(studio, bridge) as host:
        timeline = await host.timeline()
        assert (timeline.rate, timeline.start, timeline.drop_frame) == (exact, start, "DF" in rate)
        assert await host.go_to(timeline.id, frame) == frame
        assert studio.project._timeline._playhead == timecode
        assert await host.go_to(timeline.id, start - 500) == start
        assert await host.go_to(timeline.id, start + 10**6) == start + 150000


async def test_a_kept_timeline_has_name_start_and_drop_frame(bridge, tmp_path):
    """Resolve's export leaves the name empty, and OTIO has no place for drop frame."""
    studio = seat(Fraction(30000, 1001))
    studio.rate = "29.97 DF"
    async with host_of(studio, bridge) as host:
        timeline = await host.timeline()
    path = keep(timeline, tmp_path / "kept")
    document = json.loads(path.read_text(encoding="utf8"))
    assert (document["name"], document["metadata"]["foleyline"]["drop_frame"]) == ("Reel 2", True)
    assert document["global_start_time"]["value"] == 108000
    assert document["metadata"]["Resolve_OTIO"]
    assert keep(timeline, tmp_path / "kept") == path
    assert [each.name for each in path.parent.iterdir()] == [path.name]
