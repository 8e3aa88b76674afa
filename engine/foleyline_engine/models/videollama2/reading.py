"""The language model over what it has read: keys and values that are kept and shared between questions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.models.qwen2.modeling_qwen2 import Qwen2Model

from .growing import Growing
from .network import Language

taken = "cache" if "cache" in inspect.signature(Qwen2Model.forward).parameters else "past_key_values"
"""What this version of transformers calls it."""


@dataclass(frozen=True)
class Past:
    """Of every layer keys and values [1, heads, n, width of a head]; never changed, so questions share it."""

    layers: tuple[tuple[Tensor, Tensor], ...]

    @property
    def length(self) -> int:
        return self.layers[0][0].shape[2]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(tensor.nbytes for layer in self.layers for tensor in layer)

    def upto(self, length: int) -> Past:
        """The first tokens."""
        return Past(tuple((keys[:, :, :length], values[:, :, :length]) for keys, values in self.layers))

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
        first = past.length if past else 0
        cache = past.cache() if past else DynamicCache()
        places = torch.arange(first, first + len(embeds), device=self.device)[None]
        with checked(self.language.model.layers, check):
            states = self._forward(embeds[None], cache, places, None)
        self.read_n += len(embeds)
        held: list[Any] = cache.layers
        return Past(tuple((layer.keys, layer.values) for layer in held)), self.scores(states[0, -kept:])

    def step(self, ids: Sequence[int], past: Growing) -> Tensor:
        """One more token for every row, put behind what it has read. float32 [rows, vocabulary]: what may follow."""
        self.written_n += len(ids)
        places = torch.tensor(past.lengths, device=self.device)[:, None]
        states = self._forward(self.embed(ids)[:, None], past.cache, places, past.mask(1))
        past.grow(1)
        return self.scores(states[:, -1])

    def scores(self, states: Tensor) -> Tensor:
        return self.language.lm_head(states.to(self.language.lm_head.weight.dtype)).float()

    def _forward(self, embeds: Tensor, cache: DynamicCache, places: Tensor, mask: Tensor | None) -> Tensor:
        """embeds: [rows, n, width], which are put into the cache. The states after the last layer's norm."""
        found = self.language.model(
            inputs_embeds=embeds.to(self.dtype),
            attention_mask=mask,
            position_ids=places,
            use_cache=True,
            **{taken: cache},
        )
        return found.last_hidden_state
