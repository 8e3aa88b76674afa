"""Production sound of any length parted into a dialogue and an M&E stem: read, parted and written in one go.

Nothing is judged and no picture is looked at. The stems sum to the production sound, bit for bit at 24 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import hearing, splitting, takes
from .batching import Batcher, Done, one_by_one
from .journey import Journey
from .media import playback, sound, timing
from .models import catalog
from .models.exchange import Account, Model, PartJob, Progress, Separator, Stretch, delivery_rate
from .stem_files import writing

longest_s = 4 * 60 * 60
"""A RIFF file holds 248 minutes."""
detector = "evidence"
channels = 2


@dataclass(frozen=True)
class Heard:
    """What a worker is handed for one clip. voiced: None where nobody listened for voices."""

    clip: Journey
    voiced: Sequence[Stretch] | None
    progress: Progress


class Stems:
    """One engine's way from production sound to stems; some of its workers are left to other clips."""

    def __init__(self, pool: Executor, workers: int) -> None:
        lanes = max(1, workers - 1)
        self._read = Batcher(one_by_one(_read), pool, lanes=lanes)
        self._hear = Batcher(one_by_one(_hear), pool, lanes=lanes)
        self._part = Batcher(one_by_one(_part), pool, lanes=lanes)

    async def make(self, clip: Journey) -> pb.Take:
        """The take with both stems; its files are written when it returns."""
        clip.enter(pb.preparing)
        read = await self._read(clip)
        clip.note(pb.preparing, read, "The clip's production sound.", model="production")
        voiced = await self._voiced(clip) if _listens(clip.request) else None
        heard = Heard(clip, voiced, clip.enter(pb.removing))
        done: Done[tuple[pb.Take, Account]] = await self._part(heard)
        take, account = done.result
        model = catalog.separator(clip.request.separator).label()
        clip.note(pb.removing, done, account.text, model=model, numbers=account.numbers, stretches=account.removed)
        take.steps.extend(clip.steps)
        takes.write_record(clip, take)
        return take

    async def _voiced(self, clip: Journey) -> Sequence[Stretch]:
        heard = Heard(clip, None, clip.enter(pb.judging))
        done: Done[list[Stretch]] = await self._hear(heard)
        seconds = sum(part.end_s - part.start_s for part in done.result)
        text = f"A voice was heard for {seconds:.1f} s. Whose it is was not asked, and no picture was looked at."
        model = catalog.judge(detector).label()
        clip.note(pb.judging, done, text, model=model, numbers={"voiced_s": seconds}, stretches=done.result)
        return done.result


def check(request: pb.GenerateRequest) -> None:
    """Raises E-REQUEST, E-NOSOUND, E-SPEED or E-LONG for stems that cannot be made."""
    if request.source != pb.production:
        raise FoleyError("E-REQUEST", reason="stems are made of production sound, and it asks for the picture's")
    if request.clip.media.HasField("sequence"):
        raise FoleyError("E-NOSOUND", name=request.clip.name)
    if playback.speed_of(request.clip) != 1.0:
        raise FoleyError("E-SPEED", name=request.clip.name)
    seconds = float(timing.take_length(request.clip))
    if seconds > longest_s:
        raise FoleyError("E-LONG", name=request.clip.name, minutes=f"{seconds / 60:.1f}", limit=longest_s // 60)


def models_of(request: pb.GenerateRequest) -> list[Model]:
    """All that has a part in these stems."""
    separator: list[Model] = [catalog.separator(request.separator)]
    return separator + ([catalog.judge(detector)] if _listens(request) else [])


def _listens(request: pb.GenerateRequest) -> bool:
    return request.only_voiced or not catalog.separator(request.separator).finds_voices


def _read(clip: Journey) -> None:
    """Raises FoleyError for a model that is not there, before anything is read, and for media that cannot be used."""
    catalog.separator(clip.request.separator).ready()
    clip.notes.extend(sound.notes_of(clip.request.clip, clip.check))


def _hear(asked: Heard) -> list[Stretch]:
    clip = asked.clip
    catalog.judge(detector)
    length_n = timing.length_n(clip.request.clip)
    blocks = sound.read_blocks(clip.request.clip, clip.check)
    return hearing.voices_in(blocks, length_n, clip.check, asked.progress)


def _part(asked: Heard) -> tuple[pb.Take, Account]:
    clip, request = asked.clip, asked.clip.request
    separator: Separator = catalog.separator(request.separator)
    label = clip.heard(separator)
    parting = separator.part(_job(asked))
    splitter = splitting.Splitter(request.seed)
    with writing(clip, label) as files:
        for part in parting.parts:
            for start in range(0, part.mix.shape[1], delivery_rate):
                second = slice(start, start + delivery_rate)
                files.add(*splitter.split(part.mix[:, second], part.voice[:, second]))
            clip.check()
    clip.notes.extend(_held(splitter))
    account = parting.account()
    outcome = pb.voices_removed if account.removed else pb.as_generated
    return files.take(outcome), account


def _job(asked: Heard) -> PartJob:
    clip, request = asked.clip, asked.clip.request
    return PartJob(
        blocks=lambda: sound.read_blocks(request.clip, clip.check),
        rate=delivery_rate,
        channels=channels,
        length_n=timing.length_n(request.clip),
        voiced=asked.voiced or (),
        seed=request.seed,
        check=clip.check,
        only_voiced=request.only_voiced,
        progress=asked.progress,
    )


def _held(splitter: splitting.Splitter) -> list[str]:
    notes = []
    if splitter.over_n:
        notes.append(f"The production sound is beyond full scale in {splitter.over_n} samples; it was held there.")
    if splitter.moved_n:
        notes.append(
            f"In {splitter.moved_n} samples a stem would have been beyond full scale; the rest of it is in the other."
        )
    return notes
