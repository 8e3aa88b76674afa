"""What is heard, sample by sample: both versions of a take read at one position, cross-faded, shuttled, looped.

Any thread may ask and steer; nothing here knows Qt or a sound device.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foleyline.timing import delivery_rate

from .wave_file import Silence, Sound

switch_n = delivery_rate // 100
"""Samples of the cross-fade between the versions: 10 ms, under a buffer of any sound device."""
edge_n = delivery_rate // 200
"""Samples of the fade at starts, stops and jumps."""
longest_memory_n = 10 * delivery_rate


@dataclass
class _Head:
    """A place that is played from. position: in samples of the take; weight: 0 to 1, on its way to `target`."""

    position: float
    rate: float
    weight: float = 0.0
    target: float = 1.0


@dataclass(frozen=True)
class _Passage:
    """From the stream's sample `stream_n` on, the take is heard from `position` at `rate` samples a sample."""

    stream_n: int
    position: float
    rate: float


@dataclass(frozen=True)
class _Part:
    """What one head adds from sample `at` of a buffer on. levels: float32 [count, 2], of each version."""

    at: int
    position: float
    rate: float
    levels: np.ndarray


class Mixer:
    """Stereo float samples on demand.

    position: of what is mixed next. What is heard lies behind it by what the device still holds: see `heard`.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._sounds: tuple[Sound, Sound] = (Silence(0), Silence(0))
        self._gains = np.ones(2)
        self._heard = 1
        self._coefficients = np.array([0.0, 1.0])
        self._main: _Head | None = None
        self._fading: list[_Head] = []
        self._passages: deque[_Passage] = deque()
        self.loop: tuple[int, int] | None = None
        self.length_n = 0
        self.mixed_n = 0
        self.silent_from_n = 0

    def load(self, with_voices: Sound, without_voices: Sound, length_n: int) -> None:
        """Other sounds, from now on; what was playing stops."""
        with self._lock:
            self._sounds = (with_voices, without_voices)
            self.length_n = length_n
            self.loop = None
            self._main, self._fading = None, []
            self._passages.clear()
            self._coefficients = self._wanted()

    @property
    def is_playing(self) -> bool:
        return self._main is not None

    @property
    def is_silent(self) -> bool:
        """Nothing plays and nothing fades."""
        return self._main is None and not self._fading

    def hear(self, version: int, gains: Sequence[float]) -> None:
        """Version 0 is with voices, 1 without; gains: the factor for each. Faded, at the position that is played."""
        with self._lock:
            self._heard, self._gains = version, np.array(gains, float)
            if self.is_silent:
                self._coefficients = self._wanted()

    def start(self, position: float, rate: float = 1.0) -> None:
        """Plays on from a place, backwards where the rate is negative. Also jumps while it plays."""
        with self._lock:
            self._release()
            self._main = _Head(position, rate)
            self._note()

    def turn(self, rate: float) -> None:
        """Another speed from the very place that is played."""
        with self._lock:
            if self._main:
                self._main.rate = rate
                self._note()

    def stop(self) -> None:
        with self._lock:
            self._release()
            self._passages.clear()

    def heard(self, stream_n: float) -> float | None:
        """Position in the take of the stream's sample `stream_n`; None before anything was played."""
        with self._lock:
            found = None
            for passage in self._passages:
                if passage.stream_n > stream_n and found:
                    break
                found = passage
        if found is None:
            return None
        position = found.position + found.rate * max(0.0, stream_n - found.stream_n)
        return min(max(position, 0.0), float(self.length_n))

    def render(self, count: int) -> np.ndarray:
        """The next samples: float32 [count, 2]. Files are read without the lock, so a slow disk stops nobody."""
        with self._lock:
            sounds, parts = self._sounds, self._parts(count)
        mixed = np.zeros((count, 2), np.float32)
        for part in parts:
            stretch = mixed[part.at : part.at + len(part.levels)]
            for version in np.flatnonzero(part.levels.any(axis=0)):
                stretch += part.levels[:, version, None] * _played(sounds[version], part)
        return mixed

    def _parts(self, count: int) -> list[_Part]:
        parts: list[_Part] = []
        done = 0
        while done < count:
            block = min(count - done, self._until_edge())
            parts += self._block(done, block)
            done += block
            self.mixed_n += block
            self._at_edge()
            if not self.is_silent:
                self.silent_from_n = self.mixed_n
        self._forget()
        return parts

    def _wanted(self) -> np.ndarray:
        chosen = np.zeros(2)
        chosen[self._heard] = self._gains[self._heard]
        return chosen

    def _release(self) -> None:
        if self._main:
            self._main.target = 0.0
            self._fading.append(self._main)
            self._main = None

    def _note(self) -> None:
        if self._main:
            self._passages.append(_Passage(self.mixed_n, self._main.position, self._main.rate))

    def _until_edge(self) -> int:
        """Samples until the loop's or the take's end is met; at least 1."""
        if self._main is None:
            return delivery_rate
        edge = self._edge(self._main)
        return max(1, math.ceil(abs(edge - self._main.position) / abs(self._main.rate) - 1e-9))

    def _edge(self, head: _Head) -> int:
        """Where the loop turns, or the take ends where the head has left the loop behind."""
        begin, end = self.loop or (0, self.length_n)
        if head.rate > 0:
            return end if head.position < end else self.length_n
        return begin if head.position > begin else 0

    def _at_edge(self) -> None:
        head = self._main
        if head is None:
            return
        begin, end = self.loop or (0, self.length_n)
        edge = end if head.rate > 0 else begin
        over = (head.position - edge) * math.copysign(1, head.rate)
        if self.loop and abs(over) < abs(head.rate):
            self.start(begin + max(over, 0) if head.rate > 0 else end - max(over, 0), head.rate)
        elif head.position >= self.length_n if head.rate > 0 else head.position <= 0:
            self._release()
            self._passages.append(_Passage(self.mixed_n, self.length_n if head.rate > 0 else 0, 0.0))

    def _block(self, at: int, count: int) -> list[_Part]:
        """All heads under the versions' coefficients, and everything moved on."""
        ramps = _ramps(self._coefficients, self._wanted(), count, 1 / switch_n)
        parts = []
        for head in [*self._fading, *([self._main] if self._main else [])]:
            weights = _ramp(head.weight, head.target, count, 1 / edge_n)
            parts.append(_Part(at, head.position, head.rate, (ramps * weights[:, None]).astype(np.float32)))
            head.weight = weights[-1]
            head.position += head.rate * count
        self._fading = [head for head in self._fading if head.weight > 0]
        self._coefficients = ramps[-1].copy()
        return parts

    def _forget(self) -> None:
        while len(self._passages) > 1 and self._passages[1].stream_n < self.mixed_n - longest_memory_n:
            self._passages.popleft()


def _ramp(value: float, target: float, count: int, step: float) -> np.ndarray:
    """The next `count` values on the straight way to the target, `step` a sample; the last may be the target."""
    way = np.arange(1, count + 1) * step
    return value + np.clip(target - value, -way, way)


def _ramps(values: np.ndarray, targets: np.ndarray, count: int, step: float) -> np.ndarray:
    """[count, 2]; both arrive together, however far each has to go."""
    furthest = np.abs(targets - values).max()
    if furthest < 1e-12:
        return np.repeat(targets[None, :], count, axis=0)
    share = np.minimum(np.arange(1, count + 1) * step / furthest, 1.0)[:, None]
    return values + (targets - values) * share


def _played(sound: Sound, part: _Part) -> np.ndarray:
    """float32 [count, 2]; between samples on a straight line."""
    count = len(part.levels)
    if abs(part.rate) == 1 and part.position == int(part.position):
        first = int(part.position)
        return sound.read(first, count) if part.rate > 0 else sound.read(first - count, count)[::-1]
    places = part.position + part.rate * np.arange(count)
    if part.rate < 0:
        places = places - 1
    first = math.floor(places.min())
    around = sound.read(first, math.floor(places.max()) - first + 2)
    below = np.floor(places).astype(int) - first
    share = (places - np.floor(places)).astype(np.float32)[:, None]
    return around[below] * (1 - share) + around[below + 1] * share
