"""Which take is under review, where it lies in the timeline, and the way to the ones around it."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from foleyline.v1 import engine_pb2 as pb

from ... import words
from ..text import tr
from . import times
from .controls import Button, Words


class Head(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.name = Words(bold=True)
        self.range = Words()
        self.outcome = Words()
        self.place = QLabel()
        self.previous, self.next = Button(shape="previous"), Button(shape="next")
        self.previous.setAccessibleName(tr("Previous unreviewed"))
        self.next.setAccessibleName(tr("Next unreviewed"))
        row = QHBoxLayout()
        row.addWidget(self.name, 1)
        for widget in (self.previous, self.place, self.next):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.range)
        column.addWidget(self.outcome)

    def show_take(self, take: pb.Take) -> None:
        at = times.of(take.request.clip)
        self.name.say(words.name(take.request))
        self.range.say(f"{at.timecode(at.head)} - {at.timecode(at.head + at.own)}")
        self.outcome.say(tr(words.outcomes.get(take.outcome, "")))

    def show_place(self, number: int, total: int) -> None:
        """Which of how many that wait for review; none shown where there are none."""
        self.place.setText(f"{number}/{total}" if total else "")
        self.place.setAccessibleName(tr("Take {number} of {total} to review", number=number, total=total))

    def clear(self) -> None:
        for label in (self.name, self.range, self.outcome):
            label.say("")
        self.show_place(0, 0)
