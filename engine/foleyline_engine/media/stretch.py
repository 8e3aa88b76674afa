"""Puts decoded audio frames where their timestamps say and resamples the stretch once, to the take's samples."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import fmean

import numpy as np
import soxr
from av import AudioFrame

from foleyline_engine.media.channels import stereo
from foleyline_engine.models.exchange import Check, delivery_rate

# Timestamps that jitter less than this belong to one unbroken run of samples.
jitter_s = 0.005
# The mean of this many rounded timestamps places a run to the sample, even where they are whole milliseconds.
averaged_frames = 32
# Source samples that the resampler's filter may reach to either side.
filter_n = 4096
resampled_at_once = 480_000


def frame_time(frame: AudioFrame) -> Fraction | None:
    """The stream's own seconds of the frame's first sample."""
    return frame.pts * frame.time_base if frame.pts is not None and frame.time_base else None


class Stretch:
    """The source's samples around a take. zero_s, start_n, length_n as in `sound.Place`."""

    def __init__(self, zero_s: Fraction, start_n: int, length_n: int) -> None:
        self.zero_s = zero_s
        self.start_n = start_n
        self.length_n = length_n
        self.rate = 0
        self.first_m = 0
        self.source = np.empty((0, 2), np.float32)
        self.run = Run(0)

    def add(self, frame: AudioFrame) -> None:
        if not self.rate:
            self._make_room(frame.sample_rate)
        time = frame_time(frame)
        at_m = None if time is None else float((time - self.zero_s) * self.rate)
        tick_m = float(frame.time_base or 0) * self.rate
        if at_m is not None and not self.run.goes_on(at_m, jitter_s * self.rate + tick_m):
            self._put(self.run.rest())
            self.run = Run(averaged_frames)
        self._put(self.run.add(at_m, stereo(frame)))

    def delivered(self, check: Check) -> np.ndarray:
        """float32 [2, length_n] at 48 kHz."""
        self._put(self.run.rest())
        taken = np.zeros((2, self.length_n), np.float32)
        if not self.rate:
            return taken
        skipped = self.start_n - self.first_m * delivery_rate // self.rate
        for begin, part in self._resampled(check):
            first, end = max(begin, skipped), min(begin + len(part), skipped + self.length_n)
            if first < end:
                taken[:, first - skipped : end - skipped] = part[first - begin : end - begin].T
        return taken

    def _make_room(self, rate: int) -> None:
        """Room that begins where a source sample and a sample at 48 kHz coincide."""
        self.rate = rate
        grid = rate // math.gcd(rate, delivery_rate)
        begin = self.start_n * rate // delivery_rate - filter_n
        self.first_m = begin // grid * grid
        self.source = np.zeros((self.length_n * rate // delivery_rate + 2 * filter_n + grid, 2), np.float32)

    def _put(self, placed: list[tuple[int, np.ndarray]]) -> None:
        for at_m, samples in placed:
            begin = at_m - self.first_m
            first, end = max(begin, 0), min(begin + samples.shape[1], len(self.source))
            if first < end:
                self.source[first:end] = samples[:, first - begin : end - begin].T

    def _resampled(self, check: Check) -> list[tuple[int, np.ndarray]]:
        if self.rate == delivery_rate:
            return [(0, self.source)]
        stream = soxr.ResampleStream(self.rate, delivery_rate, 2, dtype="float32", quality="VHQ")
        parts, begin = [], 0
        for first in range(0, len(self.source), resampled_at_once):
            check()
            is_last = first + resampled_at_once >= len(self.source)
            part = stream.resample_chunk(self.source[first : first + resampled_at_once], last=is_last)
            parts.append((begin, part))
            begin += len(part)
        return parts


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
