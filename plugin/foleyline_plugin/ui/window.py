"""The panel's window: one column that works at 360 pixels, lamps on top, what happened at the foot."""

from __future__ import annotations

from PyQt6.QtCore import QByteArray, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..desk.desk import Desk
from ..desk.form import remembered
from ..desk.pace import all_s, length_s
from ..desk.settings import Settings
from . import marks, words
from .board import Board
from .clips import ClipList, ClipModel
from .commands import Commands
from .direction import Direction
from .keys import Keys, words_of
from .lamps import Lamp, engine_card, host_card
from .notice import Notice
from .options import Options
from .pane import Takes
from .remedies import Remedy
from .review.controls import Button, Presser, Words
from .review.flow import Flow
from .spans import Span
from .text import tr

least_width = 360


class Window(QMainWindow):
    """Shows what the board knows; what is pressed goes to `commands`, and from there to the desk."""

    closed = pyqtSignal()

    def __init__(self, desk: Desk, board: Board, settings: Settings) -> None:
        super().__init__()
        self.desk, self.board, self.settings = desk, board, settings
        self.form = remembered(settings.form)
        self.commands = Commands(self)
        self._timeline: object = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.show_estimate)
        self._make()
        self._lay_out()
        self.keys = Keys(self, self.takes, self.commands.does)
        self._wire()
        self.apply_keys()
        self.setAcceptDrops(True)
        self.setWindowTitle("Foleyline")
        self.resize(440, 900)
        if settings.geometry:
            self.restoreGeometry(QByteArray.fromHex(settings.geometry.encode()))
        self._show_host()
        self._show_engine()

    def apply_keys(self) -> None:
        """The editor's keys, and tooltips that say them."""
        self.keys.remap(self.settings.keys)

    def show_estimate(self) -> None:
        """How long the next press of Generate takes here, as far as that is known."""
        spots = self.span.spots(self.clips.chosen_rows())
        self.generate.setEnabled(bool(spots))
        number = len(spots) * self.form.takes
        if not spots:
            self.estimate.setText(tr("No clip is chosen that can run") if self._timeline else "")
            return
        hello = self.board.engine.hello
        lengths = [length_s(spot.clip) for spot in spots] * self.form.takes
        seconds = all_s(self.form.template, lengths, hello.clips_in_flight if hello else 1, self.desk.paces)
        said = words.clips(len(spots)) if self.form.takes == 1 else tr("{n} takes", n=number)
        if seconds is not None:
            time = words.duration(seconds)
            said = tr("{what}, about {time} on this machine", what=said, time=time)
        self.estimate.setText(said)

    def _estimate_soon(self) -> None:
        """Once, however many changes come together."""
        self._soon.start()

    def _make(self) -> None:
        commands, board = self.commands, self.board
        self.host_lamp = Lamp(tr("Timeline"), lambda: host_card(board, commands.of("open", "reload", "show_folder")))
        self.engine_lamp = Lamp(tr("Engine"), lambda: engine_card(board, self._engine_remedies()))
        self.timelines = QComboBox()
        self.timelines.setAccessibleName(tr("Timeline of this file"))
        self.timelines.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.span = Span()
        self.model = ClipModel(board)
        self.clips = ClipList(self.model)
        self.hint = Words(tr("Drop a timeline or a movie here, or open one."))
        self.open_button = Button(tr("Open"))
        self.direction = Direction(self.form, self.settings)
        self.options = Options(self.form, self.settings.is_more_open)
        self.estimate = Words()
        self.generate = Button(tr("Generate Foley"))
        self.takes = Takes(board, commands.does)
        self.notice = Notice()
        self.not_placed = Words()
        self.place_all, self.export = Button(tr("Place all")), Button(tr("Export cue sheet"))
        self.small = {name: self._small(name) for name in ("models", "settings", "help")}

    def _small(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setText(words_of(name))
        button.setAutoRaise(True)
        Presser(button)
        button.clicked.connect(lambda: self.commands.does[name]())
        return button

    def _engine_remedies(self) -> list[Remedy]:
        lamp = self.board.engine
        names = ["models"]
        if lamp.state.value in ("failed", "stopped", "lost", "not_installed"):
            names.insert(0, "start_engine")
        if lamp.problem and lamp.problem.code == "E-STUCK":
            names.insert(0, "stop_engine")
        return self.commands.of(*names, "report")

    def _lay_out(self) -> None:
        lamps = Flow(self.host_lamp, self.engine_lamp)
        lamps.setContentsMargins(4, 0, 4, 0)
        font = self.generate.font()
        font.setBold(True)
        self.generate.setFont(font)
        self.generate.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        press = QHBoxLayout()
        press.addWidget(self.estimate, 1)
        press.addWidget(self.generate)
        column = QVBoxLayout()
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(6)
        for widget in (self.timelines, self.span, self.hint, self.open_button):
            column.addWidget(widget)
        column.addWidget(self.clips, 3)
        for widget in (_line(), self.direction, _line(), self.options, _line()):
            column.addWidget(widget)
        column.addLayout(press)
        column.addWidget(self.takes, 4)
        inside = QWidget()
        inside.setLayout(column)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 0, 8, 4)
        foot.addWidget(self.notice)
        foot.addWidget(self.not_placed)
        foot.addLayout(Flow(self.place_all, self.export, *self.small.values()))
        outer = QVBoxLayout()
        outer.setContentsMargins(0, 4, 0, 0)
        outer.addLayout(lamps)
        outer.addWidget(scroll, 1)
        outer.addLayout(foot)
        central = QWidget()
        central.setLayout(outer)
        central.setMinimumWidth(least_width)
        self.setCentralWidget(central)

    def _wire(self) -> None:
        board, commands = self.board, self.commands
        board.host_changed.connect(self._show_host)
        board.engine_changed.connect(self._show_engine)
        board.jobs_changed.connect(self._show_numbers)
        board.queue_changed.connect(self._show_numbers)
        board.queue_changed.connect(self._estimate_soon)
        self.model.picture_wanted.connect(self.desk.picture)
        self.clips.chosen.connect(lambda: self.span.show_selected(len(self.clips.chosen_rows())))
        self.clips.direction_wanted.connect(commands.direct_clip)
        self.span.changed.connect(self._estimate_soon)
        self.timelines.activated.connect(self.desk.choose_timeline)
        self.span.reload_wanted.connect(self.desk.reload)
        self.options.changed.connect(self._estimate_soon)
        self.options.more_toggled.connect(lambda is_open: setattr(self.settings, "is_more_open", is_open))
        self.open_button.clicked.connect(commands.open)
        self.generate.clicked.connect(commands.generate)
        self.place_all.clicked.connect(commands.place_all)
        self.export.clicked.connect(self.desk.export_cue_sheet)
        self.takes.current_changed.connect(commands.show_take)
        commands.listen()
        for name, button in (
            *self.small.items(),
            ("generate", self.generate),
            ("reload", self.span.reload),
            ("place", self.takes.place),
            ("reject", self.takes.reject),
            ("why", self.takes.why),
            ("cancel", self.takes.cancel),
            ("cancel_all", self.takes.cancel_all),
            ("queue", self.takes.window_button),
            ("undo", self.takes.undo),
            ("open", self.open_button),
        ):
            self.keys.tell(name, button)
        self._show_numbers()

    def _show_host(self) -> None:
        host = self.board.host
        self.host_lamp.show_state(marks.of_host[host.state], words.host(host))
        timeline = host.timeline
        if timeline is not self._timeline:
            self._timeline = timeline
            key = timeline.key if timeline else ""
            directions = self.settings.directions.setdefault(key, {}) if timeline else {}
            self.timelines.clear()
            self.timelines.addItems([each.name for each in host.timelines])
            self.timelines.setCurrentIndex(host.chosen)
            self.model.show_spots(timeline.spots if timeline else (), directions)
            self.span.show_timeline(timeline)
            self.clips.choose(host.selected)
        has, had = timeline is not None, self.clips.isVisibleTo(self)
        for widget in (self.span, self.clips):
            widget.setVisible(has)
        self.timelines.setVisible(len(host.timelines) > 1)
        for widget in (self.hint, self.open_button):
            widget.setVisible(not has)
        if has and not had:
            self.clips.setFocus()
        self.span.reload.say(tr("Reload, it has changed") if host.state.value == "stale" else tr("Reload"))
        self._estimate_soon()

    def _show_engine(self) -> None:
        self.engine_lamp.show_state(marks.of_engine[self.board.engine.state], words.engine(self.board.engine))
        self.options.show_hello(self.board.engine.hello)
        self._estimate_soon()

    def _show_numbers(self) -> None:
        number = self.takes.review.list.takes.rowCount()
        self.not_placed.say(tr("{n} not placed yet", n=number) if number else "")
        self.place_all.setEnabled(number > 0)
        self.export.setEnabled(any(job.take for job in self.board.jobs.values()))

    def dragEnterEvent(self, a0: QDragEnterEvent | None) -> None:
        data = a0.mimeData() if a0 else None
        if a0 and data and any(url.isLocalFile() for url in data.urls()):
            a0.acceptProposedAction()

    def dropEvent(self, a0: QDropEvent | None) -> None:
        data = a0.mimeData() if a0 else None
        if a0 and data:
            a0.acceptProposedAction()
            self.commands.open_path(next(url.toLocalFile() for url in data.urls() if url.isLocalFile()))

    def closeEvent(self, a0: QCloseEvent | None) -> None:
        self.settings.geometry = bytes(self.saveGeometry().toHex().data()).decode()
        self.settings.form = self.form.kept()
        super().closeEvent(a0)
        self.closed.emit()


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line
