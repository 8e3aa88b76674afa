"""From what the engine hands over to what the model is asked: pictures picked, sound cut, a long take parted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from torch import Tensor

from .. import questions
from ..exchange import Frames, JudgeJob, PlanJob, SilenceJob, View
from . import hearing, pictures
from .asking import Asked
from .encoding import Clip
from .windows import Together, Window, windows

view = View(384, 384, Fraction(8), colour="rgb", fit="stretch")
"""More than are looked at; the same that MMAudio decodes."""
every_view = View(384, 384, ceiling=Fraction(120), colour="rgb", fit="stretch")
"""For the published picking, which goes by the source's own pictures."""
bare_limit = 32
"""Tokens that an answer by the option alone may take."""

Part = tuple[float, float]
"""Shares of a take's length, from first to last."""
whole: Part = (0.0, 1.0)


@dataclass(frozen=True)
class Posing:
    """pictures: of a clip that are looked at. limit: tokens of an answer. compat: as published, the faults included."""

    pictures: int
    limit: int
    compat: bool

    def plan(self, job: PlanJob) -> list[Asked]:
        job.check()
        clip = self._shown(job.frames[self.view])
        asked = Asked(clip, questions.plan, job.check, job.progress, job.tell, expected=job.expected, limit=self.limit)
        return [asked]

    def judgement(self, job: JudgeJob, is_option: bool) -> list[Asked]:
        """is_option: the likelier letter alone is the answer. One question for each piece of the take."""
        job.check()
        sound = hearing.heard(job.sound.samples, job.sound.rate)
        limit = bare_limit if job.mode == "qa" else self.limit
        made = []
        for part, asked in self._parts(job, questions.judgement):
            clip = replace(self._shown(job.frames[self.view], part), banks=self._pieces(cut(sound, part)))
            made.append(replace(asked, clip=clip, is_option=is_option, limit=limit))
        return made

    def silence(self, job: SilenceJob) -> list[Asked]:
        """Played alone and uncut, as the published program plays a file; it takes the first channel of it."""
        job.check()
        samples = job.sound.samples[:1] if self.compat else job.sound.samples
        sound = hearing.heard(samples, job.sound.rate)
        return [
            replace(asked, clip=Clip(banks=hearing.of_file(cut(sound, part))))
            for part, asked in self._parts(job, questions.silence)
        ]

    @property
    def view(self) -> View:
        return every_view if self.compat else view

    def windows(self, duration_s: float) -> list[Window]:
        """As published, a take of any length is asked about once."""
        return [(0.0, duration_s)] if self.compat else windows(duration_s)

    def heard_s(self, duration_s: float) -> float:
        """How much of a take is played."""
        of = self.windows(duration_s)
        return hearing.seconds_heard(self._spans(round(duration_s * hearing.rate / len(of)))) * len(of)

    def _parts(self, job: JudgeJob | SilenceJob, question: str) -> Iterator[tuple[Part, Asked]]:
        of = self.windows(job.sound.seconds)
        together = Together(job.progress, job.tell, of)
        for number in range(len(of)):
            asked = Asked(
                Clip(),
                question,
                job.check,
                together.progress_of(number),
                together.tell_of(number),
                stop="" if self.compat else questions.last_tag,
                has_options=True,
                limit=self.limit,
            )
            yield (number / len(of), (number + 1) / len(of)), asked

    def _shown(self, frames: Frames, part: Part = whole) -> Clip:
        if self.compat:
            picked = pictures.pick_as_published(len(frames.times_s), self.pictures)
        else:
            picked = pictures.pick(frames.times_s, self.pictures, part)
        clip = Clip(frames.pixels[picked])
        frames.release()
        return clip

    def _pieces(self, sound: Tensor) -> Tensor:
        return hearing.of_pieces(sound, self._spans(len(sound)))

    def _spans(self, length_n: int) -> list[hearing.Span]:
        return hearing.spans_as_published(length_n) if self.compat else hearing.spans(length_n)


def cut(sound: Tensor, part: Part) -> Tensor:
    first, last = (round(share * len(sound)) for share in part)
    return sound[first:last]
