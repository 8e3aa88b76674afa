"""Which families of sound a take is made of, how strongly, and which of them gives each contact its sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foleyline_engine.models.scratch.action import Contact
from foleyline_engine.models.scratch.dsp import stream_for

families = (
    "footsteps",
    "impacts",
    "door",
    "handling",
    "splash",
    "cloth",
    "whoosh",
    "stream",
    "rain",
    "wind",
    "fire",
    "engine",
    "hum",
    "ambience",
)

# How well a family suits a kind of contact. The choice weighs these to the sixth power: a clear favorite always
# wins, near equals take turns.
affinities = {
    "footsteps": {"step": 1.0, "hit": 0.35, "stop": 0.1},
    "impacts": {"step": 0.3, "hit": 1.0, "stop": 0.5},
    "door": {"step": 0.1, "hit": 0.8, "stop": 0.7},
    "handling": {"step": 0.15, "hit": 0.7, "stop": 0.7},
    "splash": {"step": 0.35, "hit": 0.8, "stop": 0.3},
    "cloth": {"step": 0.02, "hit": 0.05, "stop": 0.3},
}
decisiveness = 6
larger_is_likelier = {"door": 0.6, "handling": -0.6}


@dataclass(frozen=True)
class Voice:
    """One family's part. weight: amplitude, 1 is its usual level. variants: its materials or kinds, none for plain.

    size above 1 is larger and lower, hardness above 1 is harder and brighter. removed: found in what is to be left
    out, so it keeps its contacts and stays silent.
    """

    family: str
    weight: float = 1.0
    variants: tuple[str, ...] = ()
    size: float = 1.0
    hardness: float = 1.0
    removed: bool = False


@dataclass(frozen=True)
class Mix:
    """voices: one a family at most. unknown: words of the direction that say nothing to this generator.

    directed: the families were asked for by name.
    """

    voices: tuple[Voice, ...]
    unknown: tuple[str, ...] = ()
    directed: bool = False

    @property
    def heard(self) -> tuple[Voice, ...]:
        return tuple(voice for voice in self.voices if not voice.removed)


neutral = (
    Voice("impacts", 1.25),
    Voice("footsteps", 1.0),
    Voice("cloth", 0.6),
    Voice("whoosh", 0.45),
    Voice("ambience", 0.55, ("room",)),
)


def suits(voice: Voice, contact: Contact) -> float:
    """How much a family asks for a contact, 0 for not at all."""
    affinity = affinities.get(voice.family, {}).get(contact.kind, 0.0)
    lean = larger_is_likelier.get(voice.family, 0.0) * (min(contact.size / 0.25, 1.0) - 0.5)
    return affinity * (1.0 + lean) * max(voice.weight, 0.05) ** 0.2


def cast(mix: Mix, contacts: Sequence[Contact], seed: int) -> dict[str, list[Contact]]:
    """Gives each contact to one family. A removed family's contacts go to nobody: leaving footsteps out does not
    turn the steps into something else."""
    roles: dict[str, list[Contact]] = {voice.family: [] for voice in mix.heard}
    draws = stream_for(seed, "casting").random(len(contacts))
    for contact, draw in zip(contacts, draws, strict=True):
        chances = np.array([suits(voice, contact) for voice in mix.voices]) ** decisiveness
        if chances.sum() <= 0:
            continue
        chosen = int(np.searchsorted(np.cumsum(chances) / chances.sum(), draw, side="right"))
        voice = mix.voices[min(chosen, len(mix.voices) - 1)]
        if not voice.removed:
            roles[voice.family].append(contact)
    return roles
