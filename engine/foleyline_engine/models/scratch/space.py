"""The place a contact is heard in: a short tail of a room around it, or almost none in the open."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from foleyline_engine.models.scratch.dsp import pan_gains, rate, samples, soften_ends
from foleyline_engine.models.scratch.mix import Mix

Space = Literal["room", "open"]

# Length of the tail in seconds, its time to fall by 60 dB, its energy against the direct sound, first reflection.
spaces = {"room": (0.24, 0.26, -18.0, 0.006), "open": (0.12, 0.14, -24.0, 0.011)}
open_families = {"rain", "wind", "stream", "fire", "engine"}
open_variants = {"outdoors", "gravel", "grass", "snow", "sand", "leaves", "mud"}


def space_of(mix: Mix) -> Space:
    """Where the direction plays. What it refuses counts too, so that refusing a family changes no other."""
    variants = {variant for voice in mix.voices for variant in voice.variants}
    if "room" in variants:
        return "room"
    is_open = variants & open_variants or {voice.family for voice in mix.voices} & open_families
    return "open" if is_open else "room"


@cache
def tail(space: Space) -> np.ndarray:
    """The reflections on both sides, dense and ever darker: float32 [2, samples]. The same in every take."""
    length_s, fall_s, level_db, first_s = spaces[space]
    rng = np.random.Generator(np.random.PCG64(0x7A11))
    count_n = samples(length_s)
    times_s = np.arange(count_n) / rate
    lows = np.hanning(samples(0.006))  # no boom: what is below some 200 Hz stays where it was struck
    bright = rng.standard_normal((2, count_n))
    dull = np.stack([np.convolve(side, np.hanning(12), mode="same") for side in rng.standard_normal((2, count_n))])
    dull *= bright.std() / dull.std()
    sound = bright * np.exp(-6.9 * times_s / (0.4 * fall_s)) + dull * np.exp(-6.9 * times_s / fall_s)
    sound -= np.stack([np.convolve(side, lows / lows.sum(), mode="same") for side in sound])
    sound[:, : samples(first_s)] = 0.0
    sound = soften_ends(sound.astype(np.float32), 0.0, 0.02)
    return sound * np.float32(10.0 ** (level_db / 20.0) / np.sqrt(np.mean(np.sum(sound**2, axis=1))))


@cache
def tail_spectrum(space: Space, size: int) -> np.ndarray:
    return np.fft.rfft(tail(space), size)


def heard_in(space: Space, sound: np.ndarray, pan: float) -> np.ndarray:
    """A mono sound [samples] at its place between left and right, with its tail: float32 [2, more samples]."""
    count_n = sound.size + tail(space).shape[1]
    size = 1 << (count_n - 1).bit_length()
    if 3 * size // 4 >= count_n:
        size = 3 * size // 4
    out = np.fft.irfft(np.fft.rfft(sound, size) * tail_spectrum(space, size), size)[:, :count_n]
    out[:, : sound.size] += pan_gains(pan) * sound
    return out
