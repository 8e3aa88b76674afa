"""MMAudio on a graphics card: the same takes as on the processor, alone and together, with memory that runs out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.tiny_mmaudio import job, name, tiny_encoders, tiny_parts

from foleyline_engine.models import installed, residency
from foleyline_engine.models.mmaudio.generator import MMAudio

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]


@pytest.fixture(autouse=True)
def random_weights(monkeypatch):
    monkeypatch.setenv(installed.random_weights, "1")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


@pytest.fixture
def card():
    device = torch.device("cuda")
    return MMAudio(name, tiny_parts(device), tiny_encoders(device))


def samples(generator, *jobs):
    return [made.sound.samples for made in generator.generate(jobs)]


@pytest.mark.parametrize("seconds", [0.64, 3.3, 12.0])
def test_the_same_take_as_on_the_processor(card, seconds):
    processor = MMAudio(name, tiny_parts(), tiny_encoders())
    (here,), (there,) = samples(card, job(seconds)), samples(processor, job(seconds))
    assert np.abs(here - there).max() < 2e-3


def test_the_same_alone_and_in_company(card):
    jobs = [job(2.0, seed=seed, picture=seed) for seed in range(8)]
    for one, made in zip(jobs, samples(card, *jobs), strict=True):
        (alone,) = samples(card, one)
        assert np.abs(alone - made).max() < 2e-3


def test_in_bfloat16_it_is_near(card):
    exact = samples(card, job(2.0))[0]
    with card.parts.use("network") as network:
        network.lower(torch.bfloat16)
    near = samples(card, job(2.0))[0]
    assert np.linalg.norm(near - exact) < 0.3 * np.linalg.norm(exact)


def test_where_memory_runs_out_the_batch_shrinks(card, monkeypatch):
    whole = samples(card, job(30.0))[0]
    batches = []
    plain = residency.shrinking

    def short(work, batch, room, part):
        def refusing(size):
            batches.append(size)
            if size > 2:
                torch.empty(2**60, dtype=torch.uint8, device="cuda")
            return work(size)

        return plain(refusing, batch, room, part)

    monkeypatch.setattr("foleyline_engine.models.mmaudio.generator.shrinking", short)
    again = samples(card, replace(job(30.0)))[0]
    assert 2 in batches
    assert max(batches) > 2
    assert np.abs(whole - again).max() < 2e-3


def test_low_memory_leaves_nothing_on_the_card(monkeypatch):
    monkeypatch.setenv(residency.low_memory_mode, "1")
    device = torch.device("cuda")
    thrifty = MMAudio(name, tiny_parts(device), tiny_encoders(device))
    samples(thrifty, job(1.0))
    for part in thrifty.parts.parts.values():
        assert part.loaded is None or next(part.loaded.parameters()).device.type == "cpu"
