"""Weights are data: read safely, checked key by key, loaded strictly. Needs torch and safetensors only."""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from foleyline.errors import FoleyError

from . import conversion, refusal
from .linear import quicken

State = dict[str, Tensor]
Change = Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]
M = TypeVar("M", bound=nn.Module)

damages = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
)
"""What readers of pickles raise at bytes that are none."""


class WeightsMismatch(FoleyError, ValueError):
    """A file's tensors are not those of the model it is said to be, or it holds more than tensors."""

    def __init__(self, reason: str) -> None:
        super().__init__("E-TENSORS", reason=reason)

    def __str__(self) -> str:
        return self.facts["reason"]


def read(path: Path, device: str = "cpu") -> dict[str, Any]:
    """Tensors of a safetensors or PyTorch file, nested as they are in it; what is no tensor is left out.

    A PyTorch file is converted once to safetensors beside it. Tensors are mapped into memory and take none before they
    are used. Raises WeightsMismatch for a file that is damaged or would need more than tensors; it is not run.
    """
    if path.suffix == ".safetensors":
        return _mapped(path, device)
    if made := conversion.find(path):
        return _mapped(made, device)
    tree = only_tensors(_unpickled(path))
    if made := conversion.write(path, tree):
        return _mapped(made, device)
    return _moved(tree, device)


def _mapped(path: Path, device: str) -> dict[str, Any]:
    try:
        return conversion.nested(load_file(path, device=device), conversion.separator_of(path))
    except SafetensorError as problem:
        raise WeightsMismatch(f"{path.name} is damaged or no safetensors file ({problem})") from problem


def _unpickled(path: Path) -> Any:
    try:
        is_archive = zipfile.is_zipfile(path)
        if is_archive:
            _refuse_packed(path)
        return torch.load(path, map_location="cpu", weights_only=True, mmap=is_archive)
    except pickle.UnpicklingError as refused:
        raise WeightsMismatch(f"{path.name} {refusal.told(path, str(refused))}") from refused
    except FileNotFoundError:
        raise
    except WeightsMismatch:
        raise
    except damages as damage:
        words = str(damage).partition("\n")[0].partition(". ")[0][:160] or type(damage).__name__
        raise WeightsMismatch(f"{path.name} is damaged or no file of PyTorch ({words})") from damage


def _refuse_packed(path: Path) -> None:
    """PyTorch packs nothing; an archive that unpacks to more than it holds is made to fill memory."""
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > path.stat().st_size:
            raise WeightsMismatch(f"{path.name} unpacks to more than its own size, so it was not opened")


def only_tensors(tree: Any) -> dict[str, Any]:
    """The tensors of nested mappings; numbers, texts and lists that stand among them are left out."""
    if not isinstance(tree, Mapping):
        return {}
    kept: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Tensor):
            kept[str(key)] = value
        elif isinstance(value, Mapping) and (inner := only_tensors(value)):
            kept[str(key)] = inner
    return kept


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


def load(module: M, state: Mapping[str, Tensor], change: Change | None = None) -> M:
    """Strictly: every key and shape, nothing left over. Raises WeightsMismatch before any memory is taken.

    change: from the published tensors to the module's own; it is run on their shapes alone first.
    """
    check(shapes(module.state_dict()), shapes(_changed(on_meta(state), change)))
    module.load_state_dict(dict(change(state) if change else state), strict=True, assign=True)
    return _for_inference(module)


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
