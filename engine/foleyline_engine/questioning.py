"""How a judge is asked its three questions, one at a time for all clips, and what its answers amount to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import plan, verdict
from .media import timing
from .models.exchange import Heard, Judge, Judged, JudgeJob, Mode, PlanJob, Planned, SilenceJob, Stretch
from .silence import Silence

Job: TypeAlias = PlanJob | JudgeJob | SilenceJob
Answer: TypeAlias = Planned | Judged | Heard

modes: dict[pb.JudgeMode, Mode] = {pb.cot: "cot", pb.qa: "qa"}
origins: dict[plan.Status, pb.PlanOrigin] = {
    "ok": pb.written_plan,
    "repaired": pb.repaired_plan,
    "fallback": pb.replaced_plan,
}


def judges(request: pb.GenerateRequest) -> bool:
    """Whether the request has a step 2."""
    return request.run in (pb.s3, pb.s4)


def plans(request: pb.GenerateRequest, judge: Judge) -> bool:
    """Whether the judge is asked for step 0."""
    return request.planning != pb.plan_fixed and "plan" in judge.questions


def hears_silence(request: pb.GenerateRequest) -> bool:
    """Whether the judge is asked in step 4."""
    return request.run == pb.s4 and request.silence == "mllm"


def check(request: pb.GenerateRequest, judge: Judge) -> None:
    """Raises E-REQUEST or E-LONG for what this judge cannot be asked; nothing is loaded."""
    mode = modes[request.judge_mode]
    if mode not in judge.modes:
        raise FoleyError("E-REQUEST", reason=f"the judge “{judge.name}” does not answer in the mode “{mode}”")
    if request.planning == pb.plan_asked and "plan" not in judge.questions:
        raise FoleyError("E-REQUEST", reason=f"the judge “{judge.name}” makes no plan; the fixed one stands for it")
    if hears_silence(request) and "silence" not in judge.questions:
        raise FoleyError(
            "E-REQUEST", reason=f"the judge “{judge.name}” cannot say whether a sound is silent; use the level rule"
        )
    minutes = float(timing.take_length(request.clip)) / 60
    if judge.longest_s is not None and minutes * 60 > judge.longest_s:
        raise FoleyError(
            "E-LONG",
            name=request.clip.name,
            minutes=f"{minutes:.1f}",
            limit=f"{judge.longest_s / 60:g} with this judge",
        )


def answering(judge: Judge) -> Callable[[Sequence[Job]], Sequence[Answer | Exception]]:
    """One batch function for all that a judge is asked, so that its one copy is asked one thing at a time."""

    def run(jobs: Sequence[Job]) -> Sequence[Answer | Exception]:
        match jobs[0]:
            case PlanJob():
                return judge.plan([job for job in jobs if isinstance(job, PlanJob)])
            case JudgeJob():
                return judge.judge([job for job in jobs if isinstance(job, JudgeJob)])
            case SilenceJob():
                return judge.is_silent([job for job in jobs if isinstance(job, SilenceJob)])

    return run


def alike(job: Job) -> Hashable:
    """Jobs that may be answered in one batch have the same."""
    match job:
        case PlanJob():
            return "plan", job.compat, job.expected
        case JudgeJob():
            return "judgement", job.compat, job.mode
        case SilenceJob():
            return "silence", job.compat


def read_plan(planned: Planned) -> tuple[plan.Plan, pb.PlanOrigin, str]:
    """The plan that is followed, where it comes from, and one sentence that says so."""
    read = plan.parse(planned.text)
    if planned.is_expected and read.status == "ok":
        return read, pb.agreed_plan, "The judge would have written the fixed plan: one pass over it agreed."
    told = {
        "ok": "The judge wrote the fixed plan, word for word.",
        "repaired": f"The judge's plan has {_steps(read.recognized)} of the fixed four; the fixed plan was followed.",
        "fallback": "What the judge wrote is no plan; the fixed plan was followed.",
    }
    return read, origins[read.status], told[read.status]


def _steps(numbers: Sequence[int]) -> str:
    *first, last = [str(number) for number in numbers] or ["none"]
    return f"steps {', '.join(first)} and {last}" if first else f"step {last}"


def level_text(measured: Silence) -> str:
    return (
        f"{'Silent' if measured.is_silent else 'Not silent'}: {measured.ratio:.0%} of frames are below "
        f"-50 dB, the loudest is at {measured.loudest_db:.1f} dB."
    )


def level_numbers(measured: Silence) -> dict[str, float]:
    return {"quiet_share": measured.ratio, "loudest_db": measured.loudest_db}


def silence_text(says: bool | None) -> str:
    if says is None:
        return "The judge's answer on silence could not be read, so the level rule decided."
    return f"The judge says that the sound is {'silent' if says else 'not silent'}."


def voices_text(found: Sequence[Stretch]) -> str:
    if not found:
        return "The judge does not say where voices are, and the voice detector found none: listen to both versions."
    return "The judge does not say where voices are; the voice detector looked for their places."


def read_silence(heard: Heard) -> bool | None:
    """What the judge says of a sound's silence; None where its answer names no option or more than one."""
    answer = verdict.parse(heard.text).answer
    return None if answer == "undecided" else answer == "yes"
