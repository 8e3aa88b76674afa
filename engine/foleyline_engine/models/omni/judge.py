"""The judge for commercial work: an open audio-visual model that is told the paper's rule and asked its questions."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from transformers import AutoTokenizer

from .. import questions
from ..exchange import (
    Check,
    Frames,
    Heard,
    Judge,
    Judged,
    JudgeJob,
    PlanJob,
    Planned,
    Progress,
    SilenceJob,
    Sound,
    Tell,
    within,
)
from ..memory import best
from ..residency import Part, Parts, shrinking
from . import choice, wording
from .decoding import Answer, write
from .hearing import features_of
from .pictures import Patches, patches_of, view
from .thinker import Thinker, load

limits = {"plan": 160, "cot": 700, "qa": 16, "silence": 16}
"""Tokens that an answer may have; one that is longer is cut and read as it stands."""

usual = {"plan": 70, "cot": 250, "qa": 2, "silence": 2}
"""Tokens that answers have, for the progress that is told."""

seen_share, read_share = 0.3, 0.5
pictures_kept = 16
"""Clips whose pictures' tokens are kept for the next question, about 13 MB each at full size."""

turn = threading.Lock()


@dataclass(frozen=True, eq=False)
class Asked:
    """kind: of `limits`. stop: nothing is written after it. expected: a text that one pass may agree to."""

    kind: str
    question: str
    check: Check
    progress: Progress
    tell: Tell
    frames: Frames | None = None
    sound: Sound | None = None
    stop: str = ""
    expected: str = ""


@dataclass(frozen=True)
class Said:
    """What came of it. numbers, scores: as a job's result has them."""

    text: str
    is_expected: bool
    numbers: dict[str, float] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)


class Omni(Judge):
    """`seen_n` counts clips that went through the picture encoder, `read_n` tokens that were read before answers."""

    name = "omni"
    version = "1"
    is_parallel = False
    batch = 4
    views = (view,)
    questions = ("plan", "judgement", "silence")
    modes = ("cot", "qa")
    longest_s = 300.0

    def __init__(self) -> None:
        self.bits: choice.Bits = choice.bits(best())
        sizes = {"thinker": lambda: choice.estimate(self.parts.device, self.bits)}
        self.parts = Parts({"thinker": self._load, "words": _read_words}, sizes=sizes)
        if self.bits != 16:
            self.parts.parts["thinker"] = Packed("thinker", self._load, sizes["thinker"])
        self.pictures: OrderedDict[bytes, tuple[Patches, Tensor]] = OrderedDict()
        self.seen_n = self.read_n = 0
        self.terms = choice.terms()

    def label(self) -> str:
        return f"{super().label()} ({choice.label(self.bits)})"

    def ready(self) -> None:
        choice.check()

    def _load(self) -> Thinker:
        how = choice.holding(self.parts.device, self.bits)
        return load(choice.folder(), how.dtype, how.packing)

    def plan(self, jobs: Sequence[PlanJob]) -> list[Planned | Exception]:
        asked = [
            Asked(
                "plan",
                questions.plan,
                job.check,
                job.progress,
                job.tell,
                frames=job.frames[view],
                expected=job.expected,
            )
            for job in jobs
        ]
        return [_as(said, lambda one: Planned(one.text, one.is_expected, one.numbers)) for said in self.ask(asked)]

    def judge(self, jobs: Sequence[JudgeJob]) -> list[Judged | Exception]:
        asked = [
            Asked(
                job.mode,
                questions.judgement,
                job.check,
                job.progress,
                job.tell,
                frames=job.frames[view],
                sound=job.sound,
                stop=questions.last_tag if job.mode == "cot" else "",
            )
            for job in jobs
        ]
        return [_as(said, lambda one: Judged(one.text, (), one.numbers, one.scores)) for said in self.ask(asked)]

    def is_silent(self, jobs: Sequence[SilenceJob]) -> list[Heard | Exception]:
        asked = [
            Asked("silence", questions.silence, job.check, job.progress, job.tell, sound=job.sound) for job in jobs
        ]
        return [_as(said, lambda one: Heard(one.text, one.numbers, one.scores)) for said in self.ask(asked)]

    @torch.inference_mode()
    def ask(self, asked: Sequence[Asked]) -> list[Said | Exception]:
        """All of one kind, in order; what cannot be answered is an exception in its place."""
        self.ready()
        words = self.parts.get("words")
        system = wording.reasoning if asked[0].kind in ("plan", "cot") else wording.option
        prefix = _ids(words, wording.before(system))
        with turn, self.parts.use("thinker") as thinker:
            begun = [_attempt(lambda one=one: self._begin(thinker, words, len(prefix), one)) for one in asked]
            writing = [each for each in begun if isinstance(each, Writing)]
            room = self.parts.room
            shrinking(lambda count: self._write(thinker, prefix, writing, count), self.batch, room, self.name)
            return [each if isinstance(each, Exception) else _attempt(each.said) for each in begun]

    def _write(self, thinker: Thinker, prefix: Sequence[int], writing: Sequence[Writing], count: int) -> None:
        """So many at a time, all from their beginning."""
        answers = [each.begin() for each in writing]
        for start in range(0, len(answers), count):
            self.read_n += write(thinker, prefix, answers[start : start + count])

    def _begin(self, thinker: Thinker, words: Any, prefix_n: int, asked: Asked) -> Writing:
        """All that an answer follows, encoded and in its place."""
        asked.check()
        patches, seen = self._see(thinker, asked.frames) if asked.frames else (None, None)
        asked.progress(seen_share)
        asked.check()
        features = features_of(asked.sound, thinker.bins) if asked.sound else None
        features_n = 0 if features is None else features.shape[-1]
        clip = thinker.clip_ids(patches, features_n)
        ids = [*clip, *_ids(words, wording.after(asked.question))]
        embeds = thinker.embed(ids)
        for mark, tokens in ((thinker.marks.picture, seen), (thinker.marks.sound, _heard(thinker, features))):
            if tokens is not None:
                embeds[torch.tensor(ids, device=embeds.device) == mark] = tokens.to(embeds)
        places = thinker.place([0] * prefix_n + ids, patches, features_n)[:, prefix_n:]
        asked.progress(read_share)
        return Writing(words, asked, embeds, places)

    def _see(self, thinker: Thinker, frames: Frames) -> tuple[Patches, Tensor]:
        """A clip's pictures as tokens, made once for all that is asked of it."""
        key = hashlib.blake2b(repr(frames.pixels.shape).encode() + frames.pixels.tobytes()).digest()
        if key not in self.pictures:
            patches = patches_of(frames, thinker.cut)
            self.seen_n += 1
            self.pictures[key] = replace(patches, pixels=torch.empty(0)), thinker.see(patches).cpu()
            if len(self.pictures) > pictures_kept:
                self.pictures.popitem(last=False)
        self.pictures.move_to_end(key)
        return self.pictures[key]


class Packed(Part):
    """Weights in fewer bits go back to their file when they leave the device."""

    def leave(self, device: torch.device) -> None:
        del device
        self.loaded = None


class Writing:
    """Follows one answer while it is written: tells it, scores its letters, knows where it ends."""

    def __init__(self, words: Any, asked: Asked, embeds: Tensor, places: Tensor) -> None:
        self.words, self.asked, self.embeds, self.places = words, asked, embeds, places
        self.progress = within(asked.progress, read_share, 1.0)
        self.letters = {letter: _letter_ids(words, letter) for letter in questions.options}
        end = _ids(words, wording.end_of_turn)
        self.expected = [*_ids(words, asked.expected), *end] if asked.expected else []
        self.ends = frozenset({end[0], words.eos_token_id})
        self.begin()

    def begin(self) -> Answer:
        self.scored: list[tuple[int, dict[str, float]]] = []
        limit, check = limits[self.asked.kind], self.asked.check
        self.answer = Answer(self.embeds, self.places, self.ends, limit, check, self.watch, self.expected, self.closing)
        return self.answer

    @property
    def text(self) -> str:
        ids = self.answer.ids
        return self.words.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def watch(self, ids: list[int], scores: Tensor) -> bool:
        text = self.text
        if questions.conclusion in text.upper() and any(ids[-1] in each for each in self.letters.values()):
            self.scored.append((len(text), self._probabilities(scores)))
        self.asked.tell(text)
        self.progress(len(ids) / (len(ids) + usual[self.asked.kind]))
        return bool(self.asked.stop) and self.asked.stop in text.upper()

    def closing(self) -> list[int]:
        """A conclusion's tag behind a reasoned answer that has none."""
        is_lacking = self.asked.kind == "cot" and questions.letter_place(self.text) is None
        return _ids(self.words, questions.conclusion) if is_lacking else []

    def said(self) -> Said:
        """Raises what stopped the answer."""
        answer = self.answer
        if answer.problem is not None:
            raise answer.problem
        numbers = {"answer_tokens_n": float(len(answer.ids))}
        if len(answer.ids) >= answer.limit:
            numbers["unfinished_n"] = 1.0
        if answer.closed is not None and self.closing():
            shares = self._probabilities(answer.closed)
            numbers |= {f"{letter}_if_concluded_probability": share for letter, share in shares.items()}
        if self.asked.expected:
            numbers |= {"agreed_tokens_n": float(answer.agreed_n), "expected_mean_log": answer.logs}
        is_expected = bool(answer.expected) and answer.agreed_n == len(answer.expected)
        text = self.asked.expected if is_expected else self.text.strip()
        return Said(text, is_expected, numbers, {} if self.asked.kind == "plan" else self._scores())

    def _scores(self) -> dict[str, float]:
        at_once = {} if self.answer.first is None else questions.at_once(self._probabilities(self.answer.first))
        place = questions.letter_place(self.text)
        concluded = next((each for end, each in self.scored if place is not None and end == place + 1), None)
        return {**at_once, **(questions.after_reasoning(concluded) if concluded else {})}

    def _probabilities(self, scores: Tensor) -> dict[str, float]:
        """Of the option letters, among the whole vocabulary."""
        shares = scores.softmax(-1)
        return {letter: float(shares[list(ids)].sum()) for letter, ids in self.letters.items()}


def _read_words() -> Any:
    return AutoTokenizer.from_pretrained(choice.folder(), local_files_only=True)


def _ids(words: Any, text: str) -> list[int]:
    return list(words(text, add_special_tokens=False)["input_ids"])


def _letter_ids(words: Any, letter: str) -> tuple[int, ...]:
    """The tokens that write an option's letter, alone or with the space before it."""
    written = [_ids(words, text) for text in (letter, f" {letter}")]
    return tuple(dict.fromkeys(ids[0] for ids in written if len(ids) == 1))


def _heard(thinker: Thinker, features: Tensor | None) -> Tensor | None:
    return None if features is None else thinker.hear(features)


def _attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as problem:  # noqa: BLE001 - answered in this job's place; the others run on
        return problem


def _as(said: Said | Exception, made: Callable[[Said], Any]) -> Any:
    return said if isinstance(said, Exception) else made(said)
