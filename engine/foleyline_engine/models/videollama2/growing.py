"""What several answers have read, side by side: room is kept ahead, so a token more copies nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

ahead_n = 64
"""Tokens that there is room for beyond those that are there."""


class Layer(DynamicLayer):
    """keys, values: views of what is there, [rows, heads, n, width of a head]."""

    def __init__(self, keys: Tensor, values: Tensor, count: int) -> None:
        super().__init__()
        self.room = keys, values
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True
        self._show(count)

    def _show(self, count: int) -> tuple[Tensor, Tensor]:
        self.count = count
        shown = self.room[0][:, :, :count], self.room[1][:, :, :count]
        self.keys, self.values = shown
        return shown

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        first, end = self.count, self.count + key_states.shape[2]
        if end > self.room[0].shape[2]:
            keys, values = (_with_room(side[:, :, :first], ahead_n + end - first) for side in self.room)
            self.room = keys, values
        for side, states in zip(self.room, (key_states, value_states), strict=True):
            side[:, :, first:end] = states
        return self._show(end)

    def rows(self, kept: Sequence[int], first: int) -> Layer:
        """Some rows, from their token `first` on."""
        keys, values = (side[list(kept), :, first:] for side in self.room)
        return Layer(keys, values, self.count - first)


def _with_room(side: Tensor, more: int) -> Tensor:
    rows, heads, count, width = side.shape
    made = side.new_zeros(rows, heads, count + more, width)
    made[:, :, :count] = side
    return made


class Growing:
    """Rows of different lengths, the shorter ones filled up on the left. lengths: tokens of each row."""

    def __init__(self, layers: Sequence[Layer], lengths: Sequence[int]) -> None:
        self.cache: Any = DynamicCache()
        self.cache.layers = list(layers)
        self.lengths = list(lengths)

    @staticmethod
    def of(several: Sequence[Sequence[tuple[Tensor, ...]]]) -> Growing:
        """Copies of single rows, each given by its layers' keys and values."""
        lengths = [each[0][0].shape[2] for each in several]
        layers = []
        for number in range(len(several[0])):
            keys, values = (_joined([each[number][side] for each in several], lengths) for side in (0, 1))
            layers.append(Layer(keys, values, max(lengths)))
        return Growing(layers, lengths)

    def rows(self, kept: Sequence[int]) -> Growing:
        """Some rows, and of the filling no more than they need."""
        lengths = [self.lengths[row] for row in kept]
        first = max(self.lengths) - max(lengths)
        return Growing([layer.rows(kept, first) for layer in self.cache.layers], lengths)

    def mask(self, count: int) -> Tensor | None:
        """Of what is there and `count` tokens more: hides the filling; None where there is none."""
        longest = max(self.lengths)
        if min(self.lengths) == longest:
            return None
        device = self.cache.layers[0].device
        places = torch.arange(longest + count, device=device)
        return (places >= longest - torch.tensor(self.lengths, device=device)[:, None]).long()

    def grow(self, count: int) -> None:
        self.lengths = [length + count for length in self.lengths]


def _joined(sides: Sequence[Tensor], lengths: Sequence[int]) -> Tensor:
    longest = max(lengths)
    _, heads, _, width = sides[0].shape
    made = sides[0].new_zeros(len(sides), heads, longest + ahead_n, width)
    for row, (side, length) in enumerate(zip(sides, lengths, strict=True)):
        made[row, :, longest - length : longest] = side[0]
    return made
