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
    held, start = np.zeros((job.channels, 0), np.float32), 0
    for block in job.blocks() if cuts else ():
        job.check()
        held = np.concatenate([held, block], axis=1)
        end = start + held.shape[-1]
        while coming and coming[0].start - reach < end:
            open_cuts.append(Around(coming.popleft(), cuts, job))
        for each in open_cuts:
            each.gather(held, start)
        while open_cuts and open_cuts[0].is_whole:
            yield open_cuts.popleft().tones()
        if not coming and not open_cuts:
            return
        forgotten = max(0, end - reach - start)
        held, start = held[:, forgotten:], start + forgotten


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

    def gather(self, held: np.ndarray, start: int) -> None:
        """Takes what is there of samples [channels, n] that begin at `start`."""
        end = start + held.shape[-1]
        while self.wanted and self.wanted[0][0] + self.frame_n <= end:
            at, side = self.wanted.popleft()
            self.frames[side].append(held[:, at - start : at - start + self.frame_n].copy())

    def tones(self) -> tuple[Tone, Tone] | None:
        found = [measure(np.stack(each), self.rate) if len(each) >= fewest_frames else None for each in self.frames]
        before, after = found[0] or found[1], found[1] or found[0]
        return (before, after) if before and after else None
