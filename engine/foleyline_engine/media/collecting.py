"""Gathers the pictures that one view asks for from those that a clip shows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from foleyline_engine.media.pictures import Picture
from foleyline_engine.media.scaling import Scaler
from foleyline_engine.media.storing import Store, store
from foleyline_engine.models.exchange import Frames, View, kept


class Collector:
    """Room for one view's pictures; the size is known with the first one.

    rounding_s: how far stated times may lie from true ones, in take time.
    """

    def __init__(self, view: View, length_s: float, rounding_s: float, room: int) -> None:
        self.view = view
        self.length_s = length_s
        self.rounding_s = rounding_s
        self.room = room
        self.scaler: Scaler | None = None
        self.store: Store | None = None

    def offer(self, on_s: float, off_s: float, picture: Picture) -> None:
        """A picture on screen from on_s to off_s of the take. It is loaded only where the view needs it."""
        raise NotImplementedError

    def frames(self) -> Frames:
        raise NotImplementedError

    def put(self, first: int, end: int, picture: Picture) -> None:
        frame = picture.load()
        if self.scaler is None:
            self.scaler = Scaler(self.view, frame, picture.pixel_aspect)
            self.store = store(self.room, self.scaler.shape)
        assert self.store is not None
        self.store.put(first, end, self.scaler.scale(frame))

    def stored(self, count: int) -> tuple[np.ndarray, Callable[[], None]]:
        return self.store.all(count) if self.store else (np.zeros(0, np.uint8), kept)


class Sampled(Collector):
    """The picture on screen at each tick of the view's rate."""

    def __init__(self, view: View, length_s: float, rounding_s: float) -> None:
        self.rate = float(view.rate or view.ceiling)
        super().__init__(view, length_s, rounding_s, max(1, math.ceil(length_s * self.rate - 1e-6)))

    def offer(self, on_s: float, off_s: float, picture: Picture) -> None:
        first, end = self._tick(on_s), self._tick(off_s)
        if first < end:
            self.put(first, end, picture)

    def frames(self) -> Frames:
        pixels, release = self.stored(self.room)
        return Frames(pixels, np.arange(self.room) / self.rate, release)

    def _tick(self, time_s: float) -> int:
        if time_s >= self.length_s:
            return self.room
        return min(math.ceil(max(time_s - self.rounding_s, 0.0) * self.rate), self.room)


class Every(Collector):
    """Every picture the take shows, no closer together than the view's ceiling allows.

    Pictures may be offered forwards or, of a clip that plays backwards, from the take's end to its begin.
    """

    def __init__(self, view: View, length_s: float, rounding_s: float) -> None:
        super().__init__(view, length_s, rounding_s, math.ceil((length_s + 1) * float(view.ceiling)) + 4)
        self.gap_s = float(1 / view.ceiling)
        self.slack_s = rounding_s + 1e-4 * self.gap_s
        self.due_s = 0.0
        self.times: list[float] = []

    def offer(self, on_s: float, off_s: float, picture: Picture) -> None:
        if off_s <= self.rounding_s or on_s + self.rounding_s >= self.length_s:
            return
        opens = on_s <= self.rounding_s
        at_s = min(on_s, 0.0) if opens else on_s
        if not self._is_due(at_s):
            if not opens:
                return
            self.times.pop()
        self.put(len(self.times), len(self.times) + 1, picture)
        self.times.append(at_s)

    def frames(self) -> Frames:
        times = np.array(self.times)
        pixels, release = self.stored(len(times))
        order = slice(None) if (np.diff(times) > 0).all() else slice(None, None, -1)
        return Frames(pixels[order], times[order], release)

    def _is_due(self, at_s: float) -> bool:
        """Whether this picture is far enough from those before; rounded times may not use up the ceiling's share."""
        passed_s = abs(at_s - self.times[0]) if self.times else 0.0
        if passed_s < self.due_s - self.slack_s:
            return False
        self.due_s = max(self.due_s, passed_s - self.slack_s) + self.gap_s
        return True


def collector(view: View, length_s: float, rounding_s: float) -> Collector:
    return Sampled(view, length_s, rounding_s) if view.rate else Every(view, length_s, rounding_s)
