"""Synchformer's picture encoder against golden files."""

import pytest
import torch

from foleyline_engine.models.synchformer import visual

exact = 1e-5


@pytest.mark.golden("mmaudio", "sync")
@torch.inference_mode()
def test_picture_encoder(reading, build):
    encoder = build.visual(reading.config, reading.weights())
    pixels = build.enlarged(reading.tensor("in.frames_u8"), reading.config["img"])
    made = torch.stack([visual.encode(encoder, clip) for clip in pixels])
    reading.close("features", made, exact)
    for name, wanted in reading.outputs("seg0.tokens_first").items():
        tokens = encoder.tokens(visual.scaled(pixels[:, : visual.segment_n]))
        reading.close(name, tokens[:, : wanted.shape[1]], exact)


@pytest.mark.parametrize(("pictures", "segments"), [(15, 0), (16, 1), (23, 1), (24, 2), (200, 24), (199, 23)])
def test_whole_segments_only(pictures, segments):
    assert len(visual.segment_starts(pictures)) == segments
