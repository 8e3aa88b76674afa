"""What every host does alike, a file or a program behind its bridge: one suite, run against each.

A bench holds the reference cut (`reference`, `cuts`) open. Positions here count from the timeline's start, so that
hosts whose timelines start at different frames give the same figures. `scenarios` are coroutine functions of a bench.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from tests.bridges.reference import cut, length, write_sound

from foleyline.errors import FoleyError
from foleyline_plugin.hosts import protocol
from foleyline_plugin.hosts.host import Found, Host, HostTimeline, Lane, Marker, Placed, Placing, Sound
from foleyline_plugin.timeline import read_clips

rates = (Fraction(24), Fraction(25), Fraction(30000, 1001))


@dataclass(frozen=True)
class Bench:
    """host: with the reference cut open. folder: for sounds. rate: the cut's."""

    host: Host
    folder: Path
    rate: Fraction


@dataclass(frozen=True)
class Case:
    """One bench with its timeline as it was when the scenario began. can: what its host says it can."""

    bench: Bench
    before: HostTimeline
    can: frozenset[str]

    @property
    def host(self) -> Host:
        return self.bench.host

    def sound(
        self, name: str, start: int, frames: int, *, lane: int = 0, head: int = 0, tail: int = 0, shift: int = 0
    ) -> Sound:
        """start: from the timeline's start."""
        whole = head + frames + tail
        path = write_sound(self.bench.folder / f"{name.replace(' ', '_')}.wav", whole, self.bench.rate)
        record = self.before.start + start, frames
        return Sound(f"{name.replace(' ', '')}:clean", lane, name, str(path), record, head, whole, shift)

    def placing(self, sounds: Sequence[Sound], lanes: Sequence[str] = ("FLY 1",), batch: str = "b1") -> Placing:
        wanted = [Lane(name, enabled=not name.endswith("VOX")) for name in lanes]
        return Placing(
            self.before.id, self.before.rate, self.before.start, batch, ("Foley", self.before.name), wanted, sounds
        )

    def relative(self, found: Sequence[Found]) -> list[tuple[str, str, int, int, int, str]]:
        """Id, lane, first frame from the timeline's start, frames, first frame of the file, file's name."""
        return sorted(
            (each.id, each.lane, each.record[0] - self.before.start, each.record[1], each.first, Path(each.path).name)
            for each in found
        )

    async def clips(self) -> list[tuple[str, int, int, str, int]]:
        """The clips on video tracks, as `cut` writes them."""
        timeline = await self.host.timeline()
        assert timeline.text is not None
        return clips_in(timeline)


def clips_in(timeline: HostTimeline) -> list[tuple[str, int, int, str, int]]:
    document = otio.adapters.read_from_string(timeline.text, "otio_json")
    assert isinstance(document, otio.schema.Timeline)
    media_start = {
        clip.name: round(clip.media_reference.available_range.start_time.value) for clip in document.find_clips()
    }
    found = []
    for spotted in read_clips(document, Path("/")):
        clip = spotted.clip
        start = clip.record_range.start.value - timeline.start
        first = clip.source_range.start.value - media_start[clip.name]
        found.append((clip.track, start, clip.record_range.duration.value, clip.name, first))
    return found


def as_asked(case: Case, placing: Placing) -> list[tuple[str, str, int, int, int, str]]:
    return sorted(
        (
            sound.id,
            placing.lanes[sound.lane].name,
            sound.record[0] - case.before.start,
            sound.record[1],
            sound.first,
            Path(sound.path).name,
        )
        for sound in placing.sounds
    )


def check_all_placed(case: Case, placing: Placing, placed: Placed) -> None:
    assert case.relative(placed.found) == as_asked(case, placing)
    assert list(placed.left) == []
    assert [(lane.asked, lane.name, lane.enabled) for lane in placed.lanes] == [
        (number, lane.name, lane.enabled) for number, lane in enumerate(placing.lanes)
    ]
    expected = () if "names" in case.can else ("name",)
    assert [each for each in placed.differences if each.what not in expected] == []
    assert {each.batch for each in placed.found} == {placing.batch}


async def says_who_it_is(case: Case) -> None:
    identity = await case.host.identify()
    assert identity.program and identity.version
    assert {"place", "remove"} <= identity.can
    assert not identity.can & set(identity.why_not)


async def tells_the_cut(case: Case) -> None:
    timeline = await case.host.timeline()
    assert timeline.rate == case.bench.rate
    assert clips_in(timeline) == [*cut]
    assert [track.index for track in timeline.tracks if track.kind == "video"] == [1, 2]
    assert list(timeline.ours) == []


async def tells_it_again_in_the_same_words(case: Case) -> None:
    again = await case.host.timeline()
    assert (again.id, again.revision, again.text) == (case.before.id, case.before.revision, case.before.text)


async def leaves_out_what_is_known(case: Case) -> None:
    assert (await case.host.timeline(known=case.before.revision)).text is None
    assert (await case.host.timeline(known="other")).text is not None


async def places_at_exact_frames(case: Case) -> None:
    placing = case.placing([case.sound("one", 37, 12), case.sound("two", 60, 24)])
    placed = await case.host.place(placing)
    check_all_placed(case, placing, placed)
    after = await case.host.timeline()
    assert case.relative(after.ours) == as_asked(case, placing)
    assert after.revision == placed.revision != case.before.revision


async def plays_from_behind_the_head_handle(case: Case) -> None:
    sounds = [case.sound("inner", 30, 24, head=12, tail=12), case.sound("first", 0, 12, head=12, tail=3)]
    placing = case.placing(sounds)
    check_all_placed(case, placing, await case.host.place(placing))


async def lays_sounds_side_by_side(case: Case) -> None:
    placing = case.placing([case.sound(f"s{n}", 10 + 6 * n, 6, head=3, tail=3) for n in range(8)])
    check_all_placed(case, placing, await case.host.place(placing))


async def makes_both_lanes_of_a_pair(case: Case) -> None:
    sounds = [case.sound("clean", 37, 12), replace(case.sound("vox", 37, 12, lane=1), id="vox:vox")]
    placing = case.placing(sounds, ("FLY 1", "FLY 1 VOX"))
    placed = await case.host.place(placing)
    check_all_placed(case, placing, placed)
    lanes = {track.name: track.enabled for track in (await case.host.timeline()).tracks if track.kind == "audio"}
    assert (lanes["FLY 1"], lanes["FLY 1 VOX"]) == (True, False)


async def touches_nothing_that_was_there(case: Case) -> None:
    await case.host.place(case.placing([case.sound("over", 0, length - 1, head=5, tail=5)]))
    assert await case.clips() == [*cut]
    await case.host.remove(case.before.id)
    assert await case.clips() == [*cut]
    assert (await case.host.timeline()).tracks == case.before.tracks


async def places_beside_what_was_placed(case: Case) -> None:
    first = case.placing([case.sound("one", 37, 12)])
    second = case.placing([case.sound("again", 37, 12)], ("FLY 2",), "b2")
    await case.host.place(first)
    check_all_placed(case, second, await case.host.place(second))
    ours = (await case.host.timeline()).ours
    assert case.relative(ours) == sorted([*as_asked(case, first), *as_asked(case, second)])
    assert {each.batch for each in ours} == {"b1", "b2"}


async def says_what_is_not_there(case: Case) -> None:
    there = case.sound("there", 37, 12)
    missing = replace(case.sound("missing", 60, 12), path=str(case.bench.folder / "nowhere.wav"))
    alone = replace(case.sound("alone", 60, 12, lane=1), path=str(case.bench.folder / "no where.wav"))
    placed = await case.host.place(case.placing([there, missing, alone], ("FLY 1", "FLY 2")))
    assert [each.id for each in placed.found] == [there.id]
    assert sorted((each.id, each.reason) for each in placed.left) == [
        (alone.id, "no_file"),
        (missing.id, "no_file"),
    ]
    assert [lane.name for lane in placed.lanes] == ["FLY 1"]
    assert "FLY 2" not in [track.name for track in (await case.host.timeline()).tracks]


async def nothing_to_hear_leaves_no_lane(case: Case) -> None:
    gone = replace(case.sound("gone", 60, 12), path=str(case.bench.folder / "gone away.wav"))
    placed = await case.host.place(case.placing([gone]))
    assert (list(placed.found), list(placed.lanes)) == ([], [])
    assert (await case.host.timeline()).tracks == case.before.tracks


async def refuses_another_timeline_than_was_seen(case: Case) -> None:
    placing = case.placing([case.sound("one", 37, 12)])
    for changed in (
        replace(placing, timeline="another"),
        replace(placing, rate=placing.rate + 1),
        replace(placing, start=placing.start + 1),
    ):
        with pytest.raises(FoleyError) as caught:
            await case.host.place(changed)
        assert caught.value.code == "E-STALE"
    with pytest.raises(FoleyError) as caught:
        await case.host.remove("another")
    assert caught.value.code == "E-STALE"
    after = await case.host.timeline()
    assert (after.tracks, list(after.ours)) == (case.before.tracks, [])


async def refuses_sounds_over_one_another(case: Case) -> None:
    with pytest.raises(FoleyError) as caught:
        await case.host.place(case.placing([case.sound("one", 37, 12), case.sound("two", 48, 12)]))
    assert caught.value.code == "E-LANE"
    assert list((await case.host.timeline()).ours) == []


async def takes_one_off_and_then_all(case: Case) -> None:
    await case.host.place(case.placing([case.sound("one", 37, 12), case.sound("two", 60, 24)]))
    removed = await case.host.remove(case.before.id, ["one:clean", "never:clean"])
    assert (list(removed.ids), list(removed.lanes), list(removed.left)) == (["one:clean"], [], [])
    after = await case.host.timeline()
    assert [(each.id, each.record[0] - case.before.start) for each in after.ours] == [("two:clean", 60)]
    assert after.revision == removed.revision
    removed = await case.host.remove(case.before.id)
    assert (list(removed.ids), list(removed.lanes)) == (["two:clean"], ["FLY 1"])
    assert (await case.host.timeline()).tracks == case.before.tracks
    assert list((await case.host.remove(case.before.id)).ids) == []


async def places_again_where_it_was_taken_off(case: Case) -> None:
    placing = case.placing([case.sound("one", 37, 12)])
    for _ in range(3):
        check_all_placed(case, placing, await case.host.place(placing))
        assert list((await case.host.remove(case.before.id)).ids) == ["one:clean"]


async def keeps_any_letters(case: Case) -> None:
    name = 'Szene "7" — Tür, Прогулка, 足音 \U0001f463'
    sound = replace(case.sound("letters", 37, 12), name=name, notes={"why": "Line one\nline two\t\\ \u2028 ü"})
    placed = await case.host.place(case.placing([sound]))
    told = [each.name for each in placed.found]
    assert [each.name for each in (await case.host.timeline()).ours] == told
    if told != [name]:
        assert "names" not in case.can
        assert [(each.what, each.asked, each.found) for each in placed.differences] == [("name", name, told[0])]


async def writes_markers_and_takes_them_off(case: Case) -> None:
    sound = case.sound("one", 37, 12)
    record = sound.record[0], 4
    markers = [Marker(sound.id, record, "yellow", "Voice removed", "Nobody speaks on screen.\nA narrator is heard.")]
    placed = await case.host.place(replace(case.placing([sound]), markers=markers))
    assert [each for each in placed.differences if each.what == "marker"] == []
    await case.host.remove(case.before.id, [sound.id])
    assert (await case.host.timeline()).tracks == case.before.tracks


async def shifts_a_sound_or_says_that_it_does_not(case: Case) -> None:
    sound = case.sound("one", 37, 12, shift=480)
    placed = await case.host.place(case.placing([sound]))
    assert case.relative(placed.found) == as_asked(case, case.placing([sound]))
    told = [(each.about, each.asked, each.found) for each in placed.differences if each.what == "shift"]
    assert told == ([] if "shift" in case.can else [(sound.id, 480, 0)])


async def goes_to_a_frame_or_says_why_not(case: Case) -> None:
    identity = await case.host.identify()
    if "go_to" in identity.can:
        frame = case.before.start + 61
        assert await case.host.go_to(case.before.id, frame) == frame
        assert (await case.host.timeline()).playhead == frame
    else:
        with pytest.raises(FoleyError) as caught:
            await case.host.go_to(case.before.id, case.before.start)
        assert caught.value.code == "E-REFUSED"


async def places_many_in_one_go(case: Case) -> None:
    sounds = [case.sound(f"m{n}", n, 1, lane=n % 2) for n in range(60)]
    placing = case.placing(sounds, ("FLY 1", "FLY 1 VOX"))
    check_all_placed(case, placing, await case.host.place(placing))
    assert len((await case.host.remove(case.before.id)).ids) == 60


scenarios: tuple[Callable[[Case], Awaitable[None]], ...] = (
    says_who_it_is,
    tells_the_cut,
    tells_it_again_in_the_same_words,
    leaves_out_what_is_known,
    places_at_exact_frames,
    plays_from_behind_the_head_handle,
    lays_sounds_side_by_side,
    makes_both_lanes_of_a_pair,
    touches_nothing_that_was_there,
    places_beside_what_was_placed,
    says_what_is_not_there,
    nothing_to_hear_leaves_no_lane,
    refuses_another_timeline_than_was_seen,
    refuses_sounds_over_one_another,
    takes_one_off_and_then_all,
    places_again_where_it_was_taken_off,
    keeps_any_letters,
    writes_markers_and_takes_them_off,
    shifts_a_sound_or_says_that_it_does_not,
    goes_to_a_frame_or_says_why_not,
    places_many_in_one_go,
)


async def run(scenario: Callable[[Case], Awaitable[None]], bench: Bench, *, timeout_s: float = 30.0) -> None:
    """Runs a scenario on a bench whose timeline has nothing of ours."""
    async with asyncio.timeout(timeout_s):
        can = (await bench.host.identify()).can
        await scenario(Case(bench, await bench.host.timeline(), can))


# what a bridge does with lines that no panel sends

Answer = Callable[[bytes], Awaitable[dict]]


async def check_wire(answer: Answer) -> None:
    """answer: sends one line, without its end, and gives the next line that is no notification, read as JSON."""
    for line, code in (
        (b"{", protocol.parse_error),
        (b"\xff\xfe", protocol.parse_error),
        (b"[]", protocol.invalid_request),
        (b'[{"jsonrpc":"2.0","id":1,"method":"identify","params":{"versions":[1]}}]', protocol.invalid_request),
        (b'{"id":2,"method":"identify","params":{}}', protocol.invalid_request),
        (b'{"jsonrpc":"2.0","id":3,"method":7,"params":{}}', protocol.invalid_request),
        (request(4, "bounce", {}), protocol.no_method),
        (request(5, "identify", {"versions": [0, 99]}), protocol.no_version),
        (request(6, "identify", {"versions": "1"}), protocol.invalid_params),
        (request(7, "place", {}), protocol.invalid_params),
        (request(8, "go_to", {"timeline": "x"}), protocol.invalid_params),
        (request(9, "remove", {"timeline": 1, "ids": None}), protocol.invalid_params),
        (request(10, "timeline", {"known": 5}), protocol.invalid_params),
    ):
        told = await answer(line)
        assert (told["jsonrpc"], told["error"]["code"]) == ("2.0", code), (line, told)
        assert isinstance(told["error"]["message"], str)
        numbered = line.startswith(b'{"jsonrpc"')
        assert told["id"] == (json.loads(line)["id"] if numbered else told["id"])
    told = await answer(request(20, "identify", {"versions": [1, 2, 99], "panel": "x", "unheard_of": [{}]}))
    assert (told["id"], told["result"]["protocol"]) == (20, 1)


def request(number: int, method: str, params: dict) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(message).encode()
