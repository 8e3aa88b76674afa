"""Room tone around each cut of a sound that is read from its begin to its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from ..exchange import PartJob
from .stretches import Cut, farthest_s, frames_near
from .tone import Tone, frame_length, measure

fewest_frames = 3


def tones_of(job: PartJob, cuts: Sequence[Cut]) -> Iterator[tuple[Tone, Tone] | None]:
    """Before and behind each cut, in order; one stands in for the other, None where neither side has enough.

    The sound is read no farther than the next answer needs.
    """
    reach = round(farthest_s * job.rate) + 2 * frame_length(job.rate)
    open_cuts: deque[Around] = deque()
    coming = deque(cuts)
    held = Held()
    for block in job.blocks() if cuts else ():
        job.check()
        held.add(block)
        while coming and coming[0].start - reach < held.end:
            open_cuts.append(Around(coming.popleft(), cuts, job))
        for each in open_cuts:
            each.gather(held)
        while open_cuts and open_cuts[0].is_whole:
            yield open_cuts.popleft().tones()
        if not coming and not open_cuts:
            return
        held.forget(held.end - reach)


class Held:
    """The latest blocks of a sound, as they came."""

    def __init__(self) -> None:
        self.blocks: deque[tuple[int, np.ndarray]] = deque()
        self.end = 0

    def add(self, block: np.ndarray) -> None:
        self.blocks.append((self.end, block))
        self.end += block.shape[-1]

    def forget(self, before: int) -> None:
        """Blocks that end there or earlier."""
        while self.blocks and self.blocks[0][0] + self.blocks[0][1].shape[-1] <= before:
            self.blocks.popleft()

    def cut(self, start: int, count: int) -> np.ndarray:
        """A copy of samples that are held, [channels, count]."""
        end = start + count
        parts = [
            block[:, max(0, start - at) : end - at]
            for at, block in self.blocks
            if at < end and start < at + block.shape[-1]
        ]
        return np.concatenate(parts, axis=1)


class Around:
    """Frames free of voices on both sides of a cut, as they come by."""

    def __init__(self, cut: Cut, cuts: Sequence[Cut], job: PartJob) -> None:
        self.rate = job.rate
        self.frame_n = frame_length(job.rate)
        self.sides = [frames_near(cut, cuts, job.length_n, job.rate, self.frame_n, side) for side in (-1, 1)]
        self.frames: list[list[np.ndarray]] = [[], []]
        self.wanted = deque(sorted((start, side) for side in (0, 1) for start in self.sides[side]))

    @property
    def is_whole(self) -> bool:
        return not self.wanted

    def gather(self, held: Held) -> None:
        """Takes what is there now."""
        while self.wanted and self.wanted[0][0] + self.frame_n <= held.end:
            at, side = self.wanted.popleft()
            self.frames[side].append(held.cut(at, self.frame_n))

    def tones(self) -> tuple[Tone, Tone] | None:
        found = [measure(np.stack(each), self.rate) if len(each) >= fewest_frames else None for each in self.frames]
        before, after = found[0] or found[1], found[1] or found[0]
        return (before, after) if before and after else None
