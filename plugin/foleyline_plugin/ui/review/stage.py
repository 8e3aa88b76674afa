"""The upper half of the review: the picture, both versions of the sound, and what moves the playhead."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from ..text import tr
from . import levels, marks, times
from .analysis import Drawing
from .controls import Words
from .loading import Missing
from .output import OpenSink, Trouble
from .player import Player
from .post import Post
from .screen import Screen
from .session import Session, Threads
from .track import View
from .transport import Transport
from .versions import Versions
from .wave_file import Sound


class Stage(QWidget):
    """threads: end them when the widget goes. moved: the playhead is on another frame."""

    moved = pyqtSignal(int)

    def __init__(self, open_sink: OpenSink) -> None:
        super().__init__()
        self.player = Player(open_sink)
        self.threads = Threads(self.player)
        self.post = Post()
        self.view = View()
        self.picture = Screen()
        self.trouble = Words()
        self.versions = Versions(self.view)
        self.transport = Transport()
        self._frame = -1
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.picture, self.trouble, self.transport, self.versions):
            column.addWidget(widget)
        self.trouble.hide()
        self._wire()

    def _wire(self) -> None:
        player, transport = self.player, self.transport
        self.post.told.connect(self._hear)
        player.moved.connect(self._follow)
        player.changed.connect(self._reflect)
        player.told.connect(self._tell)
        self.versions.wire(player)
        self.picture.resized.connect(self._fit)
        transport.play.clicked.connect(player.toggle)
        transport.back.clicked.connect(lambda: player.step(-1))
        transport.on.clicked.connect(lambda: player.step(1))
        transport.loop.toggled.connect(player.repeat)
        transport.matched.toggled.connect(player.match)
        transport.mel.toggled.connect(self.versions.show_mel)

    def show_take(self, take: pb.Take, out_dir: Path, movie: Path | None) -> None:
        at = times.of(take.request.clip)
        marked = marks.of(take, at)
        session = Session(take, out_dir, movie, marked, self.picture.box, self.post)
        self.threads.replace(session)
        self.picture.show_image(None)
        self.picture.say("")
        self.view.reset(at.length_n)
        self.versions.show_take(take, marked)
        gains = levels.matched(take)
        self.transport.allow_match(gains is not None)
        self._frame = -1
        self.player.load(at, gains)
        session.begin()

    def clear(self) -> None:
        self.threads.replace(None)
        self.player.unload()
        self.picture.show_image(None)
        self.picture.say("")
        self.versions.clear()
        self.transport.show_timecode("")

    def _hear(self, sender: object, what: str, rest: tuple) -> None:
        """What a session says after another one was begun does not count any more."""
        if self.threads.session and sender is self.threads.session.name:
            hear = {
                "opened": self._open,
                "drawn": self._draw,
                "missed": self._miss,
                "arrived": self._show_picture,
                "failed": self._fail,
            }
            hear[what](*rest)

    def _open(self, with_voices: Sound, without_voices: Sound) -> None:
        self.player.hand(with_voices, without_voices)

    def _draw(self, version: int, drawing: Drawing) -> None:
        self.versions.show_drawing(version, drawing)

    def _miss(self, version: int, missing: Missing) -> None:
        self.versions.show_missing(version, missing)

    def _fail(self, problem: FoleyError) -> None:
        self.picture.say(_no_picture(problem))

    def _follow(self) -> None:
        """The playhead moved: picture and timecode where the frame is another one, the line in any case."""
        at = self.player.times
        if at is None:
            return
        self.versions.set_playhead(self.player.position)
        if self.player.rate:
            self.view.follow(self.player.position)
        frame = self.player.frame
        if frame != self._frame:
            self._frame = frame
            self.transport.show_timecode(at.timecode(frame))
            self.moved.emit(frame)
            self._show_picture()

    def _show_picture(self) -> None:
        """The frame's own picture; until it is there the one before stays, or while it plays the closest there is."""
        session = self.threads.session
        if session is None or self._frame < 0:
            return
        session.screening.want(self._frame, -1 if self.player.rate < 0 else 1)
        image = session.screening.picture(self._frame)
        if image is None and self.player.rate:
            image = session.screening.nearest(self._frame)
        if image is not None:
            self.picture.show_image(image)

    def _reflect(self) -> None:
        player, transport = self.player, self.transport
        transport.show_rate(player.rate)
        transport.loop.setChecked(player.loops)
        transport.matched.setChecked(player.levels.is_matched)
        self.versions.show_heard(player)

    def _fit(self, box: tuple[int, int]) -> None:
        if self.threads.session:
            self.threads.session.screening.fit(box)

    def _tell(self, trouble: Trouble) -> None:
        self.trouble.say(
            {
                Trouble.none: "",
                Trouble.no_device: tr("No sound device was found. The picture plays by the clock, without sound."),
                Trouble.no_library: tr("A sound library is missing on this machine. The picture plays without sound."),
                Trouble.refused: tr("The sound device does not take 48 kHz stereo. The picture plays without sound."),
                Trouble.lost: tr(
                    "The sound device went away. The picture plays on without sound. Pause and play to try again."
                ),
            }[trouble]
        )


def _no_picture(problem: FoleyError) -> str:
    name = problem.facts.get("name", "")
    if problem.code == "E-MEDIA":
        return tr("“{name}” is offline. The sound plays without it. Relink it to see the picture.", name=name)
    if problem.code == "E-NOPICTURE":
        return tr("“{name}” has no picture. The sound plays without it.", name=name)
    reason = problem.facts.get("reason", problem.code)
    return tr("“{name}” cannot be shown: {reason}. The sound plays without it.", name=name, reason=reason)
