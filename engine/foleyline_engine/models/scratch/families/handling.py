"""Handling: small things picked up, put down and fiddled with; keys and coins, paper, plastic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleyline_engine.models.scratch.action import tick_rate
from foleyline_engine.models.scratch.dsp import rate, samples
from foleyline_engine.models.scratch.families.impacts import peak_of_one, together
from foleyline_engine.models.scratch.grains import heap, noise_bank
from foleyline_engine.models.scratch.resonator import materials, strike
from foleyline_engine.models.scratch.scene import Scene

level_db = -6.0
fiddling_db = -17.0
fiddles_per_s = 3.5  # while things move as much as they can


@dataclass(frozen=True)
class Kind:
    """touches: of a gesture of middling strength. slowness: of the gesture. drive: how far its peaks are pressed down.
    power: the level, as the root of its energy in seconds, that every gesture of the kind is brought to."""

    touches: int
    slowness: float
    drive: float
    power: float


kinds = {"keys": Kind(4, 1.3, 1.0, 0.03), "paper": Kind(14, 1.6, 1.2, 0.06), "plastic": Kind(11, 1.8, 1.2, 0.045)}
taps = Kind(3, 1.0, 1.6, 0.028)


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
        return [strike(rng, materials["metal"], 0.8, rng.uniform(0.12, 0.45), 1.5, 3.0) for _ in range(14)]
    if name == "paper":
        return noise_bank(rng, 24, (1600.0, 8000.0), 2.0, (0.001, 0.006))
    if name == "plastic":
        return noise_bank(rng, 24, (2500.0, 9500.0), 1.8, (0.0005, 0.003))
    material = materials[name if name in materials else "plastic"]
    taps = [strike(rng, material, 0.6, rng.uniform(0.3, 0.9), 0.8, 2.0) for _ in range(8)]
    return taps + noise_bank(rng, 8, (1500.0, 6000.0), 1.4, (0.0006, 0.002))


def gesture(rng: np.random.Generator, banks: dict[str, list[np.ndarray]], name: str, strength: float) -> np.ndarray:
    """One small action of many touches, as loud as others of its kind: float32 [samples] of peak 1 or a little more
    or less, its first touch at the first sample."""
    kind = kinds.get(name, taps)
    count = max(2, int(kind.touches * (0.5 + strength)))
    seconds = rng.uniform(0.1, 0.2) * (1.0 + strength) * kind.slowness
    touches = heap(rng, banks[name], count, seconds, 0.7, 0.2)
    first = banks[name][int(rng.integers(len(banks[name])))]
    sound = peak_of_one(together(touches, 0.6 * first), kind.drive)
    power = float(np.sqrt(np.sum(np.square(sound)) / rate))
    return sound * np.float32(np.clip(kind.power / max(power, 1e-6), 0.6, 1.6))
