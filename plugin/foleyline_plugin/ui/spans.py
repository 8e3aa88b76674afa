"""Which clips Generate works on: the selected ones, those from In to Out, or the whole timeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from foleyline.timing import frame_count, timecode

from ..desk.reading import OpenTimeline, Spot
from .lamps import labelled
from .review.controls import Button, TextLine
from .review.flow import Flow
from .text import tr

written = re.compile(r"(?:(\d{1,2})[:.;])?(?:(\d{1,2})[:.;])?(\d{1,2})[:.;](\d{1,2})")


class Span(QWidget):
    """Three choices and a reload button; fields for In and Out where those count."""

    changed = pyqtSignal()
    reload_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.selected = QRadioButton(tr("Selected clips"))
        self.in_to_out = QRadioButton(tr("In to Out"))
        self.whole = QRadioButton(tr("Whole timeline"))
        self.reload = Button(tr("Reload"))
        self.mark_in, self.mark_out = TextLine(), TextLine()
        self._timeline: OpenTimeline | None = None
        self._marks = QWidget()
        self._set_up()

    def show_timeline(self, timeline: OpenTimeline | None) -> None:
        self._timeline = timeline
        self.setEnabled(timeline is not None)
        if timeline and timeline.spots:
            ends = [s.clip.record_range.start.value + s.clip.record_range.duration.value for s in timeline.spots]
            self.mark_in.setText(timecode(timeline.start, timeline.rate, timeline.drop_frame))
            self.mark_out.setText(timecode(max(ends), timeline.rate, timeline.drop_frame))
        self.show_selected(0)

    def show_selected(self, number: int) -> None:
        """Choosing clips in the list is choosing this span."""
        self.selected.setText(tr("Selected clips {n}", n=number) if number else tr("Selected clips"))
        if number and not self.in_to_out.isChecked():
            self.selected.setChecked(True)
        elif not number and self.selected.isChecked():
            self.whole.setChecked(True)
        self.changed.emit()

    def spots(self, chosen: Sequence[int]) -> list[Spot]:
        """What Generate works on now; clips that have a problem are none of it."""
        if self._timeline is None:
            return []
        spots: Sequence[Spot] = self._timeline.spots
        if self.selected.isChecked():
            spots = [spots[row] for row in chosen if row < len(spots)]
        elif self.in_to_out.isChecked():
            spots = [spot for spot in spots if self._is_inside(spot)]
        return [spot for spot in spots if spot.problem is None]

    def _is_inside(self, spot: Spot) -> bool:
        """Clips that lie between In and Out with any part of them."""
        start, end = self._frame(self.mark_in), self._frame(self.mark_out)
        first = spot.clip.record_range.start.value
        return (
            start is not None
            and end is not None
            and first < end
            and start < first + spot.clip.record_range.duration.value
        )

    def _frame(self, field: TextLine) -> int | None:
        return frame_of(field.text(), self._timeline.rate, self._timeline.drop_frame) if self._timeline else None

    def _set_up(self) -> None:
        group = QButtonGroup(self)
        for button in (self.selected, self.in_to_out, self.whole):
            group.addButton(button)
            button.toggled.connect(self._toggle)
        self.whole.setChecked(True)
        self.reload.setToolTip(tr("Read the timeline again"))
        self.reload.clicked.connect(self.reload_wanted)
        row = QHBoxLayout(self._marks)
        row.setContentsMargins(0, 0, 0, 0)
        for field, name in ((self.mark_in, tr("In")), (self.mark_out, tr("Out"))):
            row.addWidget(labelled(name, field))
            row.addWidget(field)
            field.textChanged.connect(self._check)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(Flow(self.selected, self.in_to_out, self.whole, self.reload))
        column.addWidget(self._marks)
        self._toggle()

    def _toggle(self) -> None:
        self._marks.setVisible(self.in_to_out.isChecked())
        self.changed.emit()

    def _check(self) -> None:
        for field in (self.mark_in, self.mark_out):
            is_wrong = bool(field.text()) and self._frame(field) is None
            field.setToolTip(tr("A timecode, for example 01:02:10:04") if is_wrong else "")
        self.changed.emit()


def frame_of(text: str, rate: Fraction, drop_frame: bool) -> int | None:
    """Frames since midnight of a timecode as it is typed; what is left out in front is zero. None for anything else."""
    found = written.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes, seconds, frame = (int(part or 0) for part in found.groups())
    if found.group(1) and not found.group(2):
        hours, minutes = 0, hours
    if minutes > 59 or seconds > 59:
        return None
    return frame_count(hours, minutes, seconds, frame, rate, drop_frame)
