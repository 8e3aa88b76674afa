"""The stages that the pipeline awaits: models, decoders and writers behind their batchers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from foleyline.v1 import engine_pb2 as pb

from . import earlier, plan, questioning, silence, stems, takes, verdict
from .batching import Batcher, Done, one_by_one
from .journey import Journey
from .media import picture, sound, timing
from .models import catalog
from .models.exchange import (
    Check,
    Frames,
    Generated,
    GenerateJob,
    Heard,
    Judged,
    JudgeJob,
    Model,
    PlanJob,
    Planned,
    Separated,
    SeparateJob,
    SilenceJob,
    Sound,
    Stretch,
    View,
)

gather_s = 0.05
"""How long a model that takes several clips at once waits for the second one."""


class Stages:
    """One engine's stages. All share one pool of worker threads, as many as the processor has cores."""

    def __init__(self) -> None:
        self.workers = max(2, os.cpu_count() or 2)
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="stage")
        self._prepare = self._side_by_side(_read)
        self._production = self._side_by_side(_read_production)
        self._level = self._side_by_side(_measure_silence)
        self._earlier = self._side_by_side(_find_earlier)
        self._voices = self._side_by_side(_find_voices)
        self._write = self._side_by_side(takes.write)
        self.stems = stems.Stems(self._pool, self.workers)
        self._generators = cache(self._generator)
        self._judges = cache(self._judge)
        self._separators = cache(self._separator)

    def _side_by_side(self, work) -> Batcher:
        return Batcher(one_by_one(work), self._pool, lanes=self.workers)

    def _of_model(self, model: Model, work, **other: Any) -> Batcher:
        lanes = self.workers if model.is_parallel else 1
        wait_s = gather_s if model.batch > 1 else 0.0
        return Batcher(work, self._pool, max_batch=model.batch, lanes=lanes, gather_s=wait_s, **other)

    def _generator(self, name: str) -> Batcher[GenerateJob, Generated]:
        model = catalog.generator(name)
        return self._of_model(model, model.generate)

    def _judge(self, name: str) -> Batcher[questioning.Job, Any]:
        model = catalog.judge(name)
        return self._of_model(model, questioning.answering(model), key=questioning.alike)

    def _separator(self, name: str) -> Batcher[SeparateJob, Separated]:
        model = catalog.separator(name)
        return self._of_model(model, model.separate)

    async def prepare(self, clip: Journey) -> None:
        """Pictures in the views that this request's models want, unless they are there."""
        if clip.frames is not None:
            return
        clip.enter(pb.preparing)
        done = await self._prepare(clip)
        clip.frames = done.result
        pictures = sum(len(frames.times_s) for frames in done.result.values())
        clip.note(pb.preparing, done, f"{pictures} pictures read.", numbers={"pictures_n": pictures})

    async def plan(self, clip: Journey) -> Sequence[str]:
        """Step 0: the judge's plan where it is asked for one; the fixed plan stands in where that cannot be used."""
        progress = clip.enter(pb.planning)
        request = clip.request
        if not (questioning.judges(request) and questioning.plans(request, catalog.judge(request.judge))):
            clip.note(pb.planning, Done(None, 0.0, 1), "The fixed plan of four steps.", model="fixed")
            return plan.canonical
        expected = plan.text if request.planning == pb.plan_checked else ""
        done: Done[Planned] = await self._judges(request.judge)(
            PlanJob(clip.seen, clip.check, expected, request.judge_compat, progress, clip.telling(pb.planning))
        )
        read, clip.plan_origin, told = questioning.read_plan(done.result)
        model = clip.heard(catalog.judge(request.judge))
        clip.note(pb.planning, done, told, model=model, numbers=done.result.numbers, answer=done.result.text)
        if clip.plan_origin == pb.replaced_plan:
            clip.notes.append(told)
        return read.steps

    async def production(self, clip: Journey) -> Sound:
        """Step 1 from the clip's own sound."""
        clip.enter(pb.generating)
        done = await self._production(clip)
        clip.note(pb.generating, done, "The clip's production sound.", model="production")
        return done.result

    async def generate(self, clip: Journey, step: pb.Step, leave_out: str) -> Sound:
        """Step 1, and again as step 4's fallback. leave_out: the negative prompt of this pass."""
        request = clip.request
        done = await self._generators(request.generator)(
            GenerateJob(
                frames=clip.seen,
                length_n=timing.length_n(request.clip),
                prompt=request.prompt,
                negative_prompt=leave_out,
                seed=request.seed,
                check=clip.check,
                progress=clip.enter(step),
                mmaudio_compat=request.mmaudio_compat,
                **said(request, "steps", "guidance"),
            )
        )
        made = done.result
        clip.cues = [pb.Cue(**vars(cue)) for cue in made.cues]
        clip.notes.extend(made.notes)
        clip.note(step, done, made.text, model=clip.heard(catalog.generator(request.generator)), numbers=made.numbers)
        return made.sound

    async def judge(self, clip: Journey, coarse: Sound, steps: Sequence[str]) -> pb.Verdict:
        """Step 2: is there a voice-over? The verdict is reported as soon as it is there."""
        progress = clip.enter(pb.judging)
        request = clip.request
        mode = questioning.modes[request.judge_mode]
        telling = clip.telling(pb.judging)
        done: Done[Judged] = await self._judges(request.judge)(
            JudgeJob(coarse, clip.seen, steps, clip.check, mode, request.judge_compat, progress, telling)
        )
        answer = verdict.message(done.result, clip.heard(catalog.judge(request.judge)), request.judge_mode)
        clip.report(pb.GenerateEvent(verdict=answer))
        clip.note(pb.judging, done, verdict.line(answer), model=answer.model, numbers=done.result.numbers)
        return answer

    async def separate(self, clip: Journey, coarse: Sound) -> Sound:
        """Step 3: voices out."""
        progress = clip.enter(pb.removing)
        request = clip.request
        voiced = await self._voiced(clip, coarse)
        job = SeparateJob(coarse, voiced, request.seed, clip.check, request.only_voiced, progress)
        done = await self._separators(request.separator)(job)
        made = done.result
        model = clip.heard(catalog.separator(request.separator))
        clip.note(pb.removing, done, made.text, model=model, numbers=made.numbers, stretches=made.removed)
        return made.sound

    async def _voiced(self, clip: Journey, coarse: Sound) -> Sequence[Stretch]:
        """Where the judge heard voices; one that does not say where leaves that to the built-in voice detector."""
        if clip.verdict.voiced:
            return verdict.stretches(clip.verdict)
        found = (await self._voices((coarse, clip.check))).result
        clip.verdict.voiced.extend(pb.Stretch(start_s=each.start_s, end_s=each.end_s) for each in found)
        clip.notes.append(questioning.voices_text(found))
        return found

    async def is_silent(self, clip: Journey, fine: Sound) -> bool:
        """Step 4: the level rule, or the judge; where its answer cannot be read the level rule decides."""
        progress = clip.enter(pb.checking)
        level: Done[silence.Silence] = await self._level((fine, clip.check))
        measured, text = level.result, questioning.level_text(level.result)
        numbers = questioning.level_numbers(measured)
        if not questioning.hears_silence(clip.request):
            clip.note(pb.checking, level, text, model="level", numbers=numbers)
            return measured.is_silent
        asked = SilenceJob(fine, clip.check, clip.request.judge_compat, progress, clip.telling(pb.checking))
        done: Done[Heard] = await self._judges(clip.request.judge)(asked)
        says = questioning.read_silence(done.result)
        told = questioning.silence_text(says)
        if says is None:
            clip.notes.append(told)
        clip.note(
            pb.checking,
            Done(None, level.seconds + done.seconds, done.batch),
            f"{told} The level rule: {text}",
            model=clip.heard(catalog.judge(clip.request.judge)),
            numbers={**numbers, **done.result.numbers, **done.result.scores},
            answer=done.result.text,
        )
        return measured.is_silent if says is None else says

    async def go_on(self, clip: Journey) -> tuple[Sequence[str], Sound] | None:
        """The plan and the sound of the take that the editor's word is about, its verdict and notes with it."""
        if clip.request.voices == pb.voices_judged or not questioning.judges(clip.request):
            return None
        found: earlier.Earlier | None = (await self._earlier(clip)).result
        if found is None:
            return None
        clip.verdict, clip.plan_origin = found.take.verdict, found.take.plan_origin
        clip.steps, clip.cues = found.steps, found.cues
        clip.notes, clip.terms = list(found.take.notes), list(found.take.terms)
        clip.report(pb.GenerateEvent(verdict=clip.verdict))
        return found.take.plan.split("\n"), found.coarse

    async def write(
        self,
        clip: Journey,
        steps: Sequence[str],
        coarse: Sound,
        fine: Sound | None,
        outcome: pb.Outcome,
    ) -> pb.Take:
        """Both files of the take and the take itself, whole or not at all."""
        clip.enter(pb.writing)
        done = await self._write(takes.Finished(clip, steps, coarse, fine, outcome))
        return done.result

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _views(request: pb.GenerateRequest) -> list[View]:
    """What the models of this request want to see; the generator sees nothing where it is never asked."""
    generates = request.source == pb.picture or (request.run == pb.s4 and request.fallback == pb.neg)
    judges = request.run in (pb.s3, pb.s4)
    views = list(catalog.generator(request.generator).views_for(request.mmaudio_compat)) if generates else []
    return views + (list(catalog.judge(request.judge).views_for(request.judge_compat)) if judges else [])


def models_of(request: pb.GenerateRequest) -> list[Model]:
    """All that this request may come to need."""
    if request.run == pb.stems:
        return stems.models_of(request)
    judges = request.run in (pb.s3, pb.s4)
    generates = request.source == pb.picture or (request.run == pb.s4 and request.fallback == pb.neg)
    found: list[Model] = [catalog.generator(request.generator)] if generates else []
    return found + ([catalog.judge(request.judge), catalog.separator(request.separator)] if judges else [])


def said(request: pb.GenerateRequest, *names: str) -> dict[str, Any]:
    """Fields of the request that are there, by name; the others are left to the job's defaults."""
    return {name: getattr(request, name) for name in names if request.HasField(name)}


def _read(clip: Journey) -> dict[View, Frames]:
    """Raises FoleyError for media that cannot be used, and for models that are not there before anything is read."""
    for model in models_of(clip.request):
        model.ready()
    clip.notes.extend(picture.notes_of(clip.request.clip))
    return picture.read_frames(clip.request.clip, _views(clip.request), clip.check)


def _read_production(clip: Journey) -> Sound:
    return sound.read_sound(clip.request.clip, clip.check)


def _find_earlier(clip: Journey) -> earlier.Earlier | None:
    return earlier.find(clip.request, models_of(clip.request))


def _find_voices(asked: tuple[Sound, Check]) -> Sequence[Stretch]:
    catalog.judge("evidence")  # says what is not installed
    from .models.evidence.voices import listen

    return listen(*asked).stretches


def _measure_silence(asked: tuple[Sound, Check]) -> silence.Silence:
    fine, check = asked
    return silence.measure(fine.samples, check=check)
