"""What rows of both lists are painted with: sizes from the font, a mark, two lines, nothing overlapping."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PyQt6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from . import marks
from .theme import mark_color

padding = 6
said = Qt.ItemDataRole.UserRole + 1
"""The role under which a model gives a row's `Said`."""


@dataclass(frozen=True)
class Said:
    """A row: its bold name, what follows it, what stands right of it, and the quiet line below."""

    name: str
    after: str = ""
    right: str = ""
    below: str = ""
    below_right: str = ""
    mark: marks.Mark | None = None
    share: float | None = None
    is_off: bool = False


class Rows(QStyledItemDelegate):
    """Paints `Said`. picture_width: left of the text, for those rows that have one."""

    def picture_width(self, height: int) -> int:
        return 0

    def paint_picture(self, painter: QPainter, rect: QRect, index: QModelIndex, palette: QPalette) -> None:
        """Nothing, unless the rows have pictures."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(0, QFontMetrics(option.font).height() * 2 + padding * 2 + 2)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row = index.data(said)
        if painter is None or row is None:
            return
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style() if isinstance(option.widget, QWidget) else QApplication.style()
        if style:
            style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        painter.save()
        rect = option.rect.adjusted(padding, padding, -padding, -padding)
        wide = self.picture_width(rect.height())
        if wide:
            self.paint_picture(painter, QRect(rect.left(), rect.top(), wide, rect.height()), index, option.palette)
            rect.setLeft(rect.left() + wide + padding)
        self._paint_text(painter, rect, option, row)
        painter.restore()
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(option.palette.color(QPalette.ColorRole.Highlight).lighter(140))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))

    def _paint_text(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, row: Said) -> None:
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        roles = QPalette.ColorRole
        text = option.palette.color(roles.HighlightedText if is_selected else roles.Text)
        quiet = text if is_selected else mark_color(option.palette, "quiet")
        metrics = QFontMetrics(option.font)
        upper = QRect(rect.left(), rect.top(), rect.width(), metrics.height())
        lower = QRect(rect.left(), rect.bottom() - metrics.height() + 1, rect.width(), metrics.height())
        if row.mark:
            side = metrics.ascent()
            box = QRectF(upper.left(), upper.top() + (upper.height() - side) / 2, side, side)
            marks.paint(painter, box, row.mark, text if is_selected else mark_color(option.palette, row.mark[1]))
            upper.setLeft(upper.left() + side + padding)
        bold = QFont(option.font)
        bold.setBold(True)
        off = quiet if row.is_off else text
        self._line(painter, upper, (bold, off, row.name), (option.font, quiet, row.after), row.right, quiet)
        if row.share is not None:
            lower = self._bar(painter, lower, row.share, quiet)
        self._line(painter, lower, (option.font, quiet, row.below), None, row.below_right, quiet)

    def _line(
        self,
        painter: QPainter,
        rect: QRect,
        first: tuple[QFont, QColor, str],
        second: tuple[QFont, QColor, str] | None,
        right: str,
        right_color: QColor,
    ) -> None:
        """Left parts elided to what the right one leaves of the line."""
        flags = Qt.AlignmentFlag.AlignVCenter
        if right:
            font = (second or first)[0]
            painter.setFont(font)
            wide = min(QFontMetrics(font).horizontalAdvance(right) + 2, rect.width() * 2 // 3)
            painter.setPen(right_color)
            painter.drawText(rect, flags | Qt.AlignmentFlag.AlignRight, _elided(font, right, wide))
            rect = rect.adjusted(0, 0, -wide - padding, 0)
        for font, color, text in filter(None, (first, second)):
            painter.setFont(font)
            painter.setPen(color)
            shown = _elided(font, text, rect.width())
            painter.drawText(rect, flags | Qt.AlignmentFlag.AlignLeft, shown)
            rect = rect.adjusted(QFontMetrics(font).horizontalAdvance(shown) + padding, 0, 0, 0)

    def _bar(self, painter: QPainter, rect: QRect, share: float, color: QColor) -> QRect:
        """A thin bar at the left of a line; what is left of the line."""
        wide = rect.width() // 4
        box = QRectF(rect.left(), rect.center().y() - 2, wide, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        faint = QColor(color)
        faint.setAlpha(70)
        painter.setBrush(faint)
        painter.drawRoundedRect(box, 2, 2)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(box.topLeft(), QPointF(box.left() + wide * share, box.bottom())), 2, 2)
        return rect.adjusted(wide + padding, 0, 0, 0)


def _elided(font: QFont, text: str, width: int) -> str:
    return QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))
