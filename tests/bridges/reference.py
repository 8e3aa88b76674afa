"""The reference cut that every host is tried with, and sounds to lay beside it. Nothing heavy is imported here."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

from foleyline.timing import samples

# Track from the bottom, first frame from the start, frames, name, first frame of the media that is used.
cut = (
    ("V1", 0, 48, "Sh 010", 0),
    ("V1", 60, 36, "Sh 020", 12),
    ("V1", 96, 54, "Sh 030", 0),
    ("V2", 20, 20, "Sh 040", 5),
)
length = 150
"""Frames of the cut; its media have 240 frames each, named as the clips, `.mov`."""


def write_sound(path: Path, frames: int, rate: Fraction) -> Path:
    """A stereo WAV, 48 kHz, 24 bit as takes are, that is as long as so many frames, with a click of one millisecond at
    its start."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(3)
        file.setframerate(48000)
        count = samples(frames, rate)
        click = b"".join((int(4096000 * n / 48)).to_bytes(3, "little") * 2 for n in range(48))
        file.writeframes(click + bytes(6 * (count - 48)))
    return path
