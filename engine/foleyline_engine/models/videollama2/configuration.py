"""What a checkpoint's config.json says of its parts, and what it leaves unsaid about its two towers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from transformers import Qwen2Config, SiglipVisionConfig

from ..checkpoint import WeightsMismatch
from .beats import BeatsSize

so400m: Mapping[str, Any] = {
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_hidden_layers": 27,
    "num_attention_heads": 16,
    "image_size": 384,
    "patch_size": 14,
    "hidden_act": "gelu_pytorch_tanh",
    "layer_norm_eps": 1e-6,
}
"""SigLIP so400m/14 at 384 pixels; the checkpoint holds its weights and only its name."""

qwen2_7b: Mapping[str, Any] = {
    "vocab_size": 152064,
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "max_position_embeddings": 32768,
    "rms_norm_eps": 1e-6,
    "rope_theta": 1e6,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
    "use_sliding_window": False,
}
served = {
    "model_type": ("videollama2_qwen2",),
    "mm_projector_type": ("stc_connector_v35",),
    "mm_projector_a_type": ("mlp2x_gelu",),
    "mm_vision_select_feature": ("patch",),
    "tie_word_embeddings": (False,),
    "use_sliding_window": (False,),
}
"""Fields of config.json and what this program can do of them."""
most_pictures = 32


class ConfigurationRefused(WeightsMismatch):
    """A checkpoint of another kind than this program computes."""


@dataclass(frozen=True)
class Configuration:
    """pictures: how many of a clip are looked at. used_layers: of the vision tower; the rest of it is never run."""

    language: Mapping[str, Any] = field(default_factory=lambda: qwen2_7b)
    vision: Mapping[str, Any] = field(default_factory=lambda: so400m)
    audio: BeatsSize = field(default_factory=BeatsSize)
    pictures: int = 16
    select_layer: int = -2

    @property
    def width(self) -> int:
        """Of the language model, which both projectors serve."""
        return self.language["hidden_size"]

    @property
    def used_layers(self) -> int:
        return self.vision["num_hidden_layers"] + 1 + self.select_layer

    @property
    def picture_size(self) -> int:
        return self.vision["image_size"]

    def qwen2(self) -> Qwen2Config:
        told = dict(self.language)
        rope = {"rope_type": "default", "rope_theta": told.pop("rope_theta")}
        return Qwen2Config(**told, rope_parameters=rope)

    def siglip(self, layers: int | None = None) -> SiglipVisionConfig:
        """With all of its layers and its head, or with so many layers and no head."""
        told = dict(self.vision)
        if layers is not None:
            told |= {"num_hidden_layers": layers, "vision_use_head": False}
        return SiglipVisionConfig(**told)


def of(stated: Mapping[str, Any]) -> Configuration:
    """From config.json. Raises ConfigurationRefused for what another program would have to run.

    The published ones only name their towers; `vision_config` and `audio_config` may state sizes of others.
    """
    wrong = [f"{name} {stated[name]}" for name, known in served.items() if stated.get(name, known[0]) not in known]
    if wrong:
        raise ConfigurationRefused(f"its config.json says {', '.join(wrong)}")
    language = {name: stated.get(name, value) for name, value in qwen2_7b.items()}
    theta = (stated.get("rope_parameters") or {}).get("rope_theta")
    return Configuration(
        language=language | ({"rope_theta": theta} if theta else {}),
        vision={**so400m, **stated.get("vision_config", {})},
        audio=BeatsSize(**{"width": stated.get("mm_hidden_size_a", BeatsSize.width), **stated.get("audio_config", {})}),
        pictures=min(stated.get("num_frames") or 8, most_pictures),
        select_layer=stated.get("mm_vision_select_layer", -2),
    )
