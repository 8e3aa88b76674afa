"""The pages that F1 and "What it means" open: the project's own, shown in a window."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QShowEvent, QTextCursor
from PyQt6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from .text import tr

here = Path(__file__).parent
folders = (here / "pages", here.parents[2] / "docs")
"""Installed, the pages lie in the package; in a clone they are where they are written."""


class Help(QDialog):
    """One page, scrolled to a heading."""

    def __init__(self, parent: QWidget, page: str, heading: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Help"))
        self.text = QTextBrowser()
        self.text.setOpenExternalLinks(False)
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(tr("Help"))
        self.text.setMarkdown(read(page) or tr("The page {name} is not here.", name=page))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        self.resize(440, 560)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._heading = heading

    def showEvent(self, a0: QShowEvent | None) -> None:
        super().showEvent(a0)
        self._go_to(self._heading)

    def _go_to(self, heading: str) -> None:
        """The heading at the top of the page."""
        document = self.text.document()
        block = document.begin() if document else None
        while block is not None and block.isValid():
            if block.blockFormat().headingLevel() and block.text().strip() == heading:
                layout, bar = document.documentLayout() if document else None, self.text.verticalScrollBar()
                if layout and bar:
                    bar.setValue(round(layout.blockBoundingRect(block).top()))
                self.text.setTextCursor(QTextCursor(block))
                return
            block = block.next()


def read(page: str) -> str:
    """The page's Markdown, empty where it is nowhere."""
    for folder in folders:
        path = folder / page
        if path.is_file():
            return path.read_text(encoding="utf8")
    return ""
