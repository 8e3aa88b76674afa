"""The keys of an editing program on a real take, fed in real time by the feeder's own thread."""

from __future__ import annotations

import time

import numpy as np
import pytest
import soundfile
from PyQt6.QtCore import Qt

from foleyline_plugin.ui.review import times
from foleyline_plugin.ui.review.mixer import edge_n, switch_n
from foleyline_plugin.ui.review.output import ClockSink, Trouble, held_n
from foleyline_plugin.ui.review.panel import ReviewPanel
from foleyline_plugin.ui.review.player import Player

from .conftest import rates, until, wait

pytestmark = pytest.mark.timeout(60)


def press(qtbot, panel: ReviewPanel, *keys: Qt.Key, shift: bool = False) -> None:
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    for key in keys:
        qtbot.keyClick(panel.stage.picture, key, modifier)


@pytest.fixture
def playing(shown) -> ReviewPanel:
    return shown("narrated")


def contents(panel: ReviewPanel, made) -> list[np.ndarray]:
    assert panel.take
    files = panel.take.with_voices, panel.take.without_voices
    return [soundfile.read(made.folder / file.path, dtype="float32")[0] for file in files]


def test_space_plays_from_the_playhead_and_pauses_where_it_was_heard(playing, tape, qtbot, made):
    playing.player.seek(48_123)
    press(qtbot, playing, Qt.Key.Key_Space)
    until(qtbot, lambda: playing.player.position > 60_000)
    assert playing.player.rate == 1
    press(qtbot, playing, Qt.Key.Key_Space)
    rested = playing.player.position
    wait(qtbot, 0.1)
    assert playing.player.rate == 0 and playing.player.position == rested
    heard = tape.samples
    begin = np.flatnonzero(heard.any(axis=1))[0]
    gain = playing.player.levels.used[1]
    expected = contents(playing, made)[1][48_123 : 48_123 + 8_000] * np.float32(gain)
    offset = begin - np.flatnonzero(expected.any(axis=1))[0]
    assert np.abs(heard[offset + edge_n : offset + 8_000] - expected[edge_n:]).max() < 1e-6
    mixed = 48_123 + np.flatnonzero(heard.any(axis=1))[-1] - offset
    assert 0 <= mixed - rested <= held_n + edge_n + 0.02 * 48_000


def test_one_key_switches_the_versions_without_a_gap(playing, tape, qtbot, made):
    """The tape is each version at one and the same position, with nothing but the cross-fades between them."""
    playing.player.match(False)
    playing.player.seek(0)
    press(qtbot, playing, Qt.Key.Key_Space)
    for key in (Qt.Key.Key_A, Qt.Key.Key_B, Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_A):
        wait(qtbot, 0.15)
        press(qtbot, playing, key)
    assert playing.player.version == 0
    wait(qtbot, 0.2)
    press(qtbot, playing, Qt.Key.Key_K)
    a, b = contents(playing, made)
    heard = tape.samples[: int(playing.player.position)]
    assert len(heard) > 30_000
    is_a = np.abs(heard - a[: len(heard)]).max(axis=1) < 1e-6
    is_b = np.abs(heard - b[: len(heard)]).max(axis=1) < 1e-6
    is_either = is_a | is_b
    is_either[:edge_n] = True
    assert (~is_either).sum() <= 5 * switch_n
    differs = np.abs(a - b)[: len(heard)].max(axis=1) > 1e-3
    assert (is_a & differs).any() and (is_b & differs).any()
    low, high = np.minimum(a, b)[: len(heard)], np.maximum(a, b)[: len(heard)]
    assert (heard[edge_n:] >= low[edge_n:] - 1e-6).all() and (heard[edge_n:] <= high[edge_n:] + 1e-6).all()


def test_shuttle_keys(playing, qtbot):
    player = playing.player
    said = []
    for key in (Qt.Key.Key_L, Qt.Key.Key_L, Qt.Key.Key_L, Qt.Key.Key_L, Qt.Key.Key_L):
        press(qtbot, playing, key)
        said.append(player.rate)
    assert said == [1, 2, 4, 8, 8]
    player.pause()
    player.seek(200_000)
    for key, rate in ((Qt.Key.Key_J, -1), (Qt.Key.Key_J, -2), (Qt.Key.Key_L, 1), (Qt.Key.Key_K, 0), (Qt.Key.Key_J, -1)):
        press(qtbot, playing, key)
        assert player.rate == rate
    assert playing.stage.transport.speed.text() == "-1×"
    until(qtbot, lambda: player.position < 190_000)


def test_with_k_held_down_j_and_l_go_by_frames(playing, qtbot):
    player, picture = playing.player, playing.stage.picture
    player.seek(48_000)
    frame = player.frame
    qtbot.keyPress(picture, Qt.Key.Key_K)
    press(qtbot, playing, Qt.Key.Key_L, Qt.Key.Key_L, Qt.Key.Key_L, Qt.Key.Key_J)
    assert (player.rate, player.frame) == (0, frame + 2)
    qtbot.keyRelease(picture, Qt.Key.Key_K)
    press(qtbot, playing, Qt.Key.Key_J)
    assert player.rate == -1


@pytest.mark.parametrize("rate", [2, -4])
def test_a_shuttle_moves_as_fast_as_it_says(playing, qtbot, rate):
    player = playing.player
    player.seek(0 if rate > 0 else 240_000)
    player.play(rate)
    until(qtbot, lambda: abs(player.position - (0 if rate > 0 else 240_000)) > 20_000)
    begin, stream = player.position, player.mixer.mixed_n
    until(qtbot, lambda: player.mixer.mixed_n > stream + 12_000)
    moved = (player.position - begin) / (player.mixer.mixed_n - stream)
    assert abs(moved / rate - 1) < 0.5 and player.rate == rate


def test_it_stops_at_the_end_and_begins_again_from_the_start(playing, qtbot):
    player = playing.player
    player.seek(player.times.length_n - 6_000)
    press(qtbot, playing, Qt.Key.Key_Space)
    until(qtbot, lambda: player.rate == 0)
    assert player.position == player.times.length_n
    assert player.frame == player.times.frames - 1
    press(qtbot, playing, Qt.Key.Key_Space)
    until(qtbot, lambda: 0 < player.position < 24_000)


def test_a_loop_goes_round_and_a_drawn_range_is_looped(playing, qtbot):
    player = playing.player
    player.set_range(100_000, 112_000)
    assert player.loops and playing.stage.transport.loop.isChecked()
    press(qtbot, playing, Qt.Key.Key_Space)
    seen = []
    until(qtbot, lambda: seen.append(player.position) or (len(seen) > 5 and any(np.diff(seen) < -5_000)))
    assert all(100_000 <= place <= 112_000 for place in seen)


def test_loop_keys_set_in_and_out(playing, qtbot):
    player = playing.player
    player.seek(30_000)
    press(qtbot, playing, Qt.Key.Key_I)
    player.seek(90_000)
    press(qtbot, playing, Qt.Key.Key_O)
    assert player.loop_range == (30_000, 90_000) and player.loops


def test_a_loop_is_the_clip_without_its_handles(shown):
    player = shown("25").player
    assert player.loop_range == (6 * 1920, 46 * 1920)
    assert player.position == 6 * 1920


@pytest.mark.parametrize("sample", [0, 1, 77_777, 240_239, 240_240])
def test_seeking_is_exact_to_the_sample(playing, sample):
    playing.player.seek(sample)
    assert playing.player.position == sample


def test_a_click_on_the_wave_seeks_to_what_lies_there(playing, qtbot):
    track = playing.stage.versions.tracks[0]
    track.sought.disconnect()
    asked = []
    track.sought.connect(asked.append)
    track.sought.connect(playing.player.seek)
    qtbot.mouseClick(track, Qt.MouseButton.LeftButton, pos=track.rect().center())
    x = track.rect().center().x()
    assert asked and abs(asked[0] - x / track.width() * 240_240) < 1
    assert playing.player.position == asked[0]


@pytest.mark.parametrize("name", rates)
def test_steps_are_record_frames(shown, qtbot, name):
    panel = shown(name)
    player, at = panel.player, panel.player.times
    player.seek(0)
    for frame in range(1, at.frames):
        press(qtbot, panel, Qt.Key.Key_Right)
        assert (player.frame, player.position) == (frame, at.sample_of(frame))
    press(qtbot, panel, Qt.Key.Key_Right)
    assert player.frame == at.frames - 1
    press(qtbot, panel, Qt.Key.Key_Left, Qt.Key.Key_Left)
    assert player.frame == at.frames - 3
    press(qtbot, panel, Qt.Key.Key_Left, shift=True)
    assert player.frame == max(0, at.frames - 3 - round(rates[name]))


def test_drop_frame_timecode_leaves_out_what_it_leaves_out(shown, qtbot):
    panel = shown("29.97 DF")
    shown_at = []
    for _ in range(12):
        shown_at.append(panel.stage.transport.timecode.text())
        press(qtbot, panel, Qt.Key.Key_Right)
    assert shown_at[0] == "00:00:59;20"
    assert shown_at[9:12] == ["00:00:59;29", "00:01:00;02", "00:01:00;03"]


@pytest.mark.parametrize("name", rates)
def test_frames_and_samples_agree_on_every_edge(made, name):
    at = times.of(made[name].request.clip)
    assert at.length_n == made[name].with_voices.samples
    for frame in range(at.frames):
        assert at.frame_at(at.sample_of(frame)) == frame
        assert at.frame_at(at.sample_of(frame + 1) - 1) == frame


def test_without_a_sound_device_it_plays_by_the_clock_and_says_so(qtbot, made):
    panel = ReviewPanel(open_sink=lambda: (ClockSink(), Trouble.no_device))
    qtbot.addWidget(panel)
    panel.show()
    panel.show_take(made["narrated"], made.folder, None)
    until(qtbot, lambda: all(track.is_drawn for track in panel.stage.versions.tracks))
    panel.player.play(1)
    until(qtbot, lambda: panel.player.position > 24_000)
    assert panel.stage.trouble.isVisible() and "No sound device" in panel.stage.trouble.text()
    panel.stage.threads.close()


def test_a_device_that_goes_away_while_it_plays_stops_nothing(qtbot, made, shown, panel, tape):
    shown("narrated")
    panel.player.play(1)
    until(qtbot, lambda: panel.player.position > 12_000)

    def gone() -> int:
        raise OSError("the sound device is gone")

    tape.room = gone
    until(qtbot, lambda: "went away" in panel.stage.trouble.text())
    place = panel.player.position
    until(qtbot, lambda: panel.player.position > place + 24_000)


def test_a_busy_window_makes_no_gap(playing, tape, qtbot):
    """The feeder's thread goes on while the window does something else for a third of a second."""
    playing.player.seek(0)
    press(qtbot, playing, Qt.Key.Key_Space)
    wait(qtbot, 0.2)
    before = len(tape.samples)
    time.sleep(0.3)
    assert len(tape.samples) - before > 0.25 * 48_000


def test_a_rested_device_is_given_back(qtbot, made):
    closed = []

    class Sink(ClockSink):
        def close(self) -> None:
            closed.append(True)

    player = Player(lambda: (Sink(), Trouble.none))
    player.load(times.of(made["narrated"].request.clip), None)
    player.play(1)
    wait(qtbot, 0.1)
    player.pause()
    until(qtbot, lambda: bool(closed))
    player.close()
