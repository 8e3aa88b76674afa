"""What is laid over one cut: room tone, with equal-power fades inside of the cut; silence where there is no tone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..exchange import PartJob
from .stretches import Cut
from .tone import Tone, synthesize

fade_s = 0.015


class Patch:
    """Handed out from the cut's begin on, as far as it is asked for."""

    def __init__(self, cut: Cut, tones: tuple[Tone, Tone] | None, job: PartJob) -> None:
        self.cut = cut
        self.given_n = 0
        fade_n = min(round(fade_s * job.rate), (cut.end - cut.start) // 2)
        self._into = _fade(fade_n if cut.start > 0 else 0)
        self._back = _fade(fade_n if cut.end < job.length_n else 0)[::-1]
        self._made = _tone(cut, tones, job)
        self._left = np.zeros((job.channels, 0), np.float32)

    def over(self, mix: np.ndarray) -> np.ndarray:
        """The next samples of the cut, float32 [channels, n], in place of those of the mix."""
        length_n, count = self.cut.end - self.cut.start, mix.shape[-1]
        kept, laid = np.zeros(count, np.float32), np.ones(count, np.float32)
        for fade, at in ((self._into, 0), (self._back, length_n - len(self._back))):
            first, last = max(at, self.given_n), min(at + len(fade), self.given_n + count)
            if first < last:
                places = slice(first - self.given_n, last - self.given_n)
                kept[places] = fade[first - at : last - at]
                laid[places] = fade[::-1][first - at : last - at]
        self.given_n += count
        return self._next(count) * laid + mix * kept

    def _next(self, count: int) -> np.ndarray:
        while self._left.shape[-1] < count:
            self._left = np.concatenate([self._left, next(self._made)], axis=1)
        ready, self._left = self._left[:, :count], self._left[:, count:]
        return ready


def _tone(cut: Cut, tones: tuple[Tone, Tone] | None, job: PartJob) -> Iterator[np.ndarray]:
    if tones:
        yield from synthesize(tones, cut.end - cut.start, job.rate, (job.seed, cut.start), job.check)
    while tones is None:
        yield np.zeros((job.channels, job.rate), np.float32)


def _fade(count: int) -> np.ndarray:
    """Falling quarter of a cosine; with its mirror image the powers sum to 1."""
    return np.cos((np.arange(count) + 0.5) / max(count, 1) * np.pi / 2).astype(np.float32)
