"""Sums of files, several kinds in one reading."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

piece_n = 4 * 1024 * 1024
Tell = Callable[[int], None]
"""Told how many bytes were read so far; may raise to stop."""


def taken(path: Path, kinds: Iterable[str], tell: Tell = lambda done: None) -> dict[str, str]:
    """kinds: sha256, md5, or git for the name that git gives a file of this content."""
    running = {kind: _new(kind, path.stat().st_size) for kind in kinds}
    done = 0
    with path.open("rb") as file:
        while piece := file.read(piece_n):
            for each in running.values():
                each.update(piece)
            done += len(piece)
            tell(done)
    return {kind: each.hexdigest() for kind, each in running.items()}


def _new(kind: str, size: int) -> Any:
    if kind == "git":
        return hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    return hashlib.new(kind, usedforsecurity=False)


def differing(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    """What differs, one clause; empty where nothing does."""
    for kind, digits in expected.items():
        if found[kind] != digits:
            return f"its {kind} is {found[kind][:12]}… and not {digits[:12]}…"
    return ""
