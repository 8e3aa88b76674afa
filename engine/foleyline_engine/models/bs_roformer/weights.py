"""A network from its published state dict, strictly, or at full size with random weights from None."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..checkpoint import State, load, randomized
from .blocks import Rotary, frequencies
from .network import RoFormer
from .size import Size

suffix = "rotary_embed.freqs"
wrappers = ("state_dict", "model", "model_state_dict")


def network(published: Mapping[str, Any] | None, size: Size) -> RoFormer:
    """In evaluation mode: nothing is dropped, the same sound gives the same stems."""
    with torch.device("meta"):
        blank = RoFormer(size)
    if published is not None:
        return load(blank, unwrapped(published), one_table)
    drawn = randomized(blank)
    for table in drawn.modules():
        if isinstance(table, Rotary):
            table.freqs = frequencies(size.head_dim)
    return drawn


def unwrapped(published: Mapping[str, Any]) -> State:
    """Fine-tunes are often published inside of one more mapping."""
    inner = [published[key] for key in wrappers if isinstance(published.get(key), Mapping)]
    return dict(inner[0] if inner else published)


def one_table(state: Mapping[str, Tensor]) -> State:
    """The reference keeps one rotary table along time and one across bands; of differing copies the last one holds."""
    last = {_place(key): tensor for key, tensor in state.items() if key.endswith(suffix)}
    return {key: _held(tensor, last.get(_place(key)), key) for key, tensor in state.items()}


def _held(tensor: Tensor, last: Tensor | None, key: str) -> Tensor:
    """A copy of another shape stays what it is, for the check of shapes to refuse."""
    if last is None or not key.endswith(suffix) or last.shape != tensor.shape:
        return tensor
    return last


def _place(key: str) -> str:
    """Which transformer of its block a key belongs to."""
    found = re.match(r"layers\.\d+\.(\d+)\.", key)
    return found[1] if found else key
