"""The two lamps at the top of the panel and the small cards they open: what, since when, what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QPoint, QSize, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QFrame, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from . import marks, words
from .board import Board
from .remedies import Remedy
from .review.controls import Button, Presser, Words
from .review.flow import Flow
from .text import tr


@dataclass(frozen=True)
class Told:
    """What a card shows: a title, paragraphs, and what can be done."""

    title: str
    lines: Sequence[str]
    remedies: Sequence[Remedy] = ()


class Card(QFrame):
    """A popup under its lamp; Escape or a click elsewhere closes it."""

    def __init__(self, lamp: QWidget, told: Told) -> None:
        super().__init__(lamp, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(told.title)
        title = Words(told.title, bold=True)
        column = QVBoxLayout(self)
        column.addWidget(title)
        for line in told.lines:
            column.addWidget(Words(line))
        buttons = [self._button(remedy) for remedy in told.remedies]
        column.addLayout(Flow(*buttons))
        window = lamp.window()
        width = min(48 * self.fontMetrics().averageCharWidth(), window.width() if window else 360)
        self.setFixedSize(width, column.totalHeightForWidth(width))
        self.move(lamp.mapToGlobal(QPoint(0, lamp.height() + 2)))
        (buttons[0] if buttons else title).setFocus()

    def _button(self, remedy: Remedy) -> Button:
        button = Button(remedy.words)
        button.clicked.connect(self.close)
        button.clicked.connect(remedy.does)
        return button


class Lamp(QToolButton):
    """A shape, a color and words; pressed it opens its card."""

    def __init__(self, name: str, card: Callable[[], Told]) -> None:
        super().__init__()
        self._name, self._card, self._mark, self._said = name, card, ("ring", "quiet"), ""
        self._wanted = 120
        Presser(self)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.open_card)
        self.card: Card | None = None

    def show_state(self, mark: marks.Mark, said: str) -> None:
        self._mark, self._said = mark, said
        side = self.fontMetrics().height()
        self.setIconSize(QSize(side * 3 // 4, side * 3 // 4))
        self.setIcon(marks.icon(mark, self.palette(), self.iconSize()))
        self.setAccessibleName(f"{self._name}: {said}")
        self.setToolTip(said)
        self._wanted = self.fontMetrics().horizontalAdvance(said) + self.iconSize().width() + 24
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        """Room for all it says; a row that has less gets what it has, and the card says the rest."""
        return QSize(self._wanted, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, super().sizeHint().height())

    def open_card(self) -> None:
        self.card = Card(self, self._card())
        self.card.show()

    def changeEvent(self, a0: QEvent | None) -> None:
        super().changeEvent(a0)
        if a0 and a0.type() == QEvent.Type.PaletteChange and self._said:
            self.setIcon(marks.icon(self._mark, self.palette(), self.iconSize()))

    def _fit(self) -> None:
        room = self.width() - self.iconSize().width() - 18
        self.setText(self.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, max(room, 20)))

    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        super().resizeEvent(a0)
        self._fit()


def since(since_s: float) -> str:
    """The moment something came to be so."""
    return tr("since {time}", time=time.strftime("%H:%M", time.localtime(since_s))) if since_s else ""


def host_card(board: Board, remedies: Sequence[Remedy]) -> Told:
    """What is open, where from, where takes go."""
    host = board.host
    lines = []
    if host.path:
        lines.append(str(host.path))
    if timeline := host.timeline:
        rate = float(timeline.rate)
        lines.append(
            tr("{clips}, {rate} frames per second", clips=words.clips(len(timeline.spots)), rate=f"{rate:.6g}")
        )
        lines += timeline.notes
    if host.out_dir:
        lines.append(tr("Takes go to {folder}", folder=host.out_dir))
    if host.problem:
        lines.append(words.sentence(host.problem))
    if host.state.value == "none":
        lines.append(tr("Open a timeline or a movie, or drop one on this window."))
    if host.state.value == "stale":
        lines.append(tr("It was changed since it was read here. Nothing of yours is lost; reload it when you like."))
    return Told(words.host(host), [*lines, since(host.since_s)], remedies)


def engine_card(board: Board, remedies: Sequence[Remedy]) -> Told:
    """What the engine is, what it has, what it lacks."""
    lamp = board.engine
    lines = [words.sentence(lamp.problem)] if lamp.problem else []
    if lamp.state.value == "stopped":
        lines.append(tr("It ended because nothing was asked of it, and starts by itself when it is needed."))
    if lamp.state.value == "lost":
        lines.append(tr("Clips that were running wait again. It is started anew, three times before one is given up."))
    if hello := lamp.hello:
        lines.append(
            tr("Version {version}, process {pid}, {device}", version=hello.version, pid=hello.pid, device=hello.device)
        )
        lines.append(tr("Works on {n} clips at once", n=hello.clips_in_flight))
        if hello.missing:
            lines.append(tr("Not here: {names}", names=", ".join(sorted(hello.missing))))
    return Told(words.engine(lamp), [*lines, since(lamp.since_s)], remedies)


def labelled(text: str, buddy: QWidget) -> QLabel:
    """A label that its field is named by and that Alt and its letter lead to."""
    label = QLabel(text)
    label.setBuddy(buddy)
    if not buddy.accessibleName():
        buddy.setAccessibleName(text.replace("&", ""))
    return label
