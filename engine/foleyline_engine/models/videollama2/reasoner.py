"""One copy of the model for all that is asked: what a clip shows and plays is read once and shared by its questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from .. import questions
from ..residency import Parts, shrinking
from .asking import Answered, Asked, Likelihood, Listening, attempted, read_share, seen_share
from .configuration import Configuration
from .encoding import Clip, Encoding
from .kept import Kept
from .reading import Past, Reader
from .words import Rules, Words, after, before, rules
from .writing import Answer, likeliest, write

T = TypeVar("T")

name = "VideoLLaMA2"
past_room = {"cpu": 500_000_000, "cuda": 2_000_000_000}
"""Bytes of what was read and is kept for the next question; a clip of 7B takes 166 MB with its sound."""


@dataclass(frozen=True, eq=False)
class Held:
    """Of a clip: what was read with all of it or with its pictures, and [tokens, width] of what is still to be read."""

    whole: Past | None = None
    shown: Past | None = None
    pictures: Tensor | None = None
    sound: Tensor | None = None


class Begun:
    """A question up to the first token that has to be written. pasts: with the clip alone, and with all that the answer
    follows; ids: tokens that are the answer's already; scores: what may follow them.
    """

    def __init__(
        self, asked: Asked, pasts: tuple[Past, Past], scores: Tensor, so_far: Answered, ids: list[int]
    ) -> None:
        self.asked, self.so_far, self.ids = asked, so_far, ids
        self.clip, self.past = pasts
        self.scores = scores

    def start(self, words: Words, letters: Callable[[Tensor], dict[str, float]]) -> Answer:
        """From its beginning, however often."""
        self.listening = Listening(words, self.asked, letters, list(self.ids))
        self.answer = Answer(self.past, self.scores, self.asked.limit, self.asked.check, self.listening, list(self.ids))
        return self.answer


class Reasoner:
    """parts: "language", "sight", "hearing" and "words"."""

    def __init__(self, parts: Parts, configuration: Configuration, generation: Mapping[str, Any]) -> None:
        self.parts, self.generation = parts, dict(generation)
        self.encoding = Encoding(parts, configuration.picture_size)
        self.pictures = configuration.pictures
        self.pasts: Kept[Past] = Kept(past_room[parts.device.type])
        self.read_n = self.written_n = 0

    @property
    def words(self) -> Words:
        return self.parts.get("words")

    @torch.inference_mode()
    def ask(self, asked: Sequence[Asked]) -> list[Answered | Exception]:
        """In order; what cannot be answered is an exception in its place. Answers are written side by side."""
        found: list[Any] = [self._fitted(partial(self._encode, one)) for one in asked]
        with self.parts.use("language") as language:
            reader = Reader(language)
            for place, one in enumerate(asked):
                if isinstance(found[place], Held):
                    found[place] = self._fitted(partial(self._begin, reader, one, found[place]))
            begun = [each for each in found if isinstance(each, Begun)]
            shrinking(partial(self._write, reader, begun), max(1, len(begun)), self.parts.room, name)
            for place, each in enumerate(found):
                if isinstance(each, Begun):
                    found[place] = self._fitted(partial(self._end, reader, each))
        self.read_n, self.written_n = self.read_n + reader.read_n, self.written_n + reader.written_n
        if self.parts.low_memory:
            self.pasts.clear()
        return found

    def _fitted(self, work: Callable[[], T]) -> T | Exception:
        """Where memory runs out, what was kept of other clips goes first, then what else is idle on the device."""

        def tried(count: int) -> T:
            if count == 1:
                self.pasts.clear()
            return work()

        return attempted(lambda: shrinking(tried, 2, self.parts.room, name))

    def _write(self, reader: Reader, begun: Sequence[Begun], count: int) -> None:
        """So many at a time."""
        for first in range(0, len(begun), count):
            answers = [each.start(self.words, self.letters) for each in begun[first : first + count]]
            write(reader, answers, self.rules)

    @torch.inference_mode()
    def likelihood(self, clip: Clip, question: str, text: str) -> Likelihood:
        """How likely the model would be to write `text` and to end there, from one pass over it."""
        asked = Asked(clip, question, lambda: None)
        held = self._encode(asked)
        with self.parts.use("language") as language:
            reader = Reader(language)
            found = self._weigh(reader, asked, self._read_clip(reader, asked, held), text)[1]
        self.read_n += reader.read_n
        return found

    @cached_property
    def rules(self) -> Rules:
        return rules(self.words, self.generation)

    def _encode(self, asked: Asked) -> Held:
        """What is not read yet of the clip is encoded."""
        asked.check()
        clip = asked.clip
        whole = self.pasts.find((clip.seen, clip.heard))
        if whole is not None:
            return Held(whole)
        shown = self.pasts.find((clip.seen, None))
        is_new = shown is None and clip.seen is not None
        pictures = self.encoding.pictures(clip, asked.check) if is_new else None
        asked.progress(seen_share / 2)
        sound = self.encoding.sound(clip, asked.check) if clip.heard is not None else None
        asked.progress(seen_share)
        return Held(None, shown, pictures, sound)

    def _read_clip(self, reader: Reader, asked: Asked, held: Held) -> Past:
        """What stands before any question of the clip: text, pictures, sound."""
        clip = asked.clip
        found = held.whole or self.pasts.find((clip.seen, clip.heard))
        if found is not None:
            return found
        past = held.shown or self.pasts.find((clip.seen, None))
        if past is None:
            start = reader.embed(self.words.ids(before))
            past = self._read(reader, asked, [start, held.pictures], None)
            self.pasts.keep((clip.seen, None), past, past.size)
        if clip.heard is not None:
            past = self._read(reader, asked, [held.sound], past)
            self.pasts.keep((clip.seen, clip.heard), past, past.size)
        return past

    def _read(self, reader: Reader, asked: Asked, parts: Sequence[Tensor | None], past: Past | None) -> Past:
        embeds = torch.cat([part.to(reader.device, reader.dtype) for part in parts if part is not None])
        return reader.read(embeds, past, check=asked.check)[0]

    def _begin(self, reader: Reader, asked: Asked, held: Held) -> Begun | Answered:
        """The question read behind the clip, up to the place from which on an answer must be written."""
        past = self._read_clip(reader, asked, held)
        asked.progress(read_share)
        if asked.expected:
            return self._agree(reader, asked, past)
        ids = self.words.ids(after(asked.question))
        read, scores = reader.read(reader.embed(ids), past, check=asked.check)
        at_once = self.letters(scores[-1]) if asked.has_options else {}
        if asked.is_option:
            return _told(asked, Answered(max(at_once, key=lambda letter: at_once[letter]), at_once=at_once))
        return Begun(asked, (past, read), scores[-1], Answered("", at_once=at_once), [])

    def _agree(self, reader: Reader, asked: Asked, past: Past) -> Begun | Answered:
        """One pass over the expected text; writing goes on from the first token that would be another."""
        read, found = self._weigh(reader, asked, past, asked.expected)
        so_far = Answered(asked.expected, expected_log=found.log / found.count, agreed_n=found.agreed_n)
        if found.is_agreed:
            return _told(asked, replace(so_far, is_expected=True))
        same = self.words.ids(asked.expected)[: found.agreed_n]
        read = read.upto(read.length - (found.count - 1) + len(same))
        return Begun(asked, (past, read), found.scores[len(same)], so_far, same)

    def _weigh(self, reader: Reader, asked: Asked, past: Past, text: str) -> tuple[Past, Likelihood]:
        wanted = [*self.words.ids(text), self.words.end]
        ids = [*self.words.ids(after(asked.question)), *wanted[:-1]]
        past, scores = reader.read(reader.embed(ids), past, len(wanted), asked.check)
        logs = scores.log_softmax(-1)[torch.arange(len(wanted)), torch.tensor(wanted)]
        chosen = likeliest(scores, [wanted[:place] for place in range(len(wanted))], self.rules.penalty)
        same = [self._is_same(one, other) for one, other in zip(chosen, wanted, strict=True)]
        agreed = same.index(False) if False in same else len(wanted)
        return past, Likelihood(float(logs.sum()), len(wanted), agreed, scores)

    def _is_same(self, chosen: int, wanted: int) -> bool:
        """Any end is as good as another."""
        return chosen == wanted or {chosen, wanted} <= self.rules.ends

    def _end(self, reader: Reader, begun: Begun) -> Answered:
        asked, answer, listening = begun.asked, begun.answer, begun.listening
        if answer.problem is not None:
            raise answer.problem
        after_reasoning = listening.concluded() if asked.has_options else {}
        missing = asked.has_options and not after_reasoning
        return _told(
            asked,
            replace(
                begun.so_far,
                text=self.words.text(answer.ids).strip(),
                is_cut=len(answer.ids) >= asked.limit and not listening.is_whole,
                written_n=len(answer.ids),
                after_reasoning=after_reasoning,
                if_concluded=self._if_concluded(reader, begun) if missing else {},
            ),
        )

    def letters(self, scores: Tensor) -> dict[str, float]:
        """Of the whole vocabulary, by option: [vocabulary] to 0 to 1."""
        shares = scores.softmax(-1)
        return {letter: float(shares[list(self.words.letter_ids(letter))].sum()) for letter in questions.options}

    def _if_concluded(self, reader: Reader, begun: Begun) -> dict[str, float]:
        """What the letter would be if the answer, as far as it is written, were brought to its conclusion now."""
        question = after(begun.asked.question)
        ids = self.words.ids(f"{question}{begun.listening.text}{questions.conclusion}")
        _, scores = reader.read(reader.embed(ids), begun.clip, check=begun.asked.check)
        return self.letters(scores[-1])


def _told(asked: Asked, answered: Answered) -> Answered:
    asked.tell(answered.text)
    asked.progress(1.0)
    return answered
