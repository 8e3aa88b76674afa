"""The built-in generator's cues against the onsets of the real sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def rows(footage: Path) -> Iterator[tuple[str, str, str, str]]:
    from foleyline_engine.bench import cues

    if not footage.is_dir():
        yield "cues against real onsets", "not measured", f"{footage} is not there", "≥ 1.5 × chance"
        return
    yield from cues.rows(footage)
