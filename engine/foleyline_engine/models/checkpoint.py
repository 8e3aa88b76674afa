"""Weights are data: read safely, checked key by key, loaded strictly. Needs torch and safetensors only."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from .linear import quicken

State = dict[str, Tensor]
M = TypeVar("M", bound=nn.Module)


class WeightsMismatch(ValueError):
    """A file's tensors are not those of the model it is said to be."""


def read(path: Path, device: str = "cpu") -> State:
    """Tensors of a safetensors or PyTorch file. Raises WeightsMismatch for one that would need more than tensors."""
    if path.suffix == ".safetensors":
        return load_file(path, device=device)
    try:
        return torch.load(path, map_location=device, weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as refusal:
        raise WeightsMismatch(f"{path.name} holds more than tensors") from refusal


def load(module: M, state: Mapping[str, Tensor]) -> M:
    """Strictly: every key and shape, nothing left over. Raises WeightsMismatch."""
    check(shapes(module.state_dict()), shapes(state))
    module.load_state_dict(dict(state), strict=True, assign=True)
    return _for_inference(module)


def _for_inference(module: M) -> M:
    quicken(module)
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


def randomized(module: M, seed: int = 0) -> M:
    """Every tensor of a blank module drawn small, for measuring without weights; the sound is noise then."""
    generator = torch.Generator().manual_seed(seed)
    state = {name: _drawn(name, tensor, generator) for name, tensor in module.state_dict().items()}
    module.load_state_dict(state, assign=True)
    return _for_inference(module)


def _drawn(name: str, tensor: Tensor, generator: torch.Generator) -> Tensor:
    if tensor.dim() < 2:
        level = 1.0 if name.endswith(("norm.weight", ".gamma", "_std")) else 0.0
        return torch.full(tensor.shape, level)
    fan_in = max(1, tensor[0].numel())
    return torch.randn(tensor.shape, generator=generator) / fan_in**0.5
