"""MMAudio in small: random networks of its own classes, clips of noise. They run anywhere that torch does."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from foleyline_engine.models import checkpoint
from foleyline_engine.models.clip import model as clip
from foleyline_engine.models.clip.tokens import Tokenizer
from foleyline_engine.models.exchange import Frames, GenerateJob
from foleyline_engine.models.mmaudio.encoders import Encoders, clip_view, sync_view
from foleyline_engine.models.mmaudio.network import Network
from foleyline_engine.models.mmaudio.vae import VAE
from foleyline_engine.models.mmaudio.variants import NetworkSize
from foleyline_engine.models.mmaudio.vocoder import Vocoder, VocoderSize
from foleyline_engine.models.residency import Parts
from foleyline_engine.models.synchformer import visual

processor = torch.device("cpu")
name = "mmaudio-small-16k"
size = NetworkSize(20, 16, 2, 2, 1, clip_dim=16, sync_dim=12, text_dim=16)
clip_size = clip.ClipSize(16, clip.TowerSize(32, 1, 2), clip.TowerSize(16, 1, 2), vocabulary=514)
vocoder_size = VocoderSize(80, (4, 4, 2, 2, 2, 2), (8, 8, 4, 4, 4, 4), False, 64, (3,), (1,))


def tiny_encoders(device=processor):
    return Encoders(
        Parts(
            {
                "clip": lambda: tiny_clip(),
                "synchformer": lambda: visual.of(None, visual.VisualSize(12, 1, 2)),
                "tokenizer": lambda: Tokenizer([]),
            },
            device,
        )
    )


def tiny_clip():
    return clip.of(None, clip_size)


def on_meta(make):
    with torch.device("meta"):
        return make()


def tiny_parts(device=processor):
    return Parts(
        {
            "network": lambda: checkpoint.randomized(on_meta(lambda: Network(size))),
            "vae": lambda: checkpoint.randomized(on_meta(lambda: VAE(80, 8, 20).without_encoder())),
            "vocoder": lambda: checkpoint.randomized(on_meta(lambda: Vocoder(vocoder_size))),
        },
        device,
    )


def frames(view, seconds, seed):
    count = max(1, int(seconds * view.rate))
    pixels = np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    return Frames(pixels, np.arange(count) / float(view.rate))


def job(seconds, seed=42, picture=1, prompt="rain", steps=2, **other: Any):
    return GenerateJob(
        frames={view: frames(view, seconds, picture) for view in (clip_view, sync_view)},
        length_n=round(seconds * 48000),
        prompt=prompt,
        negative_prompt="music",
        seed=seed,
        check=lambda: None,
        steps=steps,
        **other,
    )
