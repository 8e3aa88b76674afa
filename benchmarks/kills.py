"""Engine or client killed at random moments of a 20-clip run, then run again: every take once, as if undisturbed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from .material import movie, timeline

clips = 20


def rows(footage: Path) -> Iterator[tuple[str, str, str, str]]:
    del footage
    with tempfile.TemporaryDirectory() as temporary:
        outcome = kill_runs(Path(temporary), kills=20, seed=1)
    yield "killed at 20 random moments of a 20-clip run, run again", outcome, "an undisturbed run", "20 of 20 identical"


def kill_runs(folder: Path, *, kills: int, seed: int) -> str:
    """`N of N identical`, or what differed first."""
    cut = _cut(folder)
    start = time.perf_counter()
    undisturbed = contents(_finish(cut, folder, "undisturbed"))
    whole_s = time.perf_counter() - start
    chance = random.Random(seed)
    for n in range(kills):
        victim = "engine" if n % 2 else "client"
        _killed(cut, folder, f"run {n}", victim, after_s=chance.uniform(0.05, 1.0) * whole_s)
        again = contents(_finish(cut, folder, f"run {n}"))
        if again != undisturbed:
            changed = sorted(set(again.items()) ^ set(undisturbed.items()))
            return f"{n} of {kills}; then, with the {victim} killed, {changed[0][0]} differed"
    return f"{kills} of {kills} identical"


def _cut(folder: Path) -> Path:
    media = [movie(folder / f"shot {n}.mp4", seconds=2, size="320x180") for n in range(4)]
    return timeline(folder / "cut.otio", media, rate=Fraction(25), frames=25, clips=clips)


def _start(cut: Path, folder: Path, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "foleyline_plugin", "generate", str(cut), "--out", str(folder / name)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_environment(folder, name))


def _environment(folder: Path, name: str) -> dict[str, str]:
    runtime = folder / f"runtime {name}"
    return os.environ | {
        "FOLEYLINE_RUNTIME": str(runtime),
        "FOLEYLINE_IDLE": "2",
        "SOURCE_DATE_EPOCH": "1700000000",
    }


def _finish(cut: Path, folder: Path, name: str) -> Path:
    process = _start(cut, folder, name)
    _, words = process.communicate(timeout=300)
    assert process.returncode == 0, words.decode()
    return folder / name


def _killed(cut: Path, folder: Path, name: str, victim: str, *, after_s: float) -> None:
    """Kills without a word, as a crash or the system would, and leaves what runs besides to itself."""
    client = _start(cut, folder, name)
    time.sleep(after_s)
    if victim == "engine":
        for address in (folder / f"runtime {name}").glob("engine-*.json"):
            kill(json.loads(address.read_text())["pid"])
        client.communicate(timeout=300)
    else:
        client.kill()
        client.communicate(timeout=30)


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it had ended by itself


def contents(out: Path) -> dict[str, str]:
    """Every file an editor gets, by name; step times differ from run to run and do not count."""
    contents = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if path.is_file() and not name.startswith(".foleyline"):
            text = path.read_bytes()
            if path.suffix in (".json", ".otio"):
                text = _without_times(json.loads(text), out).encode()
            contents[name] = hashlib.sha256(text).hexdigest()
    return contents


def _without_times(document: object, out: Path) -> str:
    def cleaned(value: object) -> object:
        if isinstance(value, dict):
            return {key: cleaned(inner) for key, inner in value.items() if key not in ("seconds", "out_dir")}
        if isinstance(value, list):
            return [cleaned(inner) for inner in value]
        return value.replace(str(out), "") if isinstance(value, str) else value

    return json.dumps(cleaned(document), sort_keys=True)
