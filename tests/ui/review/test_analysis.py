"""Peaks at every zoom against the samples themselves; spectrograms that stay small and say where a tone is."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from foleyline_plugin.ui.review import analysis

go_on = threading.Event()


class Given:
    def __init__(self, content: np.ndarray) -> None:
        self.content, self.samples = content, len(content)

    def read(self, start: int, count: int) -> np.ndarray:
        found = np.zeros((count, 2), np.float32)
        first, end = max(start, 0), min(start + count, self.samples)
        if first < end:
            found[first - start : end - start] = self.content[first:end]
        return found


def noise(samples: int) -> Given:
    return Given(np.random.default_rng(0).uniform(-1, 1, (samples, 2)).astype(np.float32))


@pytest.mark.parametrize("samples", [1, 63, 64, 48_000, 123_457])
@pytest.mark.parametrize("count", [1, 7, 400])
def test_no_peak_is_lost_or_invented(samples, count):
    sound = noise(samples)
    drawn = analysis.peaks(sound, go_on).between(0, samples, count)
    assert drawn[:, 0].min() == sound.content.min() and drawn[:, 1].max() == sound.content.max()


def test_a_click_is_drawn_where_it_is_at_every_zoom():
    content = np.zeros((480_000, 2), np.float32)
    content[123_456] = 0.7
    peaks = analysis.peaks(Given(content), go_on)
    for begin, end in [(0, 480_000), (100_000, 150_000), (123_000, 124_000)]:
        drawn = peaks.between(begin, end, 400)
        place = (123_456 - begin) / (end - begin) * 400
        found = np.flatnonzero(drawn[:, 1] > 0.5)
        reach = 1 + analysis.finest_n * 400 / (end - begin)
        assert len(found) and np.abs(found + 0.5 - place).max() <= reach


def test_a_tone_lies_in_one_row():
    seconds = np.arange(96_000) / 48_000
    tone = np.repeat(0.5 * np.sin(2 * np.pi * 1000 * seconds)[:, None], 2, axis=1).astype(np.float32)
    mel = analysis.mel(Given(tone), 48_000, go_on)
    rows = mel[:, 10:-10].argmax(axis=0)
    assert len(set(rows)) == 1
    mel_of = [2595 * np.log10(1 + hertz / 700) for hertz in (analysis.lowest_hz, 1000, analysis.highest_hz)]
    expected = analysis.bands * (1 - (mel_of[1] - mel_of[0]) / (mel_of[2] - mel_of[0]))
    assert abs(rows[0] - expected) <= 1.5


def test_ten_minutes_are_quick_and_small():
    sound = Given(np.tile(noise(48_000).content, (10 * 60, 1)))
    begin = time.monotonic()
    peaks, mel = analysis.peaks(sound, go_on), analysis.mel(sound, 48_000, go_on)
    took_s = time.monotonic() - begin
    assert mel.shape == (analysis.bands, analysis.columns)
    assert sum(level.nbytes for level in peaks.levels) < 6_000_000
    begin = time.monotonic()
    peaks.between(0, sound.samples, 1000)
    assert time.monotonic() - begin < 0.05
    assert took_s < 15, took_s


def test_nobody_waits_for_what_was_stopped():
    stopped = threading.Event()
    stopped.set()
    found: list[analysis.Drawing] = []
    analysis.draw([noise(480_000)], 48_000, stopped, lambda _, drawing: found.append(drawing))
    assert not found


def test_waves_come_before_spectrograms():
    found: list[tuple[int, bool]] = []
    analysis.draw(
        [noise(4_800), noise(48_000)],
        48_000,
        go_on,
        lambda number, drawn: found.append((number, drawn.mel is not None)),
    )
    assert found == [(0, False), (1, False), (0, True), (1, True)]
