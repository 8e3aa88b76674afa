"""Pictures of a long clip lie in a file: the same pictures, little memory, and a full disk is told in words."""

from __future__ import annotations

import resource
import signal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from foleyline.errors import FoleyError
from foleyline_engine.media import storing
from foleyline_engine.media.picture import read_frames
from foleyline_engine.models.exchange import View

views = [View(32, 24), View(64, 48, Fraction(8), colour="rgb", fit="stretch"), View(16, 16, Fraction(25), fit="crop")]


def proceed() -> None:
    """The check of a clip that is wanted to the end."""


@pytest.fixture
def pictures(tmp_path, movie) -> Path:
    return movie(tmp_path / "a.mp4", [Fraction(index, 25) for index in range(100)])


@pytest.mark.parametrize("speed", [1.0, -1.0, 0.0])
def test_the_same_from_a_file(pictures, clip, monkeypatch, speed) -> None:
    asked = clip(pictures, 10, 60, time_scalar=speed)
    held = read_frames(asked, views, proceed)
    monkeypatch.setattr(storing, "most_held", 0)
    filed = read_frames(asked, views, proceed)
    for view in views:
        assert speed == 0 or len(held[view].pixels) > 1
        np.testing.assert_array_equal(filed[view].pixels, held[view].pixels)
        np.testing.assert_array_equal(filed[view].times_s, held[view].times_s)
        filed[view].release()
        np.testing.assert_array_equal(filed[view].pixels, held[view].pixels)


def held_bytes(kind: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(kind))) * 1024


def test_memory_is_given_back() -> None:
    store = storing.Filed(400, (512, 512, 3))
    before = held_bytes("VmRSS:")
    for number in range(400):
        store.put(number, number + 1, np.full((512, 512, 3), number % 251, np.uint8))
    pixels, release = store.all(400)
    most = 0
    for number in range(400):
        assert int(pixels[number].max()) == number % 251
        most = max(most, held_bytes("VmRSS:") - before)
        if number % 10 == 9:
            release()
    assert pixels.nbytes == 400 * 512 * 512 * 3
    assert most < pixels.nbytes / 8


def test_places_that_nothing_was_put_at_are_zeros() -> None:
    store = storing.Filed(5, (2, 2))
    store.put(1, 3, np.ones((2, 2), np.uint8))
    pixels, _ = store.all(5)
    assert pixels.sum((1, 2)).tolist() == [0, 4, 4, 0, 0]


def test_a_full_disk_is_told() -> None:
    store = storing.Filed(100, (100, 100))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    usual = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
        with pytest.raises(FoleyError, match="E-DISK"):
            store.put(0, 100, np.ones((100, 100), np.uint8))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, usual)
