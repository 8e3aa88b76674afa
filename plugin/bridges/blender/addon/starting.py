"""Which command opens the panel: the preferences', the installer's, or the program's name."""

# pyright: reportMissingImports=false
from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import bpy

file_name = "foleyline.json"
plain = ("foleyline", "panel", "--bridge")


def command() -> list[str]:
    addon = bpy.context.preferences.addons.get(__package__ or "")
    told = addon.preferences.command.strip() if addon and addon.preferences else ""
    if told:
        return split(told)
    for folder in folders():
        installed = _installed(folder / file_name)
        if installed:
            return installed
    return list(plain)


def split(text: str) -> list[str]:
    """Words as a shell reads them; on Windows a backslash parts folders and quotes nothing."""
    if sys.platform != "win32":
        return [os.path.expandvars(Path(word).expanduser()) for word in shlex.split(text)]
    return [word.strip('"') for word in shlex.split(text, posix=False)]


def folders() -> list[Path]:
    """Where the installer leaves its note: beside the bridge, and where it stays when the bridge is updated."""
    return [Path(__file__).parent, settings_folder()]


def settings_folder() -> Path:
    if named := os.environ.get("FOLEYLINE_CONFIG"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home() / "AppData" / "Roaming")) / "Foleyline"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "foleyline"


def _installed(path: Path) -> list[str]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    words = told.get("command") if isinstance(told, dict) else None
    return words if isinstance(words, list) and words and all(isinstance(word, str) for word in words) else []
