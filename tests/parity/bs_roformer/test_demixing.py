"""The reference's chunks, joints, step 3 and loading against golden files."""

import numpy as np
import pytest
import torch

from foleyline_engine.models.bs_roformer import reference
from foleyline_engine.models.bs_roformer.configuration import Reference
from foleyline_engine.models.bs_roformer.demixing import Channels
from foleyline_engine.models.bs_roformer.resampling import Resampler, resample

on_sound = 1e-6
chunk_n = 1000
"""Of files whose cases do not say it."""


def how(case):
    return Reference(case["num_overlap"], case["batch_size"])


@pytest.mark.golden("bs_roformer", "demix")
@torch.inference_mode()
def test_demixing(reading):
    network = reading.network()
    for case in reading.golden.facts["demix_cases"]:
        calls = []

        def model(sounds, calls=calls):
            calls.append(list(sounds.shape))
            return network(sounds)

        mix = reading.tensor(f"in.case{case['case']}")
        made = reference.demix(model, mix, case["chunk_size"], how(case))
        reading.close(f"case{case['case']}.vocals", made, on_sound)
        assert calls == case["model_calls"], case


@pytest.mark.golden("bs_roformer", "demix")
@torch.inference_mode()
def test_step_3(reading):
    for case in reading.golden.facts["step3_cases"]:
        check_step_3(reading, case)


def check_step_3(reading, case):
    name, network = f"step3_{case['case']}", reading.network()
    mix = Channels(case["in_channels"], network.size.channels).rows(reading.tensor(f"in.{name}"))[0]
    model = reference.thrice(network) if case["use_tta"] else network
    run = reference.normalized if case["normalize"] else reference.demix
    vocals = run(model, mix, case.get("chunk_size", chunk_n), how(case))
    reading.close(f"{name}.vocals", vocals, on_sound)
    rest = mix - vocals
    if case["normalize"]:
        # The reference takes the normalized vocals from the mix as it was, and scales what is left; we do not.
        mean, deviation = reference.level(mix)
        rest = (mix - (vocals - mean) / deviation) * deviation + mean
    reading.close(f"{name}.instrumental", rest, on_sound)


@pytest.mark.golden("bs_roformer", "load")
def test_loading(reading):
    for case in reading.golden.facts["cases"]:
        name = f"c{case['case']}"
        samples = reading.tensor(f"in.{name}").numpy()
        made = resample(samples, case["sr"], 44100)
        assert made.shape == (case["channels"], case["out_samples"])
        reading.close(name, torch.from_numpy(made), on_sound)


@pytest.mark.golden("bs_roformer", "load")
@pytest.mark.parametrize("block_n", [7, 500])
def test_loading_in_blocks(reading, block_n):
    for case in reading.golden.facts["cases"]:
        samples = reading.tensor(f"in.c{case['case']}").numpy()
        resampler = Resampler(case["sr"], 44100, case["channels"])
        starts = range(0, samples.shape[-1], block_n)
        blocks = [resampler.feed(samples[:, start : start + block_n], start == starts[-1]) for start in starts]
        reading.close(f"c{case['case']}", torch.from_numpy(np.concatenate(blocks, axis=1)), on_sound)
