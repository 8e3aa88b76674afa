"""Where downloaded weights lie on this machine, and what of a model is missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from foleyline.errors import FoleyError

from . import records
from .published import Folder, Part, Place, Weights, inside

__all__ = ["Weights", "absent", "check", "expanded", "folder", "is_random_allowed", "listing_file", "random_weights"]

random_weights = "FOLEYLINE_RANDOM_WEIGHTS"
"""Set to 1, models that are not installed run at full size with random weights: for measuring, the sound is noise."""


def folder() -> Path:
    """`FOLEYLINE_MODELS`, or this user's data folder."""
    if named := os.environ.get("FOLEYLINE_MODELS"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"]) / "Foleyline" / "models"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Foleyline" / "models"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "foleyline" / "models"


def listing_file(part: Folder) -> Path:
    return folder() / part.path / ".listing.json"


def expanded(part: Part) -> tuple[Weights, ...] | None:
    """The files of a part; None for a folder whose files the hub was not asked for yet."""
    if isinstance(part, Weights):
        return (part,)
    try:
        listed = records.read_json(listing_file(part))
        return tuple(_listed(part, listed["commit"], facts) for facts in listed["files"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _listed(part: Folder, commit: str, facts: Mapping[str, Any]) -> Weights:
    name = inside(facts["path"])
    return Weights(
        path=f"{part.path}/{name}",
        size=int(facts["size"]),
        terms=part.terms,
        place=Place(part.repository, f"{part.below}/{name}".lstrip("/"), commit),
        is_exact=True,
        sums=facts.get("sums", {}),
    )


def absent(parts: Sequence[Part]) -> list[Part]:
    """Files that are not here, and folders that are not here whole."""
    return [part for part in parts if not _is_here(part)]


def _is_here(part: Part) -> bool:
    files = expanded(part)
    return files is not None and all((folder() / file.path).is_file() for file in files)


def is_random_allowed() -> bool:
    return os.environ.get(random_weights) == "1"


def check(name: str, parts: Sequence[Part]) -> None:
    """Raises E-WEIGHTS where a file of model `name` is not there: what it is, its size, licence and the command.

    Raises E-HASH for a file that is there and has lost its size.
    """
    lacking = absent(parts)
    if lacking and not is_random_allowed():
        raise FoleyError(
            "E-WEIGHTS",
            name=name,
            size=f"{sum(part.size for part in lacking) / 1e9:.1f} GB",
            licence="; ".join(dict.fromkeys(part.licence for part in lacking)),
            command=f"foleyline models fetch {name}",
        )
    for file in (file for part in parts for file in expanded(part) or ()):
        if records.state(folder() / file.path, file.size, is_exact=file.is_exact)[0] == "damaged":
            raise FoleyError("E-HASH", name=file.path, reason="its size has changed", model=name)
