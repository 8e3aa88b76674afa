"""The lower part of the window: four tabs of takes and, under the list, what the chosen one is about and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ..job import Job, State
from . import words
from .board import Board
from .remedies import Remedy, remedies, words_of
from .review import wording
from .review.controls import Button, Words
from .review.flow import Flow
from .takes import TakeList, TakeModel
from .text import tr


class Tab(QWidget):
    """A list, a line on the current take, and buttons; an empty list says what would be in it."""

    counted = pyqtSignal(str)

    def __init__(self, board: Board, name: str, title: str, empty: str) -> None:
        super().__init__()
        self.board, self.name, self.title = board, name, title
        self.list = TakeList(TakeModel(board, name), title)
        self.empty, self.detail = Words(empty), Words()
        self.buttons = Flow()
        self._shown: list[Button] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        self.space = QWidget()
        above = QVBoxLayout(self.space)
        above.addWidget(self.empty)
        above.addStretch(1)
        column.addWidget(self.space, 1)
        column.addWidget(self.list, 1)
        column.addWidget(self.detail)
        column.addLayout(self.buttons)
        for signal in (self.list.takes.rowsInserted, self.list.takes.rowsRemoved, self.list.takes.modelReset):
            signal.connect(self.show_number)
        self.show_number()

    def offer(self, *buttons: Button) -> None:
        for button in buttons:
            self.buttons.addWidget(button)
            self._shown.append(button)

    def forget_buttons(self) -> None:
        for button in self._shown:
            self.buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._shown = []

    def show_number(self) -> None:
        number = self.list.takes.rowCount()
        self.space.setVisible(not number)
        self.list.setVisible(bool(number))
        self.counted.emit(f"{self.title} {number}" if number else self.title)


class Head(Button):
    """A tab's button; the one in front is underlined."""

    def __init__(self, words: str) -> None:
        super().__init__(words, checkable=True)
        self.setFlat(True)

    def paintEvent(self, a0: QPaintEvent | None) -> None:
        super().paintEvent(a0)
        if self.isChecked():
            painter = QPainter(self)
            thick = max(2, self.fontMetrics().height() // 6)
            painter.fillRect(2, self.height() - thick, self.width() - 4, thick, self.palette().highlight())


class Takes(QWidget):
    """Tabs in a row that breaks where it is narrow, so that no name is ever cut.

    current_changed: the take that keys and the review are about, None where there is none.
    """

    current_changed = pyqtSignal(object)

    def __init__(self, board: Board, does: Mapping[str, Callable[[], None]]) -> None:
        super().__init__()
        self._board, self._does = board, does
        self.review = Tab(board, "review", tr("To review"), tr("Takes that are made wait here to be heard and placed."))
        self.queue = Tab(board, "queue", tr("Queue"), tr("Nothing waits and nothing runs."))
        self.placed = Tab(board, "placed", tr("Placed"), tr("What lies on the lanes is listed here."))
        self.problems = Tab(board, "problems", tr("Problems"), tr("No problems."))
        self.tabs = (self.review, self.queue, self.placed, self.problems)
        self.stack = QStackedWidget()
        self.heads = {tab: Head(tab.title) for tab in self.tabs}
        self._set_up()
        self._wire()

    @property
    def tab(self) -> Tab:
        return self.tabs[self.stack.currentIndex()]

    @property
    def current(self) -> Job | None:
        return self.tab.list.current

    def chosen(self) -> list[Job]:
        return self.tab.list.chosen()

    def show_tab(self, tab: Tab) -> None:
        """In front; the focus goes into its list."""
        self.stack.setCurrentWidget(tab)
        for other, head in self.heads.items():
            head.setChecked(other is tab)
        self._tell_current()

    def show_queue(self) -> None:
        """Whether it is paused, and how long it takes."""
        queue = self._board.queue
        if queue.is_paused:
            self.queue.detail.say(tr("Paused: what runs goes on, nothing new begins."))
        elif self.queue.list.takes.rowCount() and queue.left_s is not None:
            self.queue.detail.say(tr("Left about {time}", time=words.duration(queue.left_s)))
        elif self.queue.list.takes.rowCount():
            self.queue.detail.say(tr("How long it takes is known after the first clip."))
        else:
            self.queue.detail.say("")
        self.pause.say(tr("Go on") if queue.is_paused else tr("Pause after this"))

    def _set_up(self) -> None:
        self.setAccessibleName(tr("Takes"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(Flow(*self.heads.values()))
        column.addWidget(self.stack, 1)
        for tab, head in self.heads.items():
            self.stack.addWidget(tab)
            head.clicked.connect(lambda _, tab=tab: self.show_tab(tab))
            tab.counted.connect(head.say)
            tab.show_number()
        self.place, self.reject = self._button(tr("Place"), "place"), self._button(tr("Reject"), "reject")
        self.why, self.bin = self._button(tr("Why"), "why"), self._button(tr("Send to bin"), "bin")
        self.review.offer(self.place, self.reject, self.bin, self.why)
        self.pause = self._button(tr("Pause after this"), "pause")
        self.cancel = self._button(tr("Cancel this"), "cancel")
        self.cancel_waiting = self._button(tr("Cancel waiting"), "cancel_waiting")
        self.cancel_all = self._button(tr("Cancel all"), "cancel_all")
        self.window_button = self._button(tr("Open queue"), "queue")
        self.queue.offer(self.pause, self.cancel, self.cancel_waiting, self.cancel_all, self.window_button)
        self.undo = self._button(tr("Undo"), "undo")
        self.take_off = self._button(tr("Take off"), "take_off")
        self.review_again = self._button(tr("Review again"), "review_again")
        self.remove_all = self._button(tr("Remove all ours"), "remove_all")
        self.placed.offer(self.take_off, self.review_again, self.undo, self.remove_all)

    def _button(self, text: str, name: str) -> Button:
        button = Button(text)
        button.clicked.connect(lambda: self._does[name]())
        return button

    def _wire(self) -> None:
        for tab in self.tabs:
            tab.list.current_changed.connect(self._tell_current)
            tab.list.doubleClicked.connect(lambda: self._does["why"]())
        self.problems.list.current_changed.connect(self._show_remedies)
        self._board.queue_changed.connect(self.show_queue)
        self._board.jobs_changed.connect(self.show_queue)
        self.show_tab(self.review)

    def _tell_current(self) -> None:
        job = self.current
        self._allow()
        if self.tab is self.review:
            self.review.detail.say(self._about(job))
        self.current_changed.emit(job)

    def _about(self, job: Job | None) -> str:
        """The verdict in one line, as it is in the review."""
        if job is None or job.take is None:
            return ""
        said = [wording.headline(job.take.verdict), wording.reason(job.take.verdict)]
        return ". ".join(part.rstrip(".") for part in said if part) + "."

    def _allow(self) -> None:
        job, counts = self.current, self._board.counts()
        for button in (self.place, self.reject, self.bin, self.why):
            button.setEnabled(job is not None)
        state = job.state if job else None
        self.take_off.setEnabled(state == State.placed)
        self.review_again.setEnabled(state in (State.rejected, State.removed, State.in_bin))
        self.remove_all.setEnabled(counts[State.placed] > 0)
        self.undo.setEnabled(self._board.queue.can_undo)
        self.cancel.setEnabled(job is not None)
        self.cancel_waiting.setEnabled(counts[State.waiting] > 0)
        self.cancel_all.setEnabled(self.queue.list.takes.rowCount() > 0)

    def _show_remedies(self, job: Job | None) -> None:
        self.problems.forget_buttons()
        if job is None:
            self.problems.detail.say("")
        elif job.problem is None:
            self.problems.detail.say(tr("Cancelled by you."))
            self._offer([Remedy(words_of("retry"), self._does["retry"])])
        else:
            self.problems.detail.say(words.sentence(job.problem))
            self._offer(remedies(job.problem, self._does))

    def _offer(self, found: Sequence[Remedy]) -> None:
        for remedy in found:
            button = Button(remedy.words)
            button.clicked.connect(remedy.does)
            self.problems.offer(button)
