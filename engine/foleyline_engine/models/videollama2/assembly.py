"""Where a clip's tokens stand among those of the text: in the place of one number below zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

image, video, audio = -200, -201, -202
"""What stands in a prompt for its pictures, its pictures and sound, or its sound."""
ignored = -100
"""The label of what is not to be learned."""

Embed = Callable[[Tensor], Tensor]
"""Token numbers [n] to their vectors [n, width]."""


@dataclass(frozen=True)
class Batch:
    """embeds: [rows, n, width]. mask: bool [rows, n], true where something stands. labels: int64 [rows, n]."""

    embeds: Tensor
    mask: Tensor
    labels: Tensor


def assemble(ids: Tensor, embed: Embed, tokens: Tensor | None) -> Tensor:
    """[n, width]: the text with the clip's tokens, pictures before sound, in their place; positions have no gap."""
    place = _place(ids)
    if place is None or tokens is None:
        return embed(ids)
    return torch.cat([embed(ids[:place]), tokens, embed(ids[place + 1 :])])


def _place(ids: Tensor) -> int | None:
    places = (ids < 0).nonzero()[:, 0].tolist()
    if len(places) > 1:
        raise ValueError(f"{len(places)} clips in one prompt")
    return places[0] if places else None


def batch(ids: Tensor, mask: Tensor, labels: Tensor, embed: Embed, tokens: Sequence[Tensor | None]) -> Batch:
    """For learning. ids, mask, labels: [rows, n], padded on the right; tokens: of each row's clip."""
    rows = [
        (assemble(row, embed, clip), _widened(seen, row, clip, 1), _widened(label, row, clip, ignored))
        for row, seen, label, clip in zip(ids, mask, labels, tokens, strict=True)
    ]
    longest = max(len(embeds) for embeds, _, _ in rows)
    filled = [torch.stack([_to(longest, row[part], fill) for row in rows]) for part, fill in enumerate((0, 0, ignored))]
    return Batch(filled[0], filled[1].bool(), filled[2])


def _widened(values: Tensor, ids: Tensor, clip: Tensor | None, fill: int) -> Tensor:
    place = _place(ids)
    if place is None or clip is None:
        return values
    return torch.cat([values[:place], values.new_full((len(clip),), fill), values[place + 1 :]])


def _to(length: int, values: Tensor, fill: int) -> Tensor:
    after = length - len(values)
    return F.pad(values, (0, 0, 0, after) if values.dim() == 2 else (0, after), value=fill)
