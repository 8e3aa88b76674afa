"""Noise of any color that may change as it runs, made block by block in the frequency domain, so it never loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from foleyline_engine.models.scratch.dsp import Canvas, rate

bands_hz = np.geomspace(20.0, 20480.0, 31)  # three to an octave

Shape = Callable[[np.ndarray], np.ndarray]
"""Block times in seconds [blocks] to amplitude in each band [blocks, bands]."""


@cache
def spectrum_table() -> np.ndarray:
    """65536 complex normal numbers to draw from: a third of the time of making new ones. complex64."""
    rng = np.random.Generator(np.random.PCG64(0x5C2A7C4))
    pairs = rng.standard_normal((1 << 16, 2), dtype=np.float32)
    return (pairs[:, 0] + 1j * pairs[:, 1]).astype(np.complex64) * np.float32(np.sqrt(0.5))


@cache
def band_places(block_n: int) -> tuple[np.ndarray, np.ndarray]:
    """For each bin of a block: the band below it, and how far it lies towards the next, 0-1."""
    bins_hz = np.maximum(np.arange(block_n // 2 + 1) * rate / block_n, 1e-3)
    places = np.interp(np.log(bins_hz), np.log(bands_hz), np.arange(len(bands_hz)))
    below = np.minimum(places.astype(np.int32), len(bands_hz) - 2)
    return below, (places - below).astype(np.float32)


def spectra(rng: np.random.Generator, gains: np.ndarray, block_n: int, channels: int) -> np.ndarray:
    """Random spectra colored by gains [blocks, bands]: complex64 [blocks, channels, bins], no DC.

    Gains of 1 in every band give noise of RMS 1.
    """
    below, towards = band_places(block_n)
    gains = np.asarray(gains, dtype=np.float32) * np.float32(np.sqrt(block_n))
    color = gains[:, below]
    color += (gains[:, below + 1] - color) * towards
    color[:, : max(2, round(15.0 * block_n / rate))] = 0
    draws = rng.integers(0, 1 << 16, (len(gains), channels, block_n // 2 + 1), dtype=np.uint16)
    return spectrum_table()[draws] * color[:, None, :]


def burst(rng: np.random.Generator, count_n: int, gains: np.ndarray) -> np.ndarray:
    """A short piece of noise of one color [bands]: float32 [count_n]."""
    block_n = max(256, 1 << (max(count_n, 2) - 1).bit_length())
    return np.fft.irfft(spectra(rng, np.asarray(gains)[None], block_n, 1)[0, 0], block_n)[:count_n]


def flow(
    rng: np.random.Generator, count_n: int, shape: Shape, channels: int = 2, block_n: int = 8192
) -> Iterator[tuple[int, np.ndarray]]:
    """Noise whose color follows `shape`, as (first sample, float32 [channels, samples]) one after another.

    Blocks overlap by half under a sine window, which keeps the power even.
    """
    hop_n = block_n // 2
    window = np.sin(np.pi * (np.arange(block_n, dtype=np.float32) + 0.5) / block_n).astype(np.float32)
    carried = np.zeros((channels, hop_n), dtype=np.float32)
    batch = max(2, (1 << 16) // hop_n)
    needed = -(-count_n // hop_n) + 1
    for first in range(0, needed, batch):
        times_s = np.arange(first, min(first + batch, needed)) * hop_n / rate
        blocks = np.fft.irfft(spectra(rng, shape(times_s), block_n, channels), block_n) * window
        halves = blocks[:, :, :hop_n].copy()
        halves[1:] += blocks[:-1, :, hop_n:]
        halves[0] += carried
        carried = blocks[-1, :, hop_n:].copy()
        joined = halves.transpose(1, 0, 2).reshape(channels, -1)
        # The first half block has no partner to overlap with, so the sound begins after it.
        start_n = (first - 1) * hop_n
        skip_n = hop_n if first == 0 else 0
        piece = joined[:, skip_n : count_n - start_n]
        if piece.shape[1]:
            yield start_n + skip_n, piece


def passage(rng: np.random.Generator, count_n: int, shape: Shape, block_n: int = 1024) -> np.ndarray:
    """A short piece of changing noise in one: float32 [count_n]."""
    pieces = [piece[0] for _, piece in flow(rng, count_n, shape, 1, block_n)]
    return np.concatenate(pieces)


def widen(mid_side: np.ndarray, width: float) -> np.ndarray:
    """Two independent noises [2, samples] to left and right; width 0 is mono, 1 is fully apart."""
    side = np.float32(width / np.sqrt(1.0 + width**2)) * mid_side[1]
    mid = np.float32(1.0 / np.sqrt(1.0 + width**2)) * mid_side[0]
    return np.stack([mid + side, mid - side])


def steady(gains: np.ndarray) -> Shape:
    """A shape that does not change."""
    return lambda times_s: np.broadcast_to(np.asarray(gains, dtype=np.float32), (len(times_s), len(gains)))


def band(center_hz: float | np.ndarray, octaves: float | np.ndarray) -> np.ndarray:
    """A bell around center_hz, 1 at its middle, `octaves` wide at half amplitude: [bands] or [blocks, bands]."""
    distance = np.log2(bands_hz / np.asarray(center_hz, dtype=np.float64)[..., None])
    bell = np.exp2(-((2.0 * distance / np.asarray(octaves, dtype=np.float64)[..., None]) ** 2))
    return bell.astype(np.float32)


def slope(db_per_octave: float, low_hz: float = 20.0, high_hz: float = 20480.0) -> np.ndarray:
    """A tilt around 1 kHz, cut off softly (12 dB an octave) below low_hz and above high_hz: [bands]."""
    tilt = 10.0 ** (db_per_octave * np.log2(bands_hz / 1000.0) / 20.0)
    edges = 1.0 / (1.0 + (low_hz / bands_hz) ** 4) / (1.0 + (bands_hz / high_hz) ** 4)
    return (tilt * edges).astype(np.float32)


def level(gains: np.ndarray) -> np.ndarray:
    """The gains scaled so that the noise has RMS 1: a band's share is its width in hertz."""
    widths = np.gradient(bands_hz) / (rate / 2)
    power = np.sum(np.asarray(gains, dtype=np.float64) ** 2 * widths, axis=-1, keepdims=True)
    return (gains / np.sqrt(np.maximum(power, 1e-12))).astype(np.float32)


def lay(canvas: Canvas, pieces: Iterator[tuple[int, np.ndarray]], width: float, gain: float) -> None:
    """Mixes a whole bed onto the canvas."""
    for start_n, piece in pieces:
        canvas.add(start_n, widen(piece, width) * np.float32(gain))
        canvas.check()
