"""The takes: to review, in the queue, placed, with problems. Four lists over one board, in step with the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QListView

from ..job import Job, State, running_states
from . import marks, rows, words
from .board import Board

steps_n = 8
Order = Callable[[Job], Any]

shown: dict[str, tuple[State, ...]] = {
    "review": (State.to_review,),
    "queue": (*running_states, State.waiting),
    "placed": (State.placed, State.in_bin, State.removed, State.rejected),
    "problems": (State.problem, State.cancelled),
}


def by_place(job: Job) -> tuple:
    return job.timeline, job.request.clip.record_range.start.value, job.request.take


def by_turn(job: Job) -> tuple:
    return job.state == State.waiting, job.position


def by_state(job: Job) -> tuple:
    return shown["placed"].index(job.state), *by_place(job)


orders: dict[str, Order] = {"review": by_place, "queue": by_turn, "placed": by_state, "problems": by_place}


class TakeModel(QAbstractListModel):
    """The jobs of one list, in its order. Rows come and go as the journal changes; the others stay where they are."""

    def __init__(self, board: Board, name: str) -> None:
        super().__init__()
        self.name = name
        self.jobs: list[Job] = []
        self._board = board
        self._states, self._order = shown[name], orders[name]
        self._at: dict[str, int] = {}
        board.jobs_changed.connect(self._take)
        board.progressed.connect(self._progress)
        self._take(list(board.jobs.values()))

    def job(self, index: QModelIndex | int) -> Job | None:
        row = index if isinstance(index, int) else index.row()
        return self.jobs[row] if 0 <= row < len(self.jobs) else None

    def row_of(self, job_id: str) -> int:
        return self._at.get(job_id, -1)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.jobs)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        job = self.job(index)
        if job is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return words.name(job)
        if role == rows.said:
            return said_of(job, self._board)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words.announced(job)
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.sentence(job.problem) if job.problem else job.request.prompt
        return None

    def _take(self, changed: Sequence[Job]) -> None:
        """A few changes go row by row, so that what is chosen stays chosen; many at once are a new list."""
        wanted = [job for job in changed if job.state in self._states or job.id in self._at]
        if not wanted:
            return
        if len(wanted) > 20:
            self._take_all()
            return
        for job in wanted:
            self._take_one(job)

    def _take_all(self) -> None:
        self.beginResetModel()
        self.jobs = sorted(self._board.of(*self._states), key=self._order)
        self._count()
        self.endResetModel()

    def _take_one(self, job: Job) -> None:
        row = self._at.get(job.id, -1)
        if row >= 0 and job.state in self._states and self._stays(row, job):
            self.jobs[row] = job
            self.dataChanged.emit(self.index(row), self.index(row))
            return
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self.jobs[row]
            self._count()
            self.endRemoveRows()
        if job.state in self._states:
            place = sum(self._order(other) <= self._order(job) for other in self.jobs)
            self.beginInsertRows(QModelIndex(), place, place)
            self.jobs.insert(place, job)
            self._count()
            self.endInsertRows()

    def _stays(self, row: int, job: Job) -> bool:
        before = row == 0 or self._order(self.jobs[row - 1]) <= self._order(job)
        return before and (row + 1 == len(self.jobs) or self._order(job) <= self._order(self.jobs[row + 1]))

    def _count(self) -> None:
        self._at = {job.id: row for row, job in enumerate(self.jobs)}

    def _progress(self, job_id: str) -> None:
        row = self._at.get(job_id, -1)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))


def said_of(job: Job, board: Board) -> rows.Said:
    """A take's row."""
    clip = job.request.clip
    record_in, _ = words.range_of(clip)
    is_running = job.state in running_states
    share = share_of(job, board) if is_running else None
    below = words.without_code(job.problem) if job.problem else job.request.prompt or record_in
    return rows.Said(
        name=words.name(job),
        after=job.problem.code if job.problem else words.outcome(job.take),
        right=words.state(job),
        below=below,
        below_right=record_in if job.request.prompt and not job.problem else words.length(clip),
        mark=marks.of_state.get(job.state, marks.at_work),
        share=share,
    )


def share_of(job: Job, board: Board) -> float:
    """How far a running job is, 0 to 1, by the steps that are behind it."""
    step, fraction = board.step_of(job)
    return min(1.0, (int(step) + fraction) / (steps_n + 1))


class TakeList(QListView):
    """One of the four lists. What has the focus in it is what keys and buttons are about."""

    current_changed = pyqtSignal(object)

    def __init__(self, model: TakeModel, name: str) -> None:
        super().__init__()
        self.takes = model
        self.setModel(model)
        self.setItemDelegate(rows.Rows(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(name)
        self.setMinimumHeight(self.fontMetrics().height() * 6)
        self._last_row = 0
        selection = self.selectionModel()
        if selection:
            selection.currentChanged.connect(self._note_current)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset, model.dataChanged):
            signal.connect(self._settle)

    def sizeHint(self) -> QSize:
        """Small: what room there is it gets from the window."""
        return QSize(240, self.minimumHeight())

    @property
    def current(self) -> Job | None:
        return self.takes.job(self.currentIndex())

    def chosen(self) -> list[Job]:
        """Selected takes, or the one that has the focus."""
        selection = self.selectionModel()
        found = [self.takes.job(index) for index in selection.selectedRows()] if selection else []
        return [job for job in found if job] or ([self.current] if self.current else [])

    def select(self, row: int) -> None:
        """The row, or the nearest there is."""
        row = max(0, min(row, self.takes.rowCount() - 1))
        index = self.takes.index(row)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def step(self, by: int) -> None:
        self.select(self.currentIndex().row() + by)

    def resizeEvent(self, e: QResizeEvent | None) -> None:
        """What is chosen stays in sight where the list gets smaller."""
        super().resizeEvent(e)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def _note_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self._last_row = current.row()
        self.current_changed.emit(self.takes.job(current))

    def _settle(self) -> None:
        """Where the current row went away, the one that came into its place is next."""
        if not self.currentIndex().isValid() and self.takes.rowCount():
            self.select(self._last_row)
        self.current_changed.emit(self.current)
