"""Which samples are cut out, and which frames around a cut are free of voices. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ..exchange import Stretch

margin_before_s = 0.10
margin_after_s = 0.16
joined_below_s = 0.30
guard_s = 0.05
enough_s = 3.0
farthest_s = 20.0


@dataclass(frozen=True)
class Cut:
    """Samples, half-open."""

    start: int
    end: int


def cuts_of(voiced: Sequence[Stretch], length_n: int, rate: int) -> list[Cut]:
    """Stretches with their margins, inside the take, in order; what lies closer than 0.3 s is joined."""
    cuts: list[Cut] = []
    for part in sorted(voiced, key=lambda part: part.start_s):
        start = max(round((part.start_s - margin_before_s) * rate), 0)
        end = min(round((part.end_s + margin_after_s) * rate), length_n)
        if part.end_s <= part.start_s or start >= end:
            continue
        if cuts and start - cuts[-1].end < joined_below_s * rate:
            cuts[-1] = Cut(cuts[-1].start, max(end, cuts[-1].end))
        else:
            cuts.append(Cut(start, end))
    return cuts


def frames_near(cut: Cut, cuts: Sequence[Cut], length_n: int, rate: int, frame_n: int, side: int) -> list[int]:
    """Starts of half-overlapping frames free of voices, nearest first, before (-1) or after (1) a cut."""
    guard, farthest_n = round(guard_s * rate), round(farthest_s * rate)
    taken = [Cut(other.start - guard, other.end + guard) for other in _within(cuts, cut, farthest_n + 2 * frame_n)]
    hop = frame_n // 2
    start = cut.end + guard if side > 0 else cut.start - guard - frame_n
    starts: list[int] = []
    while 0 <= start <= length_n - frame_n and max(start - cut.end, cut.start - frame_n - start) < farthest_n:
        blocker = next((other for other in taken if other.start < start + frame_n and start < other.end), None)
        if blocker:
            start = blocker.end if side > 0 else blocker.start - frame_n
            continue
        starts.append(start)
        if len(starts) * hop >= enough_s * rate:
            break
        start += side * hop
    return starts


def _within(cuts: Sequence[Cut], cut: Cut, reach: int) -> Sequence[Cut]:
    """Cuts that lie no farther than that from one of them; cuts are in order and apart."""
    first = bisect_left(cuts, cut.start - reach, key=lambda other: other.end)
    return cuts[first : bisect_right(cuts, cut.end + reach, key=lambda other: other.start)]
