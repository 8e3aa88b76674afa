"""What is known of a file that lies here: the sums that were taken of it, beside it in `NAME.record.json`."""

from __future__ import annotations

import glob
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

converting_lock = ".converting.lock"
State = Literal["absent", "partial", "unchecked", "whole", "damaged"]


@dataclass(frozen=True)
class Record:
    """size and mtime_ns: of the file when its sums were taken. is_learned: none was published, so this one is held to.

    source: where it came from. commit: of the hub's repository, empty elsewhere. is_damaged: its sum was found wrong
        since; sha256 is the one that it should have.
    """

    size: int
    mtime_ns: int
    sha256: str
    is_learned: bool
    source: str = ""
    commit: str = ""
    is_damaged: bool = False


def place(path: Path) -> Path:
    return path.with_name(f"{path.name}.record.json")


def part(path: Path) -> Path:
    """Where a download grows before it gets its final name."""
    return path.with_name(f"{path.name}.part")


def part_notes(part: Path) -> Path:
    """What the server said of a `.part`, so that another process can go on with it."""
    return part.with_name(f"{part.name}.json")


def twin(path: Path, form: str = "") -> Path:
    """Where a checkpoint's tensors lie as safetensors, once it was loaded; form: what was made of them, if anything."""
    return path.with_name(f"{path.name}.{form}.safetensors" if form else f"{path.name}.safetensors")


def twins(path: Path) -> list[Path]:
    """All of a checkpoint that are here."""
    return [twin(path), *path.parent.glob(f"{glob.escape(path.name)}.*.safetensors")]


def is_ours(path: Path) -> bool:
    """Whether a file is one that is written beside published ones, and not one of them."""
    name = path.name
    original = path.with_name(name.removesuffix(".safetensors"))
    has_original = original != path and (original.exists() or original.with_suffix("").exists())
    return name.startswith(".") or name.endswith((".record.json", ".part", ".part.json")) or has_original


def read(path: Path) -> Record | None:
    """Of the file `path`; None where there is none or it cannot be understood."""
    try:
        return Record(**read_json(place(path)))
    except (OSError, ValueError, TypeError):
        return None


def write(path: Path, record: Record) -> None:
    write_json(place(path), asdict(record))


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf8"))


def write_json(path: Path, content: Any) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{secrets.token_hex(4)}.draft")
    try:
        draft.write_text(json.dumps(content, indent=1), encoding="utf8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def state(path: Path, size: int, *, is_exact: bool) -> tuple[State, int]:
    """How the file `path` stands, and how many bytes of it are here. Cheap: nothing is read but its record."""
    try:
        found = path.stat()
    except FileNotFoundError:
        growing = part(path)
        return ("partial", growing.stat().st_size) if growing.is_file() else ("absent", 0)
    return _whole_or_not(found, read(path), size if is_exact else None), found.st_size


def _whole_or_not(found: os.stat_result, record: Record | None, size: int | None) -> State:
    expected = size or (record.size if record else None)
    if expected is not None and found.st_size != expected:
        return "damaged"
    if record is None or found.st_mtime_ns != record.mtime_ns:
        return "unchecked"
    return "damaged" if record.is_damaged else "whole"
