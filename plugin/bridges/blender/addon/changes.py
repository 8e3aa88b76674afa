"""Notices that something in the file may have changed. What changed, and whether it matters, is for others to see."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import Any

import bpy


class Watch:
    """epoch: grows whenever strips may have moved or gone. loaded: how many files have been opened so far.

    A reference to a strip that was got in an earlier epoch must not be used: Blender frees strips without telling
    Python, and the next use of it ends the program.
    """

    def __init__(self) -> None:
        self.epoch = 0
        self.loaded = 0


watch = Watch()


@bpy.app.handlers.persistent
def _updated(scene: Any, depsgraph: Any = None) -> None:
    if depsgraph is None or any(isinstance(update.id, bpy.types.Scene) for update in depsgraph.updates):
        watch.epoch += 1


@bpy.app.handlers.persistent
def _stepped(*_: object) -> None:
    watch.epoch += 1


@bpy.app.handlers.persistent
def _loaded(*_: object) -> None:
    watch.epoch += 1
    watch.loaded += 1


_kept = (
    ("depsgraph_update_post", _updated),
    ("undo_post", _stepped),
    ("redo_post", _stepped),
    ("load_post", _loaded),
)


def register() -> None:
    for name, handler in _kept:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in _kept:
        getattr(bpy.app.handlers, name).remove(handler)
