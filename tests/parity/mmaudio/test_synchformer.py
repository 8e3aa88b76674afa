"""Synchformer's picture encoder against golden files."""

import pytest
import torch

from foleyline_engine.models import checkpoint
from foleyline_engine.models.synchformer import visual

exact = 1e-5


def visual_of(config, published):
    size = visual.VisualSize(
        config["embed_dim"], config["depth"], config["num_heads"], config["patch"], config["patch_t"], config["img"]
    )
    kept = {
        key.removeprefix(visual.prefix): tensor for key, tensor in published.items() if key.startswith(visual.prefix)
    }
    return checkpoint.load(visual.Visual(size), kept)


def enlarged(small, size):
    """Every pixel repeated until the picture has the size."""
    times = size // small.shape[-1]
    return small.repeat_interleave(times, -1).repeat_interleave(times, -2)


@pytest.mark.golden("mmaudio", "sync")
@torch.inference_mode()
def test_picture_encoder(reading):
    encoder = visual_of(reading.config, reading.weights())
    pixels = enlarged(reading.tensor("in.frames_u8"), reading.config["img"])
    made = torch.stack([visual.encode(encoder, clip) for clip in pixels])
    reading.close("features", made, exact)
    for name, wanted in reading.outputs("seg0.tokens_first").items():
        tokens = encoder.tokens(visual.scaled(pixels[:, : visual.segment_n]))
        reading.close(name, tokens[:, : wanted.shape[1]], exact)


@pytest.mark.parametrize(("pictures", "segments"), [(15, 0), (16, 1), (23, 1), (24, 2), (200, 24), (199, 23)])
def test_whole_segments_only(pictures, segments):
    assert len(visual.segment_starts(pictures)) == segments
