"""A watchdog on the window's thread: how long its event loop was busy in one piece."""

from __future__ import annotations

import time

from PyQt6.QtCore import QObject, QTimer


class Watchdog(QObject):
    """Looks every millisecond. busy_ms: processor time of the thread between two looks; held_ms: of the whole process,
    so with what another thread kept this one waiting for. Other programs on the machine lengthen neither."""

    def __init__(self) -> None:
        super().__init__()
        self.busy_ms: list[float] = []
        self.held_ms: list[float] = []
        self._last = (0.0, 0.0)
        self._timer = QTimer(self)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self.busy_ms, self.held_ms = [], []
        self._last = (time.thread_time(), time.process_time())
        self._timer.start()

    def take(self) -> tuple[float, float]:
        """The longest busy_ms and the longest held_ms since it was asked last."""
        longest = max(self.busy_ms, default=0.0), max(self.held_ms, default=0.0)
        self.busy_ms, self.held_ms = [], []
        return longest

    def _tick(self) -> None:
        now = time.thread_time(), time.process_time()
        self.busy_ms.append((now[0] - self._last[0]) * 1000)
        self.held_ms.append((now[1] - self._last[1]) * 1000)
        self._last = now
