"""The picture at the playhead, fitted into its place, and the words that stand there when it cannot be shown."""

from __future__ import annotations

from PyQt6.QtCore import QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from ..text import tr

shape = 9 / 16
lowest = 90
widest_filled_gap = 2
boxes = (480, 960, 1440, 1920)
black, gray = QColor("#000000"), QColor("#c8ccd0")


class Screen(QWidget):
    """Asks for pictures of another size with `resized`: a box in device pixels."""

    clicked = pyqtSignal()
    resized = pyqtSignal(tuple)

    def __init__(self) -> None:
        super().__init__()
        self.image: QImage | None = None
        self._words = ""
        self.tallest = 400
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Picture"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def box(self) -> tuple[int, int]:
        """Device pixels that pictures are made for: in few sizes, so that a drag at the edge does not make all anew."""
        wanted = self.width() * self.devicePixelRatioF()
        width = next((step for step in boxes if step >= wanted), boxes[-1])
        return width, round(width * shape)

    def limit(self, tallest: int) -> None:
        """Leaves room for what stands below."""
        if tallest != self.tallest:
            self.tallest = tallest
            self._stand()

    def _stand(self) -> None:
        self.setFixedHeight(max(lowest, min(round(self.width() * shape), self.tallest)))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, lowest)

    def show_image(self, image: QImage | None) -> None:
        if image is not self.image:
            self.image = image
            self.update()

    def say(self, words: str) -> None:
        """Shown where there is no picture; also told to who cannot see it."""
        self._words = words
        self.setAccessibleDescription(words)
        self.update()

    @property
    def words(self) -> str:
        return self._words

    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        super().resizeEvent(a0)
        self._stand()
        self.resized.emit(self.box)

    def mousePressEvent(self, a0: QMouseEvent | None) -> None:
        super().mousePressEvent(a0)
        self.clicked.emit()

    def paintEvent(self, a0: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), black)
        if self.image and not self.image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._place(self.image.size()), self.image)
        elif self._words:
            painter.setPen(gray)
            inside = self.rect().adjusted(16, 8, -16, -8)
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._words)
        if self.hasFocus():
            painter.setPen(self.palette().highlight().color())
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _place(self, size: QSize) -> QRect:
        """In the middle; a gap of a point or two, from rounding, is filled."""
        fitted = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        if max(self.width() - fitted.width(), self.height() - fitted.height()) <= widest_filled_gap:
            return self.rect()
        place = QRect(0, 0, fitted.width(), fitted.height())
        place.moveCenter(self.rect().center())
        return place
