"""Handling: small things picked up, put down and fiddled with; keys and coins, paper, plastic."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.scratch.action import tick_rate
from foleyline_engine.models.scratch.dsp import samples
from foleyline_engine.models.scratch.families.impacts import peak_of_one, together
from foleyline_engine.models.scratch.grains import heap, noise_bank
from foleyline_engine.models.scratch.resonator import materials, strike
from foleyline_engine.models.scratch.scene import Scene

level_db = -12.0
fiddling_db = -22.0
fiddles_per_s = 3.5  # while things move as much as they can


def render(scene: Scene) -> None:
    banks = {name: bank_of(scene.rng, name) for name in scene.voice.variants or ("plain",)}
    for contact in scene.contacts:
        scene.play(contact, gesture(scene.rng, banks, scene.variant("plain"), contact.strength), level_db)
    fiddle(scene, banks)


def fiddle(scene: Scene, banks: dict[str, list[np.ndarray]]) -> None:
    """Small gestures while hands are busy, between the contacts."""
    moved = scene.movement()
    counts = scene.rng.poisson(moved**1.5 * fiddles_per_s / tick_rate)
    for tick in np.repeat(np.arange(len(moved)), counts):
        scene.canvas.check()
        start_n = int(tick) * samples(1.0 / tick_rate) + int(scene.rng.integers(samples(1.0 / tick_rate)))
        sound = gesture(scene.rng, banks, scene.variant("plain"), 0.3 * float(moved[tick]))
        gain = scene.gain(fiddling_db) * float(moved[tick]) * scene.rng.uniform(0.3, 1.0)
        scene.canvas.place(start_n, sound, float(scene.action.pan[tick]), gain)


def bank_of(rng: np.random.Generator, name: str) -> list[np.ndarray]:
    if name == "keys":
        return [strike(rng, materials["metal"], 0.8, rng.uniform(0.1, 0.45), 1.5, 3.0) for _ in range(14)]
    if name == "paper":
        return noise_bank(rng, 24, (1200.0, 7000.0), 1.4, (0.001, 0.008))
    if name == "plastic":
        return noise_bank(rng, 24, (2500.0, 9500.0), 0.7, (0.0005, 0.003))
    material = materials[name if name in materials else "plastic"]
    taps = [strike(rng, material, 0.6, rng.uniform(0.3, 0.9), 0.8, 2.0) for _ in range(8)]
    return taps + noise_bank(rng, 8, (600.0, 4000.0), 1.4, (0.001, 0.006))


def gesture(rng: np.random.Generator, banks: dict[str, list[np.ndarray]], name: str, strength: float) -> np.ndarray:
    """One small action of many touches: float32 [samples] of peak 1, its first touch at the first sample."""
    counts = {"keys": 7, "paper": 26, "plastic": 30}
    count = max(2, int(counts.get(name, 3) * (0.5 + strength)))
    seconds = rng.uniform(0.1, 0.2) * (1.0 + strength)
    touches = heap(rng, banks[name], count, seconds, 0.7, 0.2)
    return peak_of_one(together(touches, 0.6 * banks[name][int(rng.integers(len(banks[name])))]))
