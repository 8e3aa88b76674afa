"""A small batch that faults are done to: its command, its engine, what it left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.kills import contents, kill

clips = 4
longest_s = 60


@dataclass
class Batch:
    """One timeline, one output folder, one runtime folder. whole_s: what an undisturbed run takes."""

    cut: Path
    folder: Path
    runtime: Path
    whole_s: float = 0.0
    undisturbed: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "FOLEYLINE_RUNTIME": str(self.runtime),
            "FOLEYLINE_IDLE": "2",
            "SOURCE_DATE_EPOCH": "1700000000",
            "OMP_NUM_THREADS": "1",
        }

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def media(self) -> list[Path]:
        return sorted(self.cut.parent.glob("*.mp4"))

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "foleyline_plugin", "generate", str(self.cut), "--out", str(self.out)]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment
        )

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        process = self.start()
        try:
            yield process
        finally:
            kill(process.pid)
            process.communicate(timeout=longest_s)

    def finish(self) -> None:
        """The command once more, or once: it must end well and in words."""
        process = self.start()
        told, words = process.communicate(timeout=longest_s)
        assert "Traceback" not in words, words
        assert process.returncode == 0, told + words

    def check(self) -> None:
        """Every take once, the same as in an undisturbed run, and nothing half-done beside them."""
        differing = sorted(name for name, _ in set(contents(self.out).items()) ^ set(self.undisturbed.items()))
        assert not differing
        assert len(list((self.out / ".foleyline/takes").glob("*.json"))) == clips
        assert not [path for path in self.out.rglob("*") if ".part" in path.name]

    def wait_for_engine(self) -> int | None:
        """Its process, or None where the run was over before it was seen."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for address in self.runtime.glob("engine-*.json"):
                try:
                    return int(json.loads(address.read_text())["pid"])
                except (ValueError, FileNotFoundError):  # it is being written, or is gone again
                    continue
            time.sleep(0.01)
        return None


def ended(process: subprocess.Popen[str]) -> str:
    """What a command said that was left to end by itself."""
    told, words = process.communicate(timeout=longest_s)
    assert "Traceback" not in words, words
    return told + words


def interrupt(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)


def engines_of(runtime: Path) -> list[int]:
    """Processes, dead ones aside, that were started with this runtime folder."""
    found = []
    wanted = f"FOLEYLINE_RUNTIME={runtime}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            continue
    return [pid for pid in found if pid != os.getpid()]
