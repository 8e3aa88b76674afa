"""A running batch is done every harm that can be thought of; afterwards every take is there once, as if undisturbed.

`FOLEYLINE_FAULTS` says how many faults, `FOLEYLINE_SEED` which; `make test-faults` runs two hundred.
"""

from __future__ import annotations

import os
import random
import time
from fractions import Fraction
from pathlib import Path

import pytest
from benchmarks.kills import contents
from benchmarks.material import movie, timeline

from .batch import Batch, clips, engines_of
from .kinds import kinds

count = int(os.environ.get("FOLEYLINE_FAULTS", "13"))
used: list[Path] = []
seed = int(os.environ.get("FOLEYLINE_SEED", "7"))


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Batch:
    folder = tmp_path_factory.mktemp("faults")
    media = [movie(folder / f"shot {n}.mp4", seconds=1, size="160x90") for n in range(2)]
    cut = timeline(folder / "cut.otio", media, rate=Fraction(25), frames=20, clips=clips)
    batch = Batch(cut, folder / "undisturbed", folder / "runtime undisturbed")
    start = time.perf_counter()
    batch.finish()
    batch.whole_s = time.perf_counter() - start
    batch.undisturbed = contents(batch.out)
    return batch


@pytest.fixture
def batch(undisturbed, tmp_path) -> Batch:
    """The same cut, with media and folders of its own."""
    return Batch(undisturbed.cut, tmp_path, tmp_path / "runtime", undisturbed.whole_s, undisturbed.undisturbed)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("number", range(count))
def test_afterwards_every_take_is_there_once(batch, number, monkeypatch) -> None:
    monkeypatch.setenv("FOLEYLINE_RUNTIME", str(batch.runtime))
    chance = random.Random(f"{seed} {number}")
    kinds[number % len(kinds)](batch, chance)
    batch.finish()
    batch.check()
    used.append(batch.runtime)


def test_no_engine_is_left_behind() -> None:
    """Those of all the tests above; each ends by itself soon after its last call."""
    assert used
    deadline = time.monotonic() + 20
    while left := [runtime for runtime in used if engines_of(runtime)]:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.1)
