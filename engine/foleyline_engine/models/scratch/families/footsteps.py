"""Footsteps: heel, roll and toe, on hard floors that ring and on loose ground that crunches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foleyline_engine.models.scratch.action import Contact
from foleyline_engine.models.scratch.dsp import samples, spread
from foleyline_engine.models.scratch.families.impacts import peak_of_one, together
from foleyline_engine.models.scratch.grains import bubble_bank, heap, noise_bank
from foleyline_engine.models.scratch.resonator import materials, strike
from foleyline_engine.models.scratch.scene import Scene

level_db = -6.5


@dataclass(frozen=True)
class Ground:
    """floor: what rings under the heel, with its size, damping and share. grains: how many crunch, their colors in
    hertz, lengths in seconds, roughness in nepers and share. thud: share of the body's weight. bubbles: of mud.
    drive: how far peaks are pressed down. trim_db: what brings it to the loudness of the others.
    """

    floor: str = ""
    size: float = 1.0
    damped: float = 1.0
    ring: float = 0.0
    grains: int = 0
    grain_hz: tuple[float, float] = (1000.0, 4000.0)
    octaves: float = 1.2
    grain_s: tuple[float, float] = (0.001, 0.004)
    roughness: float = 0.8
    crunch: float = 0.0
    thud: float = 0.5
    bubbles: int = 0
    drive: float = 2.0
    trim_db: float = 0.0


grounds = {
    "stone": Ground(
        "stone", 0.5, 1.2, 0.8, 14, (2000, 8000), 1.2, (0.0006, 0.002), 1.0, 0.3, 0.35, drive=6.0, trim_db=3.0
    ),
    "wood": Ground(
        "wood", 2.6, 1.3, 0.9, 10, (1500, 6000), 1.2, (0.0006, 0.002), 1.0, 0.25, 0.35, drive=6.0, trim_db=4.0
    ),
    "metal": Ground("metal", 1.8, 2.2, 0.7, 6, (3000, 9000), 1.0, (0.0006, 0.002), 1.0, 0.12, 0.4, drive=3.0),
    "carpet": Ground(
        grains=30, grain_hz=(500, 2500), grain_s=(0.002, 0.006), crunch=0.14, thud=0.9, drive=5.0, trim_db=4.0
    ),
    "gravel": Ground("stone", 0.25, 2.0, 0.1, 60, (1200, 7500), 1.0, (0.0012, 0.006), 0.9, 0.9, 0.15),
    "sand": Ground(grains=150, grain_hz=(1500, 7000), grain_s=(0.001, 0.003), roughness=0.4, crunch=0.55, thud=0.15),
    "snow": Ground(
        grains=150,
        grain_hz=(1400, 7000),
        octaves=1.3,
        grain_s=(0.002, 0.006),
        roughness=0.7,
        crunch=0.85,
        thud=0.15,
    ),
    "grass": Ground(
        grains=45,
        grain_hz=(2500, 9000),
        octaves=2.0,
        grain_s=(0.0006, 0.0025),
        roughness=1.2,
        crunch=0.5,
        thud=0.15,
        trim_db=3.5,
    ),
    "leaves": Ground(
        grains=45, grain_hz=(2200, 9500), grain_s=(0.0005, 0.0025), roughness=1.2, crunch=0.9, thud=0.15, trim_db=3.0
    ),
    "mud": Ground(
        grains=60,
        grain_hz=(1200, 6500),
        grain_s=(0.002, 0.007),
        roughness=0.6,
        crunch=0.8,
        thud=0.15,
        bubbles=2,
    ),
}


def render(scene: Scene) -> None:
    banks = {name: bank_of(scene.rng, grounds[name]) for name in scene.voice.variants or ("stone",)}
    foot = 1.0
    for contact in scene.contacts:
        name = scene.variant("stone")
        ground = grounds[name]
        scene.play(contact, step(scene, contact, ground, banks[name]), level_db + ground.trim_db, 0.04 * foot)
        foot = -foot


def bank_of(rng: np.random.Generator, ground: Ground) -> list[np.ndarray]:
    bank = noise_bank(rng, 32, ground.grain_hz, ground.octaves, ground.grain_s)
    return bank + bubble_bank(rng, ground.bubbles, 1800.0, 4500.0) if ground.bubbles else bank


def step(scene: Scene, contact: Contact, ground: Ground, bank: list[np.ndarray]) -> np.ndarray:
    """Heel at the first sample, then the ball of the foot and, on loose ground, the roll between: peak 1."""
    rng = scene.rng
    push = 0.3 + 0.7 * contact.strength
    roll_s = 0.11 * spread(rng, 0.3) * (1.3 - 0.5 * contact.strength)
    heel = tread(scene, ground, bank, push)
    toe = tread(scene, ground, bank, push * 0.6) * np.float32(rng.uniform(0.3, 0.6))
    parts = [heel, np.concatenate([np.zeros(samples(roll_s), dtype=np.float32), toe])]
    if ground.crunch > 0.4:
        count = max(6, int(ground.grains * (0.5 + push)))
        loose = heap(rng, bank, count, roll_s + 0.12 * spread(rng, 0.3), ground.roughness, 0.25)
        parts.append(ground.crunch * loose)
    return peak_of_one(together(*parts), ground.drive)


def tread(scene: Scene, ground: Ground, bank: list[np.ndarray], push: float) -> np.ndarray:
    """One part of the foot coming down: float32 [samples]."""
    rng, voice = scene.rng, scene.voice
    weight = strike(rng, materials["thud"], push, 0.8 * voice.size, voice.hardness, damped=1.8)
    parts = [ground.thud * weight]
    if ground.floor:
        floor = materials[ground.floor]
        ringing = strike(rng, floor, push, ground.size * voice.size, voice.hardness, ground.damped)
        parts.append(ground.ring * ringing)
    if ground.grains:
        count = max(3, ground.grains // 5)
        parts.append(ground.crunch * push * heap(rng, bank, count, 0.03, ground.roughness, 0.1))
    return together(*parts)
