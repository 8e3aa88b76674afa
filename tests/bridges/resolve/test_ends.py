"""Panel, script and pipe ended at any moment: the other side ends cleanly, and what was made is not lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.bridges.reference import cut, write_sound
from tests.bridges.resolve.scripts import Script, bridges
from tests.bridges.resolve.seats import lanes_of, seat

from foleyline_plugin.hosts import otio_file
from foleyline_plugin.timeline import read_clips

root = Path(__file__).parents[3]
sounds_n = 12


def furnish(folder: Path) -> Path:
    """Where the panel of a test works, with sounds to place."""
    folder.mkdir(exist_ok=True)
    sounds = [str(write_sound(folder / f"s{n}.wav", 12, seat().exact)) for n in range(sounds_n)]
    (folder / "sounds.json").write_text(json.dumps(sounds), encoding="utf8")
    starter = folder / "panel.sh"
    starter.write_text(f'echo $$ > "{folder}/panel.pid"; exec "{sys.executable}" "$@"\n', encoding="utf8")
    command = ["sh", str(starter), str(root / "tests" / "bridges" / "panel.py"), str(folder)]
    (folder / "foleyline.json").write_text(json.dumps({"command": command}), encoding="utf8")
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    return furnish(tmp_path / "work")


def command_in(folder: Path) -> list[str]:
    return json.loads((folder / "foleyline.json").read_text(encoding="utf8"))["command"]


def log_in(folder: Path) -> list[str]:
    path = folder / "log.txt"
    return path.read_text(encoding="utf8").splitlines() if path.exists() else []


def wait_for(folder: Path, line: str, timeout_s: float = 40.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not any(each.startswith(line) for each in log_in(folder)):
        assert time.monotonic() < end_s, log_in(folder)
        time.sleep(0.005)


def python_script(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.bridges.resolve.seat_process", str(folder)]
    # What leads a script's Python to its modules would lead the panel's astray; the bridge keeps it from the panel.
    environment = os.environ | {"PYTHONPATH": str(bridges)}
    script = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=root)
    started.append(script)
    return script


started: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def leave_nothing_running() -> Iterator[None]:
    """Where a test failed; a panel ends with its script."""
    yield
    while started:
        script = started.pop()
        if script.poll() is None:
            script.kill()
            script.communicate()


def check_whole_or_nothing(lanes: list) -> None:
    lying = sorted((start, path) for _, _, _, items in lanes for start, _, path in items)
    assert lying in ([], sorted((12 * n, f"s{n}.wav") for n in range(sounds_n)))
    assert [name for name, *_ in lanes] in ([], ["FLY 1", "FLY 1 VOX"])


def check_kept(folder: Path) -> None:
    """What the panel goes on from without the program."""
    kept = next(Path(line[6:]) for line in log_in(folder) if line.startswith("kept: "))
    assert [clip.clip.name for clip in read_clips(otio_file.read(kept)[0], kept.parent)] == [
        name for *_, name, _ in cut
    ]


def end_of_python(script: subprocess.Popen[bytes]) -> list:
    out, err = script.communicate(timeout=40)
    assert (script.returncode, err.decode()) == (0, "")
    told = json.loads(out.decode().splitlines()[-1])
    assert told["violations"] == []
    return told["lanes"]


@pytest.mark.timeout(120)
def test_a_python_script_starts_the_panel_and_ends_with_it(folder):
    lanes = end_of_python(python_script(folder))
    assert log_in(folder)[-2:] == [f"placed: {sounds_n}", "closed"]
    assert sum(len(items) for _, _, _, items in lanes) == sounds_n


@pytest.mark.timeout(120)
@pytest.mark.parametrize("environment", [{}, {"WITHOUT_FFI": "1"}], ids=["pipe", "mailbox"])
def test_a_lua_script_starts_the_panel_and_ends_with_it(folder, environment):
    studio = seat()
    script = Script(studio, command_in(folder), environment)
    code, told = script.end()
    assert (code, "Foleyline" in told) == (0, False), told
    assert (log_in(folder)[-2:], studio.book.violations) == ([f"placed: {sounds_n}", "closed"], [])
    assert sum(len(items) for _, _, _, items in lanes_of(studio)) == sounds_n


@pytest.mark.timeout(120)
def test_a_second_press_of_either_entry_shows_the_panel_that_is_open(folder):
    (folder / "stay").touch()
    first = python_script(folder)
    wait_for(folder, "placed")
    assert Script(seat(), folder=folder).end() == (0, "")
    wait_for(folder, "asked: panel")
    assert python_script(folder).wait(40) == 0
    kill_panel(folder, 0)
    end_of_python(first)
    assert log_in(folder).count("linked: DaVinci Resolve 21.0.4 Studio") == 1
    second = Script(seat(), folder=folder)
    wait_for_count(folder, "placed", 2)
    assert python_script(folder).wait(40) == 0
    kill_panel(folder, 2.5)
    assert second.end()[0] == 0
    assert "asked: panel" in log_in(folder)[-2:]


def wait_for_count(folder: Path, line: str, count: int) -> None:
    end_s = time.monotonic() + 40
    while sum(each.startswith(line) for each in log_in(folder)) < count:
        assert time.monotonic() < end_s, log_in(folder)
        time.sleep(0.01)


@pytest.mark.parametrize("bridge", ["python", "lua"])
def test_a_panel_that_cannot_be_started_is_told_in_the_console(bridge, tmp_path):
    command = [str(tmp_path / "no such panel")]
    (tmp_path / "foleyline.json").write_text(json.dumps({"command": command}), encoding="utf8")
    if bridge == "lua":
        told = Script(seat(), command).end()[1]
    else:
        out, _ = python_script(tmp_path).communicate(timeout=40)
        told = out.decode()
    assert "no such panel" in told


moments = random.Random(7)
delays_s = [round(moments.uniform(0, 0.35), 3) for _ in range(50)]


def many_times(tmp_path: Path, end: Callable[[Path, float], None], delays: Sequence[float]) -> None:
    """Each in a folder of its own, several at once: most of their time they wait."""
    folders = [furnish(tmp_path / str(n)) for n, _ in enumerate(delays)]
    with ThreadPoolExecutor(6) as pool:
        for _ in pool.map(end, folders, delays):
            pass


def kill_panel(folder: Path, delay_s: float) -> None:
    time.sleep(delay_s)
    os.kill(int((folder / "panel.pid").read_text()), signal.SIGKILL)


def python_script_without_its_panel(folder: Path, delay_s: float) -> None:
    (folder / "stay").touch()
    script = python_script(folder)
    wait_for(folder, "linked")
    kill_panel(folder, delay_s)
    check_whole_or_nothing(end_of_python(script))


def lua_script_without_its_panel(folder: Path, delay_s: float) -> None:
    studio = seat()
    studio.slow_s = 0.01
    (folder / "stay").touch()
    script = Script(studio, command_in(folder))
    wait_for(folder, "linked")
    kill_panel(folder, delay_s)
    code, told = script.end()
    assert (code, studio.book.violations) == (0, []) and "ended by itself" in told
    check_whole_or_nothing(lanes_of(studio))


def panel_without_its_script(folder: Path, delay_s: float) -> None:
    """Python's and Lua's in turn."""
    (folder / "stay").touch()
    script = python_script(folder) if int(folder.name) % 2 else Script(seat(), command_in(folder))
    wait_for(folder, "kept")
    time.sleep(delay_s)
    if isinstance(script, Script):
        script.process.kill()
        script.end()
    else:
        script.kill()
        script.communicate()
    wait_for(folder, "closed")
    assert any(line.startswith("lost: ") for line in log_in(folder))
    check_kept(folder)


def both_without_their_pipe(folder: Path, delay_s: float) -> None:
    """Python's and Lua's in turn."""
    (folder / "stay").touch()
    (folder / "cut_after_s").write_text(str(delay_s / 2), encoding="utf8")
    studio = seat()
    studio.slow_s = 0.01
    script = python_script(folder) if int(folder.name) % 2 else Script(studio, command_in(folder))
    if isinstance(script, Script):
        assert (script.end()[0], studio.book.violations) == (0, [])
        check_whole_or_nothing(lanes_of(studio))
    else:
        check_whole_or_nothing(end_of_python(script))
    assert "closed" in log_in(folder)
    check_kept(folder)


@pytest.mark.timeout(240)
def test_a_torn_pipe_ends_both_and_neither_hangs(tmp_path):
    many_times(tmp_path, both_without_their_pipe, delays_s[:12])


@pytest.mark.timeout(240)
def test_the_panel_killed_ends_the_python_script_alone(tmp_path):
    many_times(tmp_path, python_script_without_its_panel, delays_s[:14])


@pytest.mark.timeout(240)
def test_the_panel_killed_ends_the_lua_script_alone(tmp_path):
    many_times(tmp_path, lua_script_without_its_panel, delays_s[14:32])


@pytest.mark.timeout(240)
def test_the_script_killed_leaves_the_panel_with_its_file(tmp_path):
    many_times(tmp_path, panel_without_its_script, delays_s[32:])
