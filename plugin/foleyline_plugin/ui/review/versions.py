"""Both versions of a take under each other: which one is heard, how loud each is, what they look like."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from foleyline.v1 import engine_pb2 as pb

from ..text import tr
from . import wording
from .analysis import Drawing
from .controls import Button, Inline
from .flow import Flow
from .loading import Missing
from .marks import Marks, Span
from .player import Player, with_voices, without_voices
from .track import Track, View, common_scale

unchanged = (pb.as_generated, pb.original_kept, pb.to_decide, pb.kept_by_editor)
"""Outcomes of which both files hold the same sound."""


class Versions(QWidget):
    """chosen: the version the editor wants to hear."""

    chosen = pyqtSignal(int)

    def __init__(self, view: View) -> None:
        super().__init__()
        names = {with_voices: tr("with voices"), without_voices: tr("voices removed")}
        self.buttons = [Button(f"{letter}  {names[n]}", checkable=True) for n, letter in enumerate("AB")]
        self.levels = [Inline(), Inline()]
        self.tracks = [Track(view), Track(view)]
        self._names = names
        self._levels = ["", ""]
        self._drawings: dict[int, Drawing] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for version, button in enumerate(self.buttons):
            button.clicked.connect(partial(self._choose, version))
            column.addLayout(Flow(button, self.levels[version]))
            column.addWidget(self.tracks[version])

    def wire(self, player: Player) -> None:
        """Clicks on the versions steer the player."""
        self.chosen.connect(player.hear)
        for track in self.tracks:
            track.sought.connect(player.seek)
            track.ranged.connect(player.set_range)

    def _choose(self, version: int) -> None:
        self.chosen.emit(version)

    def show_take(self, take: pb.Take, marks: Marks) -> None:
        self._drawings = {}
        counts = len(marks.voiced), len(marks.cues)
        for version, file in enumerate((take.with_voices, take.without_voices)):
            self._levels[version] = _same(take, version) or wording.level(file)
            self.tracks[version].show_marks(marks)
            self.tracks[version].setAccessibleName(wording.described(self._names[version], file, counts, marks.times))
            self.tracks[version].say(_words(take, version) if not file.path else tr("reading"))

    def clear(self) -> None:
        self._drawings = {}
        for level, track in zip(self.levels, self.tracks, strict=True):
            level.clear()
            track.show_marks(None)
            track.setAccessibleName("")

    def show_drawing(self, version: int, drawing: Drawing) -> None:
        """Both are drawn at one scale, which the second may change."""
        self._drawings[version] = drawing
        scale = common_scale(list(self._drawings.values()))
        for each, known in self._drawings.items():
            self.tracks[each].show_drawing(known, scale)
        if self.tracks[version].words == tr("reading"):
            self.tracks[version].say("")

    def show_missing(self, version: int, missing: Missing) -> None:
        if missing.reason:
            words = tr("{name} cannot be read: {reason}", name=missing.name, reason=missing.reason)
        else:
            words = tr("{name} is not there", name=missing.name)
        self.tracks[version].say(words)

    def show_heard(self, player: Player) -> None:
        """Which version is heard, by its button, its frame and its color."""
        for version, track in enumerate(self.tracks):
            is_heard = version == player.version
            self.buttons[version].setChecked(is_heard)
            heard = [tr("hearing this")] if is_heard else []
            self.levels[version].setText("  ".join([*heard, self._levels[version]]))
            track.set_heard(is_heard)
            track.set_loop(Span(*player.loop_range) if player.loops and player.times else None)

    def set_playhead(self, sample: float) -> None:
        for track in self.tracks:
            track.set_playhead(sample)

    def show_mel(self, shows: bool) -> None:
        for track in self.tracks:
            track.show_mel(shows)


def _same(take: pb.Take, version: int) -> str:
    return tr("same as A") if version == without_voices and take.outcome in unchanged else ""


def _words(take: pb.Take, version: int) -> str:
    """What stands in place of a wave that has no file."""
    if version == without_voices and take.outcome == pb.silent_on_purpose:
        return tr("silent on purpose")
    return tr("no file")
