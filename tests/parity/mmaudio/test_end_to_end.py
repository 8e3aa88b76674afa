"""From pictures, tokens and noise to samples, against golden files: the whole way and the way from stored features."""

import pytest
import torch

from foleyline_engine.models import checkpoint
from foleyline_engine.models.clip import model as clip
from foleyline_engine.models.mmaudio import flow, weights
from foleyline_engine.models.mmaudio.conditions import Features
from foleyline_engine.models.mmaudio.network import Network
from foleyline_engine.models.mmaudio.variants import lengths as lengths_of
from foleyline_engine.models.mmaudio.variants import rate_16k, rate_44k
from foleyline_engine.models.synchformer import visual

limits = {False: 1e-4, True: 5e-4}
"""Of everything after the network, for v1 and v2; features are held to 1e-5."""
variants = {
    "v2a": {"clip", "sync", "text", "neg"},
    "t2a": {"text", "neg"},
    "v2a_mask_clip": {"sync", "text", "neg"},
    "v2a_emptyneg": {"clip", "sync", "text"},
}


@pytest.mark.golden("mmaudio", "e2e")
@torch.inference_mode()
def test_the_whole_way(reading, build):
    features = encoded(reading, build)
    for name, made in features.items():
        reading.close(name, made, 1e-5)
    generate(reading, build, features)


@pytest.mark.golden("mmaudio", "e2e")
@torch.inference_mode()
def test_from_stored_features(reading, build):
    names = ("clip_features", "sync_features", "text_features", "neg_text_features")
    generate(reading, build, {name: reading.tensor(f"out.{name}") for name in names})


def encoded(reading, build):
    """All four features, each with the batch of one that the files have."""
    sub = reading.config["sub"]
    encoder = build.clip(sub["clip"], reading.weights("clip."))
    sync_encoder = build.visual(sub["sync"], reading.weights("synchformer."))
    clip_pixels = build.enlarged(reading.tensor("in.clip_u8"), clip.picture_size)[0]
    sync_pixels = build.enlarged(reading.tensor("in.sync_u8"), sub["sync"]["img"])[0]
    return {
        "clip_features": clip.encode_pictures(encoder, clip_pixels)[None],
        "sync_features": visual.encode(sync_encoder, sync_pixels)[None],
        "text_features": clip.encode_text(encoder, reading.tensor("in.tokens")),
        "neg_text_features": clip.encode_text(encoder, reading.tensor("in.neg_tokens")),
    }


def generate(reading, build, features):
    config = reading.config
    rate = {16000: rate_16k, 44100: rate_44k}[config["sampling_rate"]]
    size = build.network_size(config["sub"]["net"])
    network = checkpoint.load(Network(size), weights.network_state(reading.weights("network."), size.heads))
    vae = build.vae(config["sub"]["vae"], reading.weights("vae."))
    vocoder = build.vocoder(config["sub"]["voc"], reading.weights("vocoder."))
    lengths = lengths_of(config["duration"], rate)
    limit = limits[size.v2]
    for name, given in variants.items():
        wanted, unwanted = pair(features, given)
        latent = flow.sample(
            network,
            reading.tensor("in.noise"),
            [network.project(wanted, lengths)],
            [network.project(unwanted, lengths)],
            config["sample_steps"],
            config["cfg_strength"],
        )
        reading.close(f"{name}.latent_unnormalized", latent, limit)
        mel = vae.decode(latent.transpose(1, 2))
        if f"out.{name}.mel" in reading.golden.names:
            reading.close(f"{name}.mel", mel, limit)
        samples = vocoder(mel)
        kept = reading.tensor(f"out.{name}.audio").shape[-1]
        reading.close(f"{name}.audio", samples[..., :kept], limit)


def pair(features, given):
    """What is wanted, and what guidance leads away from."""
    one = {name: features[f"{name}_features"][0] for name in ("clip", "sync", "text") if name in given}
    other = {"text": features["neg_text_features"][0]} if "neg" in given else {}
    return Features(**one), Features(**other)
