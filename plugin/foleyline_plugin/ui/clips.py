"""The clips of what is open: picture, range, length, and what has become of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PyQt6.QtCore import QAbstractListModel, QItemSelectionModel, QModelIndex, QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QContextMenuEvent, QImage, QPainter, QPalette, QPixmap
from PyQt6.QtWidgets import QListView, QMenu

from ..desk.events import Pictured
from ..desk.form import clip_key
from ..desk.reading import Spot
from ..job import Job, State
from . import marks, rows, words
from .board import Board
from .text import tr

most_pictures = 400
most_touched = 20


class ClipModel(QAbstractListModel):
    """One row a spot. Pictures are asked for when a row is painted, and forgotten when there are too many."""

    picture_wanted = pyqtSignal(object, str)

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._board = board
        self.spots: Sequence[Spot] = ()
        self.directions: dict[str, str] = {}
        self._keys: list[str] = []
        self._rows: dict[str, list[int]] = {}
        self._newest: dict[str, Job] = {}
        self._pictures: dict[str, QPixmap | None] = {}
        board.pictured.connect(self._take_picture)
        board.jobs_changed.connect(self._take_jobs)

    def show_spots(self, spots: Sequence[Spot], directions: dict[str, str]) -> None:
        """Another timeline, or the same one read again."""
        self.beginResetModel()
        self.spots, self.directions = spots, directions
        self._keys = [clip_key(spot.clip) for spot in spots]
        self._rows = {}
        for row, key in enumerate(self._keys):
            self._rows.setdefault(key, []).append(row)
        self._pictures = {}
        self._newest = {}
        self._note_jobs(self._board.jobs.values())
        self.endResetModel()

    def key(self, row: int) -> str:
        return self._keys[row]

    def newest_job(self, row: int) -> Job | None:
        return self._newest.get(self._keys[row])

    def direct(self, row: int, text: str) -> None:
        """Gives a clip a direction of its own; an empty one takes it away."""
        key = self._keys[row]
        if text.strip():
            self.directions[key] = text.strip()
        else:
            self.directions.pop(key, None)
        self._touch(key)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.spots)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        spot = self.spots[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return spot.clip.name
        if role == rows.said:
            return self._said(index.row(), spot)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._announced(index.row(), spot)
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.sentence(spot.problem) if spot.problem else self.directions.get(self.key(index.row()))
        if role == Qt.ItemDataRole.DecorationRole:
            return self.picture(index.row())
        return None

    def picture(self, row: int) -> QPixmap | None:
        key = self._keys[row]
        if key not in self._pictures:
            self._pictures[key] = None
            if self.spots[row].problem is None:
                self.picture_wanted.emit(self.spots[row], key)
        return self._pictures[key]

    def _said(self, row: int, spot: Spot) -> rows.Said:
        record_in, record_out = words.range_of(spot.clip)
        state, mark = self._state(row, spot)
        own = self.directions.get(self._keys[row])
        below = f"{record_in} - {record_out}"
        return rows.Said(
            name=spot.clip.name,
            after=f"“{own}”" if own else "",
            right=state,
            below=below,
            below_right=words.length(spot.clip),
            mark=mark,
            is_off=spot.problem is not None,
        )

    def _state(self, row: int, spot: Spot) -> tuple[str, marks.Mark | None]:
        job = self.newest_job(row)
        if spot.problem:
            return spot.problem.code, marks.of_state[State.problem]
        if job is None:
            return "", None
        return words.state(job), marks.of_state.get(job.state, marks.at_work)

    def _announced(self, row: int, spot: Spot) -> str:
        record_in, record_out = words.range_of(spot.clip)
        said = [spot.clip.name, tr("{start} to {end}", start=record_in, end=record_out), self._state(row, spot)[0]]
        if own := self.directions.get(self._keys[row]):
            said.append(tr("own direction: {text}", text=own))
        return ", ".join(part for part in said if part)

    def _take_picture(self, told: Pictured) -> None:
        if told.width < 0:
            self._pictures.pop(told.key, None)
            return
        if told.rgb:
            image = QImage(told.rgb, told.width, told.height, told.width * 3, QImage.Format.Format_RGB888)
            self._pictures[told.key] = QPixmap.fromImage(image)
            if len(self._pictures) > most_pictures:
                self._pictures.pop(next(iter(self._pictures)))
        self._touch(told.key)

    def _take_jobs(self, jobs: Sequence[Job]) -> None:
        changed = self._note_jobs(jobs)
        if len(changed) > most_touched:
            self.dataChanged.emit(self.index(0), self.index(len(self.spots) - 1))
            return
        for key in changed:
            self._touch(key)

    def _note_jobs(self, jobs: Iterable[Job]) -> set[str]:
        """The newest job of each clip; the keys of those that changed."""
        changed = set()
        for job in jobs:
            key = clip_key(job.request.clip)
            known = self._newest.get(key)
            if key in self._rows and (known is None or job.request.take >= known.request.take):
                self._newest[key] = job
                changed.add(key)
        return changed

    def _touch(self, key: str) -> None:
        for row in self._rows.get(key, ()):
            self.dataChanged.emit(self.index(row), self.index(row))


class ClipRows(rows.Rows):
    """With the clip's picture at the left."""

    def picture_width(self, height: int) -> int:
        return height * 16 // 9

    def paint_picture(self, painter: QPainter, rect: QRect, index: QModelIndex, palette: QPalette) -> None:
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        painter.fillRect(rect, QColor("#0c0d0f") if picture else palette.color(QPalette.ColorRole.AlternateBase))
        if picture:
            size = picture.size().scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
            box = QRect(rect.topLeft(), size)
            box.moveCenter(rect.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(box, picture)


class ClipList(QListView):
    """Clips to choose from; what is chosen is what Generate works on."""

    chosen = pyqtSignal()
    direction_wanted = pyqtSignal(int)

    def __init__(self, model: ClipModel) -> None:
        super().__init__()
        self.clips = model
        self.setModel(model)
        self.setItemDelegate(ClipRows(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(tr("Clips"))
        self.setMinimumHeight(self.fontMetrics().height() * 6)
        selection = self.selectionModel()
        if selection:
            selection.selectionChanged.connect(self.chosen)
        self.doubleClicked.connect(lambda index: self.direction_wanted.emit(index.row()))

    def sizeHint(self) -> QSize:
        """Small: what room there is it gets from the window."""
        return QSize(240, self.minimumHeight())

    def chosen_rows(self) -> list[int]:
        selection = self.selectionModel()
        return sorted(index.row() for index in selection.selectedRows()) if selection else []

    def choose(self, chosen: Sequence[int]) -> None:
        """These rows, as they are selected in the editing program."""
        selection = self.selectionModel()
        if selection is None:
            return
        for row in chosen:
            selection.select(self.clips.index(row), QItemSelectionModel.SelectionFlag.Select)

    def contextMenuEvent(self, a0: QContextMenuEvent | None) -> None:
        row = self.currentIndex().row()
        if a0 is None or row < 0:
            return
        menu = QMenu(self)
        action = menu.addAction(tr("Direction for this clip"))
        if action:
            action.triggered.connect(lambda: self.direction_wanted.emit(row))
        menu.popup(a0.globalPos())
