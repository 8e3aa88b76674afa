"""Playing a take: one position, two versions, the keys of an editing program. Lives in the window's thread."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from foleyline.timing import delivery_rate

from .device import open_default
from .mixer import Mixer
from .output import Line, OpenSink, Trouble
from .times import TakeTimes
from .wave_file import Silence, Sound

with_voices, without_voices = 0, 1
speeds = (1, 2, 4, 8)
look_ms = 8
shortest_loop_n = delivery_rate // 10
unchanged = (1.0, 1.0)


@dataclass(frozen=True)
class Levels:
    """gains: factors that make with and without voices equally loud; None where that cannot be told."""

    gains: tuple[float, float] | None = None
    is_matched: bool = True

    @property
    def used(self) -> tuple[float, float]:
        return self.gains if self.gains and self.is_matched else unchanged


class Player(QObject):
    """position: in samples of the take; of what is heard while it plays, else of the playhead."""

    moved = pyqtSignal()
    changed = pyqtSignal()
    """Playing, speed, version, level or loop are others now."""
    told = pyqtSignal(Trouble)

    def __init__(self, open_sink: OpenSink = open_default, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mixer = Mixer()
        self.times: TakeTimes | None = None
        self.version = without_voices
        self.levels = Levels()
        self.loops = False
        self._range: tuple[int, int] | None = None
        self._rate = 0.0
        self._resting = 0.0
        self.line: Line | None = None
        self._open_sink = open_sink
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)

    def load(self, times: TakeTimes, gains: tuple[float, float] | None) -> None:
        """Another take, with nothing to hear yet; the playhead stands at the clip's first frame."""
        self.pause()
        self.times, self._range = times, None
        self.levels = Levels(gains, self.levels.is_matched)
        self.version = without_voices
        silence = Silence(times.length_n)
        self.hand(silence, silence)
        self._resting = float(times.own_n[0])
        self.changed.emit()
        self.moved.emit()

    def hand(self, with_voices: Sound, without_voices: Sound) -> None:
        """The sounds of the take that was loaded; what plays already goes on with them."""
        if self.times is None:
            return
        rate = self._rate
        self.pause()
        self.mixer.load(with_voices, without_voices, self.times.length_n)
        self._steer()
        if rate:
            self.play(rate)

    def unload(self) -> None:
        self.pause()
        self.times, self._resting = None, 0.0
        self.mixer.load(Silence(0), Silence(0), 0)

    @property
    def rate(self) -> float:
        """Speed and direction; 0 at rest."""
        return self._rate

    @property
    def position(self) -> float:
        if not self._rate or self.line is None:
            return self._resting
        heard = self.mixer.heard(self.line.played())
        return self._resting if heard is None else heard

    @property
    def frame(self) -> int:
        """The frame of the take that is on screen."""
        return self.times.frame_at(self.position) if self.times else 0

    @property
    def loop_range(self) -> tuple[int, int]:
        """What a loop repeats, in samples: the range that was set, else the clip without its handles."""
        if self._range:
            return self._range
        return self.times.own_n if self.times else (0, 0)

    def toggle(self) -> None:
        """Space: plays, or pauses."""
        if self._rate:
            self.pause()
        else:
            self.play(1.0)

    def play(self, rate: float) -> None:
        if self.times is None:
            return
        if self._rate and self.mixer.is_playing:
            self.mixer.turn(rate)
        else:
            self._resting = self._start_of(rate)
            self.mixer.start(self._resting, rate)
            self._wake()
        self._rate = float(rate)
        self._timer.start(look_ms)
        self.changed.emit()

    def _start_of(self, rate: float) -> float:
        """Where playing begins: the playhead, or the other end where it stands at the last one or out of the loop."""
        begin, end = self.loop_range if self.loops or self.times is None else (0, self.times.length_n)
        place = self.position
        if rate > 0:
            return place if begin <= place < end else float(begin)
        return place if begin < place <= end else float(end)

    def pause(self) -> None:
        if not self._rate:
            return
        self._resting = self.position
        self.mixer.stop()
        self._rest()

    def shuttle(self, direction: int) -> None:
        """J and L: play that way, and twice as fast with each further press."""
        faster = next((speed for speed in speeds if speed > abs(self._rate)), speeds[-1])
        self.play(direction * (faster if self._rate * direction > 0 else 1))

    def seek(self, sample: float) -> None:
        """Puts the playhead at a sample; goes on playing from there if it played."""
        if self.times is None:
            return
        self._resting = float(min(max(sample, 0), self.times.length_n))
        if self._rate:
            self.mixer.start(self._resting, self._rate)
        self.moved.emit()

    def step(self, frames: int) -> None:
        """Rests at the beginning of the frame so many further on, in record frames."""
        if self.times is None:
            return
        self.pause()
        self.seek(self.times.sample_of(min(self.frame + frames, self.times.frames - 1)))

    def jump(self, seconds: int) -> None:
        """As many frames as the timeline counts in that many seconds, rounded."""
        if self.times:
            self.step(round(seconds * self.times.rate))

    def hear(self, version: int) -> None:
        """0 with voices, 1 without."""
        self.version = version
        self._steer()
        self.changed.emit()

    def swap(self) -> None:
        self.hear(without_voices if self.version == with_voices else with_voices)

    def match(self, is_matched: bool) -> None:
        self.levels = Levels(self.levels.gains, is_matched)
        self._steer()
        self.changed.emit()

    def repeat(self, loops: bool) -> None:
        self.loops = loops
        self._steer()
        self.changed.emit()

    def set_range(self, begin: float, end: float) -> None:
        """Loops a stretch of the take, in samples; nothing shorter than a tenth of a second."""
        if self.times is None:
            return
        begin, end = max(0, round(min(begin, end))), min(self.times.length_n, round(max(begin, end)))
        self._range = (begin, end) if end - begin >= shortest_loop_n else None
        self.loops = self.loops or self._range is not None
        self._steer()
        self.changed.emit()

    def close(self) -> None:
        """Gives the sound device back and ends its thread."""
        self.pause()
        if self.line:
            self.line.close()
            self.line = None

    def _steer(self) -> None:
        self.mixer.loop = self.loop_range if self.loops and self.times else None
        self.mixer.hear(self.version, self.levels.used)

    def _wake(self) -> None:
        if self.line is None:
            self.line = Line(self.mixer, self._open_sink, self)
            self.line.told.connect(self.told)
        self.line.wake()

    def _look(self) -> None:
        if not self.mixer.is_playing and self._is_at_an_end():
            self._resting = self.position
            self._rest()
        self.moved.emit()

    def _is_at_an_end(self) -> bool:
        ends = 0, self.mixer.length_n
        return self.position in ends

    def _rest(self) -> None:
        self._rate = 0.0
        self._timer.stop()
        self.changed.emit()
        self.moved.emit()
