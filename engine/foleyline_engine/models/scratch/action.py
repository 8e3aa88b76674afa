"""What is seen in a clip's picture: the moments that want a sound, and how things move between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

tick_rate = 50


@dataclass(frozen=True)
class Contact:
    """A moment that makes a short sound: a hit, a landing, a sudden stop.

    time_s: seconds from the take's first sample. strength, confidence: 0-1. pan: -1 left to 1 right.
    size: share of the picture that moves, 0-1. kind: "hit" reverses or bursts, "stop" comes to rest,
    "step" belongs to a regular series such as a walk, "cut" is an editorial cut, which has no sound of its own.
    """

    time_s: float
    strength: float
    pan: float
    size: float
    kind: Literal["hit", "step", "stop", "cut"]
    confidence: float


@dataclass(frozen=True)
class Action:
    """A whole take as seen. All arrays are float32 [ticks] on `times_s`, the camera's own motion taken out.

    contacts: sorted by time, cuts among them. times_s: float64 [ticks], `tick_rate` a second from 0 to the end.
    motion: 0-1, how much moves. speed: picture widths per second of what moves. pan: -1 to 1, where.
    size: 0-1, share of the picture that moves. camera: picture widths per second. brightness: mean luma 0-1.
    flicker: 0-1, fine motion without direction, as of fire, water or leaves. cuts_s: seconds, sorted.
    """

    contacts: Sequence[Contact]
    times_s: np.ndarray
    motion: np.ndarray
    speed: np.ndarray
    pan: np.ndarray
    size: np.ndarray
    camera: np.ndarray
    brightness: np.ndarray
    flicker: np.ndarray
    cuts_s: Sequence[float]
