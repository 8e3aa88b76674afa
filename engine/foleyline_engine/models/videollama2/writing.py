"""Answers written token by token, several side by side, the likeliest token each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

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


def likeliest(scores: Tensor, ids: Sequence[int], penalty: float) -> int:
    """scores: [vocabulary]. penalty: of tokens that the answer already holds; 1 for none."""
    if penalty != 1.0 and ids:
        held = torch.tensor(sorted(set(ids)), device=scores.device)
        some = scores[held]
        scores = scores.index_copy(0, held, torch.where(some < 0, some * penalty, some / penalty))
    return int(scores.argmax())


def write(reader: Reader, answers: Sequence[Answer], rules: Rules) -> None:
    """Until each is done; one whose `check` raises stops alone, its problem in it."""
    for answer in answers:
        _take(answer, rules)
    open_ = [answer for answer in answers if answer.is_open]
    past = Past.joined([answer.past for answer in open_]) if open_ else None
    for answer in answers:
        answer.past = Past((), (0,))
    while past is not None and open_:
        past, scores = reader.step([answer.ids[-1] for answer in open_], past)
        for answer, row in zip(open_, scores, strict=True):
            answer.scores = row
            _take(answer, rules)
        kept = [row for row, answer in enumerate(open_) if answer.is_open]
        if len(kept) < len(open_):
            open_ = [open_[row] for row in kept]
            past = past.rows(kept) if kept else None


def _take(answer: Answer, rules: Rules) -> None:
    """One token more, unless the answer ends here."""
    try:
        answer.check()
        token = likeliest(answer.scores, answer.ids, rules.penalty)
        if token in rules.ends:
            answer.is_done = True
            return
        answer.ids.append(token)
        is_whole = answer.after(token, answer.scores)
        answer.is_done = is_whole or len(answer.ids) >= answer.limit
    except Exception as problem:  # noqa: BLE001 - answered in its place; the other answers are written on
        answer.problem = problem
