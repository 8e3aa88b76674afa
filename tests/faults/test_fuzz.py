"""Readers of what others wrote, fed with what nobody wrote: each answers, or refuses in its own words, within a second.

`FOLEYLINE_FUZZ` says how many inputs each reader gets; `make test-faults` gives ten thousand.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import opentimelineio as otio
import pytest
from google.protobuf import json_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine import plan, takes, verdict
from foleyline_engine.models.exchange import Judged
from foleyline_plugin import inputs, request
from foleyline_plugin.hosts import protocol
from foleyline_plugin.jobs import Journal
from foleyline_plugin.placing import place

from . import mutation

count = int(os.environ.get("FOLEYLINE_FUZZ", "150"))
longest_s = 1.0
samples = Path(__file__).parents[3] / "shared/samples/timelines"
golden = Path(__file__).parents[1] / "golden/videollama2/parsing_cases.json"

many = settings(
    max_examples=count,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
dice = st.integers(0, 2**64 - 1)


def timed(work: Callable[[], object]) -> None:
    """Processor time, which other programs do not lengthen."""
    start = time.process_time()
    work()
    assert time.process_time() - start < longest_s


@pytest.fixture(scope="module")
def timelines(tmp_path_factory) -> list[tuple[str, bytes]]:
    """A timeline with all that ours can hold, and others' where the samples are there."""
    folder = tmp_path_factory.mktemp("seeds")
    made = folder / "cut.otio"
    otio.adapters.write_to_file(full_timeline(), str(made))
    paths = [made, *sorted(path for path in samples.glob("*") if path.suffix != ".md")]
    return [(path.suffix, path.read_bytes()) for path in paths]


def full_timeline() -> otio.schema.Timeline:
    def span(start: float, frames: float, rate: float = 25) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(frames, rate)
        )

    def clip(name: str, frames: float = 30) -> otio.schema.Clip:
        media = otio.schema.ExternalReference(f"/media/{name}.mov", span(90000, 200))
        return otio.schema.Clip(name, media, span(90020, frames))

    timeline = otio.schema.Timeline("cut", global_start_time=otio.opentime.RationalTime(90000, 25))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    fast, frozen = clip("fast"), clip("frozen")
    fast.effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))
    frozen.effects.append(otio.schema.FreezeFrame())
    stack = otio.schema.Stack(
        "nested", [otio.schema.Track("inner", [clip("in a"), clip("in b")])], source_range=span(5, 40)
    )
    wipe = otio.schema.Transition("SMPTE_Dissolve", in_offset=span(0, 5).duration, out_offset=span(0, 5).duration)
    numbered = otio.schema.ImageSequenceReference("file:///frames/", "sh.", ".exr", 1, 1, 25, 4)
    numbered.available_range = span(0, 100)
    track.extend([clip("a"), wipe, clip("b"), otio.schema.Gap(source_range=span(0, 10)), fast, frozen, stack])
    track.append(otio.schema.Clip("numbered", numbered, span(3, 50)))
    track[0].markers.append(otio.schema.Marker("note", span(90021, 1)))
    timeline.tracks.append(track)
    timeline.tracks.append(otio.schema.Track("FLY 1", [clip("ours")], kind=otio.schema.TrackKind.Audio))
    return timeline


@pytest.mark.timeout(3600)
def test_timelines(timelines, tmp_path) -> None:
    documents = {index: json.loads(content) for index, (kind, content) in enumerate(timelines) if kind == ".otio"}

    @many
    @given(dice)
    def read(seed: int) -> None:
        chance = random.Random(seed)
        index = chance.randrange(len(timelines))
        kind, content = timelines[index]
        spoiled = (
            mutation.json_of(documents[index], chance)
            if index in documents and chance.random() < 0.7
            else mutation.bytes_of(content, chance)
        )
        path = tmp_path / f"cut{kind}"
        path.write_bytes(spoiled)
        timed(lambda: look(path))

    def look(path: Path) -> None:
        try:
            for reel in inputs.read_timelines(path, tmp_path / "media", None):
                for spotted in reel.chosen("*"):
                    if not spotted.problem:
                        reel.framed(spotted, 12)
                place(reel.timeline, [])
        except FoleyError as refused:
            assert refused.code != "E-FAULT"

    read()


@pytest.mark.timeout(3600)
def test_answers_of_a_judge() -> None:
    cases = json.loads(golden.read_text(encoding="utf8"))
    texts = sorted({text for text in strings(cases) if "<" in text or "tep" in text})
    assert len(texts) > 10

    @many
    @given(dice, st.text(max_size=200))
    def read(seed: int, words: str) -> None:
        chance = random.Random(seed)
        text = mutation.bytes_of(chance.choice(texts).encode(), chance).decode(errors="replace") + words
        timed(lambda: (verdict.parse(text), plan.parse(text)))
        message = verdict.message(Judged(text), "a judge")
        assert message.text == text
        verdict.line(message)

    read()


def strings(document: object) -> list[str]:
    if isinstance(document, str):
        return [document]
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else []
    return [text for each in inner for text in strings(each)]


@pytest.mark.timeout(3600)
def test_journals(tmp_path) -> None:
    asked = request.default(tmp_path, 0)
    seed_folder = tmp_path / "seed"
    with closing(Journal(seed_folder)) as journal:
        requests = [copied(asked, n) for n in range(5)]
        ids = journal.add(requests)
        job = journal.claim(ids)
        assert job is not None
        journal.finish(job.id, pb.Take(request=job.request, request_id=job.id))
    with closing(sqlite3.connect(seed_folder / ".foleyline/journal.db")) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    content = (seed_folder / ".foleyline/journal.db").read_bytes()

    @many
    @given(dice)
    def read(seed: int) -> None:
        folder = tmp_path / "spoiled"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / ".foleyline").mkdir(parents=True)
        (folder / ".foleyline/journal.db").write_bytes(mutation.bytes_of(content, random.Random(seed)))
        timed(lambda: use(folder))

    def use(folder: Path) -> None:
        try:
            with closing(Journal(folder)) as journal:
                journal.add([copied(asked, 9)])
                journal.jobs()
                journal.claim()
        except FoleyError as refused:
            assert refused.code in ("E-JOURNAL", "E-DISK")

    read()


def copied(asked: pb.GenerateRequest, seed: int) -> pb.GenerateRequest:
    made = pb.GenerateRequest()
    made.CopyFrom(asked)
    made.seed = seed
    return made


@pytest.mark.timeout(3600)
def test_records_of_takes(tmp_path) -> None:
    asked = request.default(tmp_path, 0)
    record = tmp_path / ".foleyline/takes/id.json"
    record.parent.mkdir(parents=True)
    take = pb.Take(request=asked, request_id="id", with_voices=pb.SoundFile(path="audio/a.wav", sha256="0" * 64))
    document = json_format.MessageToDict(take, preserving_proto_field_name=True)

    @many
    @given(dice)
    def read(seed: int) -> None:
        chance = random.Random(seed)
        content = json.dumps(document).encode()
        spoiled = mutation.json_of(document, chance) if seed % 2 else mutation.bytes_of(content, chance)
        record.write_bytes(spoiled)
        timed(lambda: takes.find(asked, "id", []))

    read()


lies = {"id": "a", "lane": "FLY 1", "index": 2, "record": [90000, 25], "first": 12, "path": "/a.wav", "name": "Sh 1"}
left = {"id": "b", "reason": "locked", "bin": ["Foley", "cut"], "facts": {"lane": "FLY 1"}}
answers = {
    protocol.identity: {
        "protocol": 1,
        "program": "DaVinci Resolve",
        "version": "21.1",
        "edition": "free",
        "bridge": "lua",
        "can": ["timeline", "place"],
        "why_not": {"go_to": "this version has no call for it"},
    },
    protocol.timeline: {
        "id": "7",
        "revision": "3",
        "name": "Reel 2",
        "rate": [24000, 1001],
        "start": 86400,
        "drop_frame": False,
        "otio": "{}",
        "selections": [
            {"how": "selected", "clips": [{"kind": "video", "track": 1, "record": [90000, 25], "name": "Sh 1"}]},
            {"how": "range", "range": [90000, 100]},
        ],
        "playhead": 90010,
        "tracks": [{"kind": "video", "index": 1, "name": "V1", "enabled": True, "locked": False}],
        "ours": [lies],
    },
    protocol.placed: {
        "timeline": "7",
        "revision": "4",
        "lanes": [{"asked": 0, "name": "FLY 1", "index": 2, "enabled": True}],
        "found": [lies],
        "left": [left],
        "differences": [{"id": "a", "what": "start", "asked": 1, "found": 2}],
        "saved": True,
    },
    protocol.removed: {"timeline": "7", "revision": "5", "removed": ["a"], "lanes": ["FLY 1"], "left": [left]},
}


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("reader", answers, ids=lambda reader: reader.__name__)
def test_answers_of_a_bridge(reader) -> None:
    reader(answers[reader])

    @many
    @given(dice)
    def read(seed: int) -> None:
        result = json.loads(mutation.json_of(answers[reader], random.Random(seed)))

        def answer() -> None:
            try:
                reader(result)
            except protocol.Malformed as refused:
                assert str(refused)

        timed(answer)

    read()


@pytest.mark.timeout(3600)
def test_problems_of_a_bridge() -> None:
    @many
    @given(dice)
    def read(seed: int) -> None:
        document = {"code": 3, "message": "moved", "data": {"what": "start", "found": 1, "asked": 2, "reason": "x"}}
        result = json.loads(mutation.json_of(document, random.Random(seed)))
        assert isinstance(protocol.problem(result, "Resolve"), FoleyError)

    read()
