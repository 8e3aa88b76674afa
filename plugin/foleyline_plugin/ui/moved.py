"""Asks about takes whose clip has moved since they were queued: where they go is the editor's to say."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QDialog, QFrame, QRadioButton, QScrollArea, QVBoxLayout, QWidget

from foleyline.timing import nominal_rate, rate_in

from ..desk.events import Move, MovedAsked
from .review.controls import Button, Words
from .review.flow import Flow
from .text import tr

new, original, in_bin = "new", "original", "bin"


def shift(move: Move) -> str:
    """How far a clip has moved, as seconds and frames with a sign: +2:03."""
    frames = abs(move.by or 0)
    nominal = nominal_rate(rate_in(move.job.request.clip.record_range.start))
    seconds, frame = divmod(frames, nominal)
    return f"{'+' if (move.by or 0) >= 0 else '-'}{seconds}:{frame:02d}"


class MovedDialog(QDialog):
    """One question a clip, and one answer for all where they are many. answered: the ids, version and record frames."""

    answered = pyqtSignal(object, str, object)

    def __init__(self, parent: QWidget, asked: MovedAsked) -> None:
        super().__init__(parent)
        self._asked = asked
        self._groups: list[tuple[Move, QButtonGroup]] = []
        self.setWindowTitle(tr("Clips have moved"))
        inside = QWidget()
        rows = QVBoxLayout(inside)
        for move in asked.moves:
            rows.addWidget(self._question(move))
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.place, cancel = Button(tr("Place")), Button(tr("Cancel"))
        self.place.clicked.connect(self._answer)
        self.place.setDefault(True)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(Words(tr("E-MOVED: nothing was placed yet. Say where these takes go.")))
        column.addWidget(scroll, 1)
        column.addLayout(Flow(self.place, cancel))
        self.resize(360, min(140 + 130 * len(asked.moves), 560))

    def choose(self, answer: str) -> None:
        """The same for all that can have it."""
        for _, group in self._groups:
            for button in group.buttons():
                if button.property("answer") == answer:
                    button.setChecked(True)

    def _question(self, move: Move) -> QWidget:
        name = " ".join(move.job.request.clip.name.split())
        if move.by is None:
            said = tr("“{name}” is not in the timeline any more as it was when it was queued.", name=name)
        else:
            said = tr("“{name}” moved by {by} since it was queued.", name=name, by=shift(move))
        box = QWidget()
        column = QVBoxLayout(box)
        column.setSpacing(2)
        column.setContentsMargins(0, 0, 0, 6)
        column.addWidget(Words(said))
        group = QButtonGroup(box)
        answers = [(original, tr("Original position")), (in_bin, tr("Keep in bin"))]
        if move.by is not None:
            answers.insert(0, (new, tr("New position")))
        for answer, text in answers:
            button = QRadioButton(text)
            button.setProperty("answer", answer)
            button.setAccessibleDescription(said)
            group.addButton(button)
            column.addWidget(button)
        group.buttons()[0 if move.by is not None else -1].setChecked(True)
        self._groups.append((move, group))
        return box

    def _answer(self) -> None:
        starts: dict[str, int | None] = {}
        for move, group in self._groups:
            checked = group.checkedButton()
            answer = checked.property("answer") if checked else in_bin
            start = move.job.request.clip.record_range.start.value
            starts[move.job.id] = {new: start + (move.by or 0), original: start, in_bin: None}[answer]
        self.accept()
        self.answered.emit(self._asked.ids, self._asked.version, starts)
