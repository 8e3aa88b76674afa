"""From the published state dicts to the ones that are computed with: checked and loaded by `models.checkpoint`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial

from torch import Tensor

from ..lazy import Lazy, makers

stale = frozenset({"t_embed.freqs", "latent_rot", "clip_rot"})
"""What network files may hold beside the weights: tables that are computed here."""


def network_state(published: Mapping[str, Tensor], heads: int) -> Lazy:
    """Without the stale tables, and with queries, keys and values in blocks."""
    made = {key: maker for key, maker in makers(published).items() if key not in stale}
    for key in [key for key in made if re.search(r"\.attn\.qkv\.(weight|bias)$", key)]:
        made[key] = lambda rows=made[key]: in_blocks(rows(), heads)
    return Lazy(made)


def in_blocks(rows: Tensor, heads: int) -> Tensor:
    """From rows interleaved (head, channel, one of q k v) to (one of q k v, head, channel)."""
    return rows.unflatten(0, (heads, -1, 3)).movedim(2, 0).flatten(0, 2)


def fold_weight_norm(state: Mapping[str, Tensor]) -> Lazy:
    """Weight norm's direction and gain, in either spelling, as the one weight that they make."""
    made = makers(state)
    for gain, direction in _pairs(state):
        name = re.sub(r"(parametrizations\.weight\.original0|weight_g)$", "weight", gain)
        pair = made.pop(gain), made.pop(direction)
        made[name] = lambda pair=pair: scaled(pair[0](), pair[1]())
    return Lazy(made)


def _pairs(state: Iterable[str]) -> list[tuple[str, str]]:
    gains = [key for key in state if re.search(r"(\.weight_g|\.weight\.original0)$", key)]
    return [(key, re.sub(r"weight_g$", "weight_v", re.sub("original0$", "original1", key))) for key in gains]


def scaled(gain: Tensor, direction: Tensor) -> Tensor:
    """gain * direction / |direction|, the norm over all axes but the first."""
    length = direction.float().flatten(1).norm(dim=1).view(-1, *[1] * (direction.dim() - 1))
    return (gain.float() * direction.float()).div_(length)


def fold_magnitudes(state: Mapping[str, Tensor]) -> Lazy:
    """The VAE's convolutions at the magnitude they compute with: each output channel of unit length / sqrt(its inputs).

    What is not a convolution (statistics, gains) stays as it is.
    """

    def folded(key: str) -> Tensor:
        tensor = state[key]
        return unit(tensor) if tensor.dim() == 3 and key.endswith("weight") else tensor

    return Lazy({key: partial(folded, key) for key in state})


def unit(weight: Tensor) -> Tensor:
    weight = weight.float()
    inputs = weight[0].numel()
    length = weight.flatten(1).norm(dim=1).view(-1, 1, 1)
    return (weight / (1e-4 + length / inputs**0.5)).div_(inputs**0.5)
