"""A direction of one clip's own, and what the reasoning model saw in it as a suggestion."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QDialog, QVBoxLayout, QWidget

from .direction import DirectionText
from .lamps import labelled
from .review.controls import Button, Words
from .review.flow import Flow
from .text import tr


class ClipDirection(QDialog):
    """written: the text, empty to follow the direction of all again."""

    written = pyqtSignal(str)

    def __init__(self, parent: QWidget, name: str, text: str, caption: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Direction for {name}", name=name))
        self.text = DirectionText()
        self.text.setPlainText(text)
        self.use, self.keep = Button(tr("Use this")), Button(tr("Keep"))
        as_all, cancel = Button(tr("As all clips")), Button(tr("Cancel"))
        column = QVBoxLayout(self)
        column.addWidget(labelled(tr("What should be heard in this clip"), self.text))
        column.addWidget(self.text)
        if caption:
            column.addWidget(Words(tr("Seen and heard by the judge: {caption}", caption=caption)))
            column.addWidget(self.use)
        column.addLayout(Flow(self.keep, as_all, cancel))
        self.use.clicked.connect(lambda: self.text.setPlainText(caption))
        self.keep.clicked.connect(lambda: self._end(self.text.toPlainText()))
        as_all.clicked.connect(lambda: self._end(""))
        cancel.clicked.connect(self.reject)
        self.resize(360, 220)

    def _end(self, text: str) -> None:
        self.accept()
        self.written.emit(" ".join(text.split()))
