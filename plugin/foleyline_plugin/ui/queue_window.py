"""The batch queue in a window of its own: a table in the queue's order, dragged into another, with its verbs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, Qt, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QDialog, QHeaderView, QTableView, QVBoxLayout, QWidget

from ..job import Job, State, running_states
from . import marks, words
from .board import Board, clip_prefix
from .review.controls import Button, Words
from .review.flow import Flow
from .takes import by_turn, share_of
from .text import tr

shown_states = (*running_states, State.waiting, State.problem, State.cancelled)
mime = "application/x-foleyline-jobs"


class QueueModel(QAbstractTableModel):
    """What runs, what waits, and at the end what could not be done. Waiting rows are dragged to be in another order."""

    ordered = pyqtSignal(list)

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.jobs: list[Job] = []
        self._board = board
        self._at: dict[str, int] = {}
        self.columns = (tr("#"), tr("Clip"), tr("Record in"), tr("Length"), tr("Step"), tr("Take"), tr("State"))
        board.jobs_changed.connect(self._take)
        board.progressed.connect(self._progress)
        self._take([])

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.jobs)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        job = self.jobs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(index.row(), job, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            cell = self._cell(index.row(), job, index.column())
            return words.announced(job) if index.column() == 1 else f"{self.columns[index.column()]} {cell}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.sentence(job.problem) if job.problem else job.request.prompt
        return None

    def mark(self, row: int) -> marks.Mark:
        return marks.of_state.get(self.jobs[row].state, marks.at_work)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        found = super().flags(index)
        if not index.isValid():
            return found | Qt.ItemFlag.ItemIsDropEnabled
        return found | Qt.ItemFlag.ItemIsDragEnabled if self.jobs[index.row()].state == State.waiting else found

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [mime]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        rows = sorted({index.row() for index in indexes})
        carried = QMimeData()
        carried.setData(mime, "\n".join(self.jobs[row].id for row in rows).encode())
        return carried

    def dropMimeData(
        self, data: QMimeData | None, action: Qt.DropAction, row: int, column: int, parent: QModelIndex
    ) -> bool:
        del action, column
        if data is None or not data.hasFormat(mime):
            return False
        target = row if row >= 0 else parent.row() if parent.isValid() else len(self.jobs)
        self.move(bytes(data.data(mime).data()).decode().split("\n"), target)
        return False  # the journal's answer moves the rows

    def move(self, ids: Sequence[str], row: int) -> None:
        """Waiting jobs to before the row."""
        ahead = [job.id for job in self.jobs[:row] if job.state == State.waiting and job.id not in ids]
        behind = [job.id for job in self.jobs[row:] if job.state == State.waiting and job.id not in ids]
        self.ordered.emit([*ahead, *ids, *behind])

    def _cell(self, row: int, job: Job, column: int) -> str:
        clip = job.request.clip
        match column:
            case 0:
                return str(row + 1)
            case 1:
                return " ".join(clip.name.split())
            case 2:
                return words.range_of(clip)[0]
            case 3:
                return words.length(clip)
            case 4:
                return self._step(job)
            case 5:
                return str(job.request.take or "-")
            case _:
                return _state(job)

    def _step(self, job: Job) -> str:
        if job.problem:
            return job.problem.code
        if job.state not in running_states:
            return ""
        return f"{words.state(job)}  {share_of(job, self._board):.0%}"

    def _take(self, changed: Sequence[Job]) -> None:
        if changed and all(job.id in self._at and self.jobs[self._at[job.id]].state == job.state for job in changed):
            for job in changed:
                self.jobs[self._at[job.id]] = job
            if not self._is_in_order():
                self._take_all()
            return
        self._take_all()

    def _is_in_order(self) -> bool:
        return self.jobs == sorted(self.jobs, key=_order)

    def _take_all(self) -> None:
        self.layoutAboutToBeChanged.emit()
        held = {index: self.jobs[index.row()].id for index in self.persistentIndexList()}
        self.jobs = sorted(self._board.of(*shown_states), key=_order)
        self._at = {job.id: row for row, job in enumerate(self.jobs)}
        for index, job_id in held.items():
            row = self._at.get(job_id, -1)
            self.changePersistentIndex(index, self.index(row, index.column()) if row >= 0 else QModelIndex())
        self.layoutChanged.emit()

    def _progress(self, job_id: str) -> None:
        row = self._at.get(job_id, -1)
        if row >= 0:
            self.dataChanged.emit(self.index(row, 4), self.index(row, 4))


def _order(job: Job) -> tuple:
    return job.state in (State.problem, State.cancelled), *by_turn(job)


def _state(job: Job) -> str:
    if job.state == State.waiting or job.state in (State.problem, State.cancelled, State.stopping):
        return words.state(job)
    return tr("running")


class QueueWindow(QDialog):
    """does: the window's commands by name; here they are about the rows that are chosen here."""

    def __init__(self, parent: QWidget, board: Board, does: Mapping[str, Callable[[list[str]], None]]) -> None:
        super().__init__(parent)
        self._board, self._does = board, does
        self.model, self.table = QueueModel(board), QTableView()
        self.left = Words()
        self.setWindowTitle(tr("Queue"))
        self.setModal(False)
        self._set_up_table()
        self._set_up()
        board.jobs_changed.connect(self.show_numbers)
        board.queue_changed.connect(self.show_numbers)
        self.model.ordered.connect(lambda ids: does["order"](ids))
        self.show_numbers()
        self.resize(640, 420)

    def chosen(self) -> list[str]:
        selection = self.table.selectionModel()
        rows = sorted(index.row() for index in selection.selectedRows()) if selection else []
        return [self.model.jobs[row].id for row in rows]

    def show_numbers(self) -> None:
        counts, queue = self._board.counts(), self._board.queue
        running = sum(counts[state] for state in running_states)
        self.setWindowTitle(
            tr("Queue: {waiting} waiting, {running} running", waiting=counts[State.waiting], running=running)
        )
        left = ""
        if queue.left_s is not None and (running or counts[State.waiting]):
            left = tr("left about {time}", time=words.duration(queue.left_s))
        done = sum(counts[state] for state in (State.to_review, State.placed, State.in_bin, State.rejected))
        problems = sum(job.state == State.problem for job in self._board.jobs.values())
        parts = [
            tr("paused") if queue.is_paused else left,
            tr("done {n}", n=done),
            tr("to review {n}", n=counts[State.to_review]),
            tr("problems {n}", n=problems),
        ]
        self.left.say(",  ".join(part for part in parts if part))
        self.pause.say(tr("Go on") if queue.is_paused else tr("Pause after this"))
        self.waiting.setEnabled(counts[State.waiting] > 0)
        self.all.setEnabled(running + counts[State.waiting] > 0)
        self.retry.setEnabled(problems > 0)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(tr("Queue"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        table.setDragDropOverwriteMode(False)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        if rows := table.verticalHeader():
            rows.hide()
            rows.setDefaultSectionSize(table.fontMetrics().height() + 8)
        if columns := table.horizontalHeader():
            columns.setHighlightSections(False)
            wide = table.fontMetrics().averageCharWidth()
            for column, width in enumerate((4, 14, 14, 9, 26, 6)):
                table.setColumnWidth(column, width * wide)
            columns.setSectionResizeMode(6, QHeaderView.ResizeMode.Stretch)

    def _set_up(self) -> None:
        self.pause = self._button(tr("Pause after this"), lambda: self._does["pause"]([]))
        self.this = self._button(tr("Cancel this"), lambda: self._does["cancel"](self.chosen()))
        self.waiting = self._button(tr("Cancel waiting"), lambda: self._does["cancel"](self._in(State.waiting)))
        self.all = self._button(
            tr("Cancel all"), lambda: self._does["cancel"](self._in(*running_states, State.waiting))
        )
        self.first = self._button(tr("Next"), lambda: self._does["put_first"](self.chosen()))
        self.up = self._button(tr("Up"), lambda: self._shift(-1))
        self.down = self._button(tr("Down"), lambda: self._shift(1))
        self.retry = self._button(tr("Retry problems"), lambda: self._does["retry"](self._in(State.problem)))
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addWidget(self.left)
        column.addLayout(
            Flow(self.pause, self.this, self.waiting, self.all, self.first, self.up, self.down, self.retry)
        )

    def _button(self, text: str, does: Callable[[], None]) -> Button:
        button = Button(text)
        button.clicked.connect(lambda: does())
        return button

    def _in(self, *states: State) -> list[str]:
        return [job.id for job in self._board.of(*states) if not job.id.startswith(clip_prefix)]

    def _shift(self, by: int) -> None:
        """The chosen waiting rows one place up or down."""
        ids = self.chosen()
        rows = [row for row, job in enumerate(self.model.jobs) if job.id in ids]
        if rows:
            self.model.move(ids, rows[0] - 1 if by < 0 else rows[-1] + 2)
