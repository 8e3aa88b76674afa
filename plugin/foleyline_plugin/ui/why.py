"""The review side panel docked beside the window: made when it is first wanted, shown the take that is chosen."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDockWidget, QMainWindow

from ..desk.desk import Desk
from ..job import Call, Job, Version
from .board import Board
from .takes import TakeList
from .text import tr


class Why(QDockWidget):
    """Its signals go to the desk; keys of the lists come in by `key`."""

    def __init__(self, window: QMainWindow, desk: Desk, board: Board, takes: TakeList) -> None:
        from .review.panel import ReviewPanel  # here, because it loads what plays sound and picture

        super().__init__(tr("Why"), window)
        self._desk, self._board, self._takes = desk, board, takes
        self._shown: tuple[str, str, str] | None = None
        self.panel = ReviewPanel(self)
        self.setObjectName("why")
        self.setWidget(self.panel)
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self._wire()

    def show_job(self, job: Job | None) -> None:
        """The take, its place among those to review, and what the editor said of it before."""
        if job is None or job.take is None:
            self._shown = None
            self.panel.clear()
            return
        total, row = self._takes.takes.rowCount(), self._takes.takes.row_of(job.id)
        if row >= 0:
            self.panel.show_place(row + 1, total)
        now = (job.id, str(job.call), str(job.state))
        if now == self._shown:
            return
        self._shown = now
        self.panel.show_take(job.take, self._board.folders[job.id], None, note=job.note, call=review_call(job.call))

    def key(self, name: str) -> None:
        """What a key of the review does, pressed in a list."""
        self.panel.keys.actions[name].trigger()

    def _wire(self) -> None:
        panel, desk = self.panel, self._desk
        panel.agreed.connect(lambda job_id: desk.call(job_id, Call.agreed))
        panel.keep_voices.connect(lambda job_id: desk.call(job_id, Call.keep_voices))
        panel.generate_again.connect(desk.generate_again)
        panel.place_both.connect(lambda job_id: desk.place([job_id], Version.both))
        panel.place_with_voices.connect(lambda job_id: desk.place([job_id], Version.voices))
        panel.reject.connect(lambda job_id: desk.reject([job_id]))
        panel.note_changed.connect(desk.write_note)
        panel.next_wanted.connect(lambda: self._takes.step(1))
        panel.previous_wanted.connect(lambda: self._takes.step(-1))


def review_call(call: Call):
    """The review's own word for what the editor said."""
    from .review.calls import Call as ReviewCall

    return {
        Call.none: ReviewCall.none,
        Call.agreed: ReviewCall.agreed,
        Call.keep_voices: ReviewCall.keep_voices,
        Call.again: ReviewCall.generate_again,
    }[call]
