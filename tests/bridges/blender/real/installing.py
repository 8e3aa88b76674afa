"""Runs inside Blender: the add-on installed from its zip file, switched on, looked at, switched off."""

# pyright: reportMissingImports=false
from __future__ import annotations

import importlib
from typing import Any

import bpy


def run(path: str) -> Any:
    """What is there then: the module's name, the add-on's commands, its operators and panels. path: nothing where
    the files are there already."""
    yield
    name = _enabled() if not path else _installed(path)
    addon = bpy.context.preferences.addons[name]
    starting: Any = importlib.import_module(f"{name}.starting")
    found = starting.command()
    addon.preferences.command = "'/opt/foley line/foleyline' panel --bridge"
    told = {
        "module": name,
        "commands": [found, starting.command()],
        "operators": sorted(each for each in dir(bpy.ops.foleyline) if not each.startswith("_")),
        "panels": _panels(),
    }
    bpy.ops.preferences.addon_disable(module=name)
    return {**told, "after": _panels()}


def _panels() -> list[str]:
    known = bpy.types.Panel.__subclasses__()
    return sorted(each.__name__ for each in known if each.is_registered and each.__name__.startswith("FOLEYLINE"))


def _enabled() -> str:
    name = "bl_ext.user_default.foleyline" if bpy.app.version >= (4, 2) else "foleyline"
    assert bpy.ops.preferences.addon_enable(module=name) == {"FINISHED"}
    return name


def _installed(path: str) -> str:
    if bpy.app.version >= (4, 2):
        bpy.ops.extensions.package_install_files(filepath=path, repo="user_default", enable_on_install=True)
        return "bl_ext.user_default.foleyline"
    bpy.ops.preferences.addon_install(filepath=path)
    return _enabled()
