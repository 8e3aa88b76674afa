"""Moments placed by movement where a direction asks for what is struck and the picture shows no contact."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from foleyline_engine.film import reel
from foleyline_engine.film.shots import walk
from foleyline_engine.models.exchange import Frames, Generated
from foleyline_engine.models.scratch.action import Action, Contact, tick_rate
from foleyline_engine.models.scratch.generator import sounding
from foleyline_engine.models.scratch.seeing import look

rate = 48000
struck = {"footsteps on gravel": "footsteps", "keys": "handling", "metal hits": "impacts", "door": "door"}
struck["splash"] = "splash"


def moved(motion: np.ndarray, contacts: Sequence[Contact] = (), camera: float = 0.0) -> Action:
    motion = motion.astype(np.float32)
    none = np.zeros_like(motion)
    times_s = np.arange(len(motion)) / tick_rate
    return Action(contacts, times_s, motion, motion, none, 0.2 * motion, none + camera, none, none, ())


def bursts(seconds: float, times_s: Sequence[float], width_s: float = 0.6, height: float = 0.5) -> np.ndarray:
    """Movements of half a second that come and go."""
    ticks = np.arange(int(seconds * tick_rate)) / tick_rate
    return height * np.sum([np.clip(1 - np.abs(ticks - time_s) / width_s, 0, 1) for time_s in times_s], axis=0)


def made(action: Action, direction: str, seed: int = 1, refused: str = "") -> Generated:
    return sounding(action, len(action.motion) * rate // tick_rate, direction, refused, seed, lambda: None)


def walking() -> Action:
    """The film's walk as the generator sees it, less what contacts it may have found."""
    backdrop, pictures = walk.backdrop(), []
    for number in range(walk.frames):
        image = backdrop.copy()
        walk.draw(image, number)
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        pictures.append(cv2.resize(gray, (160, 90), interpolation=cv2.INTER_AREA))
    times_s = np.arange(walk.frames) / float(reel.rate)
    seen = look(Frames(np.stack(pictures), times_s), walk.frames / float(reel.rate), lambda: None)
    return Action((), *list(vars(seen).values())[1:])


def test_steps_fall_in_with_a_walk_that_shows_no_contact() -> None:
    action = walking()
    true_s = np.array(walk.contacts) / float(reel.rate)
    for seed in range(6):
        steps_s = np.array([cue.time_s for cue in made(action, "footsteps", seed).cues])
        assert len(steps_s) in (6, 7, 8)
        assert np.median(np.diff(steps_s)) == pytest.approx(walk.step_n / float(reel.rate), abs=0.03)
        assert max(np.abs(true_s - step_s).min() for step_s in steps_s) < 0.13


def test_steps_keep_a_natural_pace_where_the_movement_has_none() -> None:
    motion = 0.3 + 0.03 * np.random.default_rng(4).standard_normal(20 * tick_rate)
    gaps_s = np.diff([cue.time_s for cue in made(moved(motion), "footsteps").cues])
    assert len(gaps_s) > 30
    assert 1 / 2.2 < np.median(gaps_s) < 1 / 1.55
    assert 0.005 < gaps_s.std() < 0.08


@pytest.mark.parametrize("direction", struck)
def test_what_is_asked_for_sounds_where_something_moves(direction: str) -> None:
    answer = made(moved(bursts(9, (1.5, 4.5, 7.5))), direction)
    assert {cue.family for cue in answer.cues} == {struck[direction]}
    assert np.abs(answer.sound.samples).max() > 0.01
    assert f"{struck[direction]} placed by movement, not by contacts seen" in answer.text
    assert answer.numbers["moments_placed"] == len(answer.cues) and answer.numbers["contacts_voiced"] == 0
    assert [note for note in answer.notes if note.startswith(struck[direction].capitalize())]
    for cue in answer.cues:
        assert min(abs(cue.time_s - middle_s) for middle_s in (1.5, 4.5, 7.5)) < 0.75
        assert cue.strength < 0.85


@pytest.mark.parametrize("direction", struck)
@pytest.mark.parametrize("action", [moved(np.zeros(300)), moved(np.full(300, 0.01)), moved(np.full(300, 0.5), (), 1.5)])
def test_a_still_picture_stays_silent(direction: str, action: Action) -> None:
    answer = made(action, direction)
    assert not answer.cues and not answer.notes
    if action.motion.max() < 0.1 and direction != "keys":
        assert np.abs(answer.sound.samples).max() == 0.0


@pytest.mark.parametrize("direction", ["metal hits", "door", "splash"])
def test_hits_are_few(direction: str) -> None:
    motion = np.abs(np.sin(np.arange(20 * tick_rate) / 13)) * 0.6
    times_s = [cue.time_s for cue in made(moved(motion), direction).cues]
    assert 3 <= len(times_s) <= 11
    assert np.diff(times_s).min() > 1.5


def test_something_is_heard_of_the_faintest_movement() -> None:
    for direction in struck:
        assert made(moved(np.full(200, 0.06)), direction).cues, direction


@pytest.mark.parametrize("direction", struck)
def test_contacts_that_were_seen_win(direction: str) -> None:
    contacts = [Contact(time_s, 0.7, 0.0, 0.1, "hit", 0.8) for time_s in (1.0, 1.4, 5.0)]
    answer = made(moved(np.full(400, 0.4), contacts), direction)
    times_s = [cue.time_s for cue in answer.cues]
    assert {1.0, 1.4, 5.0} <= set(times_s)
    added_s = [time_s for time_s in times_s if time_s not in (1.0, 1.4, 5.0)]
    assert all(min(abs(time_s - contact.time_s) for contact in contacts) > 0.3 for time_s in added_s)
    assert answer.numbers["contacts_voiced"] == 3 and answer.numbers["moments_placed"] == len(added_s)


@pytest.mark.parametrize(("direction", "refused"), [("", ""), ("accordion", ""), ("footsteps, rain", "footsteps")])
def test_nothing_is_placed_that_was_not_asked_for(direction: str, refused: str) -> None:
    assert not made(moved(bursts(9, (1.5, 4.5, 7.5))), direction, refused=refused).cues


def test_another_seed_walks_differently_and_the_same_one_does_not() -> None:
    action = walking()
    first, again, other = ([cue.time_s for cue in made(action, "footsteps", seed).cues] for seed in (1, 1, 2))
    assert first == again != other


def test_words_that_were_not_understood_are_notes() -> None:
    assert list(made(moved(np.zeros(50)), "rain and an accordion").notes) == ["Not understood: accordion."]
    assert list(made(moved(np.zeros(50)), "rain").notes) == []
