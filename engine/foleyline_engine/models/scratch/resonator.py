"""Struck bodies: a material is the ratios of its modes and how fast they die, a blow is how hard and with what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleyline_engine.models.scratch.dsp import rate


@dataclass(frozen=True)
class Material:
    """base_hz: lowest mode of a hand-sized body. ratios: of its modes to the lowest.

    decay_s: the lowest mode's fall by 60 dB. damping: how much faster high modes die (0 alike, 1 as their ratio).
    contact_s: how long a medium blow touches the body; short is bright. click_db: noise of the touch itself, against
    the ringing. click_hz: its color.
    """

    base_hz: float
    ratios: tuple[float, ...]
    decay_s: float
    damping: float
    contact_s: float
    click_db: float
    click_hz: float


# Free bars have modes at 1 : 2.76 : 5.40 : 8.93 (Euler and Bernoulli), plates are denser; wood is a damped plate.
materials = {
    "wood": Material(
        110, (1, 1.58, 2.14, 2.76, 3.6, 4.35, 5.4, 6.7, 8.1, 9.6, 12.1, 14.6, 17.9), 0.14, 1.05, 8e-5, 2, 1500
    ),
    "metal": Material(
        1700,
        (1, 1.51, 2.09, 2.76, 3.49, 4.4, 5.4, 6.55, 7.6, 8.93, 11.2, 13.3, 15.7, 18.6),
        0.95,
        0.58,
        3e-5,
        4,
        5200,
    ),
    "glass": Material(3900, (1, 1.52, 2.32, 2.95, 3.76, 4.25, 5.1, 6.6, 7.4, 8.7), 0.4, 0.45, 5e-5, -2, 8500),
    "ceramic": Material(
        1950, (1, 1.24, 1.7, 2.1, 2.4, 2.9, 3.3, 3.8, 4.4, 5.2, 5.9, 6.8, 7.7, 8.8), 0.2, 0.5, 4e-5, 2, 4000
    ),
    "stone": Material(
        640,
        (1, 1.27, 1.63, 2.07, 2.45, 2.9, 3.35, 3.9, 4.6, 5.3, 6.1, 7.3, 8.8, 10.5),
        0.06,
        0.3,
        6e-5,
        4,
        3200,
    ),
    "plastic": Material(300, (1, 1.5, 2.3, 3.1, 4.2, 5.5, 7.2, 9.1, 11.3), 0.03, 0.6, 8e-5, 4, 2600),
    "thud": Material(52, (1, 1.6, 2.3, 3.3, 4.6), 0.18, 0.8, 2.5e-3, -2, 700),
}


def ring(
    freqs_hz: np.ndarray, decays_s: np.ndarray, amps: np.ndarray, phases: np.ndarray, floor_db: float = -66.0
) -> np.ndarray:
    """A sum of dying sines, float32 [samples], as long as its loudest mode takes to fall to floor_db.

    The n-th power of a mode's pole is an outer product of two short tables, so no sine is computed per sample.
    """
    keep = (freqs_hz < 0.45 * rate) & (amps > 0)
    if not keep.any():
        return np.zeros(1, dtype=np.float32)
    freqs_hz, decays_s, amps, phases = freqs_hz[keep], decays_s[keep], amps[keep], phases[keep]
    loudness_db = 20 * np.log10(amps / amps.max())
    lengths_s = decays_s * (loudness_db - floor_db).clip(0) / 60.0
    count_n = max(64, int(lengths_s.max() * rate))
    width = int(np.sqrt(count_n)) + 1
    poles = -np.log(1000.0) / (decays_s * rate) + 2j * np.pi * freqs_hz / rate
    coarse = amps * np.exp(1j * phases) * np.exp(np.outer(np.arange(-(-count_n // width)) * width, poles))
    fine = np.exp(np.outer(poles, np.arange(width)))
    left = np.concatenate([np.real(coarse), -np.imag(coarse)], axis=1).astype(np.float32)
    right = np.concatenate([np.real(fine), np.imag(fine)], axis=0).astype(np.float32)
    # einsum, not a matrix product: the sums are the same on any number of threads.
    return np.einsum("am,mb->ab", left, right).reshape(-1)[:count_n]


def strike(
    rng: np.random.Generator,
    material: Material,
    strength: float,
    size: float = 1.0,
    hardness: float = 1.0,
    damped: float = 1.0,
) -> np.ndarray:
    """One blow on a body: float32 [samples] of peak about `strength`, its onset at the first sample.

    size: of the body, 1 is hand-sized; larger is lower and rings longer. hardness above 1 is brighter.
    damped above 1 rings shorter.
    """
    ratios = np.array(material.ratios)
    ratios = ratios * (1.0 + 0.025 * rng.standard_normal(ratios.size))
    base_hz = material.base_hz * size**-0.6 * 1.06 ** rng.standard_normal()
    freqs_hz = base_hz * ratios
    decays_s = material.decay_s * size**0.35 * ratios**-material.damping / damped
    decays_s = decays_s * 1.15 ** rng.standard_normal(ratios.size)
    contact_s = material.contact_s / hardness * (1.7 - 1.1 * strength) * size**0.2
    push = 1.0 / (1.0 + (np.pi * freqs_hz * contact_s) ** 2)
    amps = push * ratios**-0.25 * rng.uniform(0.35, 1.0, ratios.size)
    body = ring(freqs_hz, decays_s, amps, rng.uniform(-0.4, 0.4, ratios.size) - np.pi / 2)
    body /= max(float(np.abs(body).max()), 1e-9)
    return strength * (body + click(rng, material, strength * hardness, body.size)) * np.float32(0.8)


def click(rng: np.random.Generator, material: Material, hardness: float, count_n: int) -> np.ndarray:
    """The touch itself: a few milliseconds of noise, two-pole colored. float32 [count_n]."""
    center_hz = material.click_hz * (0.7 + 0.6 * hardness) * 1.1 ** rng.standard_normal()
    length_s = 3.0 / center_hz + 0.002
    length_n = min(count_n, int(6 * length_s * rate))
    raw = rng.standard_normal(length_n, dtype=np.float32)
    raw *= np.exp(np.arange(length_n, dtype=np.float32) * np.float32(-1.0 / (length_s * rate)))
    size = 1 << (2 * length_n).bit_length()
    bins_hz = np.fft.rfftfreq(size, 1.0 / rate)
    ratio = bins_hz / center_hz
    response = (1j * ratio) / (1.0 - ratio**2 + 1.2j * ratio)
    shaped = np.fft.irfft(np.fft.rfft(raw, size) * response, size)[:length_n]
    out = np.zeros(count_n, dtype=np.float32)
    out[:length_n] = shaped / max(float(np.abs(shaped).max()), 1e-9)
    return out * np.float32(10.0 ** (material.click_db / 20.0))
