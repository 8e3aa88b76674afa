"""Small shapes for states, so that none is told by its color alone."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap, QPolygonF

from ..desk.events import EngineState, HostState
from ..job import State
from .theme import mark_color

Mark = tuple[str, str]
"""A shape and the kind of its color."""

of_state: dict[State, Mark] = {
    State.waiting: ("ring", "quiet"),
    State.to_review: ("diamond", "busy"),
    State.placed: ("tick", "good"),
    State.in_bin: ("square", "quiet"),
    State.rejected: ("cross", "quiet"),
    State.removed: ("ring", "quiet"),
    State.superseded: ("ring", "quiet"),
    State.cancelled: ("cross", "quiet"),
    State.problem: ("triangle", "bad"),
    State.stopping: ("half", "warn"),
}
at_work: Mark = ("half", "busy")

of_engine: dict[EngineState, Mark] = {
    EngineState.not_installed: ("triangle", "bad"),
    EngineState.ready_to_start: ("ring", "quiet"),
    EngineState.starting: ("half", "busy"),
    EngineState.ready: ("disc", "good"),
    EngineState.busy: ("half", "good"),
    EngineState.stopped: ("ring", "quiet"),
    EngineState.lost: ("triangle", "warn"),
    EngineState.failed: ("triangle", "bad"),
}
of_host: dict[HostState, Mark] = {
    HostState.none: ("ring", "quiet"),
    HostState.looking: ("half", "busy"),
    HostState.file: ("disc", "good"),
    HostState.linked: ("disc", "good"),
    HostState.stale: ("triangle", "warn"),
    HostState.lost: ("triangle", "bad"),
}


def paint(painter: QPainter, rect: QRectF, mark: Mark, color: QColor) -> None:
    """The shape as large as fits into the rectangle."""
    side = min(rect.width(), rect.height())
    box = QRectF(0, 0, side, side)
    box.moveCenter(rect.center())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, max(1.5, side / 7))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inner = box.adjusted(side * 0.14, side * 0.14, -side * 0.14, -side * 0.14)
    _draw(painter, inner, mark[0], color)
    painter.restore()


def _draw(painter: QPainter, box: QRectF, shape: str, color: QColor) -> None:
    middle, left, right = box.center(), box.left(), box.right()
    match shape:
        case "ring":
            painter.drawEllipse(box)
        case "disc":
            painter.setBrush(color)
            painter.drawEllipse(box)
        case "half":
            painter.drawEllipse(box)
            painter.setBrush(color)
            painter.drawPie(box, 90 * 16, -180 * 16)
        case "square":
            painter.drawRect(box)
        case "cross":
            painter.drawLine(box.topLeft(), box.bottomRight())
            painter.drawLine(box.topRight(), box.bottomLeft())
        case "tick":
            low = QPointF(left + box.width() * 0.4, box.bottom())
            painter.drawPolyline(QPolygonF([QPointF(left, middle.y()), low, QPointF(right, box.top())]))
        case "diamond":
            painter.setBrush(color)
            top, bottom = QPointF(middle.x(), box.top()), QPointF(middle.x(), box.bottom())
            painter.drawPolygon(QPolygonF([top, QPointF(right, middle.y()), bottom, QPointF(left, middle.y())]))
        case _:
            top = QPointF(middle.x(), box.top())
            painter.drawPolygon(QPolygonF([top, box.bottomRight(), box.bottomLeft()]))
            painter.drawLine(QPointF(middle.x(), box.top() + box.height() * 0.45), QPointF(middle.x(), middle.y()))


def icon(mark: Mark, palette: QPalette, size: QSize) -> QIcon:
    """Drawn at three times its size, so that it is sharp at any scaling."""
    picture = QPixmap(size * 3)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint(painter, QRectF(picture.rect()), mark, mark_color(palette, mark[1]))
    painter.end()
    return QIcon(picture)
