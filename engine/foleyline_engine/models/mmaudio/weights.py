"""The published files: read safely, checked key by key, and brought into the shape that is computed in."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

State = dict[str, Tensor]
M = TypeVar("M", bound=nn.Module)

stale = frozenset({"t_embed.freqs", "latent_rot", "clip_rot"})
"""What network files may hold beside the weights: tables that are computed here."""


class WeightsMismatch(ValueError):
    """A file's tensors are not those of the model it is said to be."""


def read(path: Path, device: str = "cpu") -> State:
    """Tensors of a safetensors or PyTorch file; one that holds anything but tensors in dictionaries is refused."""
    if path.suffix == ".safetensors":
        return load_file(path, device=device)
    return torch.load(path, map_location=device, weights_only=True, mmap=zipfile.is_zipfile(path))


def load(module: M, state: Mapping[str, Tensor]) -> M:
    """Strictly: every key and shape, nothing left over. Raises WeightsMismatch."""
    check(shapes(module.state_dict()), shapes(state))
    module.load_state_dict(dict(state), strict=True, assign=True)
    return module.float().eval().requires_grad_(False)


def shapes(state: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(tensor.shape) for key, tensor in state.items()}


def check(wanted: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]]) -> None:
    """Raises WeightsMismatch with the first few differences."""
    wrong = [f"{key} is missing" for key in wanted.keys() - found.keys()]
    wrong += [f"{key} is not known" for key in found.keys() - wanted.keys()]
    wrong += [
        f"{key} is {list(found[key])} and not {list(shape)}"
        for key, shape in wanted.items()
        if key in found and found[key] != shape
    ]
    if wrong:
        raise WeightsMismatch(f"{len(wrong)} tensors differ: " + "; ".join(sorted(wrong)[:5]))


def network_state(published: Mapping[str, Tensor], heads: int) -> State:
    """Without the stale tables, and with queries, keys and values in blocks."""
    kept = {key: tensor for key, tensor in published.items() if key not in stale}
    for key in [key for key in kept if re.search(r"\.attn\.qkv\.(weight|bias)$", key)]:
        kept[key] = in_blocks(kept[key], heads)
    return kept


def in_blocks(rows: Tensor, heads: int) -> Tensor:
    """From rows interleaved (head, channel, one of q k v) to (one of q k v, head, channel)."""
    return rows.unflatten(0, (heads, -1, 3)).movedim(2, 0).flatten(0, 2)


def fold_weight_norm(state: Mapping[str, Tensor]) -> State:
    """Weight norm's direction and gain, in either spelling, as the one weight that they make."""
    folded = dict(state)
    for gain, direction in _pairs(state):
        name = re.sub(r"(parametrizations\.weight\.original0|weight_g)$", "weight", gain)
        folded[name] = scaled(folded.pop(gain), folded.pop(direction))
    return folded


def _pairs(state: Iterable[str]) -> list[tuple[str, str]]:
    gains = [key for key in state if re.search(r"(\.weight_g|\.weight\.original0)$", key)]
    return [(key, re.sub(r"weight_g$", "weight_v", re.sub("original0$", "original1", key))) for key in gains]


def scaled(gain: Tensor, direction: Tensor) -> Tensor:
    """gain * direction / |direction|, the norm over all axes but the first."""
    length = direction.float().flatten(1).norm(dim=1).view(-1, *[1] * (direction.dim() - 1))
    return gain.float() * direction.float() / length


def fold_magnitudes(state: Mapping[str, Tensor]) -> State:
    """The VAE's convolutions at the magnitude they compute with: each output channel of unit length / sqrt(its inputs).

    What is not a convolution (statistics, gains) stays as it is.
    """
    return {
        key: unit(tensor) if tensor.dim() == 3 and key.endswith("weight") else tensor for key, tensor in state.items()
    }


def unit(weight: Tensor) -> Tensor:
    weight = weight.float()
    inputs = weight[0].numel()
    length = weight.flatten(1).norm(dim=1).view(-1, 1, 1)
    return weight / (1e-4 + length / inputs**0.5) / inputs**0.5
