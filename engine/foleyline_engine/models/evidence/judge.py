"""The built-in judge of step 2: measures voices and people, then applies the paper's rule to what it measured."""

from __future__ import annotations

from collections.abc import Sequence

from ..exchange import Judge, Judged, JudgeJob
from . import account
from .people import briefly, closely, look, view
from .voices import listen


class Evidence(Judge):
    """Needs no download; no plan changes what it does, since it always runs the same two measurements."""

    name = "evidence"
    version = "1"
    views = (view,)

    def judge(self, jobs: Sequence[JudgeJob]) -> list[Judged | Exception]:
        return [_attempt(job) for job in jobs]


def _attempt(job: JudgeJob) -> Judged | Exception:
    try:
        return _judge(job)
    except Exception as problem:  # noqa: BLE001 - the answer in this job's place; the other jobs run on
        return problem


def _judge(job: JudgeJob) -> Judged:
    voices = listen(job.sound, job.check)
    # Without a voice there is no voice-over, whoever is seen: a rough look tells the two cases that are left apart.
    people = look(job.frames[view], job.check, closely if voices.stretches else briefly)
    seconds = job.sound.seconds
    numbers = {
        "voiced_s": voices.seconds,
        "voiced_share": voices.seconds / seconds if seconds else 0.0,
        "speech_probability": voices.highest,
        "pictures_n": float(len(people.times_s)),
        "face_pictures_n": float(len(people.pictures_with("face"))),
        "figure_pictures_n": float(len(people.pictures_with("figure"))),
        "still_pictures_n": float(len({seen.picture for seen in people.still})),
    }
    return Judged(account.write(people, voices, seconds), voices.stretches, numbers)
