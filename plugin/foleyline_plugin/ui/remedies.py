"""What can be done about a problem: the buttons that its sentence comes with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from foleyline.errors import FoleyError

from .text import tr

# By code: names of remedies, the likeliest first. Each also has "what it means" and "copy report" at its end.
of_code: Mapping[str, tuple[str, ...]] = {
    "E-MEDIA": ("relink", "retry", "skip"),
    "E-FORMAT": ("relink", "retry", "skip"),
    "E-RANGE": ("relink", "skip"),
    "E-LENGTH": ("relink", "skip"),
    "E-INPUT": ("open", "reload"),
    "E-OTIO": ("open",),
    "E-SCHEMA": ("open",),
    "E-NOSOUND": ("use_picture", "skip"),
    "E-NOPICTURE": ("use_production", "skip"),
    "E-SPEED": ("skip",),
    "E-GENERATOR": ("skip",),
    "E-LONG": ("skip",),
    "E-LIMIT": ("skip",),
    "E-DISK": ("retry", "choose_folder", "show_folder"),
    "E-OUT": ("choose_folder", "retry"),
    "E-JOURNAL": ("choose_folder",),
    "E-LOST": ("retry", "skip"),
    "E-FAULT": ("retry", "skip"),
    "E-ENGINE": ("start_engine",),
    "E-STUCK": ("stop_engine", "start_engine"),
    "E-WEIGHTS": ("models", "use_built_in"),
    "E-MISSING": ("models", "use_built_in"),
    "E-MODEL": ("use_built_in", "retry"),
    "E-CHECKPOINT": ("use_built_in", "models"),
    "E-JUDGE": ("use_built_in", "models"),
    "E-VRAM": ("use_built_in", "retry"),
    "E-TENSORS": ("models", "use_built_in"),
    "E-NET": ("models",),
    "E-HASH": ("models",),
    "E-LICENCE": ("models",),
    "E-GATE": ("models",),
    "E-GONE": ("models",),
    "E-OFFLINE": ("models",),
    "E-MOVED": ("reload",),
    "E-LANE": ("show_folder",),
    "E-HOST": ("reload", "work_from_file"),
    "E-NOTIMELINE": ("reload",),
    "E-STALE": ("reload",),
    "E-BUSY": ("reload",),
    "E-HAND": ("show_folder",),
}
always = ("meaning", "report")
anything_else = ("retry", "skip")


@dataclass(frozen=True)
class Remedy:
    """A button's words and what it does."""

    words: str
    does: Callable[[], None]


def words_of(name: str) -> str:
    return {
        "retry": tr("Try again"),
        "skip": tr("Skip it"),
        "relink": tr("Relink"),
        "open": tr("Open another"),
        "reload": tr("Reload"),
        "work_from_file": tr("Work from a file"),
        "use_picture": tr("Use the picture"),
        "use_production": tr("Use production sound"),
        "choose_folder": tr("Choose folder"),
        "show_folder": tr("Show folder"),
        "start_engine": tr("Start engine"),
        "stop_engine": tr("Stop it"),
        "models": tr("Models"),
        "use_built_in": tr("Use built-in models"),
        "meaning": tr("What it means"),
        "report": tr("Copy report"),
    }[name]


def remedies(problem: FoleyError, does: Mapping[str, Callable[[], None]]) -> list[Remedy]:
    """The buttons of a problem, of what can be done here at all."""
    names = (*of_code.get(problem.code, anything_else), *always)
    return [Remedy(words_of(name), does[name]) for name in names if name in does]
