"""Looks at a clip's picture and says what happens in it, ready to be given sounds."""

from __future__ import annotations

import numpy as np

from foleyline_engine.models.exchange import Check, Frames, View
from foleyline_engine.models.scratch.action import Action, Contact, tick_rate
from foleyline_engine.models.scratch.contacts import find_contacts
from foleyline_engine.models.scratch.cuts import find_breaks
from foleyline_engine.models.scratch.motion import Motion, measure

view = View(width=160, height=90)


def look(frames: Frames, seconds: float, check: Check) -> Action:
    """frames: gray, in `view`. seconds: how long the take is. A still, black or tiny picture gives a quiet action."""
    motion = measure(frames.pixels, frames.times_s, check)
    breaks = find_breaks(motion)
    contacts = [*find_contacts(motion, breaks.broken), *breaks.contacts]
    inside = sorted((c for c in contacts if 0 <= c.time_s < seconds), key=lambda contact: contact.time_s)
    return _action(motion, breaks.broken, inside, seconds)


def _action(motion: Motion, broken: np.ndarray, contacts: list[Contact], seconds: float) -> Action:
    ticks = max(1, int(np.ceil(seconds * tick_rate)))
    times_s = np.arange(ticks) / tick_rate
    size = motion.area.sum((1, 2))
    columns = motion.area.sum(1)
    centers = np.linspace(-1, 1, 2 * columns.shape[1] + 1)[1::2]
    pan = columns @ centers / np.maximum(size, 1e-4)
    amount = np.clip(np.sqrt(size * motion.speed / 0.15), 0, 1)

    def spread(values: np.ndarray) -> np.ndarray:
        return _on_ticks(np.where(broken, 0, values), motion, times_s)

    return Action(
        contacts=contacts,
        times_s=times_s,
        motion=spread(amount),
        speed=spread(motion.speed),
        pan=spread(np.clip(pan, -1, 1)),
        size=np.clip(spread(size), 0, 1),
        camera=spread(motion.camera),
        brightness=np.interp(times_s, motion.picture_s, motion.luma).astype(np.float32),
        flicker=spread(np.clip(np.sqrt(motion.flicker / 0.05), 0, 1)),
        cuts_s=[contact.time_s for contact in contacts if contact.kind == "cut"],
    )


def _on_ticks(values: np.ndarray, motion: Motion, times_s: np.ndarray) -> np.ndarray:
    """float32 [ticks]; a pair's value stands in its middle, nothing moves before the first and after the last."""
    if motion.pairs == 0:
        return np.zeros(len(times_s), np.float32)
    middle = (motion.start_s + motion.end_s) / 2
    return np.interp(times_s, middle, values, left=0, right=0).astype(np.float32)
