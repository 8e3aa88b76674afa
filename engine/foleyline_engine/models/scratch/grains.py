"""Short sounds strewn in great numbers: the stuff of gravel, rain, fire, bubbles and rustling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleyline_engine.models.scratch.dsp import Canvas, hump, rate, samples, soften_ends
from foleyline_engine.models.scratch.noise import band, burst

check_every = 256


def noise_grain(rng: np.random.Generator, center_hz: float, octaves: float, fall_s: float) -> np.ndarray:
    """A tick of colored noise with a sharp start, of peak 1: float32."""
    count_n = max(48, samples(5.0 * fall_s))
    sound = burst(rng, count_n, band(center_hz, octaves))
    sound = sound * np.exp(np.arange(count_n, dtype=np.float32) * np.float32(-1.0 / (fall_s * rate)))
    soften_ends(sound, 2e-4, fall_s)
    return sound / max(float(np.abs(sound).max()), 1e-9)


def noise_bank(
    rng: np.random.Generator, count: int, hz: tuple[float, float], octaves: float, fall_s: tuple[float, float]
) -> list[np.ndarray]:
    """Grains with their colors and lengths spread evenly between the given ends, on a logarithmic scale."""
    places = (np.arange(count) + rng.random(count)) / count
    return [
        noise_grain(rng, hz[0] * (hz[1] / hz[0]) ** place, octaves, fall_s[1] * (fall_s[0] / fall_s[1]) ** place)
        for place in places
    ]


def bubble(rng: np.random.Generator, base_hz: float) -> np.ndarray:
    """An air bubble in water: a sine that dies and rises as the bubble nears the surface, float32 of peak 1.

    Damping follows van den Doel, "Physically based models for liquid sounds": 0.13 / r + 0.0072 r^-1.5 per second,
    with the radius r = 3 / frequency (Minnaert).
    """
    radius_m = 3.0 / base_hz
    damping = 0.13 / radius_m + 0.0072 * radius_m**-1.5
    count_n = int(min(5.0 / damping, 0.12) * rate)
    time_s = np.arange(count_n, dtype=np.float32) / rate
    rise = rng.uniform(0.0, 0.12) * damping
    phase = 2 * np.pi * base_hz * (time_s + rise * time_s**2 / 2)
    sound = (np.sin(phase) * np.exp(-damping * time_s)).astype(np.float32)
    soften_ends(sound, 4e-4, 0.002)
    return sound - np.float32(2.0 * sound.mean()) * hump(count_n)


def bubble_bank(rng: np.random.Generator, count: int, low_hz: float, high_hz: float) -> list[np.ndarray]:
    """Bubbles from large to small."""
    return [bubble(rng, low_hz * (high_hz / low_hz) ** ((k + rng.random()) / count)) for k in range(count)]


def heap(
    rng: np.random.Generator,
    bank: Sequence[np.ndarray],
    count: int,
    seconds: float,
    roughness: float,
    peak: float,
) -> np.ndarray:
    """A handful of grains dropped within `seconds`, densest at the share `peak`: float32 of peak 1, the first at 0.

    roughness: spread of their strengths, in nepers.
    """
    span_n = max(samples(seconds), 1)
    room_n = span_n + max(grain.size for grain in bank)
    out = np.zeros(room_n, dtype=np.float32)
    places = rng.beta(1.0 + 3.0 * peak, 1.0 + 3.0 * (1.0 - peak), count)
    places[0] = 0.0
    gains = np.exp(roughness * rng.standard_normal(count)) * hump(count_n=count, peak=0.3)[rng.integers(count)]
    gains[0] = max(gains[0], 0.7 * gains.max())
    picks = rng.integers(len(bank), size=count)
    for start_n, gain, pick in zip((places * span_n).astype(int), gains, picks, strict=True):
        grain = bank[pick]
        out[start_n : start_n + grain.size] += np.float32(gain) * grain
    return out / max(float(np.abs(out).max()), 1e-9)


def strew(
    canvas: Canvas,
    rng: np.random.Generator,
    starts_n: np.ndarray,
    gains: np.ndarray,
    bank: Sequence[np.ndarray],
    width: float = 0.8,
) -> None:
    """Drops grains over the take, each at a place of its own between left and right."""
    picks = rng.integers(len(bank), size=len(starts_n))
    angles = (1.0 + width * rng.uniform(-1.0, 1.0, len(starts_n))) * np.pi / 4
    sides = np.stack([np.cos(angles) * gains, np.sin(angles) * gains], axis=1).astype(np.float32)[:, :, None]
    for number, (start_n, pick) in enumerate(zip(starts_n, picks, strict=True)):
        if number % check_every == 0:
            canvas.check()
        canvas.add(int(start_n), sides[number] * bank[pick])
