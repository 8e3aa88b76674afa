"""The Foley tab in the sequencer's sidebar: three buttons, what runs, and what was noted of the selected strip."""

# pyright: reportMissingImports=false

import textwrap

import bpy

from . import editing, ours
from .panel import panel

titles = {
    "done": "What was done",
    "verdict": "Voice-over",
    "why": "Why",
    "direction": "Direction",
    "call": "My call",
    "note": "Note",
}
"""Notes in the order in which they are shown; others follow under their own names."""

hidden = {"take"}


class _Asking(bpy.types.Operator):
    """What the three buttons share: the panel is brought up and told what was pressed."""

    bl_options = {"INTERNAL"}
    what = ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        trouble = panel.ask(self.what)
        if trouble:
            self.report({"ERROR"}, trouble)
            return {"CANCELLED"}
        return {"FINISHED"}


class FOLEYLINE_OT_generate(_Asking):
    """Make Foley for the selected strips"""

    bl_idname = "foleyline.generate"
    bl_label = "Generate Foley"
    what = "generate"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        scene = editing.open_scene()
        editor = scene.sequence_editor if scene else None
        return editor is not None and any(strip.select for strip in editing.strips(editing.shown_level(editor)))


class FOLEYLINE_OT_panel(_Asking):
    """Open the Foley panel, or bring it to the front"""

    bl_idname = "foleyline.panel"
    bl_label = "Foley panel"
    what = "panel"


class FOLEYLINE_OT_whole_timeline(_Asking):
    """Make Foley for all strips of this timeline"""

    bl_idname = "foleyline.whole_timeline"
    bl_label = "Whole timeline"
    what = "whole_timeline"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        scene = editing.open_scene()
        return bool(scene and editing.top_strips(scene))


class _Tab:
    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Foley"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.space_data.view_type != "PREVIEW"


class FOLEYLINE_PT_foley(_Tab, bpy.types.Panel):
    bl_idname = "FOLEYLINE_PT_foley"
    bl_label = "Foley"

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        column.scale_y = 1.3
        column.operator(FOLEYLINE_OT_generate.bl_idname, icon="SOUND")
        row = self.layout.row(align=True)
        row.operator(FOLEYLINE_OT_panel.bl_idname)
        row.operator(FOLEYLINE_OT_whole_timeline.bl_idname)
        for line in running():
            _lines(self.layout, line)


class FOLEYLINE_PT_notes(_Tab, bpy.types.Panel):
    bl_idname = "FOLEYLINE_PT_notes"
    bl_parent_id = "FOLEYLINE_PT_foley"
    bl_label = "Notes"

    def draw(self, context: bpy.types.Context) -> None:
        strip = active()
        if strip is None:
            _lines(self.layout, "Select a Foley strip to read what was noted of it.")
            return
        self.layout.label(text=strip.name, icon="SOUND")
        for title, text in notes(strip):
            box = self.layout.column(align=True)
            box.label(text=title)
            _lines(box.box(), text)


def running() -> list[str]:
    """What the panel says, as short lines."""
    if not panel.is_open:
        return [panel.words] if panel.words else []
    if not panel.is_known:
        return ["The panel is starting."]
    status = panel.status
    counted = (
        (status.running, "running"),
        (status.waiting, "waiting"),
        (status.to_review, "to review"),
        (status.problems, "problem" if status.problems == 1 else "problems"),
    )
    counts = ", ".join(f"{count} {word}" for count, word in counted if count)
    return [line for line in (status.text, counts) if line] or ["The panel is open."]


def active() -> bpy.types.ID:
    """The strip that the editor looks at, where it is one of ours."""
    scene = editing.open_scene()
    editor = scene.sequence_editor if scene else None
    strip = editor.active_strip if editor else None
    return strip if strip is not None and ours.mark_of(strip) else None


def notes(strip: bpy.types.ID) -> list[tuple[str, str]]:
    """Titles and texts."""
    kept = ours.notes_of(strip)
    known = [(title, kept[key]) for key, title in titles.items() if kept.get(key)]
    others = [(key, text) for key, text in kept.items() if key not in titles and key not in hidden and text]
    return known + others


def _lines(layout: bpy.types.UILayout, text: str) -> None:
    """Blender's labels break no lines."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    width = max(16, int(bpy.context.region.width / (7 * bpy.context.preferences.system.ui_scale)) - 4)
    for paragraph in text.splitlines():
        for line in textwrap.wrap(paragraph, width) or [""]:
            column.label(text=line)


classes = (
    FOLEYLINE_OT_generate,
    FOLEYLINE_OT_panel,
    FOLEYLINE_OT_whole_timeline,
    FOLEYLINE_PT_foley,
    FOLEYLINE_PT_notes,
)
