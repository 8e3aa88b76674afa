"""Where a long sound is cut into chunks, and how they are joined again. Pure; positions are samples, half-open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..exchange import Stretch

longest_share = 1.25
"""Of the trained length that still goes through in one piece: its rotary positions are a quarter further on."""
overlap_share = 0.05
"""Of the trained length, shared by neighbors. A small network trained on speech over footage, 64 s in chunks of 4 s:
voice SDR within 0.1 s of a joint 7.4 dB at 0 %, 9.2 dB at 1 %, 9.1 dB at 5 %, 8.9 dB at 10 and 25 %; of the whole
9.0 dB at any, as with the reference's half-overlapping chunks. `bench.separators --mix` measures it."""
most_share = 0.25
margin_s = 0.3
"""Around a voiced stretch, where voices are removed in full."""
fade_s = 0.1
"""From there to nothing."""
context_s = 1.0
"""Beyond the fade, heard by the network and left as it is."""


@dataclass(frozen=True)
class Plan:
    """Chunks of one size, in order; each overlaps the one before it and no other."""

    starts: tuple[int, ...]
    size_n: int

    @property
    def length_n(self) -> int:
        return self.starts[-1] + self.size_n


def plan(length_n: int, chunk_n: int, share: float = overlap_share) -> Plan:
    """As few chunks as there can be, of even size: one where the sound is hardly longer than chunk_n, else none longer.

    Neighbors have in common at least that share of chunk_n, a quarter at most.
    """
    if length_n <= chunk_n * longest_share:
        return Plan((0,), length_n)
    overlap_n = int(chunk_n * min(share, most_share))
    count = math.ceil((length_n - overlap_n) / (chunk_n - overlap_n))
    size_n = math.ceil((length_n + (count - 1) * overlap_n) / count)
    return Plan(tuple(index * (length_n - size_n) // (count - 1) for index in range(count)), size_n)


@dataclass(frozen=True)
class Span:
    start: int
    end: int


def spans(voiced: Sequence[Stretch], length_n: int, rate: int, around_s: float) -> list[Span]:
    """Voiced stretches with `around_s` on either side, inside the sound, in order, joined where they meet."""
    found: list[Span] = []
    for part in sorted(voiced, key=lambda part: part.start_s):
        start = max(0, round((part.start_s - around_s) * rate))
        end = min(length_n, round((part.end_s + around_s) * rate))
        if part.end_s <= part.start_s or start >= end:
            continue
        if found and start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(end, found[-1].end))
        else:
            found.append(Span(start, end))
    return found
