"""Buttons, folds and words with the manners of this panel: a click takes no focus, keys on a button press it."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPalette, QPixmap, QPolygonF, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..text import tr

pressing_keys = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
icon_size = 16
shapes = {
    "play": [[(3, 2), (14, 8), (3, 14)]],
    "pause": [[(3, 2), (7, 2), (7, 14), (3, 14)], [(9, 2), (13, 2), (13, 14), (9, 14)]],
    "back": [[(12, 2), (5, 8), (12, 14)], [(2, 2), (4, 2), (4, 14), (2, 14)]],
    "on": [[(4, 2), (11, 8), (4, 14)], [(12, 2), (14, 2), (14, 14), (12, 14)]],
    "previous": [[(11, 2), (4, 8), (11, 14)]],
    "next": [[(5, 2), (12, 8), (5, 14)]],
}


def icon(name: str, color: QColor) -> QIcon:
    """One of `shapes`, on a grid of 16 points, sharp up to three times its size."""
    picture = QPixmap(icon_size * 3, icon_size * 3)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(3, 3)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for corners in shapes[name]:
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    painter.end()
    return QIcon(picture)


class Presser(QObject):
    """Space and Enter press the button that has the focus, and are then no keys of the panel."""

    def __init__(self, button: QAbstractButton) -> None:
        super().__init__(button)
        self._button = button
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.installEventFilter(self)

    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        if not isinstance(a1, QKeyEvent) or a1.key() not in pressing_keys or a1.modifiers():
            return False
        if a1.type() == QEvent.Type.ShortcutOverride:
            a1.accept()
            return True
        is_enter = a1.type() == QEvent.Type.KeyPress and a1.key() in pressing_keys[1:]
        if is_enter and not a1.isAutoRepeat():
            self._button.click()
        return is_enter


class Button(QPushButton):
    """With a shape instead of words where one is named; its name is then said by `accessibleName` alone.

    Words that are wider than their place go on in a second line.
    """

    def __init__(self, words: str = "", shape: str = "", *, checkable: bool = False) -> None:
        super().__init__(words)
        self.words, self._shape = words, shape
        Presser(self)
        self.setAccessibleName(words)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCheckable(checkable)
        self.setIconSize(QSize(icon_size, icon_size))
        self.set_shape(shape)

    def say(self, words: str) -> None:
        """Other words than it was made with."""
        self.words = words
        self.setAccessibleName(words)
        self.setText(words)
        self.updateGeometry()

    def set_shape(self, shape: str) -> None:
        self._shape = shape
        if shape:
            self.setIcon(icon(shape, self.palette().color(QPalette.ColorRole.ButtonText)))

    def changeEvent(self, e: QEvent | None) -> None:
        super().changeEvent(e)
        if e and e.type() == QEvent.Type.PaletteChange:
            self.set_shape(self._shape)

    def sizeHint(self) -> QSize:
        """In one line."""
        hint, metrics = super().sizeHint(), self.fontMetrics()
        lines = self.text().split("\n")
        missing = metrics.horizontalAdvance(self.words) - max(metrics.horizontalAdvance(line) for line in lines)
        return QSize(hint.width() + missing, hint.height() - (len(lines) - 1) * metrics.lineSpacing())

    def minimumSizeHint(self) -> QSize:
        longest = max(self.words.split() or [""], key=len)
        missing = self.fontMetrics().horizontalAdvance(self.words) - self.fontMetrics().horizontalAdvance(longest)
        return QSize(self.sizeHint().width() - missing, self.sizeHint().height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, a0: int) -> int:
        return self.sizeHint().height() + (len(self._lines(a0)) - 1) * self.fontMetrics().lineSpacing()

    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        super().resizeEvent(a0)
        wrapped = "\n".join(self._lines(self.width()))
        if wrapped != self.text():
            self.setText(wrapped)

    def _lines(self, width: int) -> list[str]:
        hint, metrics = self.sizeHint().width(), self.fontMetrics()
        room = width - (hint - metrics.horizontalAdvance(self.words))
        if width >= hint:
            return [self.words]
        lines = [""]
        for word in self.words.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and metrics.horizontalAdvance(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines


class Check(QCheckBox):
    """A box to tick."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        Presser(self)


class Words(QLabel):
    """Plain text that wraps, can be selected, and is never read as markup."""

    def __init__(self, text: str = "", *, bold: bool = False) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if bold:
            font = self.font()
            font.setBold(True)
            self.setFont(font)

    def minimumSizeHint(self) -> QSize:
        """Of one line: how many it takes is told by the width."""
        return QSize(0, self.fontMetrics().lineSpacing())

    def say(self, text: str) -> None:
        """Shows the text; hides itself where there is none."""
        self.setText(text)
        self.setVisible(bool(text))


class Inline(QLabel):
    """Plain words in a row among others: in one line where there is room for it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.lineSpacing() + 2)

    def minimumSizeHint(self) -> QSize:
        longest = max((self.fontMetrics().horizontalAdvance(word) for word in self.text().split()), default=0)
        return QSize(longest + 2, self.sizeHint().height())


class TextLine(QLineEdit):
    """A line to write in: while it has the focus no key of the panel is taken. Enter and Escape leave it."""

    left = pyqtSignal()

    def event(self, a0: QEvent | None) -> bool:
        if isinstance(a0, QKeyEvent) and a0.type() == QEvent.Type.ShortcutOverride:
            strange = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            if not a0.modifiers() & strange:
                a0.accept()
                return True
        return super().event(a0)

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        if a0 and a0.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.left.emit()
        else:
            super().keyPressEvent(a0)


class Fold(QWidget):
    """A title that shows and hides what lies under it."""

    def __init__(self, title: str, *, is_open: bool = False) -> None:
        super().__init__()
        self._title, self.content = title, Words()
        self.head = QToolButton()
        self.head.setText(title)
        self.head.setAutoRaise(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        Presser(self.head)
        self.head.clicked.connect(lambda: self.open(not self.is_open))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.head)
        column.addWidget(self.content)
        self.content.setContentsMargins(18, 0, 0, 4)
        self.is_open = is_open
        self.open(is_open)

    def open(self, is_open: bool) -> None:
        self.is_open = is_open
        self.head.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.content.setVisible(is_open)
        state = tr("open") if is_open else tr("folded")
        self.head.setAccessibleName(f"{self._title}, {state}")


def outline(painter: QPainter, rect: QRectF, color: QColor) -> None:
    """A frame of one point inside a rectangle."""
    painter.setPen(color)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
