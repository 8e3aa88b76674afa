"""The add-on's preferences: which command opens the panel, where the installer's own is not wanted."""

# pyright: reportMissingImports=false, reportInvalidTypeForm=false

import bpy

from . import starting


class FoleylinePreferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    command: bpy.props.StringProperty(
        name="Command",
        description="Opens the panel. Empty: the one that the installer has set up",
        default="",
    )

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.prop(self, "command")
        column = self.layout.column(align=True)
        column.label(text="What is started: " + " ".join(starting.command()))
        column.label(text="Empty: the command that the installer has set up.")


classes = (FoleylinePreferences,)
