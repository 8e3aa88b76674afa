"""What a model is handed and what it gives back. Needs numpy only, so model packages run anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from foleyline.timing import delivery_rate

Check = Callable[[], None]
"""Call it often (every 50 ms of work): it raises `foleyline.errors.Cancelled` once the clip is not wanted."""

Progress = Callable[[float], None]
"""Tells what share of the step is done, 0 to 1; cheap, and callable from any thread."""


def untold(share: float) -> None:
    """The progress of work that nobody watches."""


Tell = Callable[[str], None]
"""Is handed an answer as far as it is written, from its beginning each time; cheap, and callable from any thread."""


def unread(text: str) -> None:
    """For an answer that nobody reads while it is written."""


Question = Literal["plan", "judgement", "silence"]
"""What a judge can be asked: step 0, step 2, step 4."""

Mode = Literal["cot", "qa"]
"""How it answers step 2: with its reasoning in four tagged sections, or with the option alone."""


def within(progress: Progress, begin: float, end: float) -> Progress:
    """Progress of one part of the work, which begins and ends at these shares of the whole."""
    return lambda share: progress(begin + share * (end - begin))


@dataclass(frozen=True)
class View:
    """How a model wants to see the picture. One decoding pass serves the views of all models.

    rate: pictures per second, sampled by presentation time (the picture on screen at tick k / rate);
        None for every picture the take shows, at most `ceiling` per second.
    width, height: box in pixels. fit: "inside" keeps the aspect within the box, "stretch" fills it,
        "crop" covers it and cuts the middle out.
    """

    width: int
    height: int
    rate: Fraction | None = None
    ceiling: Fraction = Fraction(31)
    colour: Literal["gray", "rgb"] = "gray"
    fit: Literal["inside", "stretch", "crop"] = "inside"


def kept() -> None:
    """Pictures that lie in memory stay there."""


@dataclass(frozen=True)
class Frames:
    """A clip's pictures in one view.

    pixels: uint8, [frames, height, width] for gray, [frames, height, width, 3] for rgb.
    times_s: float64 [frames], strictly increasing: when each picture appears, in seconds from the take's first
        sample (head handle included). At least one frame, the first at or before 0.
    release: gives back the memory that reading `pixels` took, where they lie in a file; call it as you go along.
    """

    pixels: np.ndarray
    times_s: np.ndarray
    release: Callable[[], None] = kept


@dataclass(frozen=True)
class Sound:
    """samples: float32 [channels, samples], full scale 1.0; rate in Hz."""

    samples: np.ndarray
    rate: int = delivery_rate

    @property
    def seconds(self) -> float:
        return self.samples.shape[-1] / self.rate


@dataclass(frozen=True)
class Stretch:
    """Seconds from the take's first sample, half-open."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class Cue:
    """A moment in the picture that wants a sound: seconds, strength 0-1, pan -1 (left) to 1, size 0-1."""

    time_s: float
    strength: float
    pan: float
    size: float
    family: str


@dataclass(frozen=True)
class GenerateJob:
    """Step 1 for one clip. length_n: samples a channel at 48 kHz that the sound must have.

    steps, guidance: for generators that denoise; DeepSound-V1's where not said. mmaudio_compat: frames picked and
    lengths counted as the MMAudio demo does.
    """

    frames: Mapping[View, Frames]
    length_n: int
    prompt: str
    negative_prompt: str
    seed: int
    check: Check
    steps: int = 25
    guidance: float = 4.5
    mmaudio_compat: bool = False
    progress: Progress = untold


@dataclass(frozen=True)
class Generated:
    """text: one sentence on what was made; numbers: its measures, names end in their unit; notes: sentences for the
    editor."""

    sound: Sound
    cues: Sequence[Cue] = ()
    text: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class PlanJob:
    """Step 0 for one clip: which steps does a judge propose, given what `frames` shows?

    expected: a text that a judge may check in one pass and write out only where it would have written another; empty
        where it shall write in any case. compat: what it is shown, as the judge's reference prepares it.
    """

    frames: Mapping[View, Frames]
    check: Check
    expected: str = ""
    compat: bool = False
    progress: Progress = untold
    tell: Tell = unread


@dataclass(frozen=True)
class Planned:
    """text: the plan verbatim; is_expected: it is the expected text, which one pass found to be what would have been
    written."""

    text: str
    is_expected: bool = False
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class JudgeJob:
    """Step 2 for one clip: is there a voice-over in `sound`, given what `frames` shows?

    plan: the steps that are followed. compat: what it is shown and played, as the judge's reference prepares it.
    """

    sound: Sound
    frames: Mapping[View, Frames]
    plan: Sequence[str]
    check: Check
    mode: Mode = "cot"
    compat: bool = False
    progress: Progress = untold
    tell: Tell = unread


@dataclass(frozen=True)
class Judged:
    """text: the answer verbatim, with its tagged sections; voiced: where voices were heard.

    scores: probabilities that a language model gave to option letters, 0 to 1 of its whole vocabulary, by where it was
        read: see `questions.at_once` and `questions.after_reasoning`. Empty where there are none.
    """

    text: str
    voiced: Sequence[Stretch] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SilenceJob:
    """Step 4 for one clip: is `sound` silent? It is played without the picture."""

    sound: Sound
    check: Check
    compat: bool = False
    progress: Progress = untold
    tell: Tell = unread


@dataclass(frozen=True)
class Heard:
    """text: the answer verbatim; scores: as in `Judged`."""

    text: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SeparateJob:
    """Step 3 for one clip: take the voices out of `sound`; voiced says where the judge heard them.

    only_voiced: outside of these stretches and their margins nothing is touched.
    """

    sound: Sound
    voiced: Sequence[Stretch]
    seed: int
    check: Check
    only_voiced: bool = False
    progress: Progress = untold


@dataclass(frozen=True)
class Separated:
    """sound: what is left, same length, rate and channels, same phase and level outside of the voices; removed: where
    they were."""

    sound: Sound
    text: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    removed: Sequence[Stretch] = ()


Blocks = Callable[[], Iterable[np.ndarray]]
"""A sound as blocks float32 [channels, n] of any lengths; each call begins anew at its first sample."""


@dataclass(frozen=True)
class PartJob:
    """Step 3 for a sound of any length, taken as it is read. length_n: samples a channel that come in all. The rest is
    as in SeparateJob.
    """

    blocks: Blocks
    rate: int
    channels: int
    length_n: int
    voiced: Sequence[Stretch]
    seed: int
    check: Check
    only_voiced: bool = False
    progress: Progress = untold


@dataclass(frozen=True)
class Parted:
    """The same samples three times, float32 [channels, n]: rest is the mix less the voice."""

    rest: np.ndarray
    voice: np.ndarray
    mix: np.ndarray


@dataclass(frozen=True)
class Account:
    """What was taken out: one sentence, measures (names end in their unit), where."""

    text: str
    numbers: Mapping[str, float]
    removed: Sequence[Stretch]


@dataclass(frozen=True)
class Parting:
    """parts: all of the sound in order, to be read once; account: to be asked for when they have been read."""

    parts: Iterator[Parted]
    account: Callable[[], Account]


class Model:
    """What the engine must know of a model before it hands jobs to it.

    terms: what its weights may not be used for, one sentence that every take carries; empty where nothing is
        forbidden. batch: jobs that one call may hold. is_parallel: calls may run side by side.
    """

    name: str
    version: str
    terms: str = ""
    batch: int = 1
    is_parallel: bool = True

    def label(self) -> str:
        """Name and version, as the notes carry it."""
        return f"{self.name} {self.version}"

    def ready(self) -> None:
        """Raises FoleyError (E-WEIGHTS) where the model cannot run; cheap, nothing is loaded."""


class Generator(Model):
    """Step 1. `generate` answers job by job, in order; a job that cannot be done is an exception in its place."""

    views: Sequence[View] = ()

    def views_for(self, mmaudio_compat: bool) -> Sequence[View]:
        """How it wants to see the picture of a job."""
        del mmaudio_compat
        return self.views

    def generate(self, jobs: Sequence[GenerateJob]) -> list[Generated | Exception]:
        raise NotImplementedError


class Judge(Model):
    """Steps 0, 2 and, where asked to, 4: one model, whatever it is asked. Answers job by job, in order; a job that
    cannot be done is an exception in its place. The jobs of one call are of one mode and one compat.

    questions: what it can be asked; the fixed plan and the level rule stand in for the others. modes: how it can answer
        the judgement. longest_s: how long a take it can judge, in seconds; None for any.
    """

    views: Sequence[View] = ()
    questions: Sequence[Question] = ("judgement",)
    modes: Sequence[Mode] = ("cot",)
    longest_s: float | None = None

    def views_for(self, compat: bool) -> Sequence[View]:
        """How it wants to see the picture of a job."""
        del compat
        return self.views

    def plan(self, jobs: Sequence[PlanJob]) -> list[Planned | Exception]:
        raise NotImplementedError

    def judge(self, jobs: Sequence[JudgeJob]) -> list[Judged | Exception]:
        raise NotImplementedError

    def is_silent(self, jobs: Sequence[SilenceJob]) -> list[Heard | Exception]:
        raise NotImplementedError


class Separator(Model):
    """Step 3. finds_voices: it hears by itself what is a voice; else it works where it is told that one is.

    What a separator does is in `part`; a take is a sound that is there as a whole.
    """

    finds_voices: bool = False

    def part(self, job: PartJob) -> Parting:
        """Nothing is done before its parts are read; what is held meanwhile does not grow with the sound."""
        raise NotImplementedError

    def separate(self, jobs: Sequence[SeparateJob]) -> list[Separated | Exception]:
        """Job by job, in order; a job that cannot be done is an exception in its place."""
        return [self._attempt(job) for job in jobs]

    def _attempt(self, job: SeparateJob) -> Separated | Exception:
        try:
            return self._separate(job)
        except Exception as problem:  # noqa: BLE001 - the answer in this job's place; the other jobs run on
            return problem

    def _separate(self, job: SeparateJob) -> Separated:
        samples, done = job.sound.samples, 0
        rest = np.empty_like(samples)
        parting = self.part(as_part(job))
        for part in parting.parts:
            end = done + part.rest.shape[-1]
            rest[:, done:end] = part.rest
            done = end
        account = parting.account()
        return Separated(Sound(rest, job.sound.rate), account.text, account.numbers, account.removed)


def as_part(job: SeparateJob) -> PartJob:
    """A sound that is there as one that is read."""
    sound = job.sound
    return PartJob(
        blocks=lambda: blocks_of(sound),
        rate=sound.rate,
        channels=len(sound.samples),
        length_n=sound.samples.shape[-1],
        voiced=job.voiced,
        seed=job.seed,
        check=job.check,
        only_voiced=job.only_voiced,
        progress=job.progress,
    )


def blocks_of(sound: Sound) -> Iterator[np.ndarray]:
    """Second by second."""
    for start in range(0, sound.samples.shape[-1], sound.rate):
        yield sound.samples[:, start : start + sound.rate]
