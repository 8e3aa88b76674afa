"""What is asked of a clip, what comes of it, and what happens while the answer is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from torch import Tensor

from .. import questions
from ..exchange import Check, Progress, Tell, unread, untold, within
from .encoding import Clip
from .words import Words, written_limit

T = TypeVar("T")

seen_share, read_share = 0.3, 0.45
"""How far a question is when its clip is encoded, and when it is read."""
unfinished = "\ufffd"
"""What the bytes of a letter that is not whole are told as."""
longest_letter = 4
"""Bytes."""
usual_n = 250
"""Tokens by which half of what is left of the progress is told; how long an answer gets is not known."""


@dataclass(frozen=True, eq=False)
class Asked:
    """stop: nothing is written after this text. expected: a text to be agreed to in one pass, if it would be written.
    has_options: the letters are scored. is_option: the likelier of them alone is the answer.
    """

    clip: Clip
    question: str
    check: Check
    progress: Progress = untold
    tell: Tell = unread
    stop: str = ""
    expected: str = ""
    has_options: bool = False
    is_option: bool = False
    limit: int = written_limit


@dataclass(frozen=True)
class Answered:
    """text: verbatim. is_expected: the expected text, agreed to and not written. is_cut: at the limit, unfinished.

    at_once, after_reasoning, if_concluded: probabilities of the option letters among all tokens: at the first one,
    where the conclusion has its letter, and, where it has none, right after a conclusion's tag that is put behind the
    text.
    expected_log: mean natural logarithm of the expected text's tokens' probabilities; agreed_n: how many of its first
    tokens would have been written.
    """

    text: str
    is_expected: bool = False
    is_cut: bool = False
    written_n: int = 0
    at_once: Mapping[str, float] = field(default_factory=dict)
    after_reasoning: Mapping[str, float] = field(default_factory=dict)
    if_concluded: Mapping[str, float] = field(default_factory=dict)
    expected_log: float | None = None
    agreed_n: int = 0


@dataclass(frozen=True)
class Likelihood:
    """Of a fixed text: log: sum over its tokens of the natural logarithm of their probabilities; agreed_n: how many of
    the first tokens are what would have been written; scores: [count, vocabulary], what each was chosen from.
    """

    log: float
    count: int
    agreed_n: int
    scores: Tensor

    @property
    def is_agreed(self) -> bool:
        return self.agreed_n == self.count


class Listening:
    """Follows an answer while it is written: tells it, scores its letters, knows where it ends."""

    def __init__(
        self, words: Words, asked: Asked, letters: Callable[[Tensor], dict[str, float]], ids: list[int]
    ) -> None:
        self.words, self.asked, self.letters = words, asked, letters
        self.count, self.settled, self.unsettled = len(ids), "", ids
        self.text = self._decoded()
        self.progress = within(asked.progress, read_share, 1.0)
        self.scored: list[tuple[int, dict[str, float]]] = []
        self.is_whole = False

    def __call__(self, token: int, scores: Tensor) -> bool:
        self.unsettled.append(token)
        self.count += 1
        self.text = self._decoded()
        if self.asked.has_options and questions.conclusion in self.text.upper():
            self.scored.append((len(self.text), self.letters(scores)))
        self.asked.tell(self.text)
        self.progress(self.count / (self.count + usual_n))
        stop = self.asked.stop
        self.is_whole = bool(stop) and stop.upper() in self.text.upper()
        return self.is_whole

    def _decoded(self) -> str:
        """Tokens are bytes; those of a letter that is not whole yet are held back from what is settled."""
        more = self.words.text(self.unsettled)
        if more.endswith(unfinished) and len(self.unsettled) < longest_letter:
            return self.settled + more
        self.settled, self.unsettled = self.settled + more, []
        return self.settled

    def concluded(self) -> dict[str, float]:
        """Scores of the letters where the last conclusion has its own; empty where it has none."""
        place = questions.letter_place(self.text)
        return next((letters for end, letters in self.scored if place is not None and end > place), {})


def attempted(work: Callable[[], T]) -> T | Exception:
    try:
        return work()
    except Exception as problem:  # noqa: BLE001 - answered in this question's place; the others are answered
        return problem
