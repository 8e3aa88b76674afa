"""Air and fire: wind with its gusts, flames with their crackle, and the beds of rooms and of the open."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.scratch.action import tick_rate
from foleyline_engine.models.scratch.dsp import Drift, arrivals, rate, smooth
from foleyline_engine.models.scratch.grains import noise_bank, strew
from foleyline_engine.models.scratch.noise import Shape, band, flow, lay, level, slope
from foleyline_engine.models.scratch.scene import Scene

wind_db = -29.0
fire_db = -35.0
room_db = -50.0
outdoors_db = -43.0


def wind(scene: Scene) -> None:
    lay(scene.canvas, flow(scene.rng, scene.canvas.length_n, gusts(scene)), 0.7, scene.gain(wind_db))


def gusts(scene: Scene) -> Shape:
    """Two broad resonances that wander, stronger and higher together; leaves in the picture add to it."""
    rng, voice = scene.rng, scene.voice
    strength, color, second = Drift(rng, 11.0), Drift(rng, 7.0), Drift(rng, 5.0)
    breath = smooth(scene.action.flicker, 20)
    base = level(slope(-5.0, 45.0, 900.0 * voice.hardness))

    def shape(times_s: np.ndarray) -> np.ndarray:
        ticks = np.clip((times_s * tick_rate).astype(int), 0, len(breath) - 1)
        force = np.clip(0.55 + 0.4 * strength(times_s) + 0.3 * breath[ticks], 0.08, 1.2)
        low_hz = 260.0 / voice.size**0.4 * 2.0 ** (0.7 * color(times_s) + 0.8 * force)
        high_hz = low_hz * 2.4 * 2.0 ** (0.3 * second(times_s))
        howl = level(band(low_hz, 1.4)) * force[:, None] ** 1.5
        hiss = level(band(high_hz, 2.2)) * (0.35 * force[:, None] ** 2)
        return 0.5 * base * force[:, None] + 0.8 * howl + hiss

    return shape


def fire(scene: Scene) -> None:
    """Rumble and hiss that flutter, crackles that come in runs; both follow the flicker of the picture."""
    rng = scene.rng
    lay(scene.canvas, flow(rng, scene.canvas.length_n, flutter(scene), block_n=4096), 0.6, scene.gain(fire_db))
    crackles = noise_bank(rng, 48, (900.0, 8500.0), 1.1, (0.0004, 0.004))
    flicker = smooth(scene.action.flicker, 10)
    runs = Drift(rng, 3.0)
    for start_n, count_n in scene.chunks():
        times_s = arrivals(rng, 45.0, count_n / rate)
        lively = 0.35 + 0.35 * runs(times_s + start_n / rate) + 0.5 * flicker_at(flicker, times_s + start_n / rate)
        times_s = times_s[rng.random(len(times_s)) < lively]
        gains = np.minimum(rng.pareto(1.6, len(times_s)) + 0.15, 6.0) * scene.gain(fire_db + 5.0)
        strew(scene.canvas, rng, start_n + times_s * rate, gains, crackles, 0.8)


def flicker_at(flicker: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    return flicker[np.clip((times_s * tick_rate).astype(int), 0, len(flicker) - 1)]


def flutter(scene: Scene) -> Shape:
    rumble = level(slope(-7.0, 30.0, 350.0 / scene.voice.size**0.3))
    hiss = level(slope(-1.0, 1500.0, 9000.0 * scene.voice.hardness))
    flicker = smooth(scene.action.flicker, 5)
    slow = Drift(scene.rng, 1.7)

    def shape(times_s: np.ndarray) -> np.ndarray:
        lively = 0.7 + 0.25 * slow(times_s) + 0.3 * flicker_at(flicker, times_s)
        licks = np.exp(0.35 * scene.rng.standard_normal(len(times_s)))
        return rumble * (lively * licks)[:, None] + 0.3 * hiss * lively[:, None] ** 2

    return shape


def ambience(scene: Scene) -> None:
    """A bed to put the rest on: a room's air unless the open is asked for."""
    wanted = scene.voice.variants or ("room",)
    beds = {"room": (room_tone, room_db, 0.5), "outdoors": (open_air, outdoors_db, 0.9)}
    for name in wanted:
        make, level_db, width = beds[name]
        lay(scene.canvas, flow(scene.rng, scene.canvas.length_n, make(scene)), width, scene.gain(level_db))


def room_tone(scene: Scene) -> Shape:
    """Air and building: falling steadily, with two faint resonances of the room."""
    first_hz, second_hz = scene.rng.uniform(90.0, 140.0), scene.rng.uniform(180.0, 320.0)
    color = slope(-5.5, 35.0, 6000.0) + 1.5 * band(first_hz, 0.6) + 0.8 * band(second_hz, 0.6)
    slow = Drift(scene.rng, 9.0)
    base = level(color)
    return lambda times_s: base * (1.0 + 0.08 * slow(times_s)[:, None])


def open_air(scene: Scene) -> Shape:
    """Far air, and leaves that stir now and then."""
    far = level(slope(-4.5, 50.0, 2500.0))
    leaves = level(band(4800.0, 2.4))
    stir, swell = Drift(scene.rng, 8.0), Drift(scene.rng, 13.0)

    def shape(times_s: np.ndarray) -> np.ndarray:
        stirring = np.clip(0.25 + 0.5 * stir(times_s), 0.04, 1.0)[:, None]
        return far * (1.0 + 0.25 * swell(times_s)[:, None]) + 0.7 * leaves * stirring**1.3

    return shape
