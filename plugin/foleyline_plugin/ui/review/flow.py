"""A layout that sets its widgets in rows and goes on in the next row where one does not fit."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, QRect, QSize, Qt
from PyQt6.QtWidgets import QLayout, QLayoutItem, QWidget

gap = 6


class Flow(QLayout):
    """Keeps every widget at its natural width; one wider than the row gets the row's, and the height that takes."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self._inside: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            self.addWidget(widget)

    def addItem(self, a0: QLayoutItem | None) -> None:
        if a0:
            self._inside.append(a0)

    def count(self) -> int:
        return len(self._inside)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._inside[index] if 0 <= index < len(self._inside) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._inside.pop(index) if 0 <= index < len(self._inside) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, a0: int) -> int:
        return self._arrange(QRect(0, 0, a0, 0), moves=False)

    def setGeometry(self, a0: QRect) -> None:
        super().setGeometry(a0)
        self._arrange(a0, moves=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._inside:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, moves: bool) -> int:
        """Height of all rows in a width; places the widgets where it is asked to."""
        top = rect.top()
        for row in self._rows(rect.width()):
            sizes = [_size(item, rect.width()) for item in row]
            height = max(size.height() for size in sizes)
            left = rect.left()
            for item, size in zip(row, sizes, strict=True):
                if moves:
                    item.setGeometry(QRect(QPoint(left, top + (height - size.height()) // 2), size))
                left += size.width() + gap
            top += height + gap
        return max(0, top - gap - rect.top())

    def _rows(self, width: int) -> list[list[QLayoutItem]]:
        rows: list[list[QLayoutItem]] = []
        used = width + 1
        for item in self._inside:
            if item.isEmpty():
                continue
            wanted = item.sizeHint().width()
            if used + wanted > width:
                rows.append([])
                used = 0
            rows[-1].append(item)
            used += wanted + gap
        return rows


def _size(item: QLayoutItem, room: int) -> QSize:
    wanted = item.sizeHint()
    if wanted.width() <= room:
        return wanted
    return QSize(room, item.heightForWidth(room) if item.hasHeightForWidth() else wanted.height())
