"""What was removed, and where: energies of a sound before and after, counted as its blocks go by."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..exchange import Stretch

frame_s = 0.05
lowest_db = -50.0
"""Of a voice that counts as one, in RMS of a frame; what step 4 calls silence lies below it."""
below_mix_db = -26.0
"""Weaker than this against the mix, a removal is no voice but the network's noise."""
joined_below_s = 0.3
shortest_s = 0.1
loudest_drop_db = 120.0


@dataclass
class Ledger:
    """Energies of frames, mean squares, one after another: of the mix, of the voice, of the rest.

    One array: many small ones that stay, between large ones that go, would scatter memory.
    """

    rate: int
    frames: array[float] = field(default_factory=lambda: array("d"))
    left: np.ndarray = field(default_factory=lambda: np.zeros((3, 0)))

    def add(self, mix: np.ndarray, voice: np.ndarray, rest: np.ndarray) -> None:
        """Blocks [channels, n] of the same places."""
        for start in range(0, mix.shape[-1], self.rate):
            end = start + self.rate
            self._add(mix[:, start:end], voice[:, start:end], rest[:, start:end])

    def _add(self, *parts: np.ndarray) -> None:
        powers = np.stack([np.mean(np.square(part, dtype=np.float64), axis=0) for part in parts])
        powers = np.concatenate([self.left, powers], axis=1)
        whole = powers.shape[1] // self.frame_n * self.frame_n
        self.frames.frombytes(powers[:, :whole].reshape(3, -1, self.frame_n).mean(2).T.tobytes())
        self.left = powers[:, whole:].copy()

    @property
    def frame_n(self) -> int:
        return round(frame_s * self.rate)

    def energies(self) -> np.ndarray:
        """[3, frames], the last frame as short as it is."""
        last = [self.left.mean(1, keepdims=True)] if self.left.size else []
        return np.concatenate([np.array(self.frames).reshape(-1, 3).T, *last], axis=1)

    def removal(self) -> Removal:
        mix, voice, rest = self.energies()
        is_voice = (voice > 10 ** (lowest_db / 10)) & (voice > mix * 10 ** (below_mix_db / 10))
        runs = _joined(_runs(is_voice))
        places = np.array([place for first, end in runs for place in range(first, end)], dtype=int)
        stretches = [Stretch(first * frame_s, end * frame_s) for first, end in runs]
        return Removal(stretches, _drop(mix[places].sum(), rest[places].sum()), _db(voice.mean() if voice.size else 0))


@dataclass(frozen=True)
class Removal:
    """drop_db: how much less energy there is within the stretches; voice_db: RMS of all that was removed."""

    stretches: Sequence[Stretch]
    drop_db: float
    voice_db: float

    @property
    def seconds(self) -> float:
        return sum(part.end_s - part.start_s for part in self.stretches)


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def _joined(runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, end in runs:
        if joined and (first - joined[-1][1]) * frame_s < joined_below_s:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return [(first, end) for first, end in joined if (end - first) * frame_s >= shortest_s]


def _drop(before: float, after: float) -> float:
    if not before:
        return 0.0
    return min(10 * math.log10(before / after), loudest_drop_db) if after else loudest_drop_db


def _db(power: float) -> float:
    return max(10 * math.log10(power), -loudest_drop_db) if power else -loudest_drop_db
