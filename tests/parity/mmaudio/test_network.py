"""The flow network against golden files: conditions, velocities, guidance and whole samples."""

import pytest
import torch

from foleyline_engine.models import checkpoint
from foleyline_engine.models.mmaudio import flow, weights
from foleyline_engine.models.mmaudio.blocks import turns
from foleyline_engine.models.mmaudio.conditions import Batch, Features
from foleyline_engine.models.mmaudio.network import Network
from foleyline_engine.models.mmaudio.variants import Lengths

exact = 1e-5
fast_sinusoids = 2e-4
"""For what follows v2's time embedding, whose arguments reach 10^4 rad in float32."""


def network_of(reading, build):
    size = build.network_size(reading.config)
    return checkpoint.load(Network(size), weights.network_state(reading.weights(), size.heads))


def lengths_of(reading):
    given = {name: reading.tensor(f"in.{name}").shape[1] for name in ("latent", "clip_f", "sync_f")}
    return Lengths(given["latent"], given["clip_f"], given["sync_f"])


def conditions_of(network, reading, clip=None, sync=None, text=None):
    given = [None if name is None else reading.tensor(f"in.{name}") for name in (clip, sync, text)]
    batch = len(reading.tensor("in.latent"))
    each = [Features(*(None if some is None else some[item] for some in given)) for item in range(batch)]
    return [network.project(features, lengths_of(reading)) for features in each]


def limit_of(reading):
    return fast_sinusoids if reading.config["v2"] else exact


given = {
    "full": ("clip_f", "sync_f", "text_f"),
    "no_text": ("clip_f", "sync_f", None),
    "no_video": (None, None, "text_f"),
    "no_clip": (None, "sync_f", "text_f"),
    "none": (None, None, None),
}


@pytest.mark.golden("mmaudio", "net")
@torch.inference_mode()
def test_conditions(reading, build):
    network = network_of(reading, build)
    conditions = conditions_of(network, reading, *given["full"])
    reading.close("cond.clip_f", torch.stack([one.clip for one in conditions]), exact)
    reading.close("cond.text_f", torch.stack([one.text for one in conditions]), exact)
    reading.close("cond.sync_f", torch.stack([one.rows[one.index] for one in conditions]), exact)
    reading.close("t_embed", network.t_embed(reading.tensor("in.t")), limit_of(reading))


@pytest.mark.golden("mmaudio", "net")
@torch.inference_mode()
def test_velocities(reading, build):
    network = network_of(reading, build)
    for name, parts in given.items():
        conditions = conditions_of(network, reading, *parts)
        made = [
            network(latent[None], 0, network.prepare(time[None], Batch.of([one])), Batch.of([one]))
            for latent, time, one in zip(reading.tensor("in.latent"), reading.tensor("in.t"), conditions, strict=True)
        ]
        reading.close(f"flow.{name}", torch.cat(made), limit_of(reading))


@pytest.mark.golden("mmaudio", "net")
@torch.inference_mode()
def test_every_block(reading, build):
    network = network_of(reading, build)
    seen = {}
    for index, block in enumerate(network.joint_blocks):
        block.register_forward_hook(lambda _, __, out, index=index: seen.update({f"joint{index}": out}))
    for index, block in enumerate(network.fused_blocks):
        block.register_forward_hook(lambda _, __, out, index=index: seen.update({f"fused{index}": (out,)}))
    batch = Batch.of(conditions_of(network, reading, *given["full"])[:1])
    network(reading.tensor("in.latent")[:1], 0, network.prepare(reading.tensor("in.t")[:1], batch), batch)
    for name, outputs in seen.items():
        for stream, made in zip(("latent", "clip", "text"), outputs, strict=False):
            if f"out.{name}.{stream}" in reading.golden.names:
                reading.close(f"{name}.{stream}", made, limit_of(reading))


guidance = {
    "empty_text": (None, None),
    "neg_text": ("neg_text_f", None),
    "below_one": (None, 0.5),
    "strength_1": (None, 1.0),
}


@pytest.mark.golden("mmaudio", "net")
@torch.inference_mode()
def test_guidance(reading, build):
    network = network_of(reading, build)
    wanted = conditions_of(network, reading, *given["full"])
    for name, (text, strength) in guidance.items():
        unwanted = conditions_of(network, reading, None, None, text)
        strength = reading.config["cfg_strength"] if strength is None else strength
        velocity = flow.guided(network, wanted, unwanted, strength, torch.tensor([0.32]))
        reading.close(f"cfg.{name}", velocity(reading.tensor("in.latent"), 0), limit_of(reading))


@pytest.mark.golden("mmaudio", "net")
@torch.inference_mode()
def test_samples(reading, build):
    network = network_of(reading, build)
    wanted = conditions_of(network, reading, *given["full"])
    noise = reading.tensor("in.noise")
    steps, strength = reading.config["sample_steps"], reading.config["cfg_strength"]
    for name, text in (("neg_text", "neg_text_f"), ("empty_text", None)):
        unwanted = conditions_of(network, reading, None, None, text)
        velocity = flow.guided(network, wanted, unwanted, strength, flow.times(steps)[:-1])
        made = flow.euler(velocity, noise, steps)
        reading.close(f"sample.{name}", made, limit_of(reading))
    unwanted = conditions_of(network, reading, None, None, "neg_text_f")
    made = flow.sample(network, noise, wanted, unwanted, steps, strength)
    reading.close("sample.neg_text.unnormalized", made, limit_of(reading))


@pytest.mark.golden("mmaudio", "net")
@torch.inference_mode()
def test_a_clip_in_a_batch_is_the_clip_alone(reading, build):
    network = network_of(reading, build)
    wanted = conditions_of(network, reading, *given["full"])
    unwanted = conditions_of(network, reading, None, None, "neg_text_f")
    noise = flow.draw([7, 8, 9][: len(wanted)], reading.tensor("in.noise").shape[1], network.size.latent_dim)
    together = flow.sample(network, noise, wanted, unwanted, 2, 4.5)
    alone = flow.sample(network, noise[1:2], wanted[1:2], unwanted[1:2], 2, 4.5)
    assert (together[1] - alone[0]).norm() / alone[0].norm() < limit_of(reading)


def test_positions_are_angles_of_ten_thousand():
    assert torch.allclose(turns(4, 8)[2].angle(), 2 * 10000.0 ** (-torch.arange(4) / 4), atol=1e-6)
