"""One version of a take to look at: waveform over spectrogram, what is marked in it, and the playhead to move."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QBrush,
    QColor,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from .analysis import Drawing
from .colors import Colors, colors_of
from .controls import outline
from .marks import Marks, Span
from .waves import mel_image, scale_of, wave_image

wave_height, mel_height, top_height = 46, 34, 9
closest_view_n = 2048
near_px = 6
voice_tint = 44


class View(QObject):
    """The stretch of the take that all tracks show, in samples."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.length = 1.0
        self.begin, self.end = 0.0, 1.0

    def reset(self, length: float) -> None:
        self.length = max(1.0, length)
        self._show(0.0, self.length)

    def zoom(self, factor: float, at: float) -> None:
        """Shows `factor` as much, around a sample that keeps its place."""
        wanted = min(max((self.end - self.begin) * factor, closest_view_n), self.length)
        share = (at - self.begin) / (self.end - self.begin)
        self._show(at - share * wanted, wanted)

    def scroll(self, share: float) -> None:
        """On by a share of what is shown."""
        shown = self.end - self.begin
        self._show(self.begin + share * shown, shown)

    def follow(self, sample: float) -> None:
        """Turns the page where the sample has left it."""
        if not self.begin <= sample <= self.end:
            self._show(sample - 0.05 * (self.end - self.begin), self.end - self.begin)

    def _show(self, begin: float, shown: float) -> None:
        begin = min(max(0.0, begin), max(0.0, self.length - shown))
        if (begin, begin + shown) != (self.begin, self.end):
            self.begin, self.end = begin, begin + shown
            self.changed.emit()


class Track(QWidget):
    """sought: a sample was clicked; ranged: a stretch was drawn with Shift held."""

    sought = pyqtSignal(float)
    ranged = pyqtSignal(float, float)

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view
        self._drawing: Drawing | None = None
        self._marks: Marks | None = None
        self._words = ""
        self._scale = 1.0
        self._is_heard = False
        self._shows_mel = True
        self._loop: Span | None = None
        self._playhead = 0.0
        self._drawn_from: float | None = None
        self._base: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        view.changed.connect(self._renew)

    def show_marks(self, marks: Marks | None) -> None:
        self._marks, self._drawing, self._words = marks, None, ""
        self._renew()

    def show_drawing(self, drawing: Drawing, scale: float) -> None:
        self._drawing, self._scale = drawing, scale
        self._renew()

    def say(self, words: str) -> None:
        """Stands over the wave: what is missing, or that silence is meant."""
        self._words = words
        self._renew()

    @property
    def is_drawn(self) -> bool:
        return self._drawing is not None and self._drawing.mel is not None

    @property
    def words(self) -> str:
        return self._words

    def set_heard(self, is_heard: bool) -> None:
        if is_heard != self._is_heard:
            self._is_heard = is_heard
            self._renew()

    def set_loop(self, loop: Span | None) -> None:
        if loop != self._loop:
            self._loop = loop
            self._renew()

    def show_mel(self, shows: bool) -> None:
        self._shows_mel = shows
        self.updateGeometry()
        self._renew()

    def set_playhead(self, sample: float) -> None:
        """Repaints no more than the two columns it leaves and enters."""
        old, new = self._x(self._playhead), self._x(sample)
        self._playhead = sample
        if round(old) != round(new):
            for place in (old, new):
                self.update(QRect(round(place) - 6, 0, 13, self.height()))

    def sizeHint(self) -> QSize:
        return QSize(300, top_height + wave_height + (mel_height if self._shows_mel else 0))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def sample_at(self, x: float) -> float:
        return self._view.begin + x / max(1, self.width()) * (self._view.end - self._view.begin)

    def _x(self, sample: float) -> float:
        return (sample - self._view.begin) / (self._view.end - self._view.begin) * self.width()

    def _renew(self) -> None:
        self._base = None
        self.update()

    def changeEvent(self, a0: QEvent | None) -> None:
        super().changeEvent(a0)
        self._renew()

    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        super().resizeEvent(a0)
        self._renew()

    def paintEvent(self, a0: QPaintEvent | None) -> None:
        if self._base is None or self._base.devicePixelRatio() != self.devicePixelRatioF():
            self._base = self._painted()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._base)
        if self._marks:
            self._paint_playhead(painter)

    def _painted(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        colors = colors_of(self.palette())
        pixmap.fill(colors.ground)
        painter = QPainter(pixmap)
        wave = QRectF(0, top_height, self.width(), wave_height)
        for span in self._marks.voiced if self._marks else ():
            self._paint_voice(painter, self._across(span, wave), colors)
        if self._drawing:
            self._paint_sound(painter, self._drawing, colors, ratio)
        if self._marks:
            self._paint_marks(painter, self._marks, colors)
        self._paint_words(painter, colors)
        frame = self.palette().highlight().color() if self._is_heard else colors.idle
        outline(painter, QRectF(self.rect()), frame)
        painter.end()
        return pixmap

    def _paint_sound(self, painter: QPainter, drawing: Drawing, colors: Colors, ratio: float) -> None:
        view = self._view.begin, self._view.end
        size = max(1, round(self.width() * ratio)), round(wave_height * ratio)
        color = colors.wave if self._is_heard else colors.idle
        place = QRect(0, top_height, self.width(), wave_height)
        painter.drawImage(place, wave_image(drawing.peaks, view, size, self._scale, color))
        if self._shows_mel and drawing.mel is not None:
            below = QRect(0, top_height + wave_height, self.width(), mel_height)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(below, mel_image(drawing.mel, view, drawing.peaks.samples, colors))

    def _paint_marks(self, painter: QPainter, marks: Marks, colors: Colors) -> None:
        wave = QRectF(0, top_height, self.width(), wave_height)
        for span in marks.removed:
            outline(painter, self._across(span, wave), colors.voice)
        for span in (Span(0, marks.own.begin), Span(marks.own.end, marks.times.length_n)):
            if span.begin < span.end:
                painter.fillRect(self._across(span, QRectF(self.rect())), colors.handle)
        self._paint_cues(painter, marks, colors)
        if self._loop:
            place = self._across(self._loop, QRectF(0, 0, self.width(), 3))
            painter.fillRect(place, colors.loop)

    def _paint_voice(self, painter: QPainter, place: QRectF, colors: Colors) -> None:
        """A tinted field under a hatched bar with a V, so that it is told by more than its color."""
        tint = QColor(colors.voice)
        tint.setAlpha(voice_tint)
        painter.fillRect(place, tint)
        bar = QRectF(place.left(), 0, place.width(), top_height)
        painter.fillRect(bar, QBrush(colors.voice, Qt.BrushStyle.Dense4Pattern))
        letter = QRectF(bar.left(), 0, top_height, top_height)
        painter.fillRect(letter, colors.ground)
        painter.setPen(colors.voice)
        font = painter.font()
        font.setPixelSize(top_height)
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(letter, Qt.AlignmentFlag.AlignCenter, "V")

    def _paint_cues(self, painter: QPainter, marks: Marks, colors: Colors) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.cue)
        foot = top_height + wave_height
        for cue in marks.cues:
            if self._view.begin <= cue.at <= self._view.end:
                x, half = self._x(cue.at), 2 + 2 * min(max(cue.strength, 0.0), 1.0)
                corners = [QPointF(x - half, foot), QPointF(x + half, foot), QPointF(x, foot - 2 * half)]
                painter.drawPolygon(QPolygonF(corners))
        painter.restore()

    def _paint_words(self, painter: QPainter, colors: Colors) -> None:
        if self._words:
            painter.setFont(self.font())
            painter.setPen(colors.warning)
            place = self.rect().adjusted(6, top_height, -6, -2)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._words)

    def _paint_playhead(self, painter: QPainter) -> None:
        x = self._x(self._playhead)
        painter.setPen(colors_of(self.palette()).playhead)
        painter.setBrush(colors_of(self.palette()).playhead)
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.drawPolygon(QPolygonF([QPointF(x - 4, 0), QPointF(x + 4, 0), QPointF(x, 6)]))

    def _across(self, span: Span, rows: QRectF) -> QRectF:
        left, right = self._x(span.begin), self._x(span.end)
        return QRectF(left, rows.top(), max(right - left, 2.0), rows.height())

    def mousePressEvent(self, a0: QMouseEvent | None) -> None:
        if a0 and a0.button() == Qt.MouseButton.LeftButton:
            self._drawn_from = self.sample_at(a0.position().x())
            self._drag(a0)

    def mouseMoveEvent(self, a0: QMouseEvent | None) -> None:
        if a0 and self._drawn_from is not None:
            self._drag(a0)

    def mouseReleaseEvent(self, a0: QMouseEvent | None) -> None:
        self._drawn_from = None

    def _drag(self, event: QMouseEvent) -> None:
        sample = self.sample_at(event.position().x())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._drawn_from is not None:
            self.ranged.emit(self._drawn_from, sample)
        else:
            self.sought.emit(sample)

    def wheelEvent(self, a0: QWheelEvent | None) -> None:
        if a0 is None:
            return
        turned = a0.angleDelta()
        if a0.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._view.zoom(0.8 ** (turned.y() / 120), self.sample_at(a0.position().x()))
        elif turned.x() or a0.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._view.scroll(-(turned.x() or turned.y()) / 120 * 0.1)
        else:
            a0.ignore()

    def event(self, a0: QEvent | None) -> bool:
        if isinstance(a0, QHelpEvent) and a0.type() == QEvent.Type.ToolTip and self._marks:
            reach = near_px / max(1, self.width()) * (self._view.end - self._view.begin)
            QToolTip.showText(a0.globalPos(), self._marks.at(self.sample_at(a0.pos().x()), reach), self)
            return True
        return super().event(a0)


def common_scale(drawings: list[Drawing]) -> float:
    """One factor for both versions, so that they compare at a glance."""
    return scale_of(max((drawing.peaks.highest for drawing in drawings), default=0.0))
