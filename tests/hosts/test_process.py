"""The engine as a process: found again, private, stopped, and gone when nobody needs it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from foleyline import runtime
from foleyline_plugin import engine


@pytest.fixture(params=["plain", "spaces, Ünïcode × 100% #1?", "long " + "x" * 120])
def runtime_folder(request, tmp_path, monkeypatch) -> Iterator[Path]:
    folder = tmp_path / request.param
    monkeypatch.setenv("FOLEYLINE_RUNTIME", str(folder))
    monkeypatch.setenv("FOLEYLINE_IDLE", "20")
    yield folder
    engine.stop()


async def test_it_is_started_once_found_again_and_stopped(runtime_folder):
    first = await engine.connect()
    second = await engine.connect()
    assert first.address == second.address
    assert (await second.hello()).pid == first.address.pid
    await first.close()
    await second.close()
    assert engine.stop() == first.address.pid
    assert not engine.is_running() and engine.stop() is None
    assert not Path(first.address.target.removeprefix("unix:")).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sockets of this kind")
async def test_nobody_else_gets_in(tmp_path, monkeypatch):
    monkeypatch.setenv("FOLEYLINE_RUNTIME", str(tmp_path / "run"))
    link = await engine.connect()
    await link.close()
    assert (tmp_path / "run").stat().st_mode & 0o077 == 0
    assert runtime.address_file().stat().st_mode & 0o077 == 0
    wrong = engine.Engine(runtime.Address(link.address.target, "guess", link.address.pid))
    with pytest.raises(engine.Lost):
        await wrong.hello()
    await wrong.close()
    engine.stop()


async def test_it_ends_by_itself_and_a_dead_one_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setenv("FOLEYLINE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.setenv("FOLEYLINE_IDLE", "1")
    link = await engine.connect()
    await link.close()
    os.kill(link.address.pid, 9)
    while engine.is_running():
        time.sleep(0.02)
    again = await engine.connect()
    assert again.address.pid != link.address.pid
    await again.close()
    deadline = time.monotonic() + 10
    while engine.is_running():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not runtime.address_file().exists()


def test_doctor_says_what_there_is(environment):
    command = [sys.executable, "-m", "foleyline_plugin", "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("generator scratch", "judge evidence", "separator fill", "silence level", "engine 0.1.0"):
        assert name in done.stdout
