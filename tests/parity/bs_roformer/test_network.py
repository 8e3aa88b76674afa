"""Both networks against golden files, part by part, and the loss on what they give."""

import re

import pytest
import torch

from foleyline_engine.models.bs_roformer.loss import loss
from foleyline_engine.models.bs_roformer.size import loss_of, size_of

on_sound = 1e-6
on_tokens = 2e-5
on_loss = 1e-5


def watched(network):
    """The modules that golden files name, by their names there."""
    parts = {"band_split": network.band_split}
    for block_i, block in enumerate(network.layers):
        parts |= {f"layer{block_i}_{j}": transformer for j, transformer in enumerate(block)}
    attention, feed_forward = network.layers[0][-2].layers[0]
    parts |= {"attn0": attention, "ff0": feed_forward}
    parts |= {f"mask{stem}": estimator for stem, estimator in enumerate(network.mask_estimators)}
    return parts | ({} if network.size.is_mel else {"final_norm": network.final_norm})


def watch(network):
    seen = {}

    def note(name):
        def hook(module, inputs, output):
            seen[name] = seen[f"{name}_out"] = output.clone()
            seen[f"{name}_in"] = inputs[0].clone()

        return hook

    for name, module in watched(network).items():
        module.register_forward_hook(note(name))
    return seen


def check_forward(reading):
    network = reading.network()
    seen = watch(network)
    reading.close("audio", network(reading.tensor("in.audio")), on_sound)
    for name in reading.outputs():
        if re.match(r"band_split|layer\d|attn0|ff0|final_norm|mask\d", name):
            reading.close(name, seen[name].reshape(reading.tensor(f"out.{name}").shape), on_tokens)


def check_loss(reading):
    found = loss(reading.tensor("out.audio"), reading.tensor("in.target"), loss_of(reading.config))
    for name, made in zip(("total", "l1", "multires"), found, strict=True):
        wanted = float(reading.tensor(f"out.loss_{name}"))
        assert float(made) == pytest.approx(wanted, rel=reading.stated.get(f"loss_{name}", on_loss), abs=0), name


@pytest.mark.golden("bs_roformer", "forward")
@torch.inference_mode()
def test_forward(reading):
    check_forward(reading)


@pytest.mark.golden("bs_roformer", "mel_band_forward")
@torch.inference_mode()
def test_mel_band_forward(reading):
    check_forward(reading)


@pytest.mark.golden("bs_roformer", "mel_band_forward")
def test_mel_bands(reading):
    size = size_of(reading.config)
    held = torch.zeros(len(size.bins), size.spectrum.bins)
    for band, bins in enumerate(size.bins):
        held[band, list(bins)] = 1
    assert torch.equal(held, reading.tensor("out.freqs_per_band").float())


@pytest.mark.golden("bs_roformer", "forward_zero_dc")
@torch.inference_mode()
def test_nothing_at_0_hz_where_asked(reading):
    sound = reading.tensor("in.audio")
    reading.close("audio_zero_dc", reading.network(zero_dc=True)(sound), on_sound)
    assert not reading.network().size.zero_dc


@pytest.mark.golden("bs_roformer", "forward")
@torch.inference_mode()
def test_loss(reading):
    check_loss(reading)


@pytest.mark.golden("bs_roformer", "mel_band_forward")
@torch.inference_mode()
def test_mel_band_loss(reading):
    check_loss(reading)


@pytest.mark.golden("bs_roformer", "forward")
def test_the_network_can_be_trained_on_the_loss(reading):
    network = reading.network().requires_grad_(True)
    loss(network(reading.tensor("in.audio")), reading.tensor("in.target"), loss_of(reading.config)).total.backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in network.parameters())


@pytest.mark.golden("bs_roformer", "forward")
@torch.inference_mode()
def test_nothing_is_dropped(reading):
    network, sound = reading.network(), reading.tensor("in.audio")
    assert not any(module.training for module in network.modules())
    assert torch.equal(network(sound), network(sound))
