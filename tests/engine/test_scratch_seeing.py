"""Films drawn by code, whose contacts are known to the millisecond, against what the generator sees in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from foleyline_engine.models.exchange import Frames
from foleyline_engine.models.scratch import motion
from foleyline_engine.models.scratch.action import Action
from foleyline_engine.models.scratch.seeing import look

columns, rows = 160, 90
Draw = Callable[[float], np.ndarray]


@dataclass(frozen=True)
class Film:
    """draw: seconds to a picture, float32 [90, 160] in gray levels. contacts_s: when something touches."""

    draw: Draw
    contacts_s: Sequence[float]
    seconds: float = 3.0


def regular(rate: float, seconds: float) -> np.ndarray:
    return np.arange(int(seconds * rate)) / rate


def uneven(seconds: float) -> np.ndarray:
    """Variable frame rate: gaps between 1/60 and 1/20 s."""
    gaps = np.random.default_rng(5).uniform(1 / 60, 1 / 20, int(seconds * 60))
    times_s = np.r_[0, np.cumsum(gaps)]
    return times_s[times_s < seconds]


timings = {
    "24": lambda s: regular(24, s),
    "23.976": lambda s: regular(24000 / 1001, s),
    "25": lambda s: regular(25, s),
    "30": lambda s: regular(30, s),
    "60": lambda s: regular(60, s),
    "vfr": uneven,
}


def see(film: Film, times_s: np.ndarray, grain: float = 0.0, repeats: bool = False) -> Action:
    dice = np.random.default_rng(7)
    shown_s = np.floor(times_s * 25) / 25 if repeats else times_s
    noise = {t: dice.normal(0, grain, (rows, columns)) for t in np.unique(shown_s)}
    pictures = [np.clip(film.draw(t) + noise[t], 0, 255).astype(np.uint8) for t in shown_s]
    return look(Frames(np.stack(pictures), times_s), film.seconds, lambda: None)


def heard(action: Action) -> list[float]:
    return [contact.time_s for contact in action.contacts if contact.kind != "cut"]


def assert_found(action: Action, contacts_s: Sequence[float], within_s: float, extra: int = 0) -> None:
    found = heard(action)
    for true_s in contacts_s:
        assert any(abs(time_s - true_s) <= within_s for time_s in found), (true_s, np.round(found, 3))
    assert len(found) <= len(contacts_s) + extra, np.round(found, 3)


@cache
def scenery(seed: int = 1) -> np.ndarray:
    dice = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(dice.normal(0, 1, (2 * rows, 8 * columns)).astype(np.float32), (0, 0), 3)
    wall = 90 + 80 * (soft - soft.min()) / (soft.max() - soft.min())
    for _ in range(100):
        x, y, w, h = (int(dice.integers(0, top)) for top in (8 * columns, 2 * rows, 20, 20))
        cv2.rectangle(wall, (x, y), (x + w, y + h), float(dice.integers(60, 190)), -1)
    return wall.astype(np.float32)


def room(x: float = 0.0, seed: int = 1) -> np.ndarray:
    return cv2.getRectSubPix(scenery(seed), (columns, rows), (x + 400, 90))


def disk(picture: np.ndarray, x: float, y: float, radius: float, level: float = 235) -> np.ndarray:
    ys, xs = np.mgrid[0:rows, 0:columns]
    cover = np.clip(radius + 0.5 - np.hypot(xs - x, ys - y), 0, 1)
    return picture * (1 - cover) + level * cover


def bounces(start_s: float, drop_s: float, spring: float, count: int) -> list[float]:
    times = [start_s + drop_s]
    while len(times) < count:
        times.append(times[-1] + 2 * drop_s * spring ** len(times))
    return times


def height(t: float, times: Sequence[float], start_s: float, top: float, floor: float) -> float:
    """y in pixels of a ball let go at start_s that touches the floor at `times`."""
    if t < start_s:
        return top
    if t < times[0]:
        return top + (floor - top) * ((t - start_s) / (times[0] - start_s)) ** 2
    pull = 2 * (floor - top) / (times[0] - start_s) ** 2
    for before, after in pairwise(times):
        if before <= t < after:
            return floor - pull / 2 * (t - before) * (after - t)
    return floor


def ball(radius: float = 6.0, pan: float = 0.0, count: int = 4, drift: float = 25.0) -> Film:
    times = bounces(0.2, 0.45, 0.8, count)

    def draw(t: float) -> np.ndarray:
        return disk(room(20 + pan * t), 40 + drift * t, height(t, times, 0.2, 15, 75), radius)

    return Film(draw, times, times[-1] + 0.3)


def hammer() -> Film:
    """An arm that rises slowly and falls fast onto a block, where it lies a moment."""
    beat, fall, lie = 0.9, 0.2, 0.15
    hits = [beat * k + beat for k in range(3)]

    def angle(t: float) -> float:
        phase = t % beat
        if phase < lie:
            return 0.0
        rise = beat - fall - lie
        up = min(1.0, (phase - lie) / rise)
        up = 0.5 - 0.5 * np.cos(np.pi * up)
        return 0.9 * (up if phase < beat - fall else 1 - ((phase - beat + fall) / fall) ** 2)

    def draw(t: float) -> np.ndarray:
        picture = room(30).copy()
        a = angle(t)
        head = (40 + 60 * np.cos(a), 65 - 60 * np.sin(a))
        cv2.line(picture, (40, 65), (round(head[0]), round(head[1])), 40, 4, cv2.LINE_AA)
        return disk(picture, head[0], head[1], 8, 25)

    return Film(draw, hits, 3.2)


def walk() -> Film:
    """A figure that walks on the spot: each foot swings forward and stops, every half second one of them."""
    pace = 0.5
    steps = [pace * (k + 1) for k in range(7)]

    def foot(t: float, late: float) -> tuple[float, float]:
        phase = ((t + late) / (2 * pace)) % 1
        if phase < 0.5:
            swing = (phase / 0.5) ** 1.5
            return -16 + 32 * swing, -12 * np.sin(np.pi * phase / 0.5) ** 0.7
        return 16 - 32 * (phase - 0.5) / 0.5, 0.0

    def draw(t: float) -> np.ndarray:
        picture = room(60).copy()
        for late in (0.0, pace):
            x, y = foot(t, late)
            cv2.line(picture, (80, 45), (round(80 + x), round(76 + y)), 30, 5, cv2.LINE_AA)
            picture = disk(picture, 80 + x, 78 + y, 5, 20)
        cv2.line(picture, (80, 15), (80, 45), 30, 9, cv2.LINE_AA)
        return picture

    return Film(draw, steps, 3.9)


def hit_from_nowhere() -> Film:
    """A dark head that is in the picture within one frame, too fast to be seen coming."""
    hits = (0.81, 1.93)

    def draw(t: float) -> np.ndarray:
        picture = room(10).copy()
        for hit in hits:
            if 0 <= t - hit < 0.4:
                top = 40 - 120 * max(0.0, t - hit - 0.05) / 0.2
                cv2.rectangle(picture, (90, -1), (118, int(top)), 20, -1)
        return picture

    return Film(draw, hits)


def swing() -> Film:
    return Film(lambda t: disk(room(), 80 + 50 * np.sin(2 * np.pi * t / 1.6), 50, 9), ())


def passing() -> Film:
    return Film(lambda t: disk(room(), -30 + 90 * t, 45, 12, 30), ())


def camera(speed: float, zoom: float = 0.0) -> Film:
    def draw(t: float) -> np.ndarray:
        scale = 1 + zoom * t
        size = (round(columns * 2 / scale), round(rows * 2 / scale))
        wide = cv2.getRectSubPix(scenery(), size, (400 + speed * t, 90)) if zoom else room(20 + speed * t)
        return cv2.resize(wide, (columns, rows), interpolation=cv2.INTER_AREA if zoom else cv2.INTER_LINEAR)

    return Film(draw, ())


@pytest.mark.parametrize("timing", timings)
@pytest.mark.parametrize("grain", [0.0, 2.0])
def test_a_bouncing_ball_is_heard_on_every_bounce(timing: str, grain: float) -> None:
    film = ball()
    times_s = timings[timing](film.seconds)
    assert_found(see(film, times_s, grain), film.contacts_s, 1.5 * float(np.diff(times_s).mean()))


@pytest.mark.parametrize("film", [ball(radius=4), ball(radius=10), ball(drift=-10)], ids=["small", "big", "left"])
def test_the_size_of_the_ball_does_not_matter(film: Film) -> None:
    assert_found(see(film, regular(25, film.seconds), 1.0), film.contacts_s, 0.06)


@pytest.mark.parametrize("pan", [-40.0, 30.0, 80.0])
def test_a_moving_camera_does_not_hide_the_bounces(pan: float) -> None:
    film = ball(pan=pan)
    assert_found(see(film, regular(25, film.seconds), 1.0), film.contacts_s, 0.06, extra=1)


@pytest.mark.parametrize("timing", timings)
def test_a_hammer_is_heard_where_it_stops(timing: str) -> None:
    film = hammer()
    times_s = timings[timing](film.seconds)
    assert_found(see(film, times_s, 1.0), film.contacts_s, 1.5 * float(np.diff(times_s).mean()))


@pytest.mark.parametrize("timing", ["24", "30", "vfr"])
def test_what_strikes_within_one_picture_is_a_hit(timing: str) -> None:
    film = hit_from_nowhere()
    times_s = timings[timing](film.seconds)
    assert_found(see(film, times_s, 1.5), film.contacts_s, 1.5 * float(np.diff(times_s).mean()))


def test_a_walk_is_a_series_of_steps() -> None:
    film = walk()
    action = see(film, regular(25, film.seconds), 1.0)
    assert_found(action, film.contacts_s, 0.06)
    assert sum(contact.kind == "step" for contact in action.contacts) >= 5


@pytest.mark.parametrize(
    "film",
    [camera(0), camera(40), camera(-90), camera(250), camera(0, zoom=0.15), swing(), passing()],
    ids=["still", "pan", "back", "fast", "zoom", "swing", "passing"],
)
@pytest.mark.parametrize("grain", [0.0, 2.0, 6.0])
def test_nothing_touches_nothing_sounds(film: Film, grain: float) -> None:
    assert heard(see(film, regular(25, film.seconds), grain)) == []


def test_repeated_pictures_are_not_stops() -> None:
    film = ball()
    action = see(film, regular(30, film.seconds), 1.0, repeats=True)
    assert_found(action, film.contacts_s, 0.06)


def test_where_pictures_lie_in_memory_changes_nothing() -> None:
    """Libraries that compute by blocks round differently at the edges of what happens to be aligned."""
    picture = room()
    held, textures = [], set()
    for size in range(1, 4000, 97):
        held.append(np.zeros(size, np.uint8))
        place = np.zeros(picture.size + size % 64, np.uint8)[size % 64 :].reshape(picture.shape)
        place[:] = picture.astype(np.uint8)
        textures.add(motion._texture(place).tobytes())
    assert len(textures) == 1
