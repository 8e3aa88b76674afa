"""The language model over what it has read: keys and values that are kept, shared between questions and joined."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.models.qwen2.modeling_qwen2 import Qwen2Model

from .network import Language

taken = "cache" if "cache" in inspect.signature(Qwen2Model.forward).parameters else "past_key_values"
"""What this version of transformers calls it."""


@dataclass(frozen=True)
class Past:
    """Of every layer keys and values [rows, heads, n, width of a head]; never changed, so questions share it.

    lengths: tokens of each row; shorter rows are filled up on the left.
    """

    layers: tuple[tuple[Tensor, Tensor], ...]
    lengths: tuple[int, ...]

    @property
    def length(self) -> int:
        return max(self.lengths)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(tensor.nbytes for layer in self.layers for tensor in layer)

    def upto(self, length: int) -> Past:
        """The first tokens of a single row."""
        return Past(tuple((keys[:, :, :length], values[:, :, :length]) for keys, values in self.layers), (length,))

    def rows(self, kept: Sequence[int]) -> Past:
        """Some rows, and of the filling no more than they need."""
        lengths = tuple(self.lengths[row] for row in kept)
        spare, index = self.length - max(lengths), list(kept)
        return Past(tuple((keys[index, :, spare:], values[index, :, spare:]) for keys, values in self.layers), lengths)

    @staticmethod
    def joined(several: Sequence[Past]) -> Past:
        if len(several) == 1:
            return several[0]
        longest = max(each.length for each in several)

        def side(layer: int, part: int) -> Tensor:
            return torch.cat([F.pad(p.layers[layer][part], (0, 0, longest - p.length, 0)) for p in several])

        layers = tuple((side(layer, 0), side(layer, 1)) for layer in range(len(several[0].layers)))
        return Past(layers, tuple(length for each in several for length in each.lengths))

    def cache(self) -> DynamicCache:
        """As transformers wants it, without a copy: begun with no token at all, then handed what there is."""
        held = DynamicCache()
        for number, (keys, values) in enumerate(self.layers):
            held.update(keys[:, :, :0], values[:, :, :0], number)
            layer: Any = held.layers[number]
            layer.keys, layer.values = keys, values
        return held


@contextmanager
def checked(layers: Iterable[nn.Module], check: Callable[[], None]) -> Iterator[None]:
    """Looks whether the clip is still wanted before each of these layers runs."""
    hooks = [layer.register_forward_pre_hook(lambda module, inputs: check()) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class Reader:
    """read_n, written_n: tokens read in prompts and steps taken in answers, for measures and tests."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.read_n = 0
        self.written_n = 0

    @property
    def device(self) -> torch.device:
        return self.language.model.embed_tokens.weight.device

    @property
    def dtype(self) -> torch.dtype:
        return self.language.model.embed_tokens.weight.dtype

    def embed(self, ids: Tensor | Sequence[int]) -> Tensor:
        """[n] to [n, width]."""
        return self.language.model.embed_tokens(torch.as_tensor(ids, dtype=torch.int64, device=self.device))

    def read(
        self, embeds: Tensor, past: Past | None = None, kept: int = 1, check: Callable[[], None] = lambda: None
    ) -> tuple[Past, Tensor]:
        """embeds: [n, width] after `past`, a single row. Also float32 [kept, vocabulary]: what may follow each of the
        last tokens."""
        with checked(self.language.model.layers, check):
            past, states = self._forward(embeds[None], past)
        self.read_n += len(embeds)
        return past, self.scores(states[0, -kept:])

    def step(self, ids: Sequence[int], past: Past) -> tuple[Past, Tensor]:
        """One more token for every row. Also float32 [rows, vocabulary]: what may follow."""
        self.written_n += len(ids)
        past, states = self._forward(self.embed(ids)[:, None], past)
        return past, self.scores(states[:, -1])

    def scores(self, states: Tensor) -> Tensor:
        return self.language.lm_head(states.to(self.language.lm_head.weight.dtype)).float()

    def _forward(self, embeds: Tensor, past: Past | None) -> tuple[Past, Tensor]:
        """embeds: [rows, n, width]. The states after the last layer's norm too."""
        count = embeds.shape[1]
        lengths = past.lengths if past else (0,)
        first = torch.tensor(lengths, device=self.device)[:, None]
        places = first + torch.arange(count, device=self.device)
        cache = past.cache() if past else DynamicCache()
        found = self.language.model(
            inputs_embeds=embeds.to(self.dtype),
            attention_mask=_mask(lengths, count, self.device),
            position_ids=places,
            use_cache=True,
            **{taken: cache},
        )
        held: list[Any] = cache.layers
        layers = tuple((layer.keys, layer.values) for layer in held)
        return Past(layers, tuple(length + count for length in lengths)), found.last_hidden_state


def _mask(lengths: Sequence[int], count: int, device: torch.device) -> Tensor | None:
    """Hides the filling; None where there is none."""
    longest = max(lengths)
    if min(lengths) == longest:
        return None
    places = torch.arange(longest + count, device=device)
    return (places >= longest - torch.tensor(lengths, device=device)[:, None]).long()
