"""Real Blenders, each a process of its own that does what it is ordered: 3.4 with a window, 4.5 and 5.0 without."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

here = Path(__file__).parent
root = here.parents[3]
kinds = ("3.4", "4.5", "5.0")
installed = Path(os.environ["FOLEYLINE_BLENDERS"])


@dataclass
class Blender:
    """A running Blender. Orders are modules beside this file; see `driver`. busy_s: what the slices of the last
    bridge took of its main thread."""

    kind: str
    folder: Path
    process: subprocess.Popen
    busy_s: list[float] = field(default_factory=list)
    _count: int = 0

    def begin(self, do: str, **arguments: Any) -> int:
        """The order's number."""
        self._count += 1
        part = self.folder / f"{self._count}.order"
        part.write_text(json.dumps({"do": do, **arguments}))
        part.rename(self.folder / f"{self._count}.json")
        return self._count

    def result(self, number: int, timeout_s: float = 180) -> Any:
        done = self.folder / f"{number}.done"
        until_s = time.monotonic() + timeout_s
        while not done.exists():
            assert self.process.poll() is None, (
                f"Blender {self.kind} ended ({self.process.poll()}):\n{self.log[-3000:]}"
            )
            assert time.monotonic() < until_s, f"Blender {self.kind} did not answer:\n{self.log[-3000:]}"
            time.sleep(0.005)
        told = json.loads(done.read_text())
        assert "fault" not in told, told.get("fault")
        return told["result"]

    def do(self, do: str, *, timeout_s: float = 180, **arguments: Any) -> Any:
        return self.result(self.begin(do, **arguments), timeout_s)

    @property
    def worked_s(self) -> float:
        """What it has had of the processor so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        if self.is_running:
            self.begin("stop")
            try:
                self.process.wait(90)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def _build() -> Any:
    spec = importlib.util.spec_from_file_location("blender_build", root / "plugin/bridges/blender/build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def zips(tmp_path_factory) -> tuple[Path, Path]:
    """The extension and the legacy add-on, as they are given out."""
    return _build().build(tmp_path_factory.mktemp("zips"))


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A screen of its own."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1200x700x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as told:
        name = f":{told.readline().strip()}"
    yield name
    server.terminate()
    server.wait(10)


def command_of(kind: str) -> list[str]:
    if kind == "3.4":
        return ["blender", "--factory-startup", "-noaudio"]
    return [str(installed / f"bpy-{kind}" / "bin" / "python")]


def environment(home: Path, display: str = "") -> dict[str, str]:
    """A home of its own, so that nobody's settings count."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith(("XDG_", "BLENDER_", "PYTHON"))}
    own = {"HOME": str(home), "LIBGL_ALWAYS_SOFTWARE": "1", "PYTHONUNBUFFERED": "1"}
    return kept | own | ({"DISPLAY": display} if display else {})


Start = Callable[..., Blender]


@pytest.fixture(scope="session")
def start(tmp_path_factory, zips, request) -> Iterator[Start]:
    """start(kind) is a Blender with the add-on at hand; all are ended after the last test."""
    running: list[Blender] = []

    def begin(kind: str, *, windowed: bool | None = None, is_on: bool = True, home: Path | None = None) -> Blender:
        folder = tmp_path_factory.mktemp(f"blender-{kind}-")
        if is_on:
            with zipfile.ZipFile(zips[1]) as archive:
                archive.extractall(folder / "addon")
        windowed = kind == "3.4" if windowed is None else windowed
        command = command_of(kind)
        if kind == "3.4":
            command += (["--window-geometry", "0", "0", "1200", "700"] if windowed else ["-b"]) + [
                "--python",
                str(here / "driver.py"),
                "--",
            ]
        else:
            command += [str(here / "driver.py")]
        shown = request.getfixturevalue("display") if windowed else ""
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(home or folder, shown),
                start_new_session=True,
            )
        blender = Blender(kind, folder, process)
        running.append(blender)
        if is_on:
            blender.do("beginning")
        return blender

    yield begin
    for blender in running:
        blender.end()


@pytest.fixture(scope="session")
def _blenders(start) -> Callable[[str], Blender]:
    """One of each kind for all tests, another where that one has ended."""
    known: dict[str, Blender] = {}

    def of(kind: str) -> Blender:
        if kind not in known or not known[kind].is_running:
            known[kind] = start(kind)
        return known[kind]

    return of


@pytest.fixture(params=kinds)
def blender(request, _blenders) -> Blender:
    return _blenders(request.param)


@pytest.fixture
def windowed(_blenders) -> Blender:
    """The one with a user interface."""
    return _blenders("3.4")


@pytest.fixture(scope="session")
def relay() -> list[str]:
    """The command to which a socket's path is added."""
    return [sys.executable, str(here / "relay.py")]


@pytest.fixture(scope="session")
def movie(tmp_path_factory) -> Callable[..., Path]:
    """movie(rate, frames) is a small one without sound, made once."""
    folder = tmp_path_factory.mktemp("movies")

    def make(rate: str, frames: int) -> Path:
        path = folder / f"{rate.replace('/', '-')} {frames}.mov"
        if not path.exists():
            source = f"testsrc2=size=64x36:rate={rate}"
            options = ["-frames:v", str(frames), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-g", "1"]
            subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *options, str(path)], check=True)
        return path

    return make


assert shutil.which("blender"), "blender is not installed: run make test-blender"
