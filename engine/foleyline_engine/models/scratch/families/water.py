"""Water: splashes at contacts, running water and the sea, rain."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.scratch.action import Contact
from foleyline_engine.models.scratch.dsp import Drift, arrivals, rate, samples, spread, wander
from foleyline_engine.models.scratch.families.impacts import peak_of_one, together
from foleyline_engine.models.scratch.grains import bubble_bank, heap, noise_bank, strew
from foleyline_engine.models.scratch.noise import Shape, band, flow, lay, level, passage, slope
from foleyline_engine.models.scratch.resonator import materials, strike
from foleyline_engine.models.scratch.scene import Scene

splash_db = -7.0
stream_db = -33.0
rain_db = -35.0
sea_db = -31.0


def splash(scene: Scene) -> None:
    bubbles = bubble_bank(scene.rng, 32, 1000.0, 4500.0)
    for contact in scene.contacts:
        scene.play(contact, plunge(scene, contact, bubbles), splash_db)


def plunge(scene: Scene, contact: Contact, bubbles: list[np.ndarray]) -> np.ndarray:
    """Slap, spray and the bubbles that come up after it: float32 [samples] of peak 1."""
    rng = scene.rng
    big = min(scene.voice.size * (0.35 + 0.8 * contact.size + 0.35 * contact.strength), 2.0)
    count_n = samples((0.35 + 0.6 * big) * spread(rng, 0.2))
    fall = np.exp(-np.arange(count_n, dtype=np.float32) / (0.11 * big * rate + 1500))

    def shape(times_s: np.ndarray) -> np.ndarray:
        edge_hz = (2500.0 + 5500.0 * np.exp(-times_s / 0.12)) * scene.voice.hardness**0.5
        return level(band(edge_hz * 0.45, 5.0)) * (0.6 + 0.4 * np.exp(0.5 * wander(rng, len(times_s), 3)))[:, None]

    spray = passage(rng, count_n, shape) * fall * np.float32(0.3)
    spray[:96] *= np.linspace(0, 1, 96, dtype=np.float32)
    slap = 0.4 * strike(rng, materials["thud"], 0.3 + 0.7 * contact.strength, big, 1.4, damped=2.0)
    gulps = 0.35 * heap(rng, bubbles, int(12 + 26 * big), 0.25 + 0.5 * big, 0.8, 0.35)
    late = np.concatenate([np.zeros(samples(0.04), dtype=np.float32), gulps])
    return peak_of_one(together(spray, slap, late))


def stream(scene: Scene) -> None:
    """Running water, or the sea if that is asked for."""
    if "sea" in scene.voice.variants:
        lay(scene.canvas, flow(scene.rng, scene.canvas.length_n, waves(scene)), 0.8, scene.gain(sea_db))
        return
    rng = scene.rng
    hiss = drifting(scene, level(band(2600.0 * scene.voice.hardness, 3.4)), level(band(900.0, 2.6)), 7.0)
    lay(scene.canvas, flow(rng, scene.canvas.length_n, hiss), 0.7, scene.gain(stream_db - 4.0))
    bubbles = bubble_bank(rng, 48, 900.0 / scene.voice.size**0.5, 4500.0)
    for start_n, count_n in scene.chunks():
        starts_n = start_n + arrivals(rng, 130.0, count_n / rate) * rate
        gains = scene.gain(stream_db + 3.0) * np.exp(0.6 * rng.standard_normal(len(starts_n)))
        strew(scene.canvas, rng, starts_n, gains, bubbles, 0.9)


def waves(scene: Scene) -> Shape:
    """The sea: swells every 6 to 12 seconds, brightest as they break."""
    far, near = level(slope(-5.0, 60.0, 1800.0)), level(slope(-3.5, 150.0, 4500.0))
    period_s, phase = scene.rng.uniform(7.0, 10.0), scene.rng.uniform(0.0, 1.0)

    def shape(times_s: np.ndarray) -> np.ndarray:
        cycle = 2 * np.pi * (times_s / period_s + phase + 0.12 * np.sin(2 * np.pi * times_s / (2.7 * period_s)))
        break_ = np.clip(np.sin(cycle + 0.6 * np.sin(cycle)), 0, 1)[:, None] ** 2
        return (0.35 * far + break_ * near) * np.exp(0.12 * wander(scene.rng, len(times_s), 8))[:, None]

    return shape


def rain(scene: Scene) -> None:
    """A wash of countless drops with near ones in front of it."""
    rng, voice = scene.rng, scene.voice
    low_hz = 700.0 / voice.size**0.4
    wash = drifting(
        scene, level(slope(-1.5, low_hz, 11000.0 * voice.hardness)), level(slope(-3.0, low_hz, 5000.0)), 17.0
    )
    lay(scene.canvas, flow(rng, scene.canvas.length_n, wash), 0.9, scene.gain(rain_db))
    drops = noise_bank(rng, 40, (1500.0, 9000.0), 0.8, (0.0006, 0.004)) + bubble_bank(rng, 10, 1500.0, 5000.0)
    for start_n, count_n in scene.chunks():
        starts_n = start_n + arrivals(rng, 160.0, count_n / rate) * rate
        gains = scene.gain(rain_db + 1.0) * np.exp(np.minimum(0.9 * rng.standard_normal(len(starts_n)), 1.8))
        strew(scene.canvas, rng, starts_n, gains, drops, 1.0)


def drifting(scene: Scene, one: np.ndarray, other: np.ndarray, period_s: float) -> Shape:
    """Two colors that give way to one another slowly and never quite, with a little unrest in the level."""
    drift, unrest = Drift(scene.rng, period_s), Drift(scene.rng, 0.4 * period_s)

    def shape(times_s: np.ndarray) -> np.ndarray:
        share = 0.5 + 0.22 * drift(times_s)[:, None]
        return (one * share + other * (1.0 - share)) * (1.0 + 0.1 * unrest(times_s)[:, None])

    return shape
