"""Answers written token by token, several side by side, the likeliest token each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from .growing import Growing
from .reading import Past, Reader
from .words import Rules


@dataclass
class Answer:
    """One that is being written.

    scores: float32 [vocabulary], what may follow what is there. past: a single row, up to that place.
    after: told of every token with the scores it was taken from; true where the answer is whole.
    """

    past: Past
    scores: Tensor
    limit: int
    check: Callable[[], None]
    after: Callable[[int, Tensor], bool]
    ids: list[int] = field(default_factory=list)
    is_done: bool = False
    problem: Exception | None = None

    @property
    def is_open(self) -> bool:
        return not self.is_done and self.problem is None


def likeliest(scores: Tensor, held: Sequence[Sequence[int]], penalty: float) -> list[int]:
    """One token for each row of scores, [rows, vocabulary].

    held: the tokens of each row's answer so far. penalty: of these; 1 for none.
    """
    if penalty != 1.0:
        scores = torch.stack([_penalized(row, ids, penalty) for row, ids in zip(scores, held, strict=True)])
    highest, tokens = scores.max(-1)
    if highest.isnan().any():
        # Token 0 would be taken for good otherwise: in float16 this model overflows and writes nothing but "!".
        raise FloatingPointError("the language model's scores are no numbers")
    return tokens.tolist()


def _penalized(scores: Tensor, ids: Sequence[int], penalty: float) -> Tensor:
    if not ids:
        return scores
    held = torch.tensor(sorted(set(ids)), device=scores.device)
    some = scores[held]
    return scores.index_copy(0, held, torch.where(some < 0, some * penalty, some / penalty))


def write(reader: Reader, answers: Sequence[Answer], rules: Rules) -> None:
    """Until each is done; one whose `check` raises stops alone, its problem in it."""
    open_: list[Answer] = list(answers)
    past: Growing | None = None
    scores = torch.stack([answer.scores for answer in answers]) if answers else None
    while open_ and scores is not None:
        tokens = likeliest(scores, [answer.ids for answer in open_], rules.penalty)
        for answer, token, row in zip(open_, tokens, scores, strict=True):
            _take(answer, token, row, rules)
        kept = [row for row, answer in enumerate(open_) if answer.is_open]
        if not kept:
            return
        past = _past(past, open_, kept)
        open_ = [open_[row] for row in kept]
        scores = reader.step([answer.ids[-1] for answer in open_], past)


def _past(past: Growing | None, answers: Sequence[Answer], kept: Sequence[int]) -> Growing:
    """Of the answers that go on; joined once, when each has its first token."""
    if past is None:
        return Growing.of([answers[row].past.layers for row in kept])
    return past if len(kept) == len(answers) else past.rows(kept)


def _take(answer: Answer, token: int, scores: Tensor, rules: Rules) -> None:
    """The token, unless the answer ends with it."""
    try:
        answer.check()
        if token in rules.ends:
            answer.is_done = True
            return
        answer.ids.append(token)
        is_whole = answer.after(token, scores)
        answer.is_done = is_whole or len(answer.ids) >= answer.limit
    except Exception as problem:  # noqa: BLE001 - answered in its place; the other answers are written on
        answer.problem = problem
