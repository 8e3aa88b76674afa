"""CLIP by the stock `transformers` classes, loaded from the published open_clip file, and what is asked of it here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import CLIPConfig, CLIPModel
from transformers.models.clip.modeling_clip import CLIPEncoderLayer

from ..checkpoint import State, load, randomized

mean = (0.48145466, 0.4578275, 0.40821073)
std = (0.26862954, 0.26130258, 0.27577711)
picture_size = 384
"""Side of the pictures handed in; the patches cover the upper left 378 pixels of it."""


@dataclass(frozen=True)
class TowerSize:
    width: int
    layers: int
    heads: int


@dataclass(frozen=True)
class ClipSize:
    embed: int = 1024
    vision: TowerSize = TowerSize(1280, 32, 16)
    text: TowerSize = TowerSize(1024, 24, 16)
    image: int = 378
    patch: int = 14
    vocabulary: int = 49408
    positions: int = 77


def blank(size: ClipSize) -> CLIPModel:
    """The model without weights, on the meta device."""
    vision = {"image_size": size.image, "patch_size": size.patch, "hidden_size": size.vision.width}
    text = {
        "vocab_size": size.vocabulary,
        "max_position_embeddings": size.positions,
        "hidden_size": size.text.width,
        "bos_token_id": size.vocabulary - 2,
        "eos_token_id": size.vocabulary - 1,
        "pad_token_id": 0,
    }
    config = CLIPConfig(
        projection_dim=size.embed,
        vision_config=vision | _tower(size.vision) | {"projection_dim": size.embed},
        text_config=text | _tower(size.text) | {"projection_dim": size.embed},
    )
    config._attn_implementation = "sdpa"
    with torch.device("meta"):
        return CLIPModel(config)


def _tower(size: TowerSize) -> dict[str, object]:
    return {
        "intermediate_size": 4 * size.width,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "hidden_act": "quick_gelu",
        "layer_norm_eps": 1e-5,
    }


def of(published: Mapping[str, Tensor] | None, size: ClipSize | None = None) -> CLIPModel:
    """From the open_clip state dict, strictly; with random weights from None."""
    model = blank(size or ClipSize())
    model = randomized(model) if published is None else load(model, published, state_of)
    for part in (model.vision_model.embeddings, model.text_model.embeddings):
        part.position_ids = nn.Buffer(torch.arange(part.position_embedding.num_embeddings)[None], persistent=False)
    return model


fixed_names = {
    "logit_scale": "logit_scale",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "ln_final": "text_model.final_layer_norm",
    "text_projection": "text_projection.weight",
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.ln_pre": "vision_model.pre_layrnorm",
    "visual.ln_post": "vision_model.post_layernorm",
    "visual.proj": "visual_projection.weight",
}
block_names = {
    "attn.out_proj": "self_attn.out_proj",
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}


def state_of(published: Mapping[str, Tensor]) -> State:
    """open_clip's names to those of `transformers`; a name that is not known keeps itself, for the check to tell."""
    state: State = {}
    for key, tensor in published.items():
        block = re.fullmatch(r"(visual\.)?transformer\.resblocks\.(\d+)\.(.+)", key)
        if block:
            tower = "vision_model" if block[1] else "text_model"
            state |= _block_part(f"{tower}.encoder.layers.{block[2]}", block[3], tensor)
        else:
            turned = key in ("visual.proj", "text_projection")
            state[_renamed(key, fixed_names)] = tensor.T if turned else tensor
    return state


def _block_part(layer: str, name: str, tensor: Tensor) -> State:
    packed = re.fullmatch(r"attn\.in_proj_(weight|bias)", name)
    if packed:
        parts = zip("qkv", tensor.chunk(3), strict=True)
        return {f"{layer}.self_attn.{letter}_proj.{packed[1]}": part for letter, part in parts}
    return {f"{layer}.{_renamed(name, block_names)}": tensor}


def _renamed(name: str, table: Mapping[str, str]) -> str:
    stem, _, last = name.rpartition(".")
    return table.get(name) or (f"{table[stem]}.{last}" if stem in table else name)


def without_text(model: CLIPModel) -> CLIPModel:
    """Gives back the memory of the text half, once every text that is wanted has been read."""
    model.text_model = nn.Identity()  # type: ignore[assignment]
    return model


def scaled(pixels: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 [..., 3, 384, 384] to CLIP's own scale."""
    center, spread = (torch.tensor(some, device=pixels.device).view(3, 1, 1) for some in (mean, std))
    return ((pixels.float() / 255 - center) / spread).to(dtype)


@torch.inference_mode()
def encode_pictures(model: CLIPModel, pixels: Tensor, batch: int = 16) -> Tensor:
    """pixels: uint8 [pictures, 3, 384, 384]. Answers unit vectors [pictures, 1024], `batch` pictures at a time."""
    weight = model.visual_projection.weight
    features = [_picture_vectors(model, scaled(some.to(weight.device), weight.dtype)) for some in pixels.split(batch)]
    return torch.cat(features)


def _picture_vectors(model: CLIPModel, scaled_pixels: Tensor) -> Tensor:
    tower = model.vision_model
    size = tower.embeddings.image_size
    x = tower.pre_layrnorm(tower.embeddings(scaled_pixels[..., :size, :size]))
    *layers, last = list(tower.encoder.layers)
    for layer in layers:
        x = layer(x, None)
    first = tower.post_layernorm(_first_token(cast(CLIPEncoderLayer, last), x))
    return F.normalize(model.visual_projection(first), dim=-1)


def _first_token(layer: CLIPEncoderLayer, x: Tensor) -> Tensor:
    """What a layer makes of the class token, [pictures, width]; the patches' answers are nobody's."""
    attention, normalized = layer.self_attn, layer.layer_norm1(x)
    heads = (attention.num_heads, attention.head_dim)
    q, k, v = (
        project(some).unflatten(-1, heads).transpose(1, 2)
        for project, some in (
            (attention.q_proj, normalized[:, :1]),
            (attention.k_proj, normalized),
            (attention.v_proj, normalized),
        )
    )
    heard = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    first = (x[:, :1] + attention.out_proj(heard))[:, 0]
    return first + layer.mlp(layer.layer_norm2(first))


@torch.inference_mode()
def text_states(model: CLIPModel, tokens: Tensor) -> Tensor:
    """tokens int64 [texts, 77] to [texts, 77, 1024] after the last norm, padding seen as any other token."""
    return model.text_model(input_ids=tokens.to(model.text_projection.weight.device)).last_hidden_state


def encode_text(model: CLIPModel, tokens: Tensor) -> Tensor:
    """The states as unit vectors, neither pooled nor projected: what MMAudio was trained on."""
    return F.normalize(text_states(model, tokens), dim=-1)
