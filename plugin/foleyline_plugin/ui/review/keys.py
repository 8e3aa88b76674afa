"""Which key does what in the review, as actions that the window can give other keys to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QAction, QKeyEvent, QKeySequence
from PyQt6.QtWidgets import QApplication, QWidget

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

held = {"pause"}
"""Actions of which it counts how long their key is down."""


class Held(QObject):
    """Knows whether the key that an action was called with is still down."""

    def __init__(self, action: QAction) -> None:
        super().__init__(action)
        self.is_held = False
        self._action = action
        action.triggered.connect(self._press)

    def _press(self) -> None:
        if not self.is_held and (application := QApplication.instance()):
            self.is_held = True
            application.installEventFilter(self)

    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        if a1 and self._ends(a1) and (application := QApplication.instance()):
            self.is_held = False
            application.removeEventFilter(self)
        return False

    def _ends(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyRelease:
            return not event.isAutoRepeat() and QKeySequence(event.key()) in self._action.shortcuts()
        return event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.ApplicationDeactivate)


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
        self._held = {name: Held(self.actions[name]) for name in held if name in does}
        self.remap(default)

    def is_held(self, name: str) -> bool:
        """Whether the key of an action in `held` is still down."""
        return self._held[name].is_held

    def remap(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Other keys by action; an action that is not named keeps its own."""
        for name, texts in keys.items():
            if name in self.actions:
                self.actions[name].setShortcuts([QKeySequence(text) for text in texts])

    def told(self, name: str) -> str:
        """The key of an action as the system writes it, e.g. for a tip."""
        return self.actions[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
