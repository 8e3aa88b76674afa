"""Answers written token by token for several clips side by side, the likeliest token each time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from transformers import DynamicCache

from ..exchange import Check
from .thinker import Thinker

Watch = Callable[[list[int], Tensor], bool]
"""Is handed the tokens so far and the scores [vocabulary] that the last one was taken from; true where it is whole."""


@dataclass
class Answer:
    """One that is being written, and what it came to.

    embeds: [tokens, width] of what it follows, behind the prefix; places: int64 [3, tokens].
    expected: tokens that it may have instead of being written, its end included, if they are the likeliest ones.
    closing: asked once it is written; the tokens that are then put behind it, to see what would follow them.
    first, closed: scores of the very first token, and of what would follow the closing tokens.
    agreed_n: how many of the expected tokens are the likeliest ones; logs: their mean natural logarithm.
    """

    embeds: Tensor
    places: Tensor
    ends: frozenset[int]
    limit: int
    check: Check
    watch: Watch
    expected: Sequence[int] = ()
    closing: Callable[[], Sequence[int]] = tuple
    ids: list[int] = field(default_factory=list)
    first: Tensor | None = None
    closed: Tensor | None = None
    put: list[int] | None = None
    read: int = 0
    agreed_n: int = 0
    logs: float = 0.0
    is_done: bool = False
    problem: Exception | None = None

    @property
    def is_open(self) -> bool:
        return not self.is_done and self.problem is None

    def attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as problem:  # noqa: BLE001 - answered in its place; the others are written on
            self.problem = problem


@dataclass
class Batch:
    """Rows side by side, padded behind the prefix. mask: [rows, tokens in the cache]; next_place: [rows]."""

    answers: list[Answer]
    cache: DynamicCache
    mask: Tensor
    next_place: Tensor
    scores: Tensor

    def keep_open(self) -> None:
        rows = [row for row, answer in enumerate(self.answers) if answer.is_open]
        if len(rows) == len(self.answers):
            return
        picked = torch.tensor(rows, device=self.mask.device, dtype=torch.long)
        if rows:
            self.cache.batch_select_indices(picked)
        self.mask, self.next_place, self.scores = self.mask[picked], self.next_place[picked], self.scores[picked]
        self.answers = [self.answers[row] for row in rows]


def write(thinker: Thinker, prefix: Sequence[int], answers: Sequence[Answer]) -> int:
    """Until each answer is done; one whose `check` raises stops alone. What tokens were read is answered."""
    for answer in answers:
        answer.attempt(answer.check)
    open_ = [answer for answer in answers if answer.is_open]
    if not open_:
        return 0
    cache, read_n = _prefix(thinker, prefix)
    batch = _begin(thinker, cache, len(prefix), open_)
    while batch.answers:
        for answer, scores in zip(batch.answers, batch.scores, strict=True):
            answer.attempt(lambda answer=answer, scores=scores: _take(answer, scores))
        batch.keep_open()
        if batch.answers:
            _step(thinker, batch)
    return read_n + sum(len(answer.embeds) + max(0, len(answer.expected) - 1) for answer in open_)


def _prefix(thinker: Thinker, ids: Sequence[int]) -> tuple[DynamicCache, int]:
    """What stands before all clips, read once; a copy of its cache, and how many tokens were read for it now."""
    key = tuple(ids)
    read_n = 0
    if key not in thinker.prefixes:
        cache, read_n = DynamicCache(config=thinker.model.config.text_config), len(ids)
        places = torch.arange(read_n, device=thinker.device).expand(3, 1, -1)
        mask = torch.ones(1, read_n, dtype=torch.long, device=thinker.device)
        thinker.read(thinker.embed(ids)[None], places, mask, cache, lambda: None, 1)
        thinker.prefixes[key] = cache
    return copy.deepcopy(thinker.prefixes[key]), read_n


def _begin(thinker: Thinker, cache: DynamicCache, prefix_n: int, answers: list[Answer]) -> Batch:
    """All that the answers follow is read, and what each is expected to be, in one pass."""
    rows = [_with_expected(thinker, answer) for answer in answers]
    longest, expected_n = max(len(embeds) for embeds, _ in rows), max(len(answer.expected) for answer in answers)
    embeds = torch.stack([_left(row.T, longest).T for row, _ in rows])
    places = torch.stack([_left(row, longest) for _, row in rows], 1).to(thinker.device)
    own = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row, _ in rows], device=thinker.device)
    mask = torch.cat([torch.ones(len(rows), prefix_n, dtype=torch.long, device=thinker.device), own], 1)
    if len(rows) > 1:
        cache.batch_repeat_interleave(len(rows))

    def check() -> None:
        for answer in answers:
            answer.attempt(answer.check)
        if not any(answer.is_open for answer in answers):
            raise next(answer.problem for answer in answers if answer.problem)

    scores = thinker.read(embeds, places, mask, cache, check, max(1, expected_n))
    next_place = torch.tensor([int(row.max()) + 1 for _, row in rows], device=thinker.device)
    batch = Batch(list(answers), cache, mask, next_place, scores[:, -1])
    for row, answer in enumerate(answers):
        answer.first = scores[row, -max(1, len(answer.expected))]
        if answer.expected:
            _agree(batch, row, scores[row, -len(answer.expected) :])
    batch.keep_open()
    return batch


def _with_expected(thinker: Thinker, answer: Answer) -> tuple[Tensor, Tensor]:
    """All but the last of the expected tokens behind what the answer follows: embeds and places."""
    wanted = list(answer.expected)[:-1]
    if not wanted:
        return answer.embeds, answer.places
    start = int(answer.places.max()) + 1
    places = torch.arange(start, start + len(wanted)).expand(3, -1)
    return torch.cat([answer.embeds, thinker.embed(wanted)]), torch.cat([answer.places.cpu(), places], 1)


def _left(row: Tensor, length: int) -> Tensor:
    """[..., tokens] padded at the left with zeros."""
    return torch.nn.functional.pad(row, (length - row.shape[-1], 0))


def _agree(batch: Batch, row: int, scores: Tensor) -> None:
    """Takes the expected tokens as far as they are the likeliest; what follows them is struck out of the row."""
    answer = batch.answers[row]
    wanted = torch.tensor(list(answer.expected), device=scores.device)
    same = (scores.argmax(-1) == wanted).tolist()
    answer.agreed_n = same.index(False) if False in same else len(same)
    answer.logs = float(scores.log_softmax(-1).gather(1, wanted[:, None]).mean())
    answer.is_done = answer.agreed_n == len(same)
    answer.ids = list(answer.expected)[: min(answer.agreed_n, len(same) - 1)]
    struck = len(same) - 1 - answer.agreed_n
    if struck > 0:
        batch.mask[row, -struck:] = 0
        batch.next_place[row] -= struck
    batch.scores[row] = scores[min(answer.agreed_n, len(same) - 1)]


def _take(answer: Answer, scores: Tensor) -> None:
    """One token more, unless the answer ends here."""
    answer.check()
    if scores.isnan().any():
        raise FloatingPointError("the language model's scores are no numbers")  # token 0 would be taken for good
    if answer.put is not None:
        _close(answer, scores)
        return
    answer.read = int(scores.argmax())
    if answer.read in answer.ends:
        answer.put = list(answer.closing())
        _close(answer, scores)
        return
    answer.ids.append(answer.read)
    if answer.watch(answer.ids, scores) or len(answer.ids) >= answer.limit:
        answer.put = list(answer.closing())
        answer.is_done = not answer.put


def _close(answer: Answer, scores: Tensor) -> None:
    """One closing token more; done when what follows the last of them is known."""
    if answer.put:
        answer.read = answer.put.pop(0)
        return
    answer.closed = scores
    answer.is_done = True


def _step(thinker: Thinker, batch: Batch) -> None:
    embeds = thinker.embed([answer.read for answer in batch.answers])[:, None]
    batch.mask = torch.cat([batch.mask, torch.ones_like(batch.mask[:, :1])], 1)
    places = batch.next_place.expand(3, -1)[..., None]
    batch.scores = thinker.read(embeds, places, batch.mask, batch.cache, lambda: None, 1)[:, -1]
    batch.next_place = batch.next_place + 1
