"""Time left, against a simulated engine whose calls take some time for each and some for its length."""

from __future__ import annotations

import heapq
import random
from fractions import Fraction

import pytest

from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.desk.pace import Paces, all_s, left_s, length_s
from foleyline_plugin.timing import time_range


def request(seconds: float) -> pb.GenerateRequest:
    frames = round(seconds * 25)
    clip = pb.Clip(record_range=time_range(0, frames, Fraction(25)))
    return pb.GenerateRequest(clip=clip, generator="scratch", steps=25)


def simulate(lengths: list[float], places: int, rng: random.Random, fixed_s: float, each_s: float):
    """What was said to be left after the third take, and what was."""
    paces, now_s, began = Paces({}), 0.0, {}
    waiting = [request(length) for length in lengths]
    running: list[tuple[float, int, pb.GenerateRequest]] = []
    said_s = said_at_s = None
    done = number = 0
    while waiting or running:
        while waiting and len(running) < places:
            asked = waiting.pop(0)
            took_s = (fixed_s + each_s * length_s(asked.clip)) * rng.uniform(0.9, 1.1)
            number += 1
            began[number] = now_s
            heapq.heappush(running, (now_s + took_s, number, asked))
        now_s, ended, asked = heapq.heappop(running)
        paces.of(asked).learn(length_s(asked.clip), now_s - began[ended])
        done += 1
        if done == 3:
            going = [(now_s - began[n], one) for _, n, one in running]
            said_s, said_at_s = left_s(going, waiting, places, paces), now_s
    assert said_s is not None and said_at_s is not None
    return said_s, now_s - said_at_s


@pytest.mark.parametrize("places", [1, 2, 4, 6])
@pytest.mark.parametrize("seed", range(5))
def test_time_left_is_right_within_a_quarter_after_the_third_clip(places, seed):
    rng = random.Random(seed)
    lengths = [rng.uniform(2, 12) for _ in range(40)]
    said_s, was_s = simulate(lengths, places, rng, fixed_s=1.5, each_s=0.8)
    assert said_s == pytest.approx(was_s, rel=0.25)


def test_nobody_knows_before_the_first_take():
    assert left_s([], [request(2)], 2, Paces({})) is None
    assert all_s(request(1), [2.0], 2, Paces({})) is None
    assert left_s([], [], 2, Paces({})) == 0


def test_a_pace_is_kept_for_the_next_run_and_for_other_models_apart():
    paces = Paces({})
    paces.of(request(4)).learn(4.0, 8.0)
    again = Paces(paces.kept())
    assert all_s(request(1), [4.0] * 4, 2, again) == pytest.approx(16.0)
    other = request(4)
    other.generator = "mmaudio-large-44k-v2"
    assert left_s([], [other], 2, again) is None


def test_damaged_paces_are_forgotten():
    assert Paces({"a": [1.0], "b": [0.0, 3.0], "c": [2.0, 4.0]}).kept() == {"c": [2.0, 4.0]}
