"""CLIP's picture and text features and its tokens against golden files."""

from pathlib import Path

import pytest
import torch

from foleyline_engine.models.clip import model as clip
from foleyline_engine.models.clip.tokens import Tokenizer

exact = 1e-5
merges = Path(__file__).parents[2] / "golden" / "clip" / "merges.txt.gz"


@pytest.mark.golden("mmaudio", "clip")
def test_features(reading, build):
    model = build.clip(reading.config, reading.weights())
    small = reading.tensor("in.frames_u8")
    times = clip.picture_size // small.shape[-1]
    pixels = small.repeat_interleave(times, -1).repeat_interleave(times, -2)
    reading.close("image_features", torch.stack([clip.encode_pictures(model, some) for some in pixels]), exact)
    tokens = reading.tensor("in.tokens")
    reading.close("text_hidden_unnormalized", clip.text_states(model, tokens), exact)
    reading.close("text_features", clip.encode_text(model, tokens), exact)


@pytest.mark.golden("mmaudio", "clip")
def test_the_class_token_alone_is_the_whole_last_layer(reading, build):
    model = build.clip(reading.config, reading.weights())
    pixels = torch.randint(0, 256, (2, 3, 384, 384), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    seen = clip.scaled(pixels)[..., :378, :378]
    with torch.inference_mode():
        whole = model.visual_projection(model.vision_model(seen).pooler_output)
    wanted = torch.nn.functional.normalize(whole, dim=-1)
    assert torch.allclose(clip.encode_pictures(model, pixels), wanted, atol=1e-6)


@pytest.mark.golden("mmaudio", "clip")
def test_padding_is_seen(reading, build):
    model = build.clip(reading.config, reading.weights())
    tokens = reading.tensor("in.tokens")[:1]
    masked = model.text_model(input_ids=tokens, attention_mask=(tokens != 0).long()).last_hidden_state
    assert not torch.allclose(clip.text_states(model, tokens), masked, atol=1e-2)


@pytest.mark.golden_table("mmaudio", "tokens")
def test_tokens(table):
    tokenizer = Tokenizer.read(merges)
    assert (tokenizer.ids["<start_of_text>"], tokenizer.ids["<end_of_text>"]) == (table["sot"], table["eot"])
    differing = {case["text"]: tokenizer(case["text"]) for case in table["cases"]}
    assert differing == {case["text"]: case["ids"] for case in table["cases"]}
