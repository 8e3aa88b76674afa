"""A narrator made of numbers: a glottal pulse train through five formants, hiss for the fricatives, in syllables.

The voiced part is a sum of harmonics, each weighted by the vocal tract's response at its own frequency
(D. H. Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67, 1980, gives the resonators).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

rate = 48000
control_rate = 1000  # Hz at which formants and loudness move
top_hz = 5200.0
bandwidths_hz = (70.0, 95.0, 140.0, 220.0, 280.0)
upper_formants_hz = (3500.0, 4500.0)
voice_level = 0.085  # RMS of a phrase
bed_level = 0.0016
release_s = 0.11  # a phrase's last vowel dies away
hiss_scale = 130.0  # what makes a hiss of 1 as loud as an open vowel


@dataclass(frozen=True)
class Phone:
    """One speech sound: formants 1-3 in Hz, how much of it is voice and how much hiss, its hiss and its length."""

    formants_hz: tuple[float, float, float]
    voice: float = 1.0
    hiss: float = 0.0
    hiss_hz: tuple[float, float] = (4000.0, 8000.0)
    length_s: float = 0.11


# Vowels: G. E. Peterson and H. L. Barney, JASA 24, 1952, averages of men.
phones = {
    "AE": Phone((660, 1720, 2410)),
    "AX": Phone((500, 1400, 2400), 0.8, length_s=0.065),
    "ER": Phone((490, 1350, 1690)),
    "IH": Phone((390, 1990, 2550), length_s=0.09),
    "IY": Phone((270, 2290, 3010), length_s=0.13),
    "OW": Phone((480, 880, 2350), length_s=0.15),
    "L": Phone((360, 1050, 2700), 0.55, length_s=0.07),
    "R": Phone((340, 1150, 1600), 0.6, length_s=0.07),
    "W": Phone((300, 650, 2200), 0.5, length_s=0.07),
    "N": Phone((260, 1500, 2500), 0.4, length_s=0.07),
    "V": Phone((260, 1050, 2300), 0.3, 0.06, (3000, 9000), 0.06),
    "DH": Phone((270, 1300, 2500), 0.35, 0.05, (3000, 9000), 0.045),
    "Z": Phone((260, 1700, 2500), 0.3, 0.3, (4500, 9500), 0.075),
    "B": Phone((220, 900, 2200), 0.12, length_s=0.055),
    "D": Phone((220, 1700, 2600), 0.12, length_s=0.05),
    "T": Phone((300, 1750, 2600), 0.0, 0.35, (2500, 8000), 0.04),
    "S": Phone((300, 1700, 2600), 0.0, 0.5, (4500, 10000), 0.1),
    "HH": Phone((500, 1700, 2500), 0.05, 0.16, (700, 3200), 0.06),
}


@dataclass(frozen=True)
class Phrase:
    start_s: float
    words: str
    sounds: str

    @property
    def length_s(self) -> float:
        return sum(phones[sound].length_s for sound in self.sounds.split())

    @property
    def stretch_s(self) -> tuple[float, float]:
        """Where it is heard, in seconds, half-open."""
        return self.start_s, self.start_s + self.length_s


phrases = (
    Phrase(0.6, "over the hills the wind is slow", "OW V ER DH AX HH IH L Z DH AX W IH N D IH Z S L OW OW"),
    Phrase(3.0, "and nobody is here to see", "AE N D N OW B AX D IY IH Z HH IY R T AX S IY IY"),
)


def narration(length_n: int) -> np.ndarray:
    """float32 [length_n] at 48 kHz: both phrases over a bed of soft air."""
    samples = air(length_n, seed=3)
    for order, phrase in enumerate(phrases):
        spoken = say(phrase.sounds.split(), seed=order)
        first_n = round(phrase.start_s * rate)
        part = samples[first_n : first_n + len(spoken)]
        part += spoken[: len(part)]
    return samples


def air(length_n: int, seed: int, level: float = bed_level) -> np.ndarray:
    """float32 [length_n]: noise falling by 3 dB an octave, at the given RMS."""
    noise = np.random.default_rng(seed).standard_normal(length_n)
    spectrum = np.fft.rfft(noise)
    hertz = np.fft.rfftfreq(length_n, 1 / rate)
    spectrum *= (hertz > 30) / np.sqrt(np.maximum(hertz, 30))
    return _at_level(np.fft.irfft(spectrum, length_n), level)


def say(sounds: list[str], seed: int) -> np.ndarray:
    """float32 [samples] at 48 kHz, at `voice_level`: the sounds one after the other."""
    rng = np.random.default_rng(seed)
    spoken = [phones[sound] for sound in sounds]
    length_n = round(sum(phone.length_s for phone in spoken) * rate)
    return _at_level(_voiced(spoken, length_n, rng) + _hissed(spoken, length_n, rng), voice_level)


def _voiced(spoken: list[Phone], length_n: int, rng: np.random.Generator) -> np.ndarray:
    formants = _formants(spoken)
    loudness = _track([phone.voice for phone in spoken], spoken, 0.03, edge=0.0)
    loudness *= np.minimum(1, (np.arange(len(loudness))[::-1] / (release_s * control_rate)))
    pitch = _pitch(len(loudness), rng)
    clock = np.arange(len(loudness)) / control_rate
    moments = np.arange(length_n) / rate
    turns = 2 * np.pi * np.cumsum(np.interp(moments, clock, pitch)) / rate
    wave = np.zeros(length_n)
    for harmonic in range(1, int(top_hz / pitch.min()) + 1):
        strength, lag = _response(harmonic * pitch, formants)
        strength *= loudness * np.clip((top_hz - harmonic * pitch) / 400, 0, 1)
        wave += np.interp(moments, clock, strength) * np.sin(harmonic * turns + np.interp(moments, clock, lag))
    return wave


def _response(hertz: np.ndarray, formants: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Gain and phase of glottis, lips and the formants in a row, [moments] each."""
    gain = hertz / (1 + (hertz / 180) ** 2)
    lag = np.zeros_like(hertz)
    for center, width in zip(formants, bandwidths_hz, strict=True):
        real, imaginary = center**2 - hertz**2, width * hertz
        gain *= center**2 / np.hypot(real, imaginary)
        lag -= np.arctan2(imaginary, real)
    return gain, lag


def _formants(spoken: list[Phone]) -> list[np.ndarray]:
    moving = [_track([phone.formants_hz[index] for phone in spoken], spoken, 0.05) for index in range(3)]
    return moving + [np.full_like(moving[0], fixed) for fixed in upper_formants_hz]


def _track(targets: list[float], spoken: list[Phone], glide_s: float, edge: float | None = None) -> np.ndarray:
    """[moments] at the control rate: one target a phone, gliding over; `edge` is what it comes from and goes to."""
    steps = np.repeat(targets, [round(phone.length_s * control_rate) for phone in spoken])
    glide = np.hanning(round(glide_s * control_rate) + 2)[1:-1]
    half = len(glide) // 2
    ends = (steps[0], steps[-1]) if edge is None else (edge, edge)
    padded = np.pad(steps, (half, len(glide) - 1 - half), constant_values=ends)
    return np.convolve(padded, glide / glide.sum(), "valid")


def _pitch(moments_n: int, rng: np.random.Generator) -> np.ndarray:
    """Hz at the control rate: a falling line with accents, 5 Hz vibrato and a little jitter."""
    clock = np.arange(moments_n) / control_rate
    line = 138 - 34 * clock / clock[-1] + 14 * np.sin(2 * np.pi * 1.9 * clock) * np.exp(-clock)
    jitter = np.convolve(rng.standard_normal(moments_n), np.ones(12) / 12, "same")
    return line * (1 + 0.012 * np.sin(2 * np.pi * 5 * clock) + 0.02 * jitter)


def _hissed(spoken: list[Phone], length_n: int, rng: np.random.Generator) -> np.ndarray:
    wave = np.zeros(length_n)
    begin_s = 0.0
    for phone in spoken:
        first_n = round(begin_s * rate)
        size = min(round(phone.length_s * rate), length_n - first_n)
        begin_s += phone.length_s
        if phone.hiss:
            wave[first_n : first_n + size] += phone.hiss * hiss_scale * _hiss(phone, size, rng)
    return wave


def _hiss(phone: Phone, size: int, rng: np.random.Generator) -> np.ndarray:
    low, high = phone.hiss_hz
    hertz = np.fft.rfftfreq(size, 1 / rate)
    band = 1 / (1 + (low / np.maximum(hertz, 1)) ** 6) / (1 + (hertz / high) ** 6)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(size)) * band, size)
    return noise / np.std(noise) * np.hanning(size) ** 0.5


def _at_level(wave: np.ndarray, level: float) -> np.ndarray:
    return (wave * (level / np.sqrt(np.mean(wave**2)))).astype(np.float32)
