"""What a family is given to play: its part of the mix, its contacts, the picture's movement and the canvas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from foleyline_engine.models.scratch.action import Action, Contact, tick_rate
from foleyline_engine.models.scratch.dsp import Canvas, amplitude, chunk_n, rate, samples, smooth
from foleyline_engine.models.scratch.mix import Voice
from foleyline_engine.models.scratch.space import Space, heard_in

softest_db = -16.0  # a contact of strength 0 against one of strength 1


@dataclass(frozen=True)
class Scene:
    """One family's part in a take. rng belongs to the family alone."""

    action: Action
    contacts: Sequence[Contact]
    voice: Voice
    rng: np.random.Generator
    canvas: Canvas
    space: Space = "room"

    def play(self, contact: Contact, sound: np.ndarray, level_db: float, shift: float = 0.0) -> None:
        """Puts a contact's sound [samples], of peak 1 and beginning at its first sample, where and when it is seen.

        shift moves it a little to the side.
        """
        self.canvas.check()
        gain = np.float32(self.gain(level_db) * loudness_of(contact))
        self.canvas.add(start_of(contact), gain * heard_in(self.space, sound, contact.pan + shift))

    def gain(self, level_db: float) -> float:
        return self.voice.weight * amplitude(level_db)

    def variant(self, otherwise: str) -> str:
        """One of the variants asked for, drawn anew each time."""
        variants = self.voice.variants or (otherwise,)
        return variants[int(self.rng.integers(len(variants)))]

    def body_size(self, contact: Contact) -> float:
        """Of the thing that sounds, 1 is hand-sized."""
        return self.voice.size * (0.6 + 2.0 * contact.size**0.7)

    def chunks(self) -> Iterator[tuple[int, int]]:
        """The take in pieces for beds: (first sample, samples), `check` called before each."""
        for start_n in range(0, self.canvas.length_n, chunk_n):
            self.canvas.check()
            yield start_n, min(chunk_n, self.canvas.length_n - start_n)

    def at(self, curve: np.ndarray, seconds: float) -> float:
        """A curve's value at a time."""
        return float(curve[min(max(int(seconds * tick_rate), 0), len(curve) - 1)])

    def movement(self) -> np.ndarray:
        """How much is moving, 0-1 [ticks], without the picture's grain and a little slower than it."""
        return smooth(np.clip((self.action.motion - 0.04) / 0.96, 0.0, 1.0), 4)


def loudness_of(contact: Contact) -> float:
    """The amplitude that a contact's strength stands for; a doubtful contact is a little softer."""
    return amplitude(softest_db * (1.0 - contact.strength)) * (0.6 + 0.4 * contact.confidence)


def start_of(contact: Contact) -> int:
    return samples(contact.time_s)


def tidy(action: Action, length_n: int) -> Action:
    """The action with every value finite and in range, at least two ticks long, its contacts in the take."""

    def curve(values: np.ndarray, low: float, high: float) -> np.ndarray:
        values = np.atleast_1d(np.asarray(values, dtype=np.float32))
        values = np.resize(values, 2) if values.size < 2 else values
        return np.clip(np.nan_to_num(values, nan=0.0, posinf=high, neginf=low), low, high)

    curves = {
        name: curve(getattr(action, name), low, high)
        for name, low, high in (
            ("motion", 0.0, 1.0),
            ("speed", 0.0, 10.0),
            ("pan", -1.0, 1.0),
            ("size", 0.0, 1.0),
            ("camera", 0.0, 10.0),
            ("brightness", 0.0, 1.0),
            ("flicker", 0.0, 1.0),
        )
    }
    contacts = [tidy_contact(one) for one in action.contacts if 0 <= one.time_s * rate < length_n]
    return replace(action, contacts=contacts, **curves)


def tidy_contact(contact: Contact) -> Contact:
    def between(value: float, low: float) -> float:
        return min(max(value, low), 1.0) if np.isfinite(value) else 0.0

    return replace(
        contact,
        strength=between(contact.strength, 0.0),
        pan=between(contact.pan, -1.0),
        size=between(contact.size, 0.0),
        confidence=between(contact.confidence, 0.0),
    )
