"""The desk without a window, over a true channel: open, generate, review, place, undo; what dies, moves and waits."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import opentimelineio as otio
import pytest

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin import desk as desk_package
from foleyline_plugin.desk.events import EngineChanged, EngineState, HostChanged, HostState, MovedAsked, Placed, Trouble
from foleyline_plugin.desk.form import Form
from foleyline_plugin.job import Call, Version
from foleyline_plugin.jobs import Journal

pytestmark = pytest.mark.timeout(240)


def opened(desk, diary, path):
    desk.open(path)
    diary.until(lambda: (host := diary.last(HostChanged)) and host.state == HostState.file and host.timeline)
    return diary.last(HostChanged).timeline.spots


def placed_names(path) -> list[str]:
    timeline = otio.adapters.read_from_file(str(path))
    return [clip.name for track in timeline.tracks if track.name.startswith("FLY") for clip in track.find_clips()]


def test_from_a_timeline_to_its_lanes_and_back(desk_of, cut):
    desk, diary = desk_of()
    path = cut(3)
    spots = opened(desk, diary, path)
    before = path.read_bytes()
    desk.generate(spots[:2], Form(), {})
    diary.until_states("to_review", "to_review")
    ids = list(diary.jobs)
    desk.place(ids, Version.both)
    placed = diary.event(Placed)
    assert (placed.what, placed.count) == ("place", 2)
    assert placed.path == path.parent / "Foley" / path.stem / f"{path.stem}_foley.otio"
    assert placed_names(placed.path) == ["Sh 001 T1", "Sh 002 T1", "Sh 001 T1 VOX", "Sh 002 T1 VOX"]
    desk.undo()
    diary.until_states("to_review", "to_review")
    diary.until(lambda: not placed.path.exists())
    assert path.read_bytes() == before


def test_a_take_with_its_voices_is_what_is_heard(desk_of, cut):
    desk, diary = desk_of()
    spots = opened(desk, diary, cut(1))
    desk.generate(spots, Form(), {})
    diary.until_states("to_review")
    (job_id,) = diary.jobs
    desk.call(job_id, Call.keep_voices)
    desk.write_note(job_id, "a bit loud")
    desk.place([job_id], Version.both)
    path = diary.event(Placed).path
    written = otio.adapters.read_from_file(str(path))
    lane = next(track for track in written.tracks if track.name == "FLY 1")
    (clip,) = lane.find_clips()
    assert clip.media_reference.target_url.endswith("vox.wav")
    assert dict(clip.metadata["foleyline"]["editor"]) == {"call": "keep voices", "note": "a bit loud"}


def test_another_take_replaces_the_one_on_the_lanes(desk_of, cut):
    desk, diary = desk_of()
    spots = opened(desk, diary, cut(2))
    desk.generate(spots, Form(), {})
    diary.until_states("to_review", "to_review")
    desk.place(list(diary.jobs), Version.both)
    diary.until_states("placed", "placed")
    desk.generate(spots[:1], Form(), {})
    diary.until_states("placed", "placed", "to_review")
    newest = max(diary.jobs.values(), key=lambda job: job.position)
    assert newest.request.take == 2
    desk.place([newest.id], Version.both)
    diary.until_states("superseded", "placed", "placed")
    diary.until(lambda: sum(isinstance(event, Placed) for event in diary.told) == 2)
    assert placed_names(diary.event(Placed).path)[:2] == ["Sh 001 T2", "Sh 002 T1"]


def test_the_same_form_asked_twice_makes_nothing_twice(desk_of, cut, scripted):
    desk, diary = desk_of()
    spots = opened(desk, diary, cut(1))
    form = Form(is_seed_locked=True)
    desk.generate(spots, form, {})
    diary.until_states("to_review")
    desk.generate(spots, form, {})
    time.sleep(0.4)
    assert diary.states == ["to_review"] and scripted.calls == {"Sh 001": 1}


@pytest.mark.parametrize(("answer", "first_frame"), [("new", 90037), ("original", 90000), ("bin", None)])
def test_a_clip_that_moved_is_asked_about(desk_of, cut, answer, first_frame):
    desk, diary = desk_of()
    spots = opened(desk, diary, cut(1))
    desk.generate(spots, Form(), {})
    diary.until_states("to_review")
    path = cut(1, shift=37)
    desk.place(list(diary.jobs), Version.both)
    asked = diary.event(MovedAsked)
    (move,) = asked.moves
    assert move.by == 37 and diary.states == ["to_review"]
    starts = {"new": 90037, "original": 90000, "bin": None}
    desk.place(asked.ids, Version(asked.version), {move.job.id: starts[answer]})
    if first_frame is None:
        diary.until_states("in_bin")
        return
    diary.until_states("placed")
    written = otio.adapters.read_from_file(str(diary.event(Placed).path))
    lane = next(track for track in written.tracks if track.name == "FLY 1")
    start = next(iter(lane.find_clips())).range_in_parent().start_time.to_frames()
    assert 90000 + start == first_frame
    assert path.exists()


def test_a_timeline_that_changes_is_told(desk_of, cut):
    desk, diary = desk_of()
    opened(desk, diary, cut(1))
    time.sleep(0.05)
    cut(2)
    diary.until(lambda: diary.last(HostChanged).state == HostState.stale)
    desk.reload()
    diary.until(lambda: diary.last(HostChanged).state == HostState.file)
    assert len(diary.last(HostChanged).timeline.spots) == 2


def test_a_batch_begun_elsewhere_is_seen_and_goes_on_after_a_restart(desk_of, cut, scripted):
    async def endless(engine, request, call):
        yield pb.GenerateEvent(progress=pb.Progress(step=pb.judging))
        await asyncio.sleep(60 if call == 1 else 0)
        yield pb.GenerateEvent(take=engine.take(request))

    scripted.script = endless
    path = cut(2)
    desk, diary = desk_of()
    spots = opened(desk, diary, path)
    desk.generate(spots, Form(), {})
    diary.until_states("judging", "judging")
    desk.stop()
    other, seen = desk_of()
    opened(other, seen, path)
    seen.until_states("to_review", "to_review")
    out_dir = seen.last(HostChanged).out_dir
    headless = Journal(out_dir)
    headless.add([pb.GenerateRequest(clip=pb.Clip(name="from elsewhere"))])
    seen.until(lambda: len(seen.jobs) == 3)
    headless.close()


def test_a_job_run_by_another_client_is_cancelled_from_here(desk_of, cut, scripted):
    scripted.hello_delay_s = 3.0  # so that the desk itself takes nothing
    desk, diary = desk_of()
    opened(desk, diary, cut(1))
    other = Journal(diary.last(HostChanged).out_dir)
    (job_id,) = other.add([pb.GenerateRequest(clip=pb.Clip(name="theirs"))])
    assert other.claim([job_id])
    diary.until_states("preparing")
    desk.cancel([job_id])
    diary.until_states("stopping")
    assert other.asked_to_stop() == [job_id]
    other.cancelled(job_id)
    diary.until_states("cancelled")
    other.close()


def test_the_engine_dies_under_six_clips_and_the_batch_completes(desk_of, cut, scripted):
    async def dies(engine, request, call):
        yield pb.GenerateEvent(progress=pb.Progress(step=pb.generating))
        if request.clip.name == "Sh 003" and call == 1:
            asyncio.get_running_loop().create_task(engine.drop())
        await asyncio.sleep(0.1)
        yield pb.GenerateEvent(take=engine.take(request))

    scripted.script = dies
    scripted.clips_in_flight = 6
    desk, diary = desk_of()
    spots = opened(desk, diary, cut(6))
    desk.generate(spots, Form(), {})
    diary.until_states(*["to_review"] * 6)
    assert len({job.id for job in diary.jobs.values()}) == 6
    assert scripted.calls["Sh 003"] == 2


def test_an_engine_that_cannot_start_is_told_and_tried_again(cut, tmp_path, scripted, desk_of, monkeypatch):
    broken = [True]
    connect = scripted.connect

    async def sometimes():
        if broken[0]:
            raise FoleyError("E-ENGINE", reason="no such module")
        return await connect()

    monkeypatch.setattr(scripted, "connect", sometimes)
    desk, diary = desk_of()
    diary.until(lambda: (lamp := diary.last(EngineChanged)) and lamp.state == EngineState.failed)
    spots = opened(desk, diary, cut(1))
    desk.generate(spots, Form(), {})
    trouble = diary.event(Trouble)
    assert trouble.problem.code == "E-ENGINE"
    broken[0] = False
    desk.retry_engine()
    diary.until_states("to_review")
    assert diary.last(EngineChanged).state in (EngineState.ready, EngineState.busy)


def test_a_timeline_that_cannot_be_read_is_one_sentence(desk_of, tmp_path):
    desk, diary = desk_of()
    path = tmp_path / "broken.otio"
    path.write_text("{")
    desk.open(path)
    assert diary.event(Trouble).problem.code == "E-OTIO"
    assert diary.last(HostChanged).state == HostState.lost


def test_a_movie_is_a_timeline_of_one_clip(desk_of, tmp_path):
    desk, diary = desk_of()
    movie = tmp_path / "walk.mp4"
    movie.touch()
    spots = opened(desk, diary, movie)
    assert [spot.clip.name for spot in spots] == ["walk.mp4"]
    desk.generate(spots, Form(), {})
    diary.until_states("to_review")
    desk.place(list(diary.jobs), Version.both)
    assert placed_names(diary.event(Placed).path) == ["walk.mp4 T1", "walk.mp4 T1 VOX"]


def test_a_clip_of_its_own_direction_and_generating_again_without_voices(desk_of, cut):
    from foleyline_plugin.desk.form import clip_key

    desk, diary = desk_of()
    spots = opened(desk, diary, cut(2))
    form = Form()
    form.template.prompt = "footsteps"
    desk.generate(spots, form, {clip_key(spots[1].clip): "keys"})
    diary.until_states("to_review", "to_review")
    first, second = sorted(diary.jobs.values(), key=lambda job: job.position)
    assert (first.request.prompt, second.request.prompt) == ("footsteps", "keys")
    desk.generate_again(first.id)
    diary.until(lambda: sorted(diary.states) == ["superseded", "to_review", "to_review"])
    again = next(job for job in diary.jobs.values() if job.request.take == 2)
    assert "human voice" in again.request.negative_prompt and again.request.clip.name == "Sh 001"


def test_commands_return_at_once_while_the_engine_hangs(desk_of, cut, scripted):
    scripted.hello_delay_s = 30
    desk, diary = desk_of()
    slowest = 0.0
    path = cut(1000)
    for command in (lambda: desk.open(path), desk.reload, desk.undo, lambda: desk.pause(True), desk.list_models):
        start = time.thread_time()
        command()
        slowest = max(slowest, time.thread_time() - start)
    assert slowest < 0.01
    diary.until(lambda: (host := diary.last(HostChanged)) and host.state == HostState.file)
    assert len(diary.last(HostChanged).timeline.spots) == 1000
    assert threading.current_thread().name != "desk"


def test_generating_before_media_were_looked_at_waits_for_that(desk_of, tmp_path, scripted):
    scripted.probe_delay_s = 1.0
    timeline = otio.schema.Timeline("raw")
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    movie = tmp_path / "raw.mov"
    movie.touch()
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(245, 25))
    track.append(otio.schema.Clip("Sh 001", otio.schema.ExternalReference(str(movie)), span))
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(tmp_path / "raw.otio"))
    desk, diary = desk_of()
    spots = opened(desk, diary, tmp_path / "raw.otio")
    desk.generate(spots, Form(), {})
    diary.until_states("to_review")
    (job,) = diary.jobs.values()
    assert job.request.clip.tail_handle == 5


def test_the_desk_knows_no_window():
    folder = Path(desk_package.__file__).parent
    assert not [path.name for path in folder.glob("*.py") if "PyQt6" in path.read_text(encoding="utf8")]
