"""Where downloaded weights lie on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from foleyline.errors import FoleyError

random_weights = "FOLEYLINE_RANDOM_WEIGHTS"
"""Set to 1, models that are not installed run at full size with random weights: for measuring, the sound is noise."""


@dataclass(frozen=True)
class Weights:
    """One published file. size: bytes, as listed where it is published."""

    path: str
    url: str
    size: int
    licence: str


def folder() -> Path:
    """`FOLEYLINE_MODELS`, or this user's data folder."""
    if named := os.environ.get("FOLEYLINE_MODELS"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"]) / "Foleyline" / "models"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Foleyline" / "models"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "foleyline" / "models"


def absent(files: Sequence[Weights]) -> list[Weights]:
    return [file for file in files if not (folder() / file.path).is_file()]


def is_random_allowed() -> bool:
    return os.environ.get(random_weights) == "1"


def check(name: str, files: Sequence[Weights]) -> None:
    """Raises E-WEIGHTS where a file of model `name` is not there: what it is, its size, licence and the command."""
    lacking = absent(files)
    if lacking and not is_random_allowed():
        raise FoleyError(
            "E-WEIGHTS",
            name=name,
            size=f"{sum(file.size for file in lacking) / 1e9:.1f} GB",
            licence="; ".join(dict.fromkeys(file.licence for file in lacking)),
            command=f"foleyline-engine models fetch {name}",
        )
