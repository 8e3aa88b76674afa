"""The keyboard map: which key does what, in which part of the window, told in tooltips, changed in the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QAbstractButton, QWidget

from .text import tr


@dataclass(frozen=True)
class Key:
    """where: window for everywhere, takes for the lists of takes (and the review, which has its own)."""

    keys: tuple[str, ...]
    where: str


usual: Mapping[str, Key] = {
    "generate": Key(("Ctrl+Return", "Ctrl+Enter"), "window"),
    "generate_first": Key(("Ctrl+Shift+Return", "Ctrl+Shift+Enter"), "window"),
    "cancel": Key(("Ctrl+.",), "window"),
    "cancel_all": Key(("Ctrl+Shift+.", "Ctrl+Shift+>"), "window"),
    "lock_seed": Key(("Ctrl+L",), "window"),
    "open": Key(("Ctrl+O",), "window"),
    "queue": Key(("Ctrl+K",), "window"),
    "settings": Key(("Ctrl+,",), "window"),
    "models": Key(("Ctrl+M",), "window"),
    "quit": Key(("Ctrl+Q",), "window"),
    "help": Key(("F1",), "window"),
    "next_part": Key(("F6",), "window"),
    "reload": Key(("R",), "window"),
    "undo": Key(("U",), "window"),
    "why": Key(("Y",), "window"),
    "tab_review": Key(("Ctrl+1",), "window"),
    "tab_queue": Key(("Ctrl+2",), "window"),
    "tab_placed": Key(("Ctrl+3",), "window"),
    "tab_problems": Key(("Ctrl+4",), "window"),
    "next": Key(("N",), "takes"),
    "previous": Key(("P",), "takes"),
    "place": Key(("Return", "Enter"), "takes"),
    "place_voices": Key(("Shift+Return", "Shift+Enter"), "takes"),
    "reject": Key(("Del",), "takes"),
    "play": Key(("Space",), "takes"),
    "with_voices": Key(("A",), "takes"),
    "without_voices": Key(("B",), "takes"),
    "direction": Key(("F2",), "window"),
}


def words_of(name: str) -> str:
    """What a key does."""
    return {
        "generate": tr("Generate Foley"),
        "generate_first": tr("Generate, first in the queue"),
        "cancel": tr("Cancel this clip"),
        "cancel_all": tr("Cancel all"),
        "lock_seed": tr("Copy and lock the seed"),
        "open": tr("Open a timeline or a movie"),
        "queue": tr("Open queue"),
        "settings": tr("Settings"),
        "models": tr("Models"),
        "quit": tr("Close the panel"),
        "help": tr("Help"),
        "next_part": tr("Next part of the window"),
        "reload": tr("Reload the timeline"),
        "undo": tr("Undo the last placing"),
        "why": tr("Why"),
        "tab_review": tr("To review"),
        "tab_queue": tr("Queue"),
        "tab_placed": tr("Placed"),
        "tab_problems": tr("Problems"),
        "next": tr("Next take"),
        "previous": tr("Previous take"),
        "place": tr("Place"),
        "place_voices": tr("Place with voices"),
        "reject": tr("Reject"),
        "play": tr("Play or pause"),
        "with_voices": tr("Hear it with voices"),
        "without_voices": tr("Hear it with voices removed"),
        "direction": tr("Direction for this clip"),
    }[name]


class Keys:
    """Actions of the window by name. A key that writes text is the field's while one is written in."""

    def __init__(self, window: QWidget, takes: QWidget, does: Mapping[str, Callable[[], None]]) -> None:
        self.actions: dict[str, QAction] = {}
        self._buttons: dict[str, QAbstractButton] = {}
        for name, key in usual.items():
            owner = takes if key.where == "takes" else window
            action = QAction(words_of(name), owner)
            action.setShortcutContext(
                Qt.ShortcutContext.WidgetWithChildrenShortcut
                if key.where == "takes"
                else Qt.ShortcutContext.WindowShortcut
            )
            action.setAutoRepeat(name in ("next", "previous"))
            action.triggered.connect(lambda _, name=name: does[name]())
            owner.addAction(action)
            self.actions[name] = action

    def remap(self, chosen: Mapping[str, str]) -> None:
        """chosen: names to key sequences where the editor has others than the usual ones; empty for none."""
        for name, action in self.actions.items():
            keys = usual[name].keys if name not in chosen else tuple(filter(None, [chosen[name]]))
            action.setShortcuts([QKeySequence(key) for key in keys])
        for name, button in self._buttons.items():
            self._tell(name, button)

    def tell(self, name: str, button: QAbstractButton) -> None:
        """The button's tooltip says its key, and keeps to it."""
        self._buttons[name] = button
        self._tell(name, button)

    def told(self, name: str) -> str:
        """The first key, in the system's words."""
        shortcuts = self.actions[name].shortcuts()
        return shortcuts[0].toString(QKeySequence.SequenceFormat.NativeText) if shortcuts else ""

    def _tell(self, name: str, button: QAbstractButton) -> None:
        button.setToolTip(f"{words_of(name)}   {self.told(name)}".strip())
