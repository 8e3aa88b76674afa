"""Cloth: rustling that follows the movement, as dense and bright as it is quick."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.scratch.action import tick_rate
from foleyline_engine.models.scratch.dsp import pan_curve, samples, smooth, wander
from foleyline_engine.models.scratch.grains import noise_bank, strew
from foleyline_engine.models.scratch.noise import Shape, flow, level, slope, widen
from foleyline_engine.models.scratch.scene import Scene, loudness_of

level_db = -30.0
# Slope in dB an octave, low and high edge in hertz, share of crackle.
fabrics = {
    "cotton": (-3.0, 260.0, 5500.0, 0.25),
    "silk": (-2.0, 420.0, 7500.0, 0.15),
    "nylon": (0.5, 700.0, 10500.0, 0.9),
    "leather": (-2.5, 350.0, 5000.0, 0.8),
}


def render(scene: Scene) -> None:
    fabric = fabrics[(scene.voice.variants or ("cotton",))[0]]
    swell = swing(scene)
    gain = scene.gain(level_db)
    for start_n, piece in flow(scene.rng, scene.canvas.length_n, rustle(scene, fabric, swell), block_n=2048):
        sides = pan_curve(scene.action.pan, tick_rate, start_n, piece.shape[1])
        scene.canvas.add(start_n, widen(piece, 0.4) * sides * np.float32(1.4 * gain))
        scene.canvas.check()
    crackle(scene, fabric[3], swell)


def swing(scene: Scene) -> np.ndarray:
    """How much the cloth moves, 0-1 [ticks]: the movement, and a swish at each contact that is its own."""
    moved = np.clip(scene.movement() * (0.5 + 0.5 * np.minimum(scene.action.speed, 1.0)), 0.0, 1.0)
    pushed = np.zeros_like(moved)
    for contact in scene.contacts:
        tick = min(int(contact.time_s * tick_rate), len(pushed) - 1)
        pushed[tick : tick + 6] = np.maximum(pushed[tick : tick + 6], 2.0 * loudness_of(contact))
    return np.clip(moved + smooth(pushed, 4), 0.0, 1.3)


def rustle(scene: Scene, fabric: tuple[float, float, float, float], swell: np.ndarray) -> Shape:
    tilt, low_hz, high_hz, _ = fabric
    dull = level(slope(tilt - 1.5, low_hz, 0.6 * high_hz))
    bright = level(slope(tilt, low_hz, high_hz * scene.voice.hardness))

    def shape(times_s: np.ndarray) -> np.ndarray:
        ticks = np.clip((times_s * tick_rate).astype(int), 0, len(swell) - 1)
        folds = np.exp(np.minimum(0.6 * wander(scene.rng, len(times_s), 2.0), 0.9) - 0.2)
        amount = (swell[ticks] ** 1.3 * folds)[:, None]
        quick = np.clip(scene.action.speed[ticks], 0.0, 1.0)[:, None]
        return amount * (dull + (bright - dull) * quick)

    return shape


def crackle(scene: Scene, share: float, swell: np.ndarray) -> None:
    """The small clicks of stiff cloth, more of them the more it moves."""
    rng = scene.rng
    bank = noise_bank(rng, 24, (1500.0, 8000.0), 1.0, (0.0008, 0.003))
    expected = np.minimum(swell, 1.0) ** 1.5 * share * 45.0 / tick_rate
    counts = rng.poisson(expected)
    ticks = np.repeat(np.arange(len(swell)), counts)
    starts_n = samples(1.0 / tick_rate) * ticks + rng.integers(0, samples(1.0 / tick_rate), len(ticks))
    gains = scene.gain(level_db + 1.0) * swell[ticks] * np.exp(0.8 * rng.standard_normal(len(ticks)))
    strew(scene.canvas, rng, starts_n, gains, bank, 0.4)
