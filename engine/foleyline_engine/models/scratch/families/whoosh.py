"""Whooshes: air pushed aside by what passes quickly."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.scratch.action import tick_rate
from foleyline_engine.models.scratch.dsp import hump, pan_curve, rate, samples, smooth, spread
from foleyline_engine.models.scratch.noise import band, level, passage
from foleyline_engine.models.scratch.scene import Scene

level_db = -22.0
quick_enough = 0.3
apart_ticks = 14
full_speed = 1.4  # picture widths a second


def render(scene: Scene) -> None:
    rush = rush_of(scene)
    for tick in peaks(rush):
        scene.canvas.check()
        sweep(scene, tick, float(rush[tick]))


def rush_of(scene: Scene) -> np.ndarray:
    """How quickly and how largely things pass, 0-1 [ticks]."""
    quick = np.clip(scene.action.speed / full_speed, 0.0, 1.0)
    return smooth(quick * np.clip(2.0 * scene.movement(), 0.0, 1.0), 5)


def peaks(rush: np.ndarray) -> list[int]:
    """Ticks at which the rush is greatest for a while."""
    found: list[int] = []
    taken = np.zeros(len(rush), dtype=bool)
    for tick in np.argsort(-rush, kind="stable")[: int(np.sum(rush >= quick_enough))].tolist():
        if not taken[tick]:
            found.append(tick)
            taken[max(tick - apart_ticks, 0) : tick + apart_ticks + 1] = True
    return sorted(found)


def sweep(scene: Scene, tick: int, rush: float) -> None:
    """One pass: noise whose color rises and falls with it, loudest at its tick, following its place."""
    rng, voice = scene.rng, scene.voice
    count_n = samples(0.85 * spread(rng, 0.25) * voice.size**0.3 * (1.3 - 0.5 * rush))
    top_hz = 1100.0 * spread(rng, 0.2) * (0.6 + rush) * voice.hardness / voice.size**0.5
    middle = rng.uniform(0.55, 0.7)

    def shape(times_s: np.ndarray) -> np.ndarray:
        bow = np.interp(times_s * rate / count_n, np.linspace(0, 1, 64), hump(64, middle))
        return level(band(1.8 * top_hz * (0.4 + 0.6 * bow), 2.5))

    sound = passage(rng, count_n, shape) * hump(count_n, middle) ** 2
    start_n = samples(tick / tick_rate) - int(middle * count_n)
    sides = pan_curve(scene.action.pan, tick_rate, start_n, count_n)
    scene.canvas.add(start_n, sides * sound * np.float32(scene.gain(level_db) * (0.3 + 0.7 * rush)))
