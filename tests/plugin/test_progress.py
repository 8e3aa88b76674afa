"""What the command shows while it works: lines, bars on a terminal, events as JSON."""

from __future__ import annotations

import io
import json

import pytest

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin import progress
from foleyline_plugin.jobs import Job, State


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def job() -> Job:
    request = pb.GenerateRequest(clip=pb.Clip(name="Sh 012\nb"), take=2)
    return Job("1f", State.generating, 0, request, None, None, 0)


def run(reporter: progress.Lines | progress.JsonLines, job: Job) -> None:
    reporter.progress(job, pb.Progress(step=pb.preparing))
    reporter.progress(job, pb.Progress(step=pb.judging, fraction=0.5))
    reporter.lost(job)
    reporter.progress(job, pb.Progress(step=pb.generating))
    take = pb.Take(request=job.request, outcome=pb.voices_removed, verdict=pb.Verdict(option=pb.yes))
    take.without_voices.loudness.integrated_lufs = -23.04
    reporter.finished(job, take)
    reporter.failed(job, FoleyError("E-MEDIA", name="gone.mov"))
    reporter.close()


def test_lines_tell_ends_only(job):
    out = io.StringIO()
    run(progress.reporter(as_json=False, total=2, out=out), job)
    assert out.getvalue().splitlines() == [
        "The engine stopped while “Sh 012 b T2” was worked on; it is tried again.",
        "[1/2] Sh 012 b T2: voices removed (voice-over found), -23.0 LUFS",
        "[2/2] Sh 012 b T2: E-MEDIA: “gone.mov” is offline. It was left out, the other clips run. Relink it.",
    ]


def test_bars_name_clip_and_step_on_a_terminal(job, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TQDM_MININTERVAL", "0")
    out = Terminal()
    run(progress.reporter(as_json=False, total=2, out=out), job)
    text = out.getvalue()
    assert "Sh 012 b T2" in text and "reading the picture" in text and "judging" in text
    assert "All takes" in text and "[2/2]" in text and ", judging" not in text


def test_json_is_one_event_a_line(job):
    out = io.StringIO()
    run(progress.reporter(as_json=True, total=2, out=out), job)
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["progress", "progress", "lost", "progress", "finished", "problem"]
    assert (events[1]["step"], events[1]["fraction"]) == ("judging", 0.5)
    assert events[4]["take"]["outcome"] == "voices_removed"
    assert events[5]["code"] == "E-MEDIA" and events[5]["facts"] == {"name": "gone.mov"}
    assert {(event["job"], event["clip"], event["take_n"]) for event in events} == {("1f", "Sh 012\nb", 2)}
