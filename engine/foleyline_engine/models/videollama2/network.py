"""The whole of VideoLLaMA2.1-7B-AV: two towers, two projectors and the language model that reads what they make."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import Qwen2ForCausalLM, SiglipVisionConfig, SiglipVisionModel
from transformers.models.qwen2.modeling_qwen2 import Qwen2RotaryEmbedding

from .beats import Beats
from .configuration import Configuration
from .connector import Connector, audio_projector


def siglip(config: SiglipVisionConfig) -> Any:
    """With `embeddings` and `encoder`; before 5.23, transformers keeps them one level down."""
    whole = SiglipVisionModel(config)
    return getattr(whole, "vision_model", whole)


class Sight(nn.Module):
    """SigLIP up to the layer that is listened to, and the connector behind it."""

    def __init__(self, configuration: Configuration) -> None:
        super().__init__()
        self.tower = siglip(configuration.siglip(configuration.used_layers))
        self.tower.post_layernorm = nn.Identity()
        self.connector = Connector(configuration.vision["hidden_size"], configuration.width)

    def features(self, pixels: Tensor) -> Tensor:
        """[pictures, 3, size, size] to [pictures, patches, width of the tower]: every patch, no norm after."""
        return self.tower.encoder(inputs_embeds=self.tower.embeddings(pixels)).last_hidden_state

    def forward(self, pixels: Tensor) -> Tensor:
        """A clip's pictures to its tokens, [tokens, width of the language model]."""
        return self.connector(self.features(pixels)[None])[0]

    def settle(self, device: torch.device) -> None:
        """Fills the one table that is in no checkpoint."""
        places = self.tower.embeddings.position_ids
        self.tower.embeddings.position_ids = torch.arange(places.shape[-1], device=device)[None]


class Hearing(nn.Module):
    """BEATs and the projector behind it."""

    def __init__(self, configuration: Configuration) -> None:
        super().__init__()
        self.tower = Beats(configuration.audio)
        self.projector = audio_projector(configuration.audio.width, configuration.width)

    def forward(self, banks: Tensor) -> Tensor:
        """Filter banks [frames, bands] to tokens [tokens, width of the language model]."""
        return self.projector(self.tower(banks[None]))[0]

    def settle(self, device: torch.device) -> None:
        """It has no such table."""


class Language(Qwen2ForCausalLM):
    def settle(self, device: torch.device) -> None:
        """Computes the rotary turns, which are in no checkpoint, in float32 whatever the weights are in."""
        self.model.rotary_emb = Qwen2RotaryEmbedding(self.config).to(device)


def language(configuration: Configuration) -> Language:
    return Language(configuration.qwen2())
