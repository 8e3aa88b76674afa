"""Impacts: something struck. Plain ones are a restrained knock that fits most things."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.scratch.action import Contact
from foleyline_engine.models.scratch.dsp import amplitude, hump, samples
from foleyline_engine.models.scratch.resonator import materials, strike
from foleyline_engine.models.scratch.scene import Scene

level_db = -3.5
drive = 5.0
trims_db = {"metal": 1.5, "glass": -3.0, "ceramic": -2.5}  # what rings on is loud enough at a lower peak
breaks_above = 0.72  # glass that is hit harder goes to pieces


def render(scene: Scene) -> None:
    for contact in scene.contacts:
        scene.play(contact, blow(scene, contact), level_db)


def blow(scene: Scene, contact: Contact) -> np.ndarray:
    """One hit: float32 [samples] of peak 1."""
    material = scene.variant("plain")
    size, hardness = scene.body_size(contact), scene.voice.hardness
    push = 0.25 + 0.75 * contact.strength
    if material == "plain":
        knock = 0.6 * strike(scene.rng, materials["wood"], push, size, 0.7 * hardness, damped=1.6)
        return peak_of_one(together(strike(scene.rng, materials["thud"], push, size, hardness), knock), drive)
    body = strike(scene.rng, materials[material], push, size, hardness)
    weight = 0.3 * min(size / 2.0, 1.0) if material in ("wood", "stone") else 0.0
    sound = together(body, weight * strike(scene.rng, materials["thud"], push, size, hardness))
    if material == "glass" and contact.strength > breaks_above:
        sound = together(sound, shards(scene, contact))
    return peak_of_one(sound, 1.0 if material in ("metal", "glass") else drive) * np.float32(
        amplitude(trims_db.get(material, 0.0))
    )


def shards(scene: Scene, contact: Contact) -> np.ndarray:
    """Pieces that fall after a break, thinning out: float32 [samples]."""
    rng = scene.rng
    out = np.zeros(samples(1.6), dtype=np.float32)
    for delay_s in np.sort(rng.exponential(0.16, 14 + int(20 * contact.size)).clip(0.012, 0.8)):
        piece = strike(rng, materials["glass"], 0.5, rng.uniform(0.08, 0.5), 1.2, damped=2.5)
        start_n = samples(float(delay_s))
        piece = piece[: out.size - start_n]
        out[start_n : start_n + piece.size] += piece * np.float32(rng.uniform(0.15, 0.7) * amplitude(-14 * delay_s))
    return out


def together(*sounds: np.ndarray) -> np.ndarray:
    """Mono sounds of different lengths added, all from the first sample."""
    out = np.zeros(max(sound.size for sound in sounds), dtype=np.float32)
    for sound in sounds:
        out[: sound.size] += sound
    return out


def peak_of_one(sound: np.ndarray, drive: float = 1.0) -> np.ndarray:
    """The sound at peak 1, its mean taken out. drive above 1 presses the peaks down, as a close microphone does."""
    if drive > 1.0:
        sound = np.tanh(sound * np.float32(drive / max(float(np.abs(sound).max()), 1e-9)))
    sound = sound - np.float32(2.0 * sound.mean()) * hump(sound.size)
    return sound / max(float(np.abs(sound).max()), 1e-9)
