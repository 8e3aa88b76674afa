"""Play, step, timecode, speed, loop, level match."""

from __future__ import annotations

from PyQt6.QtGui import QFontDatabase
from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..text import tr
from .controls import Button, Check
from .flow import Flow


class Transport(QWidget):
    """Shows what it is told; its buttons are wired by who made it."""

    def __init__(self) -> None:
        super().__init__()
        self.back = Button(shape="back")
        self.play = Button(shape="play")
        self.on = Button(shape="on")
        self.timecode = QLabel()
        self.speed = QLabel()
        self.loop = Check(tr("Loop"))
        self.matched = Check(tr("Level-matched"))
        self.mel = Check(tr("Spectrogram"))
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF())
        self.timecode.setFont(fixed)
        self.timecode.setAccessibleName(tr("Record timecode"))
        self.speed.setAccessibleName(tr("Speed"))
        self.back.setAccessibleName(tr("One frame back"))
        self.on.setAccessibleName(tr("One frame on"))
        self.mel.setChecked(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(Flow(self.back, self.play, self.on, self.timecode, self.speed))
        column.addLayout(Flow(self.matched, self.loop, self.mel))
        self.show_rate(0.0)

    def show_rate(self, rate: float) -> None:
        """0 at rest; the speed is told from twice on, and always backwards."""
        self.play.set_shape("pause" if rate else "play")
        self.play.setAccessibleName(tr("Pause") if rate else tr("Play"))
        told = f"{rate:g}×" if rate not in (0.0, 1.0) else ""
        self.speed.setText(told)

    def allow_match(self, can_match: bool) -> None:
        self.matched.setEnabled(can_match)
        self.matched.setToolTip("" if can_match else tr("One of the two has no loudness to match."))

    def show_timecode(self, timecode: str) -> None:
        if timecode != self.timecode.text():
            self.timecode.setText(timecode)
