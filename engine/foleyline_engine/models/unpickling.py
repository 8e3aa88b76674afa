"""Files of PyTorch read as tensors and nothing else; what asks for more is refused by name and not run."""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from foleyline.errors import FoleyError

from . import refusal

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


def unpickled(path: Path) -> Any:
    """Raises WeightsMismatch for a file that is damaged or would need more than tensors."""
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
