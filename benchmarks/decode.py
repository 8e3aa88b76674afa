"""The whole run on 1080p material against the time that ffmpeg takes to decode the same clips."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .material import movie, scaled

rounds = 3


def rows(footage: Path) -> Iterator[tuple[str, str, str, str]]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        yield _row("4 × 15 s of test pictures, 1080p25", _test_pictures(folder), folder)
        if footage.is_dir():
            clips = sorted(footage.glob("*.mp4"))
            real = [scaled(clip, folder / f"real {clip.stem}.mp4", loops=2) for clip in clips]
            yield _row("the sample footage at 1080p with grain, twice round", real, folder)


def _test_pictures(folder: Path) -> list[Path]:
    kinds = ("testsrc2", "mandelbrot", "testsrc", "life=mold=10:ratio=0.1")
    return [movie(folder / f"test {n}.mp4", seconds=15, picture=kind) for n, kind in enumerate(kinds[:3])] + [
        movie(folder / "test 3.mp4", seconds=15, picture="testsrc2", rate="30")
    ]


def _row(name: str, clips: list[Path], folder: Path) -> tuple[str, str, str, str]:
    """The best of three of each, taken in turn; the engine's start is part of the run."""
    decodes, runs = [], []
    for n in range(rounds):
        decodes.append(_decode(clips))
        runs.append(_generate(clips, folder / f"out {name} {n}"))
    ratio = min(runs) / min(decodes)
    return name, f"{min(runs):.2f} s", f"ffmpeg -f null: {min(decodes):.2f} s, ratio {ratio:.2f}", "≤ 3"


def _decode(clips: list[Path]) -> float:
    start = time.perf_counter()
    for clip in clips:
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), "-f", "null", "-"], check=True)
    return time.perf_counter() - start


def _generate(clips: list[Path], out: Path) -> float:
    environment = os.environ | {"FOLEYLINE_RUNTIME": str(out) + " runtime", "FOLEYLINE_IDLE": "1"}
    command = [sys.executable, "-m", "foleyline_plugin", "generate", *map(str, clips), "--out", str(out)]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start
