"""Loudness against the standards' own test signals and against ffmpeg's meter."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleyline_engine.media.loudness import measure, measure_all
from foleyline_engine.models.exchange import Sound

rate = 48000


def sine(seconds: float, level_db: float, hertz: float = 997.0, phase: float = 0.0) -> np.ndarray:
    """float32 [2, samples], the same in both channels; level of its peak in dBFS."""
    time = np.arange(round(seconds * rate)) / rate
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * time + phase)
    return np.repeat(wave[None], 2, axis=0).astype(np.float32)


def by_ffmpeg(path: Path) -> dict[str, float]:
    command = ["ffmpeg", "-nostats", "-i", str(path), "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = told[told.rindex("Summary") :]
    names = {"integrated": r"I:\s+(\S+) LUFS", "range": r"LRA:\s+(\S+) LU", "peak": r"Peak:\s+(\S+) dBFS"}
    return {name: float(re.search(pattern, summary)[1]) for name, pattern in names.items()}  # pyright: ignore


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([(20, -23)], -23.0),
        ([(20, -33)], -33.0),
        ([(10, -36), (20, -23), (10, -36)], -23.0),
        ([(5, -72), (5, -36), (20, -23), (5, -36), (5, -72)], -23.0),
    ],
)
def test_signals_of_tech_3341(levels, expected) -> None:
    sound = Sound(np.concatenate([sine(seconds, level) for seconds, level in levels], axis=1))
    assert measure(sound).integrated_lufs == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [([-20, -30], 10), ([-20, -15], 5), ([-40, -20], 20), ([-50, -35, -20, -35, -50], 15)],
)
def test_signals_of_tech_3342(levels, expected) -> None:
    sound = Sound(np.concatenate([sine(20, level, 1000) for level in levels], axis=1))
    assert measure(sound).range_lu == pytest.approx(expected, abs=1.0)


def test_true_peak_lies_between_samples() -> None:
    between = measure(Sound(sine(1, -6.0, rate / 4, np.pi / 4)))
    assert between.true_peak_dbtp == pytest.approx(-6.0, abs=0.2)
    click = np.zeros((2, rate), np.float32)
    click[0, hop_edge := 4800] = 0.5
    assert measure(Sound(click)).true_peak_dbtp == pytest.approx(-6.02, abs=0.1)
    assert hop_edge % 4800 == 0


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_ffmpeg(tmp_path, seed) -> None:
    dice = np.random.default_rng(seed)
    envelope = np.repeat(10 ** (dice.uniform(-2.5, -0.7, 24)), rate // 2)
    wave = (dice.normal(size=(2, len(envelope))) * 0.3 * envelope).clip(-1, 1).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", wave.T, rate, subtype="FLOAT")
    ours, theirs = measure(Sound(wave)), by_ffmpeg(tmp_path / "a.wav")
    assert ours.integrated_lufs == pytest.approx(theirs["integrated"], abs=0.1)
    assert ours.true_peak_dbtp == pytest.approx(theirs["peak"], abs=0.2)
    # ffmpeg also counts the first, not yet filled windows of 3 s; Tech 3342 allows 1 LU.
    assert ours.range_lu == pytest.approx(theirs["range"], abs=1.0)


def test_absent_where_there_is_nothing_to_measure() -> None:
    silent = measure(Sound(np.zeros((2, 10 * rate), np.float32)))
    assert not any(silent.HasField(name) for name in ("integrated_lufs", "range_lu", "true_peak_dbtp"))
    faint = measure(Sound(sine(5, -90)))
    assert faint.HasField("true_peak_dbtp") and not faint.HasField("integrated_lufs")
    short = measure(Sound(sine(2.9, -20)))
    assert short.HasField("integrated_lufs") and not short.HasField("range_lu")
    assert not measure(Sound(sine(0.3, -20))).HasField("integrated_lufs")
    assert not measure(Sound(np.zeros((2, 0), np.float32))).HasField("true_peak_dbtp")


def test_momentary_and_short_term_follow_the_loudest() -> None:
    found = measure_all(Sound(np.concatenate([sine(6, -40), sine(4, -20), sine(6, -40)], axis=1)))
    assert found.momentary_lufs == pytest.approx(-20, abs=0.1)
    assert found.short_term_lufs == pytest.approx(-20, abs=0.1)


def test_other_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="44100"):
        measure(Sound(sine(1, -20), 44100))
