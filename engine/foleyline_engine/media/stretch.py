"""Puts decoded audio frames where their timestamps say and resamples them once, to the take's samples."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from statistics import fmean

import numpy as np
import soxr
from av import AudioFrame

from foleyline_engine.media.channels import stereo
from foleyline_engine.models.exchange import delivery_rate

# Timestamps that jitter less than this belong to one unbroken run of samples.
jitter_s = 0.005
# The mean of this many rounded timestamps places a run to the sample, even where they are whole milliseconds.
averaged_frames = 32
# Source samples that the resampler's filter may reach to either side.
filter_n = 4096
# Source samples that are resampled together.
handed_on_at_once = 96_000
# A run may begin so much before the end of the one before it, which it then replaces.
settled_s = 1.0


def frame_time(frame: AudioFrame) -> Fraction | None:
    """The stream's own seconds of the frame's first sample."""
    return frame.pts * frame.time_base if frame.pts is not None and frame.time_base else None


class Stretch:
    """The source's samples around a take, frames in and blocks of the take out: what is held does not grow with it.

    zero_s, start_n, length_n as in `sound.Place`.
    """

    def __init__(self, zero_s: Fraction, start_n: int, length_n: int) -> None:
        self.zero_s = zero_s
        self.start_n = start_n
        self.length_n = length_n
        self.rate = 0
        self.run = Run(0)
        self.given_n = 0

    def add(self, frame: AudioFrame) -> Iterator[np.ndarray]:
        """Blocks float32 [2, n] at 48 kHz that are ready now."""
        if not self.rate:
            self._begin(frame.sample_rate)
        time = frame_time(frame)
        at_m = None if time is None else float((time - self.zero_s) * self.rate)
        tick_m = float(frame.time_base or 0) * self.rate
        if at_m is not None and not self.run.goes_on(at_m, jitter_s * self.rate + tick_m):
            yield from self._put(self.run.rest())
            self.run = Run(averaged_frames)
        yield from self._put(self.run.add(at_m, stereo(frame)))
        ready = self.placed_m - round(settled_s * self.rate)
        if ready - self.passed_m >= handed_on_at_once:
            yield from self._taken(self._passed(ready), is_last=False)

    def rest(self) -> Iterator[np.ndarray]:
        """The other blocks, length_n samples in all."""
        yield from self._put(self.run.rest())
        if self.rate:
            while self.length_m - self.passed_m > handed_on_at_once:
                yield from self._taken(self._passed(self.passed_m + handed_on_at_once), is_last=False)
            yield from self._taken(self._passed(self.length_m), is_last=True)
        while self.given_n < self.length_n:
            yield self._given(np.zeros((2, min(self.length_n - self.given_n, handed_on_at_once)), np.float32))

    def _begin(self, rate: int) -> None:
        """Source samples are counted from where one of them and a sample at 48 kHz coincide."""
        self.rate = rate
        grid = rate // math.gcd(rate, delivery_rate)
        begin = self.start_n * rate // delivery_rate - filter_n
        self.first_m = begin // grid * grid
        self.length_m = self.length_n * rate // delivery_rate + 2 * filter_n + grid
        self.held = np.zeros((0, 2), np.float32)
        self.passed_m = self.placed_m = 0
        self.resampled_n = 0
        self.skipped_n = self.start_n - self.first_m * delivery_rate // rate
        self.stream = None
        if rate != delivery_rate:
            self.stream = soxr.ResampleStream(rate, delivery_rate, 2, dtype="float32", quality="VHQ")

    def _put(self, placed: list[tuple[int, np.ndarray]]) -> Iterator[np.ndarray]:
        """Places samples; what lies long before them is handed on, so that no gap is held."""
        for at_m, samples in placed:
            begin = at_m - self.first_m
            first, end = max(begin, self.passed_m), min(begin + samples.shape[1], self.length_m)
            if first < end:
                while first - self.passed_m > 2 * handed_on_at_once:
                    yield from self._taken(self._passed(self.passed_m + handed_on_at_once), is_last=False)
                self._hold(end)
                self.held[first - self.passed_m : end - self.passed_m] = samples[:, first - begin : end - begin].T
            self.placed_m = min(max(begin, self.passed_m), self.length_m)

    def _hold(self, end: int) -> None:
        """Room up to a source sample, silence at first."""
        missing = end - self.passed_m - len(self.held)
        if missing > 0:
            self.held = np.concatenate([self.held, np.zeros((missing, 2), np.float32)])

    def _passed(self, end: int) -> np.ndarray:
        """Source samples up to one, which are not held any more."""
        self._hold(end)
        count = end - self.passed_m
        passed, self.held, self.passed_m = self.held[:count], self.held[count:].copy(), end
        return passed

    def _taken(self, source: np.ndarray, is_last: bool) -> Iterator[np.ndarray]:
        """Of what these source samples give at 48 kHz, that which is the take's."""
        part = source if self.stream is None else self.stream.resample_chunk(source, last=is_last)
        begin, self.resampled_n = self.resampled_n, self.resampled_n + len(part)
        first = max(begin, self.skipped_n)
        end = min(self.resampled_n, self.skipped_n + self.length_n)
        if first < end:
            yield self._given(np.ascontiguousarray(part[first - begin : end - begin].T))

    def _given(self, block: np.ndarray) -> np.ndarray:
        self.given_n += block.shape[1]
        return block


class Run:
    """Frames that follow one another without a gap; placed as one by the mean of their first timestamps.

    averaged: how many frames are waited for before the run is placed.
    """

    def __init__(self, averaged: int) -> None:
        self.averaged = averaged
        self.offsets: list[float] = []
        self.waiting: list[np.ndarray] = []
        self.begin: int | None = None
        self.counted = 0

    def goes_on(self, at_m: float, jitter_m: float) -> bool:
        """Whether a frame stated to begin at source sample `at_m` follows on."""
        if not self.offsets:
            return False
        return abs(at_m - self.counted - fmean(self.offsets)) <= jitter_m

    def add(self, at_m: float | None, samples: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """What can be placed now: source positions and samples."""
        if self.begin is not None:
            placed = [(self.begin + self.counted, samples)]
            self.counted += samples.shape[1]
            return placed
        if at_m is not None:
            self.offsets.append(at_m - self.counted)
        self.waiting.append(samples)
        self.counted += samples.shape[1]
        return self.rest() if len(self.waiting) >= self.averaged else []

    def rest(self) -> list[tuple[int, np.ndarray]]:
        """Everything that still waits."""
        if not self.waiting:
            return []
        self.begin = round(fmean(self.offsets or [0.0]))
        at = self.begin + np.cumsum([0, *(part.shape[1] for part in self.waiting[:-1])])
        placed = list(zip((int(place) for place in at), self.waiting, strict=True))
        self.waiting = []
        return placed
