"""The editor's word on a take: agree, overrule, a note, place it or not."""

from __future__ import annotations

from enum import Enum

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from foleyline.v1 import engine_pb2 as pb

from ..text import tr
from .controls import Button, Inline, TextLine
from .flow import Flow

written_after_ms = 400


class Call(Enum):
    """What the editor said of the verdict."""

    none = ""
    agreed = "agreed"
    keep_voices = "keep_voices"
    generate_again = "generate_again"


class Calls(QWidget):
    """Agree, keep voices, generate again; what was said is told in words before the pressed button."""

    made = pyqtSignal(Call)

    def __init__(self) -> None:
        super().__init__()
        self.buttons = {
            Call.agreed: Button(tr("Agree"), checkable=True),
            Call.keep_voices: Button(tr("Keep voices"), checkable=True),
            Call.generate_again: Button(tr("Generate again, no voices"), checkable=True),
        }
        self.said = Inline()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(Flow(self.said, *self.buttons.values()))
        for call, button in self.buttons.items():
            button.clicked.connect(lambda _, call=call: self._press(call))
        self.show_call(Call.none)

    def show_take(self, take: pb.Take) -> None:
        """Only what can be said of this take can be pressed; the others say why not."""
        is_open = take.outcome == pb.to_decide or take.verdict.option == pb.undecided
        has_removed = take.outcome in (pb.voices_removed, pb.silent_on_purpose, pb.regenerated)
        has_answer = not is_open and take.verdict.option != pb.not_asked
        is_generated = take.request.source == pb.picture or take.outcome == pb.regenerated
        self._allow(Call.agreed, has_answer, tr("There is no answer to agree with."))
        self._allow(Call.keep_voices, has_removed or is_open, tr("Nothing was removed from this take."))
        self._allow(
            Call.generate_again, is_generated or has_removed or is_open, tr("This is production sound as it was.")
        )

    def show_call(self, call: Call) -> None:
        for each, button in self.buttons.items():
            button.setChecked(each is call)
        self.said.setText(
            {
                Call.none: tr("My call:"),
                Call.agreed: tr("You agreed."),
                Call.keep_voices: tr("You said: keep voices."),
                Call.generate_again: tr("You said: generate again, no voices."),
            }[call]
        )

    def _allow(self, call: Call, is_allowed: bool, why_not: str) -> None:
        self.buttons[call].setEnabled(is_allowed)
        self.buttons[call].setToolTip("" if is_allowed else why_not)
        self.buttons[call].setAccessibleDescription("" if is_allowed else why_not)

    def _press(self, call: Call) -> None:
        self.show_call(call)
        self.made.emit(call)


class Note(QWidget):
    """written: the note, shortly after the last letter or when the line is left."""

    written = pyqtSignal(str)
    left = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.line = TextLine()
        label = QLabel(tr("Note for the sound editor"))
        label.setBuddy(self.line)
        label.setWordWrap(True)
        self.line.setAccessibleName(label.text())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(label)
        column.addWidget(self.line)
        self._written = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(written_after_ms)
        self._timer.timeout.connect(self.flush)
        self.line.textEdited.connect(lambda _: self._timer.start())
        self.line.editingFinished.connect(self.flush)
        self.line.left.connect(self._leave)

    def show_note(self, note: str) -> None:
        self._timer.stop()
        self._written = note
        self.line.setText(note)

    def flush(self) -> None:
        """Tells what was written and not told yet."""
        self._timer.stop()
        if self.line.text() != self._written:
            self._written = self.line.text()
            self.written.emit(self._written)

    def _leave(self) -> None:
        self.flush()
        self.left.emit()


class Placing(QWidget):
    """Place both, place with voices alone, reject, go to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.both = Button(tr("Place both, B on"))
        self.with_voices = Button(tr("Place A"))
        self.reject = Button(tr("Reject"))
        self.next = Button(tr("Next unreviewed"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(Flow(self.both, self.with_voices, self.reject, self.next))
        self.with_voices.setAccessibleName(tr("Place A, with voices, alone"))
        self.both.setAccessibleName(tr("Place both, B, voices removed, is the one that sounds"))
