"""Runs inside Blender: the add-on installed from its zip file, switched on, looked at, switched off."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import Any

import bpy


def run(path: str) -> Any:
    """What is there then: the module's name, the add-on's command, its operators and panels."""
    yield
    if bpy.app.version >= (4, 2):
        bpy.ops.extensions.package_install_files(filepath=path, repo="user_default", enable_on_install=True)
        name = "bl_ext.user_default.foleyline"
    else:
        bpy.ops.preferences.addon_install(filepath=path)
        name = "foleyline"
        bpy.ops.preferences.addon_enable(module=name)
    addon = bpy.context.preferences.addons[name]
    addon.preferences.command = "'/opt/foley line/foleyline' panel --bridge"
    starting: Any = __import__(f"{name}.starting", fromlist=["command"])
    told = {
        "module": name,
        "command": starting.command(),
        "operators": sorted(each for each in dir(bpy.ops.foleyline) if not each.startswith("_")),
        "panels": [each.__name__ for each in bpy.types.Panel.__subclasses__() if each.__module__.startswith(name)],
    }
    bpy.ops.preferences.addon_disable(module=name)
    told["after"] = [
        each.__name__ for each in bpy.types.Panel.__subclasses__() if each.is_registered and "FOLEY" in each.__name__
    ]
    return told
