"""Where mixed samples go: to the sound device, or past it in real time where there is none.

Both are fed from a thread of their own, so that a busy window never makes a gap. The device is asked for there too:
a sound server that does not answer holds up nobody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import Enum
from typing import Protocol

import numpy as np
from PyQt6.QtCore import QObject, Qt, QThread, QTimer, pyqtSignal, pyqtSlot

from foleyline.timing import delivery_rate

from .mixer import Mixer

held_n = delivery_rate * 8 // 100
"""Samples mixed ahead of what is heard: 80 ms, so a key is heard at once and a thread may be late."""
period_ms = 8
idle_after_n = delivery_rate // 4
frame_size = 8
widest_drift_n = delivery_rate // 20
longest_end_ms = 2000
_stuck: list[Line] = []
"""Lines whose thread waits for a disk that does not answer: Qt ends the program where a running thread goes away."""


class Trouble(Enum):
    """What the editor has to know of the sound device."""

    none = "none"
    no_device = "no_device"
    no_library = "no_library"
    refused = "refused"
    lost = "lost"


class Sink(Protocol):
    """Takes float32 [count, 2] while it has room, counted in samples, and says how many of all have been heard.

    All but `close` raise OSError once the device is gone.
    """

    def room(self) -> int: ...

    def put(self, samples: np.ndarray) -> None: ...

    def played(self) -> float: ...

    def close(self) -> None: ...


class ClockSink:
    """Lets samples pass as fast as they would be heard. now: seconds of a clock that never goes back."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._begin_s = now()
        self._put_n = 0

    def room(self) -> int:
        return held_n

    def put(self, samples: np.ndarray) -> None:
        self.played()
        self._put_n += len(samples)

    def played(self) -> float:
        passed = (self._now() - self._begin_s) * delivery_rate
        if passed > self._put_n:  # fed too late: what was not there could not be heard
            self._begin_s += (passed - self._put_n) / delivery_rate
            passed = self._put_n
        return passed

    def close(self) -> None:
        return


OpenSink = Callable[[], tuple[Sink, Trouble]]
"""Gives a sink and what is wrong with the device that it stands for."""


class Feeder(QObject):
    """Keeps a sink fed from a mixer. Lives in a thread of its own; `played` may be asked from any."""

    told = pyqtSignal(Trouble)

    def __init__(self, mixer: Mixer, open_sink: OpenSink) -> None:
        """open_sink: called in the feeder's thread whenever playing begins."""
        super().__init__()
        self._mixer = mixer
        self._open_sink = open_sink
        self._sink: Sink | None = None
        self._timer: QTimer | None = None
        self._base_n = 0
        self._lock = threading.Lock()
        self._clock: tuple[float, float] | None = None

    @pyqtSlot()
    def wake(self) -> None:
        """Begins to feed; ends by itself a while after the mixer fell silent."""
        if self._timer is None:
            self._timer = QTimer(self)
            self._timer.setTimerType(Qt.TimerType.PreciseTimer)
            self._timer.timeout.connect(self.feed)
        if self._sink is None:
            self._sink, trouble = self._open_sink()
            self._base_n = self._mixer.mixed_n
            self.told.emit(trouble)
        self._timer.start(period_ms)
        self.feed()

    @pyqtSlot()
    def feed(self) -> None:
        if self._sink is None:
            return
        try:
            played = self._base_n + self._sink.played()
            wanted = min(held_n - (self._mixer.mixed_n - played), self._sink.room())
            if wanted >= 1:
                self._sink.put(self._mixer.render(int(wanted)))
        except OSError:
            self._replace()
            return
        self._tick(played)
        if self._mixer.is_silent and played > self._mixer.silent_from_n + idle_after_n:
            self.rest()

    def _tick(self, played: float) -> None:
        """Follows the device's count, which comes in steps, with a clock that runs evenly."""
        now = time.perf_counter()
        offset = played - now * delivery_rate
        with self._lock:
            if self._clock and abs(offset - self._clock[0]) < widest_drift_n:
                offset = self._clock[0] + (offset - self._clock[0]) / 16
            self._clock = offset, played

    def played(self) -> float:
        """Samples of the mixer's stream that have been heard, by now."""
        with self._lock:
            clock = self._clock
        if clock is None:
            return float(self._mixer.mixed_n)
        return min(clock[0] + time.perf_counter() * delivery_rate, float(self._mixer.mixed_n))

    def _replace(self) -> None:
        """The device went away while it played: goes on by the clock and says so."""
        if self._sink:
            self._sink.close()
        with self._lock:
            self._sink, self._base_n, self._clock = ClockSink(), self._mixer.mixed_n, None
        self.told.emit(Trouble.lost)

    @pyqtSlot()
    def rest(self) -> None:
        """Gives the device back."""
        if self._timer:
            self._timer.stop()
        if self._sink:
            self._sink.close()
        with self._lock:
            self._sink, self._clock = None, None


class Line(QObject):
    """A feeder with its thread. Asked from the window's thread."""

    _woken = pyqtSignal()
    told = pyqtSignal(Trouble)

    def __init__(self, mixer: Mixer, open_sink: OpenSink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = QThread()
        self._thread.setObjectName("review sound")
        self._feeder = Feeder(mixer, open_sink)
        self._feeder.moveToThread(self._thread)
        self._woken.connect(self._feeder.wake)
        self._feeder.told.connect(self.told)
        self._thread.finished.connect(self._feeder.rest)
        self._thread.start(QThread.Priority.TimeCriticalPriority)

    def wake(self) -> None:
        self._woken.emit()

    def played(self) -> float:
        return self._feeder.played()

    @property
    def is_over(self) -> bool:
        return self._thread.isFinished()

    def close(self) -> None:
        """Ends the thread; the device is given back."""
        self._thread.quit()
        if not self._thread.wait(longest_end_ms):
            _stuck.append(self)
