"""The built-in generator's cues against the onsets of the real sound, ±80 ms, and against random cues."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from foleyline_engine.bench import cues

bound = "≥ 1.5 × chance"


def rows(footage: Path) -> Iterator[tuple[str, str, str, str]]:
    if not footage.is_dir():
        yield "cues against real onsets", "not measured", f"{footage} is not there", bound
        return
    f1s: list[float] = []
    chances: list[float] = []
    for path in sorted(footage.glob("*.mp4")):
        for fit in (fit for _, fit in cues.measure(path) if fit):
            f1s.append(fit.f1)
            chances.append(fit.chance)
            yield _row(f"cues of {path.stem} against the onsets of its sound", fit.f1, fit.chance)
    yield _row("mean of the clips with sound", sum(f1s) / len(f1s), sum(chances) / len(chances))


def _row(name: str, f1: float, chance: float) -> tuple[str, str, str, str]:
    return name, f"F1 {f1:.2f}", f"random cues: {chance:.2f}, ratio {f1 / chance:.2f}", bound
