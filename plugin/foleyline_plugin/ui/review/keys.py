"""Which key does what in the review, as actions that the window can give other keys to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QWidget

default: Mapping[str, Sequence[str]] = {
    "play": ["Space"],
    "shuttle_back": ["J"],
    "pause": ["K"],
    "shuttle_on": ["L"],
    "frame_back": ["Left"],
    "frame_on": ["Right"],
    "second_back": ["Shift+Left"],
    "second_on": ["Shift+Right"],
    "with_voices": ["A"],
    "without_voices": ["B"],
    "swap": ["Tab"],
    "next": ["N"],
    "previous": ["P"],
    "place_both": ["Return", "Enter"],
    "place_with_voices": ["Shift+Return", "Shift+Enter"],
    "reject": ["Del"],
    "loop_in": ["I"],
    "loop_out": ["O"],
    "zoom_in": ["+", "="],
    "zoom_out": ["-"],
}
repeating = {"frame_back", "frame_on", "second_back", "second_on", "zoom_in", "zoom_out"}


class Keys:
    """Shortcuts of one widget and all inside it. None is taken while text is being written."""

    def __init__(self, widget: QWidget, does: Mapping[str, Callable[[], None]]) -> None:
        self.actions: dict[str, QAction] = {}
        for name, act in does.items():
            action = QAction(widget)
            action.setObjectName(name)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.setAutoRepeat(name in repeating)
            action.triggered.connect(lambda _, act=act: act())
            widget.addAction(action)
            self.actions[name] = action
        self.remap(default)

    def remap(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Other keys by action; an action that is not named keeps its own."""
        for name, texts in keys.items():
            if name in self.actions:
                self.actions[name].setShortcuts([QKeySequence(text) for text in texts])

    def told(self, name: str) -> str:
        """The key of an action as the system writes it, e.g. for a tip."""
        return self.actions[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
