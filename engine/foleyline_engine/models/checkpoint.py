"""Weights are data: read safely, checked key by key, loaded strictly. Needs torch and safetensors only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from . import conversion
from .linear import quicken
from .unpickling import WeightsMismatch, only_tensors, unpickled

State = dict[str, Tensor]
Change = Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]
M = TypeVar("M", bound=nn.Module)


def read(path: Path, device: str = "cpu") -> dict[str, Any]:
    """Tensors of a safetensors or PyTorch file, nested as they are in it; what is no tensor is left out.

    A PyTorch file is converted once to safetensors beside it. Tensors are mapped into memory and take none before they
    are used. Raises WeightsMismatch for a file that is damaged or would need more than tensors; it is not run.
    """
    if path.suffix == ".safetensors":
        return _mapped(path, device)
    if made := conversion.find(path):
        return _mapped(made, device)
    tree = only_tensors(unpickled(path))
    if made := conversion.write(path, tree):
        return _mapped(made, device)
    return _moved(tree, device)


def _mapped(path: Path, device: str) -> dict[str, Any]:
    try:
        return conversion.nested(load_file(path, device=device), conversion.separator_of(path))
    except SafetensorError as problem:
        raise WeightsMismatch(f"{path.name} is damaged or no safetensors file ({problem})") from problem


def _moved(tree: Mapping[str, Any], device: str) -> dict[str, Any]:
    return {
        key: value.to(device) if isinstance(value, Tensor) else _moved(value, device) for key, value in tree.items()
    }


def part(tree: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The tensors under one key of a file that holds several groups. Raises WeightsMismatch."""
    found = tree.get(key)
    if not isinstance(found, Mapping):
        raise WeightsMismatch(f"it holds no group “{key}”, but {', '.join(list(tree)[:5]) or 'nothing'}")
    return dict(found)


class Checkpoint(Mapping[str, Tensor]):
    """A file's tensors, read when first asked for. key: the group of them that is meant; empty for all."""

    def __init__(self, path: Path, key: str = "") -> None:
        self.path = path
        self.key = key

    @cached_property
    def tensors(self) -> Mapping[str, Tensor]:
        return self._group(read(self.path))

    def unconverted(self) -> Mapping[str, Tensor]:
        """The same from the file itself."""
        is_plain = self.path.suffix == ".safetensors"
        return self._group(read(self.path) if is_plain else only_tensors(unpickled(self.path)))

    def _group(self, tree: Mapping[str, Any]) -> Mapping[str, Tensor]:
        return part(tree, self.key) if self.key else tree

    def __getitem__(self, key: str) -> Tensor:
        return self.tensors[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)


def load(module: M, state: Mapping[str, Tensor], change: Change | None = None, form: str = "") -> M:
    """Strictly: every key and shape, nothing left over. Raises WeightsMismatch before any memory is taken.

    change: from the published tensors to the module's own; it is run on their shapes alone first. form: what the
    changed tensors are called; those of a file are then kept beside it and mapped from there the next time.
    """
    wanted = shapes(module.state_dict())
    ready = _kept(state, change, form, wanted) if form and change and isinstance(state, Checkpoint) else None
    if ready is None:
        check(wanted, shapes(_changed(on_meta(state), change)))
        ready = dict(change(state) if change else state)
    module.load_state_dict(ready, strict=True, assign=True)
    return _for_inference(module)


def _kept(state: Checkpoint, change: Change, form: str, wanted: Mapping[str, tuple[int, ...]]) -> State | None:
    """Changed tensors, mapped from the copy that is made of them once; None where none can be written."""
    form = f"{state.key}.{form}".strip(".")
    made = conversion.find(state.path, form)
    if made and shapes(ready := _mapped(made, "cpu")) == wanted:
        return ready
    tensors = state.unconverted()
    outline = _changed(on_meta(tensors), change)
    check(wanted, shapes(outline))
    made = conversion.write(state.path, change(tensors), outline, form)
    return _mapped(made, "cpu") if made else None


def on_meta(state: Mapping[str, Tensor]) -> State:
    """Tensors of the same shapes that hold nothing. Raises WeightsMismatch for groups of tensors among them."""
    groups = [key for key, tensor in state.items() if not isinstance(tensor, Tensor)]
    if groups:
        raise WeightsMismatch(f"{', '.join(groups[:5])} of it is a group and no tensor")
    return {key: torch.empty_like(tensor, device="meta") for key, tensor in state.items()}


def _changed(state: State, change: Change | None) -> Mapping[str, Tensor]:
    try:
        return change(state) if change else state
    except KeyError as problem:
        raise WeightsMismatch(f"{problem.args[0]} is missing") from problem
    except (RuntimeError, IndexError, ValueError) as problem:
        raise WeightsMismatch(f"its shapes are those of another model ({problem})") from problem


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
