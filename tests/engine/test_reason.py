"""The four steps around a judge that reasons: what it is asked, what is followed, and what happens to odd answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foleyline.errors import FoleyError
from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine import earlier, pipeline, plan, requests
from foleyline_engine.journey import Journey
from foleyline_engine.models import catalog
from foleyline_engine.models.exchange import (
    Heard,
    Judge,
    Judged,
    JudgeJob,
    Model,
    PlanJob,
    Planned,
    SilenceJob,
    Stretch,
)
from foleyline_engine.stages import Stages

pytestmark = pytest.mark.timeout(60)

yes = (
    "<SUMMARY> s </SUMMARY><CAPTION> c </CAPTION><REASONING> Step 3. No person is in the video, a voice is heard. "
    "</REASONING><CONCLUSION> A </CONCLUSION>"
)
no = yes.replace("a voice is heard", "no voice is heard").replace("> A <", "> B <")


class Scripted(Judge):
    """Answers what the test wrote down and keeps the jobs it was handed."""

    name = "scripted"
    version = "1"
    terms = "Scripted answers are not for sale."
    questions = ("plan", "judgement", "silence")
    modes = ("cot", "qa")
    longest_s: float | None = 60.0

    def __init__(self) -> None:
        self.planned = Planned(plan.text, is_expected=True)
        self.judged = Judged(yes, [Stretch(0.2, 0.8)], scores={"A_at_once": 0.75, "B_at_once": 0.125})
        self.heard = Heard("B")
        self.jobs: list[PlanJob | JudgeJob | SilenceJob] = []

    def plan(self, jobs: Sequence[PlanJob]) -> list[Planned | Exception]:
        self.jobs += jobs
        return [self.planned for _ in jobs]

    def judge(self, jobs: Sequence[JudgeJob]) -> list[Judged | Exception]:
        self.jobs += jobs
        for job in jobs:
            job.tell(self.judged.text[:10])
        return [self.judged for _ in jobs]

    def is_silent(self, jobs: Sequence[SilenceJob]) -> list[Heard | Exception]:
        self.jobs += jobs
        return [self.heard for _ in jobs]

    def asked(self, kind: type) -> list:
        return [job for job in self.jobs if isinstance(job, kind)]


@pytest.fixture
def judge(monkeypatch) -> Scripted:
    scripted = Scripted()
    known = catalog.judge
    monkeypatch.setitem(catalog.models["judge"], "scripted", "")
    monkeypatch.setitem(catalog.needs, "scripted", ())
    monkeypatch.setattr(catalog, "judge", lambda name: scripted if name == "scripted" else known(name))
    return scripted


class Make:
    """Runs the pipeline on one clip; events: what the last run reported."""

    def __init__(self, clip: pb.Clip, folder: Path) -> None:
        self.clip, self.folder = clip, folder
        self.events: list[pb.GenerateEvent] = []

    def __call__(self, **asked: Any) -> pb.Take:
        asked = {"judge": "scripted", "separator": "fill", "silence": "level", "generator": "scratch"} | asked
        request = pb.GenerateRequest(clip=self.clip, seed=1, out_dir=str(self.folder), **asked)
        requests.check(request)
        self.events.clear()
        return asyncio.run(self.steps(request))

    async def steps(self, request: pb.GenerateRequest) -> pb.Take:
        stages = Stages()
        try:
            return await pipeline.run(Journey(request, request_id(request), self.events.append), stages)
        finally:
            stages.close()


@pytest.fixture
def make(movie, clip, tmp_path) -> Make:
    path = movie(tmp_path / "a.mp4", [Fraction(k, 25) for k in range(50)])
    return Make(clip(path, 0, 50), tmp_path / "out")


def notes(take: pb.Take, step: pb.Step) -> list[pb.StepNote]:
    return [note for note in take.steps if note.step == step]


def test_plan_then_judgement_by_one_judge(make, judge):
    take = make()
    assert [type(job) for job in judge.jobs] == [PlanJob, JudgeJob]
    assert judge.jobs[0].expected == plan.text
    assert tuple(judge.jobs[1].plan) == plan.canonical
    assert (take.plan, take.plan_origin) == (plan.text, pb.agreed_plan)
    assert notes(take, pb.planning)[0].answer == plan.text
    assert (take.verdict.option, take.verdict.text, take.verdict.mode) == (pb.yes, yes, pb.cot)
    assert dict(take.verdict.scores) == {"A_at_once": 0.75, "B_at_once": 0.125}
    assert take.terms == [judge.terms]
    assert take.outcome in (pb.voices_removed, pb.regenerated)
    written = [event.written for event in make.events if event.WhichOneof("event") == "written"]
    assert written == [pb.Written(step=pb.judging, text=yes[:10])]


@pytest.mark.parametrize(
    ("text", "is_expected", "origin", "is_told"),
    [
        (plan.text, True, pb.agreed_plan, False),
        (plan.text, False, pb.written_plan, False),
        ("Step1: Generate audio. Step2: Listen.", False, pb.repaired_plan, False),
        ("A dog runs on a beach.", False, pb.replaced_plan, True),
        ("", False, pb.replaced_plan, True),
    ],
)
def test_the_take_says_where_its_plan_comes_from(make, judge, text, is_expected, origin, is_told):
    judge.planned = Planned(text, is_expected)
    take = make(planning=pb.plan_asked)
    assert judge.jobs[0].expected == ""
    assert (take.plan, take.plan_origin) == (plan.text, origin)
    assert notes(take, pb.planning)[0].answer == text
    assert any("no plan" in note for note in take.notes) is is_told


def test_nobody_is_asked_for_the_fixed_plan(make, judge):
    take = make(planning=pb.plan_fixed)
    assert [type(job) for job in judge.jobs] == [JudgeJob]
    assert take.plan_origin == pb.fixed_plan
    direct = make(run=pb.direct)
    assert len(judge.jobs) == 1
    assert (direct.plan_origin, direct.verdict.option, list(direct.terms)) == (pb.fixed_plan, pb.not_asked, [])


@pytest.mark.parametrize("text", ["", "!!!!", "A or B", yes.replace("> A <", "> B <")])
def test_an_answer_that_cannot_be_read_decides_nothing(make, judge, text):
    judge.judged = Judged(text)
    take = make()
    assert (take.verdict.option, take.verdict.text, take.outcome) == (pb.undecided, text, pb.to_decide)
    assert not notes(take, pb.removing)
    assert earlier.read(make_path(take, "with_voices")) is not None


def make_path(take: pb.Take, which: str) -> Path:
    return Path(take.request.out_dir) / getattr(take, which).path


def test_mode_and_compat_reach_the_judge(make, judge):
    judge.judged = Judged("B")
    take = make(judge_mode=pb.qa, judge_compat=True)
    assert [job.compat for job in judge.jobs] == [True, True]
    assert judge.asked(JudgeJob)[0].mode == "qa"
    assert (take.verdict.option, take.verdict.mode, list(take.verdict.missing)) == (pb.no, pb.qa, [])


@pytest.mark.parametrize(("answer", "is_silent"), [("A", True), ("B. No", False)])
def test_the_judge_says_whether_it_is_silent(make, judge, answer, is_silent):
    judge.heard = Heard(answer, scores={"A_at_once": 0.5})
    take = make(silence="mllm", fallback=pb.rm)
    assert (take.outcome == pb.silent_on_purpose) is is_silent
    (note,) = notes(take, pb.checking)
    assert note.answer == answer and note.model == "scripted 1"
    assert note.numbers["A_at_once"] == 0.5 and "quiet_share" in note.numbers
    assert "level rule" in note.text


def test_an_unreadable_answer_on_silence_falls_back_on_the_level_rule(make, judge):
    judge.heard = Heard("It is a quiet sound.")
    take = make(silence="mllm", fallback=pb.rm)
    by_level = make(silence="level", fallback=pb.rm)
    assert take.outcome == by_level.outcome
    assert any("could not be read, so the level rule decided" in note for note in take.notes)
    assert notes(take, pb.checking)[0].answer == "It is a quiet sound."


def test_places_are_looked_for_where_the_judge_tells_none(make, judge):
    judge.judged = Judged(yes)
    take = make(fallback=pb.rm)
    assert not take.verdict.voiced
    assert any("voice detector found none" in note for note in take.notes)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"judge": "evidence", "silence": "mllm"}, "cannot say whether a sound is silent"),
        ({"judge": "evidence", "judge_mode": pb.qa}, "does not answer in the mode"),
        ({"judge": "evidence", "planning": pb.plan_asked}, "makes no plan"),
        ({"judge": "scripted", "judge_mode": 7}, "judge_mode is not one of the contract"),
        ({"judge": "scripted", "voices": 9}, "voices is not one of the contract"),
    ],
)
def test_what_cannot_be_asked_is_told_before_any_work(make, judge, asked, words):
    with pytest.raises(FoleyError, match="E-REQUEST") as raised:
        make(**asked)
    assert words in raised.value.facts["reason"]
    assert not judge.jobs


def test_a_take_too_long_for_the_judge(make, judge):
    judge.longest_s = 1.5
    with pytest.raises(FoleyError, match="E-LONG"):
        make()
    make(run=pb.direct)


@pytest.mark.parametrize(
    ("judged", "voices", "outcome"),
    [
        (yes, pb.voices_kept, pb.kept_by_editor),
        (no, pb.voices_kept, pb.kept_by_editor),
        ("?", pb.voices_removed_anyway, pb.silent_on_purpose),
        (no, pb.voices_removed_anyway, pb.silent_on_purpose),
    ],
)
def test_the_editors_word_goes_on_from_the_take_that_is_there(make, judge, monkeypatch, judged, voices, outcome):
    judge.judged = Judged(judged, [Stretch(0.2, 0.8)])
    judge.heard = Heard("A")
    before = make(silence="mllm", fallback=pb.rm)
    asked = len(judge.asked(JudgeJob))
    monkeypatch.setattr(catalog.generator("scratch"), "generate", lambda jobs: pytest.fail("made again"))
    take = make(silence="mllm", fallback=pb.rm, voices=voices)
    assert len(judge.asked(JudgeJob)) == asked
    assert take.outcome == outcome
    assert take.verdict == before.verdict
    assert take.request_id != before.request_id
    first, second = (earlier.read(make_path(each, "with_voices")).samples for each in (before, take))
    np.testing.assert_array_equal(first, second)
    assert [note.step for note in take.steps][:4] == [pb.preparing, pb.planning, pb.generating, pb.judging]


def test_the_editors_word_without_a_take_runs_all_steps(make, judge):
    judge.judged = Judged(no)
    take = make(voices=pb.voices_kept)
    assert take.outcome == pb.kept_by_editor
    assert [type(job) for job in judge.jobs] == [PlanJob, JudgeJob]


def test_the_editors_word_may_need_the_pictures_once_more(make, judge):
    judge.judged, judge.heard = Judged("?", [Stretch(0.2, 0.8)]), Heard("A")
    assert make(silence="mllm").outcome == pb.to_decide
    take = make(silence="mllm", voices=pb.voices_removed_anyway)
    assert take.outcome == pb.regenerated


def test_the_built_in_judge_keeps_the_fixed_plan(make):
    take = make(judge="evidence")
    assert (take.plan_origin, take.plan) == (pb.fixed_plan, plan.text)
    assert take.verdict.option in (pb.no1, pb.no3)
    assert not take.verdict.scores


def test_models_that_answer_nothing_say_so():
    with pytest.raises(NotImplementedError):
        Judge().plan([])
    assert Judge().questions == ("judgement",)
    assert Model.terms == ""
