"""What is in the film: its shots in order, when something touches in each, and where a voice is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from foleyline_engine.film import voice
from foleyline_engine.film.shots import ball, door, hammer, hills, walk, water

rate = Fraction(24000, 1001)

Draw = Callable[[np.ndarray, int], None]


@dataclass(frozen=True)
class Shot:
    """contacts: frames on which things touch; sound: production sound for so many samples; source: of step 1."""

    name: str
    prompt: str
    frames: int
    contacts: tuple[int, ...]
    backdrop: Callable[[], np.ndarray]
    draw: Draw
    view: Callable[[np.ndarray, int], np.ndarray] | None = None
    sound: Callable[[int], np.ndarray] | None = None
    voiced: tuple[tuple[float, float], ...] = ()
    source: Literal["picture", "production"] = "picture"

    @property
    def contacts_s(self) -> list[float]:
        """Seconds from the shot's first frame."""
        return [float(frame / rate) for frame in self.contacts]

    @property
    def length_n(self) -> int:
        """Samples at 48 kHz."""
        return round(self.frames * voice.rate / rate)

    def picture(self, backdrop: np.ndarray, frame: int) -> np.ndarray:
        """uint8 [720, 1280, 3]; `backdrop` is left as it was."""
        image = backdrop.copy()
        self.draw(image, frame)
        return self.view(image, frame) if self.view else image


def _quiet(seed: int) -> Callable[[int], np.ndarray]:
    return lambda length_n: voice.air(length_n, seed)


shots = (
    Shot("ball", "rubber ball bouncing on a wooden floor", ball.frames, ball.contacts, ball.backdrop, ball.draw),
    Shot(
        "hammer",
        "wooden mallet hitting a wooden peg",
        hammer.frames,
        hammer.contacts,
        hammer.backdrop,
        hammer.draw,
        sound=_quiet(11),
    ),
    Shot(
        "walk",
        "footsteps on stone, cloth movement",
        walk.frames,
        walk.contacts,
        walk.backdrop,
        walk.draw,
        sound=_quiet(12),
    ),
    Shot("door", "door slams, picture frame falls on wood", door.frames, door.contacts, door.backdrop, door.draw),
    Shot("water", "stones splash into water", water.frames, water.contacts, water.backdrop, water.draw),
    Shot(
        "narrated",
        "soft wind over a meadow",
        hills.frames,
        hills.contacts,
        hills.backdrop,
        hills.draw,
        view=hills.view,
        sound=voice.narration,
        voiced=tuple(phrase.stretch_s for phrase in voice.phrases),
        source="production",
    ),
)
