"""One line at the foot of the window on what just happened, with what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtWidgets import QFrame, QVBoxLayout

from .remedies import Remedy
from .review.controls import Button, Words
from .review.flow import Flow
from .text import tr


class Notice(QFrame):
    """Stays until something else happens or it is closed; nothing goes away by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.words = Words()
        self._row = Flow()
        self._buttons: list[Button] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addWidget(self.words)
        column.addLayout(self._row)
        self.setVisible(False)

    def say(self, text: str, remedies: Sequence[Remedy] = ()) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for remedy in [*remedies, Remedy(tr("Close"), self.hide)]:
            button = Button(remedy.words)
            button.clicked.connect(remedy.does)
            self._row.addWidget(button)
            self._buttons.append(button)
        self.words.setText(text)
        self.setAccessibleName(text)
        self.setVisible(True)
