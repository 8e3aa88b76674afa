"""The stages that the pipeline awaits: models, decoders and writers behind their batchers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from foleyline.v1 import engine_pb2 as pb

from . import plan, silence, takes, verdict
from .batching import Batcher, Done, one_by_one
from .journey import Journey
from .media import picture, sound, timing
from .models import catalog
from .models.exchange import (
    Check,
    Frames,
    Generated,
    GenerateJob,
    Judged,
    JudgeJob,
    Model,
    Separated,
    SeparateJob,
    Sound,
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
        self._is_silent = self._side_by_side(_measure_silence)
        self._write = self._side_by_side(takes.write)
        self._generators = cache(self._generator)
        self._judges = cache(self._judge)
        self._separators = cache(self._separator)

    def _side_by_side(self, work) -> Batcher:
        return Batcher(one_by_one(work), self._pool, lanes=self.workers)

    def _of_model(self, model: Model, work) -> Batcher:
        lanes = self.workers if model.is_parallel else 1
        wait_s = gather_s if model.batch > 1 else 0.0
        return Batcher(work, self._pool, max_batch=model.batch, lanes=lanes, gather_s=wait_s)

    def _generator(self, name: str) -> Batcher[GenerateJob, Generated]:
        model = catalog.generator(name)
        return self._of_model(model, model.generate)

    def _judge(self, name: str) -> Batcher[JudgeJob, Judged]:
        model = catalog.judge(name)
        return self._of_model(model, model.judge)

    def _separator(self, name: str) -> Batcher[SeparateJob, Separated]:
        model = catalog.separator(name)
        return self._of_model(model, model.separate)

    async def prepare(self, clip: Journey) -> None:
        """Pictures in the views that this request's models want."""
        clip.enter(pb.preparing)
        done = await self._prepare(clip)
        clip.frames = done.result
        pictures = sum(len(frames.times_s) for frames in done.result.values())
        clip.note(pb.preparing, done, f"{pictures} pictures read.", numbers={"pictures_n": pictures})

    async def plan(self, clip: Journey) -> Sequence[str]:
        """Step 0: the fixed plan; no model here proposes another."""
        clip.enter(pb.planning)
        clip.note(pb.planning, Done(None, 0.0, 1), "The fixed plan of four steps.", model="fixed")
        return plan.canonical

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
                frames=clip.frames,
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
        name = clip.request.judge
        done = await self._judges(name)(JudgeJob(coarse, clip.frames, steps, clip.check, progress=progress))
        model = catalog.judge(name)
        answer = verdict.message(done.result, model=model.label())
        clip.report(pb.GenerateEvent(verdict=answer))
        clip.note(pb.judging, done, verdict.line(answer), model=answer.model, numbers=done.result.numbers)
        return answer

    async def separate(self, clip: Journey, coarse: Sound) -> Sound:
        """Step 3: voices out."""
        progress = clip.enter(pb.removing)
        request = clip.request
        voiced = verdict.stretches(clip.verdict)
        job = SeparateJob(coarse, voiced, request.seed, clip.check, request.only_voiced, progress)
        done = await self._separators(request.separator)(job)
        made = done.result
        model = clip.heard(catalog.separator(request.separator))
        clip.note(pb.removing, done, made.text, model=model, numbers=made.numbers, stretches=made.removed)
        return made.sound

    async def is_silent(self, clip: Journey, fine: Sound) -> bool:
        """Step 4: the level rule."""
        clip.enter(pb.checking)
        done = await self._is_silent((fine, clip.check))
        measured = done.result
        text = (
            f"{'Silent' if measured.is_silent else 'Not silent'}: {measured.ratio:.0%} of frames are below "
            f"-50 dB, the loudest is at {measured.loudest_db:.1f} dB."
        )
        numbers = {"quiet_share": measured.ratio, "loudest_db": measured.loudest_db}
        clip.note(pb.checking, done, text, model="level", numbers=numbers)
        return measured.is_silent

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
    return views + (list(catalog.judge(request.judge).views) if judges else [])


def models_of(request: pb.GenerateRequest) -> list[Model]:
    """All that this request may come to need."""
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


def _measure_silence(asked: tuple[Sound, Check]) -> silence.Silence:
    fine, check = asked
    return silence.measure(fine.samples, check=check)
