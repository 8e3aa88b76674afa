"""Foleyline in Blender's video sequencer: reads the edit, lays sounds beside it, and leaves the rest to the panel."""

# pyright: reportMissingImports=false

import bpy

from . import changes, preferences, sidebar
from .panel import panel

bl_info = {
    "name": "Foleyline",
    "description": "Foley for the strips of the video sequencer",
    "author": "The Foleyline authors",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "Video Sequencer > Sidebar > Foley",
    "category": "Sequencer",
}

classes = (*preferences.classes, *sidebar.classes)


def register() -> None:
    for each in classes:
        bpy.utils.register_class(each)
    changes.register()


def unregister() -> None:
    panel.close()
    changes.unregister()
    for each in reversed(classes):
        bpy.utils.unregister_class(each)
