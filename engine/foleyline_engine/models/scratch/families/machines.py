"""Engines that follow what moves, and the hum of things that only run."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.scratch.action import tick_rate
from foleyline_engine.models.scratch.dsp import Drift, pan_curve, rate, smooth, stretch_to, wander
from foleyline_engine.models.scratch.noise import Shape, flow, lay, level, slope, widen
from foleyline_engine.models.scratch.scene import Scene

engine_db = -28.0
hum_db = -38.0
table_n = 16384  # so fine that the nearest entry will do: -96 dB
# Firing rate at idle and at full speed in hertz, and how fast harmonics fall in dB an octave.
engines = {"car": (24.0, 78.0, -5.0), "truck": (15.0, 46.0, -4.5), "bike": (36.0, 150.0, -3.5)}
full_speed = 1.2  # picture widths a second
mains_hz = 50.0


def engine(scene: Scene) -> None:
    """Firing strokes as a wave that repeats every other turn, and the noise of intake and road."""
    rng = scene.rng
    idle_hz, top_hz, fall_db = engines[(scene.voice.variants or ("car",))[0]]
    load = smooth(np.clip(scene.action.speed / full_speed, 0.0, 1.0), 25)
    unrest = 0.02 * wander(rng, len(load), 6.0)
    pitch_hz = (idle_hz + (top_hz - idle_hz) * load) * (1.0 + unrest) / scene.voice.size**0.4
    tables = [stroke_table(rng, fall_db - 4.0), stroke_table(rng, fall_db)]
    turns = 0.0
    noise = flow(rng, scene.canvas.length_n, road(scene, load))
    for start_n, piece in noise:
        count_n = piece.shape[1]
        loaded = stretch_to(load, tick_rate, start_n, count_n)
        phase = turns + np.cumsum(stretch_to(pitch_hz, tick_rate, start_n, count_n), dtype=np.float64) / (4 * rate)
        turns = float(phase[-1] % 1.0)
        place = (phase * table_n).astype(np.int64) % table_n
        strokes = tables[0][place] * (1.0 - loaded) + tables[1][place] * (0.7 + 0.5 * loaded)
        sides = pan_curve(0.8 * scene.action.pan, tick_rate, start_n, count_n)
        sound = sides * (1.1 * strokes) + 0.5 * widen(piece, 0.6)
        scene.canvas.add(start_n, sound * ((0.55 + 0.75 * loaded) * np.float32(scene.gain(engine_db))))
        scene.canvas.check()


def stroke_table(rng: np.random.Generator, fall_db: float) -> np.ndarray:
    """Four strokes that differ a little, of RMS 1: float32 [table_n]. Every fourth partial is the firing rate."""
    partials = np.arange(1, 160)
    amps = 10.0 ** (fall_db * np.log2(partials / 4.0) / 20.0)
    amps[partials < 4] = 0.12
    amps *= np.where(partials % 4 == 0, 1.0, 0.16) * rng.uniform(0.5, 1.0, partials.size)
    spectrum = np.zeros(table_n // 2 + 1, dtype=np.complex128)
    spectrum[partials] = amps * np.exp(1j * rng.uniform(0, 2 * np.pi, partials.size))
    wave = np.fft.irfft(spectrum, table_n)
    return (wave / np.sqrt(np.mean(wave**2))).astype(np.float32)


def road(scene: Scene, load: np.ndarray) -> Shape:
    idle, driving = level(slope(-6.0, 60.0, 1500.0)), level(slope(-3.5, 90.0, 4500.0 * scene.voice.hardness))

    def shape(times_s: np.ndarray) -> np.ndarray:
        share = load[np.clip((times_s * tick_rate).astype(int), 0, len(load) - 1)][:, None]
        return idle * (1.0 - share) * 0.6 + driving * share

    return shape


def hum(scene: Scene) -> None:
    """Mains and a fan: harmonics that beat slowly against one another, and moving air."""
    rng, canvas = scene.rng, scene.canvas
    base = level(slope(-4.0, 80.0, 3500.0 * scene.voice.hardness))
    slow = Drift(rng, 12.0)
    air = flow(rng, canvas.length_n, lambda times_s: base * (1.0 + 0.1 * slow(times_s)[:, None]))
    lay(canvas, air, 0.6, scene.gain(hum_db - 3.0))
    partials = np.array([1, 2, 3, 4, 6, 8, 12])
    freqs_hz = mains_hz * partials * (1.0 + 4e-4 * rng.standard_normal(partials.size))
    amps = np.array([0.5, 1.0, 0.25, 0.5, 0.22, 0.12, 0.06]) * rng.uniform(0.7, 1.0, partials.size)
    phases = rng.uniform(0, 2 * np.pi, partials.size)
    for start_n, count_n in scene.chunks():
        tone = partials_at(freqs_hz, amps, phases, start_n, count_n)
        canvas.add(start_n, tone * np.float32(scene.gain(hum_db)))


def partials_at(freqs_hz: np.ndarray, amps: np.ndarray, phases: np.ndarray, start_n: int, count_n: int) -> np.ndarray:
    """Steady sines from start_n on, by two short tables as in `resonator.ring`: float32 [count_n]."""
    width = 256
    steps = 2j * np.pi * freqs_hz / rate
    coarse = amps * np.exp(1j * phases + np.outer(start_n + np.arange(-(-count_n // width)) * width, steps))
    fine = np.exp(np.outer(steps, np.arange(width)))
    left = np.concatenate([np.real(coarse), -np.imag(coarse)], axis=1).astype(np.float32)
    right = np.concatenate([np.real(fine), np.imag(fine)], axis=0).astype(np.float32)
    return np.einsum("am,mb->ab", left, right).reshape(-1)[:count_n]
