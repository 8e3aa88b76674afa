"""How threads tell the window something: by way of one object of the window's that outlives them all."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

_kept: list[Post] = []
"""Never given back: the last to let go of one could be a thread, and Qt's objects may not go away in a strange one."""


class Post(QObject):
    """Made by the window's thread."""

    told = pyqtSignal(object, str, tuple)
    """Who tells, what, and the rest of it."""

    def __init__(self) -> None:
        super().__init__()
        _kept.append(self)

    def tell(self, sender: object, what: str, *rest: object) -> None:
        """From any thread."""
        self.told.emit(sender, what, rest)
