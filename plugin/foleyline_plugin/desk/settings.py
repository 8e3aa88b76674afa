"""What the panel remembers of one editor: language, look, keys, presets, the form as it was left."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass
class Settings:
    """language, theme: empty for the system's. out: folder for all takes, empty for beside each timeline.

    keys: action to key sequence, where it is not the usual one. pace: models to seconds (see `pace`).
    directions: timeline to clip to its own direction. relinked: timeline to file name to where that file lies now.
    """

    language: str = ""
    theme: str = ""
    out: str = ""
    form: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    presets: dict[str, str] = field(default_factory=dict)
    pace: dict[str, list[float]] = field(default_factory=dict)
    directions: dict[str, dict[str, str]] = field(default_factory=dict)
    relinked: dict[str, dict[str, str]] = field(default_factory=dict)
    is_more_open: bool = False
    geometry: str = ""

    def save(self) -> None:
        """Whole or not at all; a folder that cannot be written to leaves the settings as they were on disk."""
        path = file()
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf8")
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)


def load() -> Settings:
    """As they were saved; what is damaged or of another kind is what it is for a new editor."""
    try:
        told = json.loads(file().read_text(encoding="utf8"))
    except (OSError, ValueError):
        return Settings()
    fresh = Settings()
    for known in fields(Settings):
        if isinstance(told.get(known.name), type(getattr(fresh, known.name))):
            setattr(fresh, known.name, told[known.name])
    return fresh


def file() -> Path:
    """`FOLEYLINE_CONFIG` names another folder."""
    if named := os.environ.get("FOLEYLINE_CONFIG"):
        return Path(named) / "panel.json"
    if sys.platform == "win32":
        return Path(os.environ["APPDATA"]) / "Foleyline" / "panel.json"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "foleyline" / "panel.json"
