"""The side panel "Why": a take heard against its picture, its verdict, and the editor's word on it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtBoundSignal, pyqtSignal
from PyQt6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PyQt6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from foleyline.v1 import engine_pb2 as pb

from ..text import tr
from . import times
from .calls import Call, Calls, Note, Placing
from .card import Card
from .controls import Words
from .device import open_default
from .head import Head
from .keys import Keys
from .output import OpenSink
from .player import with_voices, without_voices
from .stage import Stage

picture_share = 0.32
"""Of the panel's height, at most: the picture never hides the verdict."""
zoom_step = 0.5


class Column(QScrollArea):
    """Scrolls up and down only; sideways is the playhead's."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(8)
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        if a0 and a0.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            a0.ignore()
        else:
            super().keyPressEvent(a0)


class ReviewPanel(QWidget):
    """Signals carry the take's request_id first; `note_changed` then the note.

    The widget keeps nothing: what the editor says goes out, and comes back with the next `show_take`.
    """

    agreed = pyqtSignal(str)
    keep_voices = pyqtSignal(str)
    generate_again = pyqtSignal(str)
    place_both = pyqtSignal(str)
    place_with_voices = pyqtSignal(str)
    reject = pyqtSignal(str)
    note_changed = pyqtSignal(str, str)
    next_wanted = pyqtSignal()
    previous_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None, *, open_sink: OpenSink = open_default) -> None:
        """open_sink: where the sound goes, the default device unless said."""
        super().__init__(parent)
        self.take: pb.Take | None = None
        self._shown: tuple[bytes, Path, Path | None] | None = None
        self.head, self.stage, self.card = Head(), Stage(open_sink), Card()
        self.calls, self.note, self.placing = Calls(), Note(), Placing()
        self.nothing = Words(tr("No take is selected. What waits for your ear is under To review."))
        self.column = Column(self.head, self.stage, self.card, self.note)
        self.player = self.stage.player
        self._set_up()
        self.keys = Keys(self, self._does())
        self._wire()
        self._tell_keys()
        # The threads have to end before Python takes away what they work for.
        threads = self.stage.threads
        self.destroyed.connect(threads.close)
        weakref.finalize(self, threads.close)
        self.clear()

    def show_take(
        self, take: pb.Take, out_dir: Path, movie: Path | None, *, note: str = "", call: Call = Call.none
    ) -> None:
        """Reads nothing here: files are opened beside the window, and what is missing is told where it would be.

        movie: where the clip's picture is, None for where the request says. note, call: what the editor said before.
        Of the take that is shown already only these two are shown anew; it plays on.
        """
        shown = (take.SerializeToString(deterministic=True), out_dir, movie)
        is_another = shown != self._shown
        self._shown = shown
        if is_another:
            self._show_another(take, out_dir, movie)
        self.calls.show_call(call)
        if is_another or not self.note.line.hasFocus():
            self.note.show_note(note)

    def _show_another(self, take: pb.Take, out_dir: Path, movie: Path | None) -> None:
        self.note.flush()
        self.take = take
        self._show(True)
        self.head.show_take(take)
        self.card.show_take(take, times.of(take.request.clip))
        self.calls.show_take(take)
        self.stage.show_take(take, out_dir, movie)

    def show_place(self, number: int, total: int) -> None:
        """The take is number so many of those that wait for review."""
        self.head.show_place(number, total)

    def clear(self) -> None:
        self.note.flush()
        self.take, self._shown = None, None
        self.head.clear()
        self.note.show_note("")
        self.stage.clear()
        self._show(False)

    def remap(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Other keys by action, see `keys.default`."""
        self.keys.remap(keys)
        self._tell_keys()

    def _set_up(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.nothing)
        column.addWidget(self.column, 1)
        column.addWidget(self.calls)
        column.addWidget(self.placing)
        self.calls.setContentsMargins(8, 2, 8, 0)
        self.placing.setContentsMargins(8, 0, 8, 8)
        self.setAccessibleName(tr("Review"))
        self.setMinimumWidth(300)

    def _show(self, has_take: bool) -> None:
        self.nothing.setVisible(not has_take)
        self.column.setVisible(has_take)
        self.calls.setVisible(has_take)
        self.placing.setVisible(has_take)
        self._allow_keys()

    def _allow_keys(self) -> None:
        """Tab swaps the versions while they play, and leads from control to control while they rest."""
        for name, action in self.keys.actions.items():
            action.setEnabled(self.take is not None and (name != "swap" or bool(self.player.rate)))

    def _wire(self) -> None:
        self.player.changed.connect(self._allow_keys)
        self.calls.made.connect(self._call)
        self.note.written.connect(lambda note: self.take and self.note_changed.emit(self.take.request_id, note))
        self.note.left.connect(self.stage.picture.setFocus)
        self.head.previous.clicked.connect(self.previous_wanted)
        self.head.next.clicked.connect(self.next_wanted)
        self.placing.next.clicked.connect(self.next_wanted)
        self.placing.both.clicked.connect(lambda: self._tell(self.place_both))
        self.placing.with_voices.clicked.connect(lambda: self._tell(self.place_with_voices))
        self.placing.reject.clicked.connect(lambda: self._tell(self.reject))

    def _tell(self, signal: pyqtBoundSignal) -> None:
        """The note goes first, so that it is known before the take is placed."""
        if self.take:
            self.note.flush()
            signal.emit(self.take.request_id)

    def _call(self, call: Call) -> None:
        signals = {
            Call.agreed: self.agreed,
            Call.keep_voices: self.keep_voices,
            Call.generate_again: self.generate_again,
        }
        self._tell(signals[call])

    def _does(self) -> dict[str, Callable[[], None]]:
        player, view = self.player, self.stage.view
        return {
            "play": player.toggle,
            "shuttle_back": lambda: self._shuttle(-1),
            "pause": player.pause,
            "shuttle_on": lambda: self._shuttle(1),
            "frame_back": lambda: player.step(-1),
            "frame_on": lambda: player.step(1),
            "second_back": lambda: player.jump(-1),
            "second_on": lambda: player.jump(1),
            "with_voices": lambda: player.hear(with_voices),
            "without_voices": lambda: player.hear(without_voices),
            "swap": player.swap,
            "next": self.next_wanted.emit,
            "previous": self.previous_wanted.emit,
            "place_both": lambda: self._tell(self.place_both),
            "place_with_voices": lambda: self._tell(self.place_with_voices),
            "reject": lambda: self._tell(self.reject),
            "loop_in": lambda: player.set_range(player.position, player.loop_range[1]),
            "loop_out": lambda: player.set_range(player.loop_range[0], player.position),
            "zoom_in": lambda: view.zoom(zoom_step, player.position),
            "zoom_out": lambda: view.zoom(1 / zoom_step, player.position),
        }

    def _shuttle(self, direction: int) -> None:
        """With K held down J and L go by single frames."""
        if self.keys.is_held("pause"):
            self.player.step(direction)
        else:
            self.player.shuttle(direction)

    def _tell_keys(self) -> None:
        """Every button says its key."""
        stage, placing = self.stage, self.placing
        tips = {
            "play": stage.transport.play,
            "frame_back": stage.transport.back,
            "frame_on": stage.transport.on,
            "with_voices": stage.versions.buttons[with_voices],
            "without_voices": stage.versions.buttons[without_voices],
            "place_both": placing.both,
            "place_with_voices": placing.with_voices,
            "reject": placing.reject,
            "next": placing.next,
            "previous": self.head.previous,
        }
        for name, button in tips.items():
            button.setToolTip(f"{button.accessibleName()}   {self.keys.told(name)}")
        self.head.next.setToolTip(f"{self.head.next.accessibleName()}   {self.keys.told('next')}")

    def hideEvent(self, a0: QHideEvent | None) -> None:
        super().hideEvent(a0)
        self.note.flush()
        self.player.pause()

    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        super().resizeEvent(a0)
        self.stage.picture.limit(round(self.height() * picture_share))
