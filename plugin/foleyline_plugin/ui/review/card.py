"""Why: the verdict in a line, the judge's own text in folds, and what was then done with its numbers."""

from __future__ import annotations

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from foleyline.v1 import engine_pb2 as pb

from ..text import tr
from . import wording
from .controls import Fold, Words
from .times import TakeTimes


class Card(QWidget):
    """Folds stay as the editor left them from take to take."""

    def __init__(self) -> None:
        super().__init__()
        self.headline = Words(bold=True)
        self.judge = Words()
        self.reason = Words()
        self.voices = Words()
        self.gaps = Words()
        self.raw = Words()
        self.sections = {
            "summary": Fold(tr("Summary")),
            "caption": Fold(tr("Seen and heard"), is_open=True),
            "reasoning": Fold(tr("How it decided")),
            "conclusion": Fold(tr("Conclusion")),
        }
        self.done = Words()
        self.steps = Words()
        self.account = Fold(tr("Every step"))
        self.notes = Words()
        self._set_up()

    def _set_up(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.headline, self.reason, self.voices, self.judge, self.gaps, self.raw):
            column.addWidget(widget)
        for fold in self.sections.values():
            column.addWidget(fold)
        for widget in (self.done, self.steps, self.account, self.notes):
            column.addWidget(widget)

    def show_take(self, take: pb.Take, times: TakeTimes) -> None:
        verdict = take.verdict
        self.headline.say(wording.headline(verdict))
        self.reason.say(wording.reason(verdict))
        self.voices.say(wording.voices(verdict, times))
        self.judge.say(wording.judge(take))
        self._show_answer(verdict)
        self.done.say(wording.done(take))
        self.steps.say(wording.steps(take))
        told = [*(wording.account(note) for note in take.steps), wording.scores(verdict), wording.odd(verdict)]
        self._fill(self.account, "\n\n".join(part for part in told if part))
        self.notes.say("\n".join([*take.notes, *take.terms]))

    def _show_answer(self, verdict: pb.Verdict) -> None:
        """The sections, and all of the text where one of them is missing."""
        bodies = {name: getattr(verdict, name) for name in self.sections}
        for name, fold in self.sections.items():
            self._fill(fold, bodies[name])
        self.gaps.say(wording.missing(verdict))
        has_all = all(bodies.values())
        self.raw.say("" if has_all else verdict.text)

    def _fill(self, fold: Fold, text: str) -> None:
        fold.content.setText(text)
        fold.setVisible(bool(text))
