"""The two files that are given out: the same bytes every time, one version, nothing in them that Blender lacks."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from foleyline import version

folder = Path(__file__).parents[3] / "plugin/bridges/blender"
modules = sorted((folder / "addon").glob("*.py"))
longest_reason = 64
tags_known = {"Sequencer"}


def build(out: Path, **environment: str) -> tuple[Path, Path]:
    command = [sys.executable, str(folder / "build.py"), str(out)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment).stdout
    extension, legacy = map(Path, told.split())
    return extension, legacy


def test_the_same_bytes_every_time(tmp_path):
    first = build(tmp_path / "one", TZ="UTC")
    second = build(tmp_path / "two", TZ="Asia/Tokyo")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert [path.name for path in first] == [f"foleyline-{version}.zip", f"foleyline-{version}-legacy.zip"]


def test_each_has_its_modules_where_its_blender_looks_for_them(tmp_path):
    extension, legacy = (zipfile.ZipFile(path).namelist() for path in build(tmp_path))
    names = [path.name for path in modules]
    assert extension == ["blender_manifest.toml", *names]
    assert legacy == [f"foleyline/{name}" for name in names]


def test_one_version():
    manifest = tomllib.loads((folder / "addon/blender_manifest.toml").read_text())
    initial = ast.parse((folder / "addon/__init__.py").read_text())
    told = next(
        ast.literal_eval(node.value)
        for node in initial.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "bl_info"
    )
    said = re.search(r'^version = "(.+)"$', (folder / "addon/methods.py").read_text(), re.MULTILINE)
    assert said
    assert manifest["version"] == ".".join(map(str, told["version"])) == said[1] == version


def test_the_manifest_is_as_blender_asks():
    """What `extension validate` checks, and what only the online platform does."""
    manifest = tomllib.loads((folder / "addon/blender_manifest.toml").read_text())
    assert manifest["schema_version"] == "1.0.0"
    assert manifest["id"].isidentifier() and manifest["type"] == "add-on"
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    assert len(manifest["tagline"]) <= 64 and manifest["tagline"][-1].isalnum()
    assert manifest["blender_version_min"] == "4.2.0" and "blender_version_max" not in manifest
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert set(manifest["tags"]) <= tags_known
    assert list(manifest["permissions"]) == ["files"]
    reason = manifest["permissions"]["files"]
    assert len(reason) <= longest_reason and reason[-1].isalnum()


@pytest.mark.parametrize("path", modules, ids=lambda path: path.name)
def test_standard_library_and_bpy_alone_in_the_words_of_python_3_10(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 10))
    absolute = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    absolute |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 0}
    tops = {name.partition(".")[0] for name in absolute}
    assert tops <= sys.stdlib_module_names | {"bpy"}
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not {call for call in calls if call.startswith("bpy.ops") and call != "bpy.ops.ed.undo_push"}
    assert not {call for call in calls if call.endswith("retiming_keys.add")}
