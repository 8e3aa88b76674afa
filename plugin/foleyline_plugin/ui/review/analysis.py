"""What is drawn of a sound: its peaks at every zoom and its mel spectrogram, found away from the window's thread."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .wave_file import Sound

finest_n = 64
coarser = 4
read_at_once_n = 1 << 17
columns = 1600
columns_at_once = 32
bands = 72
window_n = 2048
windows_a_column = 4
lowest_hz, highest_hz = 30.0, 18000.0
floor_db, ceiling_db = -100.0, -20.0


class Stopped(Exception):
    """Nobody waits for the result any more."""


@dataclass(frozen=True)
class Peaks:
    """levels[k]: float32 [bins, 2], lowest and highest of both channels in finest_n * coarser**k samples each."""

    levels: Sequence[np.ndarray]
    samples: int

    @property
    def highest(self) -> float:
        """The largest sample, full scale 1.0."""
        coarsest = self.levels[-1]
        return float(np.abs(coarsest).max(initial=0.0))

    def between(self, begin: float, end: float, count: int) -> np.ndarray:
        """float32 [count, 2]: lowest and highest of each of `count` equal parts of a stretch, in samples."""
        step = max((end - begin) / count, 1e-9)
        level = min(max(0, int(math.log(max(step / finest_n, 1), coarser))), len(self.levels) - 1)
        bin_n, found = finest_n * coarser**level, self.levels[level]
        edges = (begin + step * np.arange(count + 1)) / bin_n
        first = np.clip(edges[:-1].astype(int), 0, len(found) - 1)
        last = np.clip(np.ceil(edges[1:]).astype(int), first + 1, len(found))
        pairs = np.stack([first, last], axis=1).ravel()
        padded = np.concatenate([found, found[-1:]])
        low = np.minimum.reduceat(padded[:, 0], pairs)[::2]
        high = np.maximum.reduceat(padded[:, 1], pairs)[::2]
        return np.stack([low, high], axis=1)


def peaks(sound: Sound, is_stopped: threading.Event) -> Peaks:
    """Raises Stopped."""
    parts = []
    for begin in range(0, max(sound.samples, 1), read_at_once_n):
        _check(is_stopped)
        part = sound.read(begin, min(read_at_once_n, max(sound.samples - begin, 1)))
        low, high = np.minimum(part[:, 0], part[:, 1]), np.maximum(part[:, 0], part[:, 1])
        edges = np.arange(0, len(part), finest_n)
        parts.append(np.stack([np.minimum.reduceat(low, edges), np.maximum.reduceat(high, edges)], axis=1))
    levels = [np.concatenate(parts)]
    while len(levels[-1]) > 1:
        finer = levels[-1]
        edges = np.arange(0, len(finer), coarser)
        low, high = np.minimum.reduceat(finer[:, 0], edges), np.maximum.reduceat(finer[:, 1], edges)
        levels.append(np.stack([low, high], axis=1))
    return Peaks(levels, sound.samples)


def mel(sound: Sound, rate: int, is_stopped: threading.Event) -> np.ndarray:
    """uint8 [bands, columns at most], highest band first; 0 is floor_db and below, 255 ceiling_db and above.

    Of long sounds each column is the mean power of a few windows spread over its time. Raises Stopped.
    """
    count = int(min(columns, max(1, sound.samples * 4 // window_n)))
    step = sound.samples / count
    windows = min(windows_a_column, max(1, round(step / window_n)))
    centers = step * (np.arange(count)[:, None] + (np.arange(windows) + 0.5) / windows)
    filters, taper = _filters(rate), np.hanning(window_n).astype(np.float32)
    parts = []
    for first in range(0, count, columns_at_once):
        _check(is_stopped)
        heard = _windows(sound, centers[first : first + columns_at_once].ravel().astype(int) - window_n // 2)
        spectra = np.abs(np.fft.rfft(heard * taper)) ** 2
        column_spectra = spectra.reshape(-1, windows, spectra.shape[1]).mean(axis=1)
        # Not a matrix product: that would wake threads on every core, for so little.
        parts.append(np.einsum("cf,bf->cb", column_spectra, filters))
    power = np.concatenate(parts)
    level_db = 10 * np.log10(power.T[::-1] / (taper.sum() / 2) ** 2 + 1e-12)
    return np.rint(np.clip((level_db - floor_db) / (ceiling_db - floor_db), 0, 1) * 255).astype(np.uint8)


def _windows(sound: Sound, begins: np.ndarray) -> np.ndarray:
    """float32 [windows, window_n], both channels' mean."""
    if begins[-1] - begins[0] > len(begins) * window_n:
        return np.stack([_middle(sound, begin, window_n) for begin in begins.tolist()])
    together = _middle(sound, int(begins[0]), int(begins[-1] - begins[0]) + window_n)
    return np.lib.stride_tricks.sliding_window_view(together, window_n)[begins - begins[0]]


def _middle(sound: Sound, begin: int, count: int) -> np.ndarray:
    heard = sound.read(begin, count)
    return (heard[:, 0] + heard[:, 1]) / 2


def _filters(rate: int) -> np.ndarray:
    """float32 [bands, window_n // 2 + 1]: triangles that overlap by half, evenly spaced in mel (O'Shaughnessy)."""
    lowest_mel, highest_mel = (2595 * math.log10(1 + hertz / 700) for hertz in (lowest_hz, highest_hz))
    edges_mel = np.linspace(lowest_mel, highest_mel, bands + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    hertz = np.fft.rfftfreq(window_n, 1 / rate)
    width = rate / window_n
    rising = (hertz - edges[:-2, None]) / np.maximum(edges[1:-1] - edges[:-2], width)[:, None]
    falling = (edges[2:, None] - hertz) / np.maximum(edges[2:] - edges[1:-1], width)[:, None]
    return np.clip(np.minimum(rising, falling), 0, 1).astype(np.float32)


def _check(is_stopped: threading.Event) -> None:
    if is_stopped.is_set():
        raise Stopped


@dataclass(frozen=True)
class Drawing:
    """peaks and mel of one version, as `peaks` and `mel` give them; mel is None until it is found."""

    peaks: Peaks
    mel: np.ndarray | None = None


def draw(
    sounds: Sequence[Sound], rate: int, is_stopped: threading.Event, found: Callable[[int, Drawing], None]
) -> None:
    """Hands out a drawing by the number of its sound, all waves before the first spectrogram, until it is stopped."""
    try:
        drawings = []
        for number, sound in enumerate(sounds):
            drawings.append(Drawing(peaks(sound, is_stopped)))
            found(number, drawings[number])
        for number, sound in enumerate(sounds):
            found(number, replace(drawings[number], mel=mel(sound, rate, is_stopped)))
    except Stopped:
        return
