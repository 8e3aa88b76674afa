"""A checkpoint as it lies in its folder: what its files hold, read tensor by tensor; or one drawn by chance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..checkpoint import WeightsMismatch, read, shapes
from .configuration import Configuration, of

Shapes = Mapping[str, tuple[int, ...]]
indices = ("model.safetensors.index.json", "pytorch_model.bin.index.json")


def configuration(folder: Path) -> Configuration:
    """Raises WeightsMismatch for a folder without config.json, ConfigurationRefused for another kind of model."""
    return of(_json(folder / "config.json"))


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError) as problem:
        raise WeightsMismatch(f"{path.name} cannot be read ({problem})") from problem


def files(folder: Path) -> list[Path]:
    """Those that hold tensors. Raises WeightsMismatch where an index names one that is not there."""
    for name in indices:
        if (folder / name).is_file():
            listed = sorted({folder / Path(file).name for file in _json(folder / name).get("weight_map", {}).values()})
            absent = [file.name for file in listed if not file.is_file()]
            if absent or not listed:
                raise WeightsMismatch(f"{name} names {', '.join(absent) or 'no file'}, and that is not there")
            return listed
    found = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    if not found:
        raise WeightsMismatch(f"there are no weights in {folder.name}")
    return found


class Shards(Mapping[str, Tensor]):
    """All tensors of a folder under their own names. Reading one maps it from its file; `shapes` reads none."""

    def __init__(self, folder: Path) -> None:
        self.holders: dict[str, Any] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        for file in files(folder):
            self._add(file)

    def _add(self, file: Path) -> None:
        holder, held = _safetensors(file) if file.suffix == ".safetensors" else _pytorch(file)
        if twice := held.keys() & self.shapes.keys():
            raise WeightsMismatch(f"{min(twice)} is in more than one file")
        self.shapes |= held
        self.holders |= dict.fromkeys(held, holder)

    def __getitem__(self, key: str) -> Tensor:
        holder = self.holders[key]
        return holder[key] if isinstance(holder, Mapping) else holder.get_tensor(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


def _safetensors(file: Path) -> tuple[Any, dict[str, tuple[int, ...]]]:
    try:
        holder = safe_open(file, "pt")
        return holder, {key: tuple(holder.get_slice(key).get_shape()) for key in holder.keys()}  # noqa: SIM118
    except SafetensorError as problem:
        raise WeightsMismatch(f"{file.name} is damaged or no safetensors file ({problem})") from problem


def _pytorch(file: Path) -> tuple[Any, dict[str, tuple[int, ...]]]:
    held = read(file)
    return held, shapes(held)


class Drawn(Mapping[str, Tensor]):
    """Tensors of these shapes drawn small, each only when it is read; for measuring and tests without weights."""

    def __init__(self, shapes: Shapes, dtype: torch.dtype = torch.float32, seed: int = 0) -> None:
        self.shapes = dict(shapes)
        self.dtype, self.seed = dtype, seed
        self.numbers = {key: number for number, key in enumerate(self.shapes)}

    def __getitem__(self, key: str) -> Tensor:
        shape = self.shapes[key]
        if len(shape) < 2:
            return torch.full(
                shape, float(("norm" in key or ".bn." in key) and key.endswith("weight")), dtype=self.dtype
            )
        generator = torch.Generator().manual_seed(self.seed * 100_003 + self.numbers[key])
        drawn = torch.randn(shape, generator=generator, dtype=self.dtype)
        return drawn / (torch.Size(shape[1:]).numel() or 1) ** 0.5

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)
