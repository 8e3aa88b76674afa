"""Finds the moments that want a sound in the motion of a clip: hits, stops and steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from foleyline_engine.models.scratch.action import Contact
from foleyline_engine.models.scratch.motion import Motion
from foleyline_engine.models.scratch.sudden import Moments, find_sudden

least_score = 0.24
least_share = 0.28
apart_s = 0.11
aftermaths_s = {"turn": 0.25, "halt": 0.3, "burst": 0.11, "settling": 0.4}
step_gaps_s = (0.25, 0.95)


def find_contacts(motion: Motion, broken: np.ndarray) -> list[Contact]:
    """broken: [pairs] True where motion cannot be read: cuts and flashes. Contacts are sorted by time."""
    if motion.pairs < 3:
        return []
    moments = find_sudden(motion, broken)
    return _mark_steps([_contact(motion, moments, index) for index in _pick(moments)])


def _pick(moments: Moments) -> list[int]:
    """Bursts first, then the strongest: nobody stands close to an earlier choice or in a burst's aftermath."""
    limit = max(least_score, least_share * float(moments.score.max(initial=0)))
    chosen: list[int] = []
    order = np.lexsort((-moments.score, moments.kind != "burst")).tolist()
    for index in order:
        if moments.score[index] >= limit and not any(_belongs(moments, index, other) for other in chosen):
            chosen.append(index)
    return sorted(chosen, key=lambda index: moments.time_s[index])


def _belongs(moments: Moments, index: int, other: int) -> bool:
    later_s = moments.time_s[index] - moments.time_s[other]
    aftermath_s = aftermaths_s[moments.kind[index]] if moments.kind[other] == "burst" else apart_s
    return -apart_s <= later_s <= aftermath_s


def _contact(motion: Motion, moments: Moments, index: int) -> Contact:
    pair = moments.pair[index]
    area = motion.area[max(0, pair - 1) : pair + 2]
    columns = area.sum((0, 1))
    centers = np.linspace(-1, 1, 2 * len(columns) + 1)[1::2]
    score = float(np.clip(moments.score[index], 0, 1))
    return Contact(
        time_s=float(moments.time_s[index]),
        strength=score,
        pan=float(columns @ centers / columns.sum()) if columns.sum() > 0 else 0.0,
        size=float(np.clip(area.sum((1, 2)).max(), 0, 1)),
        kind="stop" if moments.kind[index] in ("halt", "settling") else "hit",
        confidence=score,
    )


def _mark_steps(contacts: Sequence[Contact]) -> list[Contact]:
    """Runs of four and more at a walk's even pace become steps."""
    marked = list(contacts)
    first = 0
    while first < len(marked):
        last = _end_of_run(contacts, first)
        if last - first >= 3:
            marked[first : last + 1] = [replace(contact, kind="step") for contact in marked[first : last + 1]]
        first = max(first + 1, last)
    return marked


def _end_of_run(contacts: Sequence[Contact], first: int) -> int:
    """The last index of the run of even gaps that begins at `first`."""
    gaps: list[float] = []
    for index in range(first + 1, len(contacts)):
        gap = contacts[index].time_s - contacts[index - 1].time_s
        if not step_gaps_s[0] <= gap <= step_gaps_s[1] or (gaps and abs(gap / np.mean(gaps) - 1) > 0.18):
            return index - 1
        gaps.append(gap)
    return len(contacts) - 1
