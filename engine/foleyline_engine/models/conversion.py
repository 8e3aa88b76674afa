"""A checkpoint's tensors as safetensors beside it, written once, mapped into memory from then on."""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from safetensors import SafetensorError, safe_open
from torch import Tensor

from foleyline import version

from .records import converting_lock, twin

log = logging.getLogger(__name__)

written_by = f"1 {version}"
"""What another version wrote is written anew."""
separators = ("/", "|", "\x1f", "\x1e")
"""Between the keys of nested mappings; the first that no key holds."""
alignment_n = 8
Outline = Mapping[str, Tensor]
slice_n = 64 * 1024 * 1024
dtypes = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


class Inconvertible(Exception):
    """A tensor of a kind that safetensors has no name for, or keys that cannot be joined."""


def find(path: Path, form: str = "") -> Path | None:
    """The twin of the checkpoint as it is now, None where there is none or it is of another state."""
    made = twin(path, form)
    try:
        with safe_open(made, framework="pt") as file:
            return made if (file.metadata() or {}).get("of") == _stamp(path) else None
    except (SafetensorError, OSError):
        return None


def separator_of(path: Path) -> str:
    """What joins the keys of nested mappings in a twin; empty where nothing is nested, and in other files."""
    with safe_open(path, framework="pt") as file:
        facts = file.metadata() or {}
        return facts.get("separator", "") if "of" in facts else ""


def write(path: Path, tree: Mapping[str, Any], outline: Outline | None = None, form: str = "") -> Path | None:
    """Writes the twin of a checkpoint from its tensors. None where it cannot be written, which costs time later.

    outline: the same keys, shapes and types, for tensors that are computed only when they are written.
    """
    made = twin(path, form)
    try:
        separator, flat = ("", tree) if outline else flattened(tree)
        with FileLock(made.with_name(converting_lock)):
            _write(made, flat, outline or flat, {"of": _stamp(path), "separator": separator})
    except (OSError, Inconvertible) as problem:
        log.warning("%s was not converted: %s", path.name, problem)
        return None
    return made


def flattened(tree: Mapping[str, Any]) -> tuple[str, dict[str, Tensor]]:
    """What joins nested keys, and all tensors by their joined keys."""
    paths = dict(_leaves(tree, ()))
    if all(len(keys) == 1 for keys in paths):
        return "", {keys[0]: tensor for keys, tensor in paths.items()}
    keys_text = "".join(key for keys in paths for key in keys)
    separator = next((each for each in separators if each not in keys_text), None)
    if separator is None:
        raise Inconvertible("its keys hold every separator")
    return separator, {separator.join(keys): tensor for keys, tensor in paths.items()}


def nested(flat: Mapping[str, Tensor], separator: str) -> dict[str, Any]:
    if not separator:
        return dict(flat)
    tree: dict[str, Any] = {}
    for joined, tensor in flat.items():
        *outer, last = joined.split(separator)
        level = tree
        for key in outer:
            level = level.setdefault(key, {})
        level[last] = tensor
    return tree


def _leaves(tree: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Tensor]]:
    for key, value in tree.items():
        if isinstance(value, Tensor):
            yield (*above, key), value
        else:
            yield from _leaves(value, (*above, key))


def _stamp(path: Path) -> str:
    facts = path.stat()
    return f"{written_by} {facts.st_size} {facts.st_mtime_ns}"


def _write(path: Path, tensors: Mapping[str, Tensor], outline: Mapping[str, Tensor], facts: Mapping[str, str]) -> None:
    order = sorted(outline, key=lambda key: (-outline[key].element_size(), key))  # keeps every tensor aligned
    head = _header(outline, order, facts)
    for left_by_a_crash in path.parent.glob(f".{path.name}-*.draft"):
        left_by_a_crash.unlink(missing_ok=True)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}.draft")
    try:
        with draft.open("xb") as file:
            file.write(len(head).to_bytes(8, "little") + head)
            for key in order:
                for piece in _bytes(tensors[key]):
                    file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _header(tensors: Mapping[str, Tensor], order: list[str], facts: Mapping[str, str]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": dict(facts)}
    end = 0
    for key in order:
        tensor, begin = tensors[key], end
        if tensor.dtype not in dtypes or tensor.layout != torch.strided:
            raise Inconvertible(f"{key} is of a kind that has no name there")
        end += tensor.numel() * tensor.element_size()
        entries[key] = {"dtype": dtypes[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
    head = json.dumps(entries, separators=(",", ":")).encode()
    return head + b" " * (-len(head) % alignment_n)


def _bytes(tensor: Tensor) -> Iterator[memoryview]:
    plain = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy()
    view = memoryview(plain)  # pyright: ignore[reportArgumentType] - numpy's arrays are buffers
    for begin in range(0, len(view), slice_n):
        yield view[begin : begin + slice_n]
