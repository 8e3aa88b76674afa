"""Doors, drawers and lids: the panel's thud, its latch, and now and then a hinge."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.scratch.action import Contact
from foleyline_engine.models.scratch.dsp import hump, rate, samples, spread
from foleyline_engine.models.scratch.families.impacts import peak_of_one, together
from foleyline_engine.models.scratch.resonator import materials, ring, strike
from foleyline_engine.models.scratch.scene import Scene, start_of

level_db = -4.0
drive = 5.5
creak_db = -30.0
alone_s = 1.6  # a hinge is heard only where nothing else happened for so long


def render(scene: Scene) -> None:
    previous_s = -alone_s / 2
    for contact in scene.contacts:
        sound = latch(scene, contact) if contact.kind == "stop" else closing(scene, contact)
        scene.play(contact, sound, level_db)
        if contact.time_s - previous_s > alone_s and scene.rng.random() < 0.5:
            hinge = creak(scene)
            start_n = start_of(contact) - hinge.size - samples(0.05)
            scene.canvas.place(start_n, hinge, contact.pan, scene.gain(creak_db))
        previous_s = contact.time_s


def closing(scene: Scene, contact: Contact) -> np.ndarray:
    """The panel in its frame, then the latch: float32 [samples] of peak 1."""
    rng, voice = scene.rng, scene.voice
    panel = scene.variant("wood")
    push = 0.3 + 0.7 * contact.strength
    size = voice.size * (3.0 + 3.0 * contact.size)
    # A sheet of metal or glass rings in its small parts; its large modes together would sound like a vowel.
    size *= 1.0 if panel == "wood" else 0.35
    frame = strike(rng, materials[panel], push, size, 1.1 * voice.hardness, damped=1.5 if panel == "wood" else 4.0)
    weight = strike(rng, materials["thud"], push, voice.size * (1.8 + 1.8 * contact.size), voice.hardness)
    return peak_of_one(together(frame, 0.9 * weight, 0.35 * catch(scene, push, 0.012)), drive)


def latch(scene: Scene, contact: Contact) -> np.ndarray:
    """The catch alone, as of a handle or a lock: peak 1, its first click at the first sample."""
    push = 0.3 + 0.5 * contact.strength
    first = strike(scene.rng, materials["metal"], push, 0.25 * scene.voice.size, 0.7, damped=6.0)
    return peak_of_one(together(first, 0.8 * catch(scene, push, 0.05), 0.3 * thump(scene, push)))


def thump(scene: Scene, push: float) -> np.ndarray:
    return strike(scene.rng, materials["wood"], push, 2.0 * scene.voice.size, damped=1.5)


def catch(scene: Scene, push: float, after_s: float) -> np.ndarray:
    """Two or three clicks of metal on metal."""
    rng = scene.rng
    clicks = []
    for number in range(int(rng.integers(2, 4))):
        delay_n = samples(after_s * spread(rng, 0.3) + 0.028 * number * spread(rng, 0.4))
        tick = strike(rng, materials["metal"], push, rng.uniform(0.15, 0.4), 0.8, damped=7.0)
        clicks.append(np.concatenate([np.zeros(delay_n, dtype=np.float32), tick * np.float32(0.75**number)]))
    return together(*clicks)


def creak(scene: Scene) -> np.ndarray:
    """A hinge that sticks and slips: irregular ticks through the panel's modes, float32 of peak 1."""
    rng = scene.rng
    count_n = samples(rng.uniform(0.35, 0.8))
    times_s, now_s = [], 0.0
    while now_s * rate < count_n:
        times_s.append(now_s)
        now_s += 0.016 * spread(rng, 0.9)
    ticks = np.zeros(count_n, dtype=np.float32)
    ticks[(np.array(times_s) * rate).astype(int)] = rng.uniform(0.1, 1.0, len(times_s)) ** 2
    freqs_hz = 1500.0 * spread(rng, 0.3) * np.array([1.0, 1.73, 2.41, 3.3])
    body = ring(freqs_hz, np.full(4, 0.02), np.array([1.0, 0.7, 0.5, 0.3]), np.zeros(4))
    size = 1 << (count_n + body.size).bit_length()
    sound = np.fft.irfft(np.fft.rfft(ticks, size) * np.fft.rfft(body, size), size)[:count_n]
    return peak_of_one(sound.astype(np.float32) * hump(count_n, 0.6))
