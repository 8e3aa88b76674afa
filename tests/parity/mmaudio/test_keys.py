"""Every key and shape of the published files, at full size, on a device without memory."""

import pytest
import torch

from foleyline_engine.models import checkpoint
from foleyline_engine.models.clip import model as clip
from foleyline_engine.models.mmaudio import parts
from foleyline_engine.models.mmaudio.variants import rate_16k, rate_44k, variants
from foleyline_engine.models.synchformer import visual


def load_clip(state):
    return clip.of(state)


def load_visual(state):
    with torch.device("meta"):
        blank = visual.Visual()
    return checkpoint.load(blank, visual.state_of(state))


loaders = {
    **{name: lambda state, size=each.network: parts.network(state, size) for name, each in variants.items()},
    "vae 16k": lambda state: parts.vae(state, rate_16k),
    "vae 44k": lambda state: parts.vae(state, rate_44k),
    "vocoder 16k": lambda state: parts.vocoder(state, rate_16k),
    "vocoder 44k": lambda state: parts.vocoder(state, rate_44k),
    "synchformer": load_visual,
    "clip": load_clip,
}
by_key = {
    "audio_input_proj.0.weight": tuple(variants),
    "decoder.conv_in.weight": ("vae 16k", "vae 44k"),
    "conv_post.weight_v": ("vocoder 16k", "vocoder 44k"),
    "vfeat_extractor.cls_token": ("synchformer",),
    "visual.proj": ("clip",),
}
"""Which models a file can be for, by a key that all of their files hold."""


def blank(table):
    return {key: torch.empty(shape, device="meta") for key, shape in table.items()}


def takers(table):
    candidates = next(names for key, names in by_key.items() if key in table)
    return [name for name in candidates if takes(name, blank(table))]


def takes(name, state):
    try:
        loaders[name](state)
    except checkpoint.WeightsMismatch:
        return False
    return True


@pytest.mark.golden_table("mmaudio", "keys")
def test_one_model_takes_the_file(table):
    found = takers(table)
    assert len(found) == 1, found


@pytest.mark.golden_table("mmaudio", "keys")
def test_a_file_with_a_key_more_or_less_is_refused(table):
    (name,) = takers(table)
    stem = visual.prefix if name == "synchformer" else ""
    state = blank(table)
    state[f"{stem}unknown"] = torch.empty(1, device="meta")
    with pytest.raises(checkpoint.WeightsMismatch, match="unknown is not known"):
        loaders[name](state)
    state = blank(table)
    state.pop(next(key for key in state if key.startswith(stem) and key.endswith(("bias", "conv_in.weight"))))
    with pytest.raises(checkpoint.WeightsMismatch, match="missing"):
        loaders[name](state)


def test_every_variant_has_a_file(request):
    tables = [param.values[0] for param in request.config.golden_tables("mmaudio", "keys")]
    assert {name for table in tables for name in takers(table)} == set(loaders)


@pytest.mark.golden_table("mmaudio", "keys")
def test_stale_tables_are_dropped(table):
    if "audio_input_proj.0.weight" in table:
        state = blank(table) | {
            key: torch.empty(3, device="meta") for key in ("t_embed.freqs", "latent_rot", "clip_rot")
        }
        loaders[takers(table)[0]](state)


def test_only_tensors_are_read(tmp_path):
    path = tmp_path / "evil.pth"
    torch.save({"a": torch.zeros(1), "b": test_only_tensors_are_read}, path)
    with pytest.raises(checkpoint.WeightsMismatch, match=r"evil\.pth asks for \S+, which is more than tensors"):
        checkpoint.read(path)
