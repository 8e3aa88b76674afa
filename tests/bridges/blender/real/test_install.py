"""The files that are given out, taken by the Blenders that they are for, as an editor would install them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .conftest import installed


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ("4.5", "5.0"))
def test_blenders_own_validation_finds_nothing(zips, kind):
    found = list(
        Path(installed / f"bpy-{kind}").glob(
            "lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
        )
    )
    python = installed / f"bpy-{kind}" / "bin" / "python"
    command = [str(python), str(found[0]), "validate", str(zips[0])]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Success" in ran.stdout


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ("3.4", "4.5", "5.0"))
def test_it_is_installed_switched_on_and_off(start, zips, kind):
    blender = start(kind, windowed=False, is_on=False)
    told = blender.do("installing", path=str(zips[1] if kind == "3.4" else zips[0]))
    assert told == {
        "module": "foleyline" if kind == "3.4" else "bl_ext.user_default.foleyline",
        "command": ["/opt/foley line/foleyline", "panel", "--bridge"],
        "operators": ["generate", "panel", "whole_timeline"],
        "panels": ["FOLEYLINE_PT_foley", "FOLEYLINE_PT_notes"],
        "after": [],
    }
    assert "Traceback" not in blender.log
