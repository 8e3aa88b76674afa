"""Room tone: its spectrum and the likeness of its channels measured from frames, and new noise with the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..exchange import Check

window_s = 0.085
fewest_for_median = 6
quiet_margin_db = 2.0
hum_from_to = (0.8, 0.95)
smoothing_bins = 5
block_hops = 32
tiny = 1e-30


@dataclass(frozen=True)
class Tone:
    """shape: complex64 [bins, channels, channels]; times white noise's spectrum it gives the tone's."""

    shape: np.ndarray


@cache
def frame_length(rate: int) -> int:
    """Samples in a frame: the power of two nearest 85 ms. Frames step by half of it."""
    return 2 ** round(math.log2(window_s * rate))


@cache
def _window(length: int) -> np.ndarray:
    """Root of a periodic Hann window: squared and overlapped by half it sums to 1."""
    return np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length))


def measure(frames: np.ndarray, rate: int) -> Tone:
    """The tone of frames [frames, channels, frame_length(rate)]; the louder ones are left out."""
    length = frame_length(rate)
    frames = frames * _window(length)
    spectra = np.fft.rfft(_quiet(frames), axis=-1)
    power = np.abs(spectra) ** 2
    level = _level(power)
    return Tone(_shape(_likeness(spectra), level, length))


def _level(power: np.ndarray) -> np.ndarray:
    """Mean power of the steady part, [frames, channels, bins] -> [channels, bins].

    The median passes over what is short and loud. Of Gaussian noise it is ln 2 times the mean, of a hum the mean.
    """
    mean = np.mean(power, axis=0)
    if len(power) < fewest_for_median:
        return mean
    median = np.median(power, axis=0)
    return median * np.interp(median / (mean + tiny), hum_from_to, (1 / math.log(2), 1.0))


def _quiet(frames: np.ndarray) -> np.ndarray:
    levels_db = 10 * np.log10(np.mean(frames**2, axis=(1, 2)) + tiny)
    return frames[levels_db <= np.median(levels_db) + quiet_margin_db]


def _likeness(spectra: np.ndarray) -> np.ndarray:
    """[frames, channels, bins] -> complex coherence of the channels, [bins, channels, channels], ones along it."""
    cross = np.einsum("fib,fjb->bij", spectra, spectra.conj())
    reach = smoothing_bins // 2
    padded = np.pad(cross, ((reach, reach), (0, 0), (0, 0)))
    smooth = np.lib.stride_tricks.sliding_window_view(padded, smoothing_bins, axis=0).sum(axis=-1)
    own = np.sqrt(np.maximum(np.einsum("bii->bi", smooth).real, tiny))
    return smooth / (own[:, :, None] * own[:, None, :])


def _shape(likeness: np.ndarray, level: np.ndarray, length: int) -> np.ndarray:
    """Root of the cross spectrum, so that white noise of variance 1 comes out with the measured one."""
    channels = likeness.shape[-1]
    root = np.linalg.cholesky(likeness * 0.999 + 0.001 * np.eye(channels))
    amplitude = np.sqrt(level.T / np.sum(_window(length) ** 2))
    return (root * amplitude[:, :, None]).astype(np.complex64)


def synthesize(
    tones: tuple[Tone, Tone], length_n: int, rate: int, seed: Sequence[int], check: Check
) -> Iterator[np.ndarray]:
    """Blocks of new noise, float32 [channels, n], length_n in all, going over from the first tone to the second.

    White noise is shaped frame by frame and overlapped; nothing of the take itself is repeated.
    """
    noise = np.random.default_rng(list(seed))
    length = frame_length(rate)
    hop = length // 2
    channels = tones[0].shape.shape[-1]
    hops = -(-length_n // hop) + 1
    white = noise.standard_normal((channels, hop))
    tail = np.zeros((channels, hop))
    for first in range(0, hops, block_hops):
        check()
        places = np.arange(first, min(first + block_hops, hops))
        white = np.concatenate([white, noise.standard_normal((channels, len(places) * hop))], axis=1)
        shaped = _shaped(white, places / max(hops - 1, 1), tones, length)
        joined = shaped[:, :, :hop].copy()
        joined[0] += tail
        joined[1:] += shaped[:-1, :, hop:]
        tail, white = shaped[-1, :, hop:], white[:, -hop:]
        ready = joined.transpose(1, 0, 2).reshape(channels, -1)
        yield _within(ready, first * hop - hop, length_n)


def _shaped(white: np.ndarray, shares: np.ndarray, tones: tuple[Tone, Tone], length: int) -> np.ndarray:
    """Windowed frames [frames, channels, length]; shares: how far each has gone over to the second tone."""
    frames = np.lib.stride_tricks.sliding_window_view(white, length, axis=1)[:, :: length // 2]
    spectra = np.fft.rfft(frames * _window(length), axis=-1)
    before, after = (np.einsum("bij,jfb->fib", tone.shape, spectra) for tone in tones)
    share = shares[:, None, None]
    mixed = before * (1 - share) + after * share
    return np.fft.irfft(mixed, length, axis=-1) * _window(length)


def _within(block: np.ndarray, start: int, length_n: int) -> np.ndarray:
    """The part of a block that begins at `start` which lies in 0 to length_n."""
    return block[:, max(-start, 0) : max(length_n - start, 0)].astype(np.float32)
