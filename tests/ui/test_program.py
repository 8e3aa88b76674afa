"""The panel started by an editing program, over a true pipe: its timeline, its selection, its lanes, its end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.ui.seat import Seat

from foleyline_plugin import engine
from foleyline_plugin.desk.events import HostChanged, HostState, Placed, Trouble, Wished
from foleyline_plugin.desk.form import Form
from foleyline_plugin.job import Version

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def seat(cut, tmp_path: Path) -> Seat:
    (tmp_path / "project").mkdir()
    return Seat(cut(3), tmp_path / "project" / "feature.cut")


@pytest.fixture
def linked(desk_of, seat):
    desk, diary = desk_of(program=seat.open)
    diary.until(lambda: (host := diary.last(HostChanged)) and host.state == HostState.linked)
    return desk, diary


def lying(seat: Seat) -> list[tuple[str, str, int]]:
    return sorted((each["lane"], each["name"], each["record"][0]) for each in seat.found)


def test_its_timeline_is_open_and_takes_lie_on_its_lanes(linked, seat):
    desk, diary = linked
    host = diary.last(HostChanged)
    assert host.program == "Cutter 21.1" and len(host.timeline.spots) == 3
    assert host.out_dir == seat.project.parent / "Foley" / "Reel 2"
    desk.generate(host.timeline.spots[:2], Form(), {})
    diary.until_states("to_review", "to_review")
    desk.place(list(diary.jobs), Version.both)
    diary.event(Placed)
    assert [(lane, start) for lane, _, start in lying(seat)] == [
        ("FLY 1", 90000),
        ("FLY 1", 90050),
        ("FLY 1 VOX", 90000),
        ("FLY 1 VOX", 90050),
    ]
    desk.undo()
    diary.until_states("to_review", "to_review")
    diary.until(lambda: seat.found == [])


def test_another_take_takes_the_place_of_one_and_nothing_else_is_touched(linked, seat):
    desk, diary = linked
    spots = diary.last(HostChanged).timeline.spots
    desk.generate(spots[:2], Form(), {})
    diary.until_states("to_review", "to_review")
    desk.place(list(diary.jobs), Version.both)
    diary.until(lambda: len(seat.found) == 4)
    kept = [each["id"] for each in seat.found if each["record"][0] == 90050]
    desk.generate(spots[:1], Form(), {})
    diary.until(lambda: diary.states.count("to_review") == 1)
    newest = max(diary.jobs.values(), key=lambda job: job.position)
    desk.place([newest.id], Version.voices)
    diary.until_states("superseded", "placed", "placed")
    diary.until(lambda: sum(isinstance(event, Placed) for event in diary.told) == 2)
    assert {each["id"] for each in seat.found} >= set(kept)
    assert {each["id"].partition(":")[0] for each in seat.found if each["record"][0] == 90000} == {newest.id}
    assert all(each["path"].endswith("vox.wav") for each in seat.found if each["record"][0] == 90000)


def test_what_the_program_leaves_out_is_in_the_bin_and_told(linked, seat):
    desk, diary = linked
    spots = diary.last(HostChanged).timeline.spots
    desk.generate(spots[:1], Form(), {})
    diary.until_states("to_review")
    (job_id,) = diary.jobs
    seat.refused = {f"{job_id}:clean", f"{job_id}:vox"}
    desk.place([job_id], Version.both)
    diary.until_states("in_bin")
    trouble = diary.event(Trouble)
    assert trouble.problem.code == "E-HAND" and "locked" in trouble.problem.facts["reason"]


def test_its_selection_its_buttons_its_changes_and_its_end(desk_of, seat):
    seat.selected = [{"kind": "video", "track": 1, "record": [90050, 50]}]
    desk, diary = desk_of(program=seat.open)
    diary.until(lambda: (host := diary.last(HostChanged)) and host.state == HostState.linked)
    assert diary.last(HostChanged).selected == (1,)
    seat.notify("ask", what="generate")
    assert diary.event(Wished).what == "generate"
    seat.notify("changed", timeline="t1", revision="y")
    diary.until(lambda: diary.last(HostChanged).state == HostState.stale)
    desk.reload()
    diary.until(lambda: diary.last(HostChanged).state == HostState.linked)
    seat.end()
    diary.until(lambda: diary.last(HostChanged).state == HostState.lost)
    assert diary.last(HostChanged).problem.code == "E-HOST"
    desk.work_from_file()
    diary.until(lambda: diary.last(HostChanged).state == HostState.file)
    assert len(diary.last(HostChanged).timeline.spots) == 3


def test_the_window_over_a_program_obeys_its_buttons(panel, seat, qtbot):
    seat.selected = [{"kind": "video", "track": 1, "record": [90000, 50]}]
    window = panel(program=seat.open)
    qtbot.waitUntil(lambda: window.model.rowCount() == 3, timeout=60000)
    assert window.clips.chosen_rows() == [0]
    assert window.host_lamp.accessibleName() == "Timeline: Reel 2, Cutter 21.1"
    seat.notify("ask", what="generate")
    qtbot.waitUntil(lambda: window.takes.review.list.takes.rowCount() == 1, timeout=60000)
    window.commands.place_all()
    qtbot.waitUntil(lambda: len(seat.found) == 2, timeout=60000)
    seat.end()
    qtbot.waitUntil(lambda: "does not answer" in window.host_lamp.accessibleName(), timeout=60000)


def test_the_command_speaks_over_its_pipe_and_nothing_else_does(seat, tmp_path):
    command = [sys.executable, "-m", "foleyline_plugin", "panel", "--bridge"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert child.stdin and child.stdout
        asked = []
        while asked[-1:] != ["timeline"]:
            message = json.loads(child.stdout.readline())
            asked.append(message.get("method"))
            if "id" in message:
                result = getattr(seat, message["method"])(message["params"])
                child.stdin.write(
                    json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode() + b"\n"
                )
                child.stdin.flush()
        assert asked == ["identify", "timeline"]
        kept = seat.project.parent / "Foley" / "Reel 2" / ".foleyline" / "timelines"
        deadline = time.monotonic() + 90
        while not (kept.exists() and any(kept.glob("*.otio"))):
            assert time.monotonic() < deadline and child.poll() is None
            time.sleep(0.05)
    finally:
        child.kill()
        child.communicate()
        engine.stop()
