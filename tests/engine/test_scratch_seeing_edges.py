"""Cuts, flashes, and pictures in which there is nothing to see."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from foleyline.errors import Cancelled
from foleyline_engine.bench import cues, onsets
from foleyline_engine.models.exchange import Frames
from foleyline_engine.models.scratch.action import Action, tick_rate
from foleyline_engine.models.scratch.motion import one_thread
from foleyline_engine.models.scratch.seeing import look

footage = Path(__file__).parents[3] / "shared" / "samples" / "footage"
curves = ("motion", "speed", "pan", "size", "camera", "brightness", "flicker")


def nothing() -> None:
    return None


def scenery(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, (90, 160)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 4)
    return (40 + 150 * (soft - soft.min()) / (soft.max() - soft.min())).astype(np.uint8)


def see(pictures: np.ndarray, rate: float = 25.0, seconds: float | None = None) -> Action:
    times_s = np.arange(len(pictures)) / rate
    return look(Frames(pictures, times_s), seconds or len(pictures) / rate, nothing)


def moving_square(count: int, still_from: int = 10**6) -> np.ndarray:
    pictures = np.repeat(scenery(1)[None], count, axis=0)
    for index, picture in enumerate(pictures):
        x = 10 + 3 * min(index, still_from)
        picture[40:52, x : x + 12] = 250
    return pictures


def assert_whole(action: Action, seconds: float) -> None:
    ticks = int(np.ceil(seconds * tick_rate))
    assert len(action.times_s) == ticks
    for name in curves:
        curve = getattr(action, name)
        assert curve.shape == (ticks,) and curve.dtype == np.float32 and np.isfinite(curve).all(), name


quiet = {
    "one picture": scenery(1)[None],
    "still": np.repeat(scenery(1)[None], 40, axis=0),
    "black": np.zeros((40, 90, 160), np.uint8),
    "white": np.full((40, 90, 160), 255, np.uint8),
    "one pixel": np.zeros((40, 1, 1), np.uint8),
    "one pixel, once": np.zeros((1, 1, 1), np.uint8),
    "one line": np.zeros((40, 1, 160), np.uint8),
    "one column": np.zeros((40, 90, 1), np.uint8),
    "two pictures": np.repeat(scenery(1)[None], 2, axis=0),
    "upright": np.zeros((40, 90, 51), np.uint8),
}


@pytest.mark.parametrize("pictures", quiet.values(), ids=quiet.keys())
def test_nothing_to_see_is_a_quiet_action(pictures: np.ndarray) -> None:
    action = see(pictures, seconds=2.0)
    assert_whole(action, 2.0)
    assert list(action.contacts) == [] and list(action.cuts_s) == []
    assert action.motion.max() == 0 and action.camera.max() == 0


def test_pictures_larger_than_the_view_are_seen_too() -> None:
    large = np.repeat(np.repeat(moving_square(40), 4, axis=1), 4, axis=2)
    assert see(large).motion.max() > 0.1


def test_a_cut_is_a_cut_and_no_hit() -> None:
    pictures = np.concatenate([np.repeat(scenery(seed)[None], 30, axis=0) for seed in (1, 2, 3)])
    action = see(pictures)
    assert action.cuts_s == pytest.approx([1.2, 2.4])
    assert {contact.kind for contact in action.contacts} == {"cut"}
    assert action.motion.max() == 0


def test_a_cut_within_motion_is_found() -> None:
    pictures = np.concatenate([moving_square(30), 255 - moving_square(30)[:, ::-1]])
    assert see(pictures).cuts_s == pytest.approx([1.2])


def test_a_flash_is_a_hit_and_no_cut() -> None:
    pictures = np.repeat(scenery(1)[None], 50, axis=0)
    pictures[25:27] = np.minimum(255, pictures[25:27].astype(int) + 120)
    action = see(pictures)
    assert list(action.cuts_s) == []
    assert [contact.kind for contact in action.contacts] == ["hit"]
    assert action.contacts[0].time_s == pytest.approx(1.0, abs=0.04)


def test_a_white_frame_is_a_flash_too() -> None:
    pictures = np.repeat(scenery(1)[None], 50, axis=0)
    pictures[25] = 255
    action = see(pictures)
    assert list(action.cuts_s) == [] and len(action.contacts) == 1


def test_a_slow_fade_is_nothing() -> None:
    fade = np.linspace(1, 0, 50)[:, None, None]
    assert list(see((scenery(1)[None] * fade).astype(np.uint8)).contacts) == []


def test_a_dissolve_is_no_hit() -> None:
    mix = np.clip(np.linspace(-0.5, 1.5, 60), 0, 1)[:, None, None]
    action = see((scenery(1) * (1 - mix) + scenery(2) * mix).astype(np.uint8))
    assert [contact for contact in action.contacts if contact.kind != "cut"] == []


def test_the_curves_say_where_and_how_fast() -> None:
    action = see(moving_square(45))
    assert_whole(action, 1.8)
    middle = action.times_s.searchsorted([0.4, 1.4])
    assert action.pan[middle[0]] < -0.3 < 0.3 < action.pan[middle[1]]
    assert np.median(action.speed[10:-10]) == pytest.approx(3 * 25 / 160, rel=0.35)
    assert np.median(action.size[10:-10]) == pytest.approx(150 / (90 * 160), rel=0.8)
    assert action.camera.max() == 0


def test_a_pan_is_the_cameras_and_nothing_elses() -> None:
    wide = cv2.resize(scenery(4), (480, 90), interpolation=cv2.INTER_CUBIC)
    action = see(np.stack([wide[:, 2 * k : 2 * k + 160] for k in range(60)]))
    assert np.median(action.camera[10:-10]) == pytest.approx(2 * 25 / 160, rel=0.1)
    assert action.motion.max() < 0.05 and list(action.contacts) == []


def test_fire_flickers_and_a_sliding_square_does_not() -> None:
    dice = np.random.default_rng(3)
    fire = np.repeat(scenery(1)[None], 60, axis=0)
    for picture in fire:
        spots = cv2.GaussianBlur(dice.normal(0, 1, (45, 60)).astype(np.float32), (0, 0), 2)
        picture[30:75, 50:110] = np.clip(150 + 400 * spots, 0, 255)
    assert np.median(see(fire).flicker) > 2 * np.median(see(moving_square(45)).flicker)


def test_a_sudden_stop_is_a_stop() -> None:
    action = see(moving_square(60, still_from=30))
    (contact,) = action.contacts
    assert contact.kind == "stop" and contact.time_s == pytest.approx(30 / 25, abs=0.06)
    assert contact.pan == pytest.approx(2 * 106 / 160 - 1, abs=0.15)


def test_contacts_are_sorted_and_inside_the_take() -> None:
    action = see(moving_square(60, still_from=30), seconds=1.0)
    assert list(action.contacts) == [] and len(action.times_s) == 50


def test_the_same_picture_gives_the_same_action_on_any_number_of_threads() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        first = see(moving_square(45, still_from=20))
        assert cv2.getNumThreads() == 2
        cv2.setNumThreads(1)
        second = see(moving_square(45, still_from=20))
    finally:
        cv2.setNumThreads(before)
    assert first.contacts == second.contacts
    for name in curves:
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


def test_threads_come_back_after_an_error_within_another_look() -> None:
    before = cv2.getNumThreads()
    with pytest.raises(Cancelled), one_thread(), one_thread():
        raise Cancelled
    assert cv2.getNumThreads() == before


def test_looking_stops_when_the_clip_is_not_wanted() -> None:
    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        look(Frames(moving_square(20), np.arange(20) / 25), 0.8, cancel)


def test_it_looks_faster_than_pictures_are_decoded() -> None:
    """600 pictures a second on one core is the aim; a third of that here, since tests share their machine."""
    pictures = np.concatenate([moving_square(45)] * 4)
    started = time.thread_time()
    see(pictures)
    assert len(pictures) / (time.thread_time() - started) > 200


clicks = np.array([0.5, 1.1, 1.9])


def clicking() -> np.ndarray:
    dice = np.random.default_rng(1)
    samples = dice.normal(0, 1e-3, 2 * onsets.rate + 8000).astype(np.float32)
    for click in clicks:
        start = round(click * onsets.rate)
        samples[start : start + 1600] += dice.normal(0, 0.3, 1600) * np.exp(-np.arange(1600) / 300)
    return samples


def test_onsets_are_found_where_clicks_are() -> None:
    assert onsets.find_onsets(clicking()) == pytest.approx(clicks, abs=0.015)
    assert len(onsets.find_onsets(np.zeros(onsets.rate, np.float32))) == 0
    assert len(onsets.find_onsets(np.zeros(0, np.float32))) == 0


matching = [
    ([1.0, 2.0], [1.05, 2.05], 2),
    ([1.0, 1.01], [1.0], 1),
    ([1.0], [1.2], 0),
    ([0.95, 1.05], [1.0, 1.1], 2),
    ([], [1.0], 0),
]


@pytest.mark.parametrize(("found", "true", "count"), matching)
def test_each_moment_matches_once(found: list[float], true: list[float], count: int) -> None:
    assert onsets.count_matches(found, true) == count


def test_chance_is_what_random_moments_reach() -> None:
    fit = onsets.compare([1.0], [1.0], 10.0)
    assert fit.f1 == 1 and fit.chance == pytest.approx(0.016, abs=0.01)


if footage.exists():

    def test_hits_on_the_anvil_are_seen_when_they_are_heard() -> None:
        clip = footage / "anvil_hits.mp4"
        found_s = cues.cues_of(look(cues.read_picture(clip), 4.0, nothing))
        heard_s = onsets.find_onsets(cues.read_sound(clip))
        fit = onsets.compare(found_s, list(heard_s), 4.0)
        assert fit.matched == 4 and fit.over_chance >= 1.5
