"""The plain tools of the synthesis: random streams, levels, envelopes, panning, and the canvas that takes the sound."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from foleyline_engine.models.exchange import Check, delivery_rate

rate = delivery_rate
chunk_n = 1 << 16  # how much of a bed is made at once: about 1.4 s, some 10 ms of work


def stream_for(seed: int, name: str) -> np.random.Generator:
    """A random stream of its own for each name, so that leaving one family out changes no other."""
    root = np.random.SeedSequence([seed & (2**64 - 1), zlib.crc32(name.encode())])
    return np.random.Generator(np.random.PCG64(root))


def amplitude(level_db: float) -> float:
    return float(10.0 ** (level_db / 20.0))


def samples(seconds: float) -> int:
    return round(seconds * rate)


def spread(rng: np.random.Generator, amount: float) -> float:
    """A factor around 1, as likely 1 + amount as 1 / (1 + amount)."""
    return float((1.0 + amount) ** rng.uniform(-1.0, 1.0))


def pan_gains(pan: float) -> np.ndarray:
    """Constant power, float32 [2, 1]; a tenth of the width is left on each side, as one does by hand."""
    angle = (1.0 + 0.9 * min(max(pan, -1.0), 1.0)) * np.pi / 4
    return np.array([[np.cos(angle)], [np.sin(angle)]], dtype=np.float32)


def decay(count_n: int, half_life_s: float) -> np.ndarray:
    """float32 [count_n], from 1 down, halved every half_life_s."""
    return np.exp2(np.arange(count_n, dtype=np.float32) * np.float32(-1.0 / (half_life_s * rate)))


def hump(count_n: int, peak: float = 0.5) -> np.ndarray:
    """float32 [count_n], a smooth rise to 1 at the share `peak` of the length and back to 0."""
    place = np.arange(count_n, dtype=np.float32) / max(count_n - 1, 1)
    warped = np.where(place < peak, 0.5 * place / peak, 1.0 - 0.5 * (1.0 - place) / (1.0 - peak))
    return np.sin(np.float32(np.pi) * warped) ** 2


def soften_ends(sound: np.ndarray, head_s: float, tail_s: float) -> np.ndarray:
    """Raised-cosine fades over the first and last moments of [..., samples], in place."""
    count_n = sound.shape[-1]
    for length_s, reverse in ((head_s, False), (tail_s, True)):
        length_n = min(samples(length_s), count_n // 2)
        ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(length_n) / max(length_n, 1))).astype(np.float32)
        if length_n and reverse:
            sound[..., -length_n:] *= ramp[::-1]
        elif length_n:
            sound[..., :length_n] *= ramp
    return sound


def wander(rng: np.random.Generator, count: int, smoothness: float) -> np.ndarray:
    """A slow random curve, float32 [count] of about unit variance; it turns about every `smoothness` values."""
    width = max(2, round(smoothness))
    kernel = np.hanning(2 * width + 1)[1:-1].astype(np.float32)
    kernel /= np.sqrt(np.sum(kernel**2))
    steps = rng.standard_normal(count + kernel.size - 1, dtype=np.float32)
    if kernel.size < 200:
        return np.convolve(steps, kernel, mode="valid")
    size = 1 << (steps.size + kernel.size - 2).bit_length()
    curve = np.fft.irfft(np.fft.rfft(steps, size) * np.fft.rfft(kernel, size), size)
    return curve[kernel.size - 1 : steps.size].astype(np.float32)


class Drift:
    """A slow random curve that can be read at any rising times, the same however it is cut into pieces."""

    def __init__(self, rng: np.random.Generator, period_s: float) -> None:
        self.periods_s = period_s * np.array([1.0, 0.618, 0.382, 0.236])
        self.phases = rng.uniform(0.0, 2 * np.pi, 4)
        self.bends = rng.uniform(0.0, 2 * np.pi, 4)

    def __call__(self, times_s: np.ndarray) -> np.ndarray:
        """About -1 to 1. Sines of unrelated periods, each bent by a slower one, never come round again."""
        turns = 2 * np.pi * times_s[:, None] / self.periods_s
        sines = np.sin(turns + self.phases + 1.5 * np.sin(turns / 4.236 + self.bends))
        return np.sum(sines * np.array([0.45, 0.3, 0.2, 0.15]), axis=1)


def smooth(curve: np.ndarray, width: int) -> np.ndarray:
    """Moving raised-cosine mean of [ticks] over about `width` ticks, the ends held."""
    kernel = np.hanning(2 * width + 1)[1:-1]
    padded = np.pad(np.asarray(curve, dtype=np.float64), width - 1, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid").astype(np.float32)


def stretch_to(curve: np.ndarray, ticks_per_s: int, start_n: int, count_n: int) -> np.ndarray:
    """The curve [ticks] read with straight lines at the samples start_n … start_n + count_n: float32 [count_n].

    Its first value holds before its start and its last after its end. ticks_per_s divides the sample rate.
    """
    hop_n = rate // ticks_per_s
    first, last = start_n // hop_n, (start_n + count_n) // hop_n + 2
    values = np.asarray(curve, dtype=np.float32)[np.clip(np.arange(first, last), 0, len(curve) - 1)]
    ramp = np.arange(hop_n, dtype=np.float32) * np.float32(1.0 / hop_n)
    lines = values[:-1, None] + np.diff(values)[:, None] * ramp
    return lines.reshape(-1)[start_n - first * hop_n :][:count_n]


def pan_curve(pan: np.ndarray, ticks_per_s: int, start_n: int, count_n: int) -> np.ndarray:
    """`pan_gains` of a curve [ticks] for every sample: float32 [2, count_n]."""
    angle = (1.0 + 0.9 * np.clip(pan, -1.0, 1.0)) * np.pi / 4
    sides = (np.cos(angle), np.sin(angle))
    return np.stack([stretch_to(side, ticks_per_s, start_n, count_n) for side in sides])


def arrivals(rng: np.random.Generator, per_s: float, seconds: float) -> np.ndarray:
    """Moments of a Poisson process in [0, seconds), sorted: float64."""
    count = int(rng.poisson(max(per_s * seconds, 0.0)))
    return np.sort(rng.uniform(0.0, seconds, count))


@dataclass(frozen=True)
class Canvas:
    """What all families of a take are mixed onto: float32 [2, samples], and the take's `check`."""

    out: np.ndarray
    check: Check

    @property
    def length_n(self) -> int:
        return self.out.shape[1]

    @property
    def seconds(self) -> float:
        return self.length_n / rate

    def add(self, start_n: int, sound: np.ndarray) -> None:
        """Mixes [2, samples] (or [samples], to both sides) in at start_n; what lies outside the take is lost."""
        first, last = max(start_n, 0), min(start_n + sound.shape[-1], self.length_n)
        if first < last:
            self.out[:, first:last] += sound[..., first - start_n : last - start_n]

    def place(self, start_n: int, sound: np.ndarray, pan: float, gain: float = 1.0) -> None:
        """Mixes a mono sound [samples] in at a place between left and right."""
        self.add(start_n, pan_gains(pan) * np.float32(gain) * sound)
