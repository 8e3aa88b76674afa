"""Where Resolve says yes and does something else: what both bridges tell of it, and what is left on the timeline."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from tests.bridges.conformance import Bench, Case
from tests.bridges.resolve.double import Media, Studio
from tests.bridges.resolve.seats import host_of, lanes_of, seat
from tests.bridges.resolve.timeline import Item

from foleyline.errors import FoleyError
from foleyline_plugin.hosts.host import Marker, Placed, Placing

pytestmark = pytest.mark.parametrize("bridge", ["python", "lua"])
pair = ("FLY 1", "FLY 1 VOX")


class Tried:
    """What a placing of two sounds came to. case: as before it."""

    def __init__(self, case: Case, placing: Placing, placed: Placed) -> None:
        self.case, self.placing, self.placed = case, placing, placed

    @property
    def left(self) -> list[tuple[str, str]]:
        return [(each.id, each.reason) for each in self.placed.left]

    @property
    def differences(self) -> set[tuple[str, str]]:
        return {(each.about, each.what) for each in self.placed.differences}


async def place_two(studio: Studio, bridge: str, folder, *, frames: int = 12, markers: bool = False) -> Tried:
    """One sound on each lane of a pair, the second with handles."""
    async with host_of(studio, bridge) as host:
        case = Case(Bench(host, folder, studio.exact), await host.timeline(), (await host.identify()).can)
        sounds = [case.sound("one", 37, frames), case.sound("two", 60, frames, lane=1, head=frames, tail=frames)]
        placing = case.placing(sounds, pair)
        if markers:
            record = sounds[0].record[0], 5
            placing = replace(placing, markers=[Marker(sounds[0].id, record, "orange", "To decide", "Why")])
        return Tried(case, placing, await host.place(placing))


def production(studio: Studio) -> list[Item]:
    assert studio.project is not None
    return studio.project._timeline._tracks["audio"][0].items


def open_bin(studio: Studio) -> str:
    assert studio.project is not None
    return studio.project._pool._current._name


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        ("it_says_placed_and_is_not", "dropped"),
        ("placed_items_vanish_on_save", "dropped"),
        ("items_land_a_frame_late", "not_as_asked"),
        ("items_are_a_frame_short", "not_as_asked"),
        ("a_ghost_without_an_id_is_left", "not_as_asked"),
        ("the_track_is_ignored", "not_as_asked"),
        ("tracks_say_yes_and_are_not_made", "no_lane"),
    ],
)
async def test_what_does_not_lie_as_asked_is_taken_off_and_told(bridge, lie, reason, tmp_path):
    studio = seat(lies={lie})
    tried = await place_two(studio, bridge, tmp_path)
    assert tried.left == [("one:clean", reason), ("two:clean", reason)]
    assert (list(tried.placed.found), list(tried.placed.lanes)) == ([], [])
    assert (lanes_of(studio), production(studio), open_bin(studio)) == ([], [], "Rushes")
    assert {each.bin and tuple(each.bin) for each in tried.placed.left} == {("Foley", "Reel 2")}
    told = {("one:clean", "record"), ("two:clean", "record")} if reason == "not_as_asked" else set()
    assert {each for each in tried.differences if each[1] == "record"} == told


async def test_what_cannot_be_taken_off_is_told_with_its_place(bridge, tmp_path):
    studio = seat(lies={"the_track_is_ignored"}, page="fairlight")
    tried = await place_two(studio, bridge, tmp_path)
    assert tried.left == [("one:clean", "stays"), ("two:clean", "stays")]
    assert [list(each.facts["record"]) for each in tried.placed.left] == [[86437, 12], [86460, 12]]
    assert lanes_of(studio) == []


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ("new_tracks_are_mono", {("FLY 1", "stereo"), ("FLY 1 VOX", "stereo")}),
        ("names_of_tracks_stay", {("FLY 1", "name"), ("FLY 1 VOX", "name")}),
        ("names_of_items_stay", {("one:clean", "name"), ("two:clean", "name")}),
        ("tracks_stay_on", {("FLY 1 VOX", "enabled")}),
        ("markers_say_yes_and_are_not_made", {("one:clean", "marker")}),
        ("saving_fails", set()),
        ("exports_say_yes_and_write_nothing", set()),
    ],
)
async def test_what_is_otherwise_is_told_and_the_sound_stays(bridge, lie, told, tmp_path):
    studio = seat(lies={lie})
    tried = await place_two(studio, bridge, tmp_path, markers=True)
    assert tried.case.relative(tried.placed.found) == [
        ("one:clean", tried.placed.lanes[0].name, 37, 12, 0, "one.wav"),
        ("two:clean", tried.placed.lanes[1].name, 60, 12, 12, "two.wav"),
    ]
    assert (tried.differences, tried.left) == (told, [])
    assert tried.placed.saved is (lie != "saving_fails")
    assert [items for _, _, _, items in lanes_of(studio)] == [[(37, 12, "one.wav")], [(60, 12, "two.wav")]]


async def test_what_takes_no_marker_is_known_by_its_comments_on_our_lanes_alone(bridge, tmp_path):
    studio = seat(lies={"markers_say_yes_and_are_not_made"})
    async with host_of(studio, bridge) as host:
        case = await placed_three(studio, bridge, tmp_path, host)
        assert studio.project is not None
        lying = studio.project._timeline._tracks["audio"][1].items[0]
        production(studio).append(Item(studio, lying._media, studio.start + 5, 12))
        ours = [(each.id, each.batch, each.lane) for each in (await host.timeline()).ours]
        removed = await host.remove(case.before.id)
    assert ours == [("one:clean", "b1", "FLY 1"), ("two:clean", "b1", "FLY 1"), ("three:clean", "b1", "FLY 1 VOX")]
    assert (len(removed.ids), list(removed.lanes)) == (3, ["FLY 1", "FLY 1 VOX"])
    assert [item._start - studio.start for item in production(studio)] == [5]


async def test_what_carries_no_mark_at_all_is_told(bridge, tmp_path):
    studio = seat(lies={"markers_say_yes_and_are_not_made", "comments_say_yes_and_stay"})
    tried = await place_two(studio, bridge, tmp_path)
    assert tried.differences == {("one:clean", "notes"), ("two:clean", "notes")}
    assert len(tried.placed.found) == 2


async def test_lanes_are_stereo_named_and_the_second_is_off(bridge, tmp_path):
    studio = seat()
    tried = await place_two(studio, bridge, tmp_path, markers=True)
    assert [lane[:3] for lane in lanes_of(studio)] == [("FLY 1", "stereo", True), ("FLY 1 VOX", "stereo", False)]
    assert studio.project is not None
    markers = studio.project._timeline._markers
    assert {frame: (marker["color"], marker["duration"]) for frame, marker in markers.items()} == {37.0: ("Sand", 5.0)}
    assert (tried.differences, tried.placed.saved, open_bin(studio)) == (set(), True, "Rushes")


@pytest.mark.parametrize("lie", ["bins_say_yes_and_stay_closed", "no_new_bins"])
async def test_without_its_bin_nothing_is_imported_anywhere(bridge, lie, tmp_path):
    studio = seat(lies={lie})
    with pytest.raises(FoleyError) as caught:
        await place_two(studio, bridge, tmp_path)
    assert caught.value.code == "E-REFUSED"
    assert "ImportMedia" not in studio.book.calls
    assert (lanes_of(studio), open_bin(studio)) == ([], "Rushes")


async def test_what_was_not_imported_is_in_no_bin(bridge, tmp_path):
    tried = await place_two(seat(lies={"nothing_is_imported"}), bridge, tmp_path)
    assert tried.left == [("one:clean", "not_imported"), ("two:clean", "not_imported")]
    assert [each.bin for each in tried.placed.left] == [None, None]


async def test_one_file_that_is_refused_keeps_no_other_out(bridge, tmp_path):
    async with host_of(seat(lies={"one_bad_file_keeps_all_out"}), bridge) as host:
        case = Case(Bench(host, tmp_path, Fraction(24)), await host.timeline(), frozenset())
        sounds = [case.sound("good", 10, 12), case.sound("bad", 30, 12), case.sound("better", 50, 12)]
        placed = await host.place(case.placing(sounds))
    assert [each.id for each in placed.found] == ["good:clean", "better:clean"]
    assert [(each.id, each.reason) for each in placed.left] == [("bad:clean", "not_imported")]


@pytest.mark.parametrize(("frames", "reasons"), [(12, ["off_grid", "off_grid"]), (24, [])])
async def test_sounds_that_count_at_another_rate_are_placed_where_frames_fall_together(
    bridge, frames, reasons, tmp_path
):
    tried = await place_two(seat(lies={"sounds_count_at_25"}), bridge, tmp_path, frames=frames)
    assert [reason for _, reason in tried.left] == reasons
    assert len(tried.placed.found) == 2 - len(reasons)


async def test_another_timeline_that_is_opened_meanwhile_gets_nothing_more(bridge, tmp_path):
    studio = seat(lies={"another_timeline_is_opened_meanwhile"})
    with pytest.raises(FoleyError) as caught:
        await place_two(studio, bridge, tmp_path)
    assert caught.value.code == "E-STALE"
    assert studio.book.calls["AppendToTimeline"] == 1


async def test_a_dialog_makes_it_busy_and_no_more(bridge, tmp_path):
    studio = seat(lies={"a_dialog_is_open"})
    async with host_of(studio, bridge) as host:
        with pytest.raises(FoleyError) as caught:
            await host.timeline()
        assert caught.value.code == "E-BUSY"
        studio.lies.clear()
        assert (await host.timeline()).start == 86400


async def test_what_the_editor_put_there_by_hand_stays(bridge, tmp_path):
    studio = seat()
    async with host_of(studio, bridge) as host:
        case = Case(Bench(host, tmp_path, studio.exact), await host.timeline(), frozenset())
        sound = case.sound("one", 37, 12)
        media = Media(studio, sound.path, 12, "24")
        production(studio).append(Item(studio, media, studio.start + 5, 12))
        studio.lies.add("items_land_a_frame_late")
        await host.place(case.placing([sound]))
        await host.remove(case.before.id)
    assert [(item._start - studio.start) for item in production(studio)] == [5]


async def test_a_project_without_a_name_is_left_unsaved(bridge, tmp_path):
    studio = seat()
    assert studio.project is not None
    studio.project._name = "Untitled Project"
    tried = await place_two(studio, bridge, tmp_path)
    assert (tried.placed.saved, len(tried.placed.found)) == (None, 2)


# taking off


async def placed_three(studio: Studio, bridge: str, folder, host) -> Case:
    case = Case(Bench(host, folder, studio.exact), await host.timeline(), frozenset())
    sounds = [case.sound("one", 10, 12), case.sound("two", 30, 12), case.sound("three", 50, 12, lane=1)]
    await host.place(case.placing(sounds, pair))
    return case


async def test_items_go_on_the_edit_page_alone_and_whole_lanes_on_any(bridge, tmp_path):
    studio = seat(page="fairlight")
    async with host_of(studio, bridge) as host:
        case = await placed_three(studio, bridge, tmp_path, host)
        removed = await host.remove(case.before.id, ["one:clean", "three:clean"])
        assert (list(removed.ids), list(removed.lanes)) == (["three:clean"], ["FLY 1 VOX"])
        assert [(each.id, each.reason) for each in removed.left] == [("one:clean", "edit_page")]
        studio.page = "edit"
        assert list((await host.remove(case.before.id, ["one:clean"])).ids) == ["one:clean"]


@pytest.mark.parametrize("lie", ["deleting_says_yes_and_does_not", "tracks_cannot_be_deleted"])
async def test_what_is_still_there_is_not_called_removed(bridge, lie, tmp_path):
    studio = seat()
    async with host_of(studio, bridge) as host:
        case = await placed_three(studio, bridge, tmp_path, host)
        studio.lies.add(lie)
        removed = await host.remove(case.before.id, ["one:clean"])
        there = {each.id for each in (await host.timeline()).ours}
    assert set(removed.ids) == {"one:clean", "two:clean", "three:clean"} - there
    assert {each.reason for each in removed.left} <= {"refused"}
    assert [each.id for each in removed.left] == sorted(there & {"one:clean"})


async def test_a_lane_that_the_editor_locked_stays(bridge, tmp_path):
    studio = seat()
    async with host_of(studio, bridge) as host:
        case = await placed_three(studio, bridge, tmp_path, host)
        assert studio.project is not None
        studio.project._timeline._tracks["audio"][1].locked = True
        removed = await host.remove(case.before.id)
    assert list(removed.ids) == ["three:clean"]
    assert [(each.id, each.reason) for each in removed.left] == [("one:clean", "locked"), ("two:clean", "locked")]


async def test_what_the_editor_laid_on_our_lane_stays_with_it(bridge, tmp_path):
    studio = seat()
    async with host_of(studio, bridge) as host:
        case = await placed_three(studio, bridge, tmp_path, host)
        assert studio.project is not None
        track = studio.project._timeline._tracks["audio"][1]
        track.items.append(Item(studio, Media(studio, "/music/score.wav", 90, "24"), studio.start + 100, 20))
        removed = await host.remove(case.before.id)
    assert (sorted(removed.ids), list(removed.lanes)) == (["one:clean", "three:clean", "two:clean"], ["FLY 1 VOX"])
    assert lanes_of(studio) == [("FLY 1", "stereo", True, [(100, 20, "score.wav")])]


async def test_the_playhead_is_told_as_it_is(bridge):
    async with host_of(seat(lies={"the_playhead_stays"}), bridge) as host:
        timeline = await host.timeline()
        assert await host.go_to(timeline.id, timeline.start + 48) == timeline.start
