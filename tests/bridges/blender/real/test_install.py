"""The files that are given out, taken by the Blenders that they are for, as an editor would install them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import environment, installed, kinds


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ("4.5", "5.0"))
def test_blenders_own_validation_finds_nothing(zips, kind):
    found = list(
        Path(installed / f"bpy-{kind}").glob(
            "lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
        )
    )
    python = installed / f"bpy-{kind}" / "bin" / "python"
    command = [str(python), str(found[0]), "validate", str(zips[0])]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Success" in ran.stdout


def check(told: dict, kind: str, found: list[str]) -> None:
    assert told == {
        "module": "foleyline" if kind == "3.4" else "bl_ext.user_default.foleyline",
        "commands": [found, ["/opt/foley line/foleyline", "panel", "--bridge"]],
        "operators": ["generate", "panel", "whole_timeline"],
        "panels": ["FOLEYLINE_PT_foley", "FOLEYLINE_PT_notes"],
        "after": [],
    }


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", kinds)
def test_it_is_installed_switched_on_and_off(start, zips, kind):
    blender = start(kind, windowed=False, is_on=False)
    told = blender.do("installing", path=str(zips[1] if kind == "3.4" else zips[0]))
    check(told, kind, ["foleyline", "panel", "--bridge"])
    assert "Traceback" not in blender.log


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", kinds)
def test_the_installer_puts_it_where_blender_finds_it(start, tmp_path, kind):
    (tmp_path / ".config/blender" / kind).mkdir(parents=True)
    command = [sys.executable, "-m", "foleyline_plugin", "install", "blender"]
    subprocess.run(command, check=True, capture_output=True, env=environment(tmp_path), timeout=200)
    blender = start(kind, windowed=False, is_on=False, home=tmp_path)
    told = blender.do("installing", path="")
    check(told, kind, [sys.executable, "-m", "foleyline_plugin", "panel", "--bridge"])
    assert "Traceback" not in blender.log
