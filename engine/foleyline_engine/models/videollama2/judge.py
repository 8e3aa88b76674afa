"""The paper's own judge: VideoLLaMA2.1-7B-AV asked for the plan, for voice-over and for silence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from .. import questions
from ..exchange import Heard, Judge, Judged, JudgeJob, PlanJob, Planned, SilenceJob, View
from . import files
from .asking import Answered, Asked, attempted
from .files import Answers
from .posing import Posing, every_view, view
from .reasoner import Reasoner
from .windows import as_one
from .words import written_limit

Job = TypeVar("Job", PlanJob, JudgeJob, SilenceJob)
Result = TypeVar("Result")


class VideoLLaMA2(Judge):
    """Asked in the mode "qa", it takes the checkpoint for that where it is installed; else the likelier of the two
    letters, at once, of the checkpoint that reasons. A take of more than 30 s is asked about in pieces.
    """

    name = "videollama2"
    version = "2.1-7B-AV"
    terms = "VideoLLaMA2.1-7B-AV, which judged it, is a research preview and not for commercial use."
    batch = 8
    is_parallel = False
    views = (view,)
    questions = ("plan", "judgement", "silence")
    modes = ("cot", "qa")

    def __init__(
        self,
        make: Callable[[Answers], Reasoner] | None = None,
        has_qa: Callable[[], bool] | None = None,
        limit: int = written_limit,
    ) -> None:
        self.make = make or (lambda answers: files.checkpoint(answers).reasoner())
        self.has_qa = has_qa or (lambda: files.is_here("qa"))
        self.limit = limit
        self.made: dict[Answers, Reasoner] = {}
        self.turn = threading.Lock()

    def views_for(self, compat: bool) -> Sequence[View]:
        return (every_view,) if compat else self.views

    def label(self) -> str:
        remarks = files.remarks()
        return f"{super().label()} ({', '.join(remarks)})" if remarks else super().label()

    def ready(self) -> None:
        files.check("cot")

    def plan(self, jobs: Sequence[PlanJob]) -> list[Planned | Exception]:
        return self._answer("cot", jobs, Posing.plan, _planned)

    def judge(self, jobs: Sequence[JudgeJob]) -> list[Judged | Exception]:
        is_bare = jobs[0].mode == "qa"
        answers: Answers = "qa" if is_bare and self.has_qa() else "cot"
        is_option = is_bare and answers == "cot"
        return self._answer(answers, jobs, lambda posing, job: posing.judgement(job, is_option), _judged)

    def is_silent(self, jobs: Sequence[SilenceJob]) -> list[Heard | Exception]:
        return self._answer("cot", jobs, Posing.silence, _heard)

    def reasoner(self, answers: Answers) -> Reasoner:
        if answers not in self.made:
            self.made[answers] = self.make(answers)
        return self.made[answers]

    def _answer(
        self,
        answers: Answers,
        jobs: Sequence[Job],
        pose: Callable[[Posing, Job], list[Asked]],
        read: Callable[[Posing, Job, Sequence[Answered]], Result],
    ) -> list[Result | Exception]:
        """Job by job. The lock holds whoever calls beside: there is one copy of the model."""
        with self.turn:
            reasoner = self.reasoner(answers)
            posing = Posing(reasoner.pictures, self.limit, jobs[0].compat)
            found = ask(reasoner, [attempted(partial(pose, posing, job)) for job in jobs])
        return [
            each if isinstance(each, Exception) else read(posing, job, each)
            for job, each in zip(jobs, found, strict=True)
        ]


def ask(reasoner: Reasoner, posed: Sequence[list[Asked] | Exception]) -> list[list[Answered] | Exception]:
    """All pieces of all jobs side by side; a job fails with the first of its pieces that does."""
    flat = [one for each in posed if not isinstance(each, Exception) for one in each]
    answers = iter(reasoner.ask(flat))
    return [each if isinstance(each, Exception) else _all_or_problem([next(answers) for _ in each]) for each in posed]


def _all_or_problem(answers: Sequence[Answered | Exception]) -> list[Answered] | Exception:
    problem = next((each for each in answers if isinstance(each, Exception)), None)
    return problem or [each for each in answers if isinstance(each, Answered)]


def _planned(posing: Posing, job: PlanJob, answers: Sequence[Answered]) -> Planned:
    answered = answers[0]
    numbers = {"written_tokens_n": float(answered.written_n)}
    if answered.expected_log is not None:
        numbers |= {"agreed_tokens_n": float(answered.agreed_n), "expected_log_probability": answered.expected_log}
    return Planned(answered.text, answered.is_expected, numbers)


def _judged(posing: Posing, job: JudgeJob, answers: Sequence[Answered]) -> Judged:
    """One piece with a voice-over is enough."""
    of = posing.windows(job.sound.seconds)
    answered = as_one(of, answers, questions.options[0], is_bare=job.mode == "qa")
    numbers = _numbers(answered, len(of)) | {"heard_s": posing.heard_s(job.sound.seconds)}
    return Judged(answered.text, numbers=numbers, scores=_scores(answered))


def _heard(posing: Posing, job: SilenceJob, answers: Sequence[Answered]) -> Heard:
    """One piece that is not silent is enough."""
    of = posing.windows(job.sound.seconds)
    answered = as_one(of, answers, questions.options[1], is_bare=False)
    return Heard(answered.text, _numbers(answered, len(of)), _scores(answered))


def _numbers(answered: Answered, windows_n: int) -> dict[str, float]:
    numbers = {"written_tokens_n": float(answered.written_n), "windows_n": float(windows_n)}
    numbers |= {f"{letter}_if_concluded_probability": share for letter, share in answered.if_concluded.items()}
    return numbers | ({"unfinished_n": 1.0} if answered.is_cut else {})


def _scores(answered: Answered) -> dict[str, float]:
    scores = questions.at_once(answered.at_once) if answered.at_once else {}
    return scores | (questions.after_reasoning(answered.after_reasoning) if answered.after_reasoning else {})
