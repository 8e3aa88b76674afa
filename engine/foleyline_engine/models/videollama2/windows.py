"""Long takes, asked about piece by piece: no piece longer than what the model can hear, and one answer for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from .. import questions
from ..exchange import Progress, Tell
from .asking import Answered

longest_s = 30.0

Window = tuple[float, float]
"""Seconds from the take's first sample, half-open."""


def windows(duration_s: float) -> list[Window]:
    """As few as there can be, of equal lengths."""
    count = max(1, ceil(duration_s / longest_s))
    return [(duration_s * number / count, duration_s * (number + 1) / count) for number in range(count)]


class Together:
    """Progress and text of several answers that make one."""

    def __init__(self, progress: Progress, tell: Tell, of: Sequence[Window]) -> None:
        self.progress, self.tell, self.of = progress, tell, of
        self.shares, self.texts = [0.0] * len(of), [""] * len(of)

    def progress_of(self, number: int) -> Progress:
        def progress(share: float) -> None:
            self.shares[number] = share
            self.progress(sum(self.shares) / len(self.shares))

        return progress

    def tell_of(self, number: int) -> Tell:
        def tell(text: str) -> None:
            self.texts[number] = text
            self.tell(joined(self.of, self.texts))

        return tell


def joined(of: Sequence[Window], texts: Sequence[str]) -> str:
    """One text as it is; several each under a line that says of which seconds it speaks."""
    if len(texts) == 1:
        return texts[0]
    told = [f"[{start_s:.1f} s to {end_s:.1f} s]\n{text}" for (start_s, end_s), text in zip(of, texts, strict=True)]
    return "\n\n".join(part for part, text in zip(told, texts, strict=True) if text)


def as_one(of: Sequence[Window], answers: Sequence[Answered], decisive: str, is_bare: bool) -> Answered:
    """The answer for the whole take.

    decisive: the option that holds for all as soon as it holds for one piece. The piece that decides comes last, where
    an answer is read; is_bare: it comes alone. So does a piece whose option cannot be read, where none is decisive.
    """
    letters = [_letter(answer.text, is_bare) for answer in answers]
    ranks = [0 if letter == decisive else 1 if letter is None else 2 for letter in letters]
    place = ranks.index(min(ranks))
    deciding = answers[place]
    if is_bare or ranks[place] == 1:
        return deciding
    order = [*(number for number in range(len(answers)) if number != place), place]
    text = joined([of[number] for number in order], [answers[number].text for number in order])
    written_n = sum(answer.written_n for answer in answers)
    return replace(deciding, text=text, written_n=written_n, is_cut=any(answer.is_cut for answer in answers))


def _letter(text: str, is_bare: bool) -> str | None:
    if is_bare:
        bare = text.strip(" .\n").upper()
        return bare if bare in questions.options else None
    place = questions.letter_place(text)
    return None if place is None else text[place].upper()
