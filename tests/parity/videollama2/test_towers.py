"""Both towers and both projectors against golden files."""

import pytest
import torch

from foleyline_engine.models.checkpoint import load
from foleyline_engine.models.videollama2 import weights
from foleyline_engine.models.videollama2.beats import Beats, folded
from foleyline_engine.models.videollama2.configuration import Configuration
from foleyline_engine.models.videollama2.connector import Connector, audio_projector
from foleyline_engine.models.videollama2.network import Sight

exact = 1e-4
on_projection = 1e-5


def below(state, prefix):
    return {key.removeprefix(prefix): tensor for key, tensor in state.items() if key.startswith(prefix)}


def beats_of(reading, size):
    published = weights.Folded(reading.weights())
    state = {key: published[weights.audio + key] for key in Beats(size).state_dict()}
    return load(Beats(size), state)


@pytest.mark.golden("videollama2", "beats")
@torch.inference_mode()
def test_beats(reading, sizes):
    model = beats_of(reading, sizes["beats"](reading.stated("config")))
    for number in reading.numbered("in.fbank"):
        banks = reading.tensor(f"in.fbank{number}")
        reading.close(f"patch_tokens_after_layer_norm{number}", model.tokens(banks), exact)
        reading.close(f"features{number}", model(banks), exact)


@pytest.mark.golden("videollama2", "beats")
def test_positions(reading, sizes):
    model = beats_of(reading, sizes["beats"](reading.stated("config")))
    buckets = model.encoder.positions.bucket(reading.tensor("in.relative_positions"))
    assert buckets.tolist() == reading.tensor("out.relative_buckets").tolist()
    published = reading.weights(f"{weights.audio}{weights.conv}")
    weight = folded(*(published[f"{weights.audio}{weights.conv}_{half}"] for half in "gv"))
    reading.close("pos_conv_effective_weight", weight, exact)


@pytest.mark.golden("videollama2", "beats")
def test_beats_at_these_sizes_has_these_keys(reading, sizes):
    size = sizes["beats"](reading.stated("config"))
    found = {key.removeprefix(weights.audio): tuple(tensor.shape) for key, tensor in reading.weights().items()}
    assert weights.beats_shapes(size) == found


@pytest.mark.golden("videollama2", "siglip_tower")
@torch.inference_mode()
def test_siglip(reading):
    configuration = Configuration(
        {"hidden_size": 8}, reading.stated("config"), select_layer=reading.stated("mm_vision_select_layer")
    )
    sight = Sight(configuration)
    published = below(reading.weights(), weights.vision)
    load(sight.tower, {key: published[key] for key in sight.tower.state_dict()})
    reading.close("features", sight.features(reading.tensor("in.pixel_values")), exact)


@pytest.mark.golden("videollama2", "stc_connector")
@torch.inference_mode()
def test_connector(reading):
    model = Connector(reading.stated("mm_hidden_size"), reading.stated("hidden_size"), reading.stated("downsample"))
    load(model, below(reading.weights(), weights.connector))
    for number in reading.numbered("in.x"):
        reading.close(f"y{number}", model(reading.tensor(f"in.x{number}")), exact)


@pytest.mark.golden("videollama2", "audio_projector")
@torch.inference_mode()
def test_audio_projector(reading):
    published = below(reading.weights(), weights.projector)
    width, inputs = published["0.weight"].shape
    model = load(audio_projector(inputs, width), published)
    reading.close("y", model(reading.tensor("in.x")), on_projection)
