"""The network: a checkpoint's Thinker, its encoders and its language model, in as many bits as are asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoConfig, DynamicCache, Qwen2_5OmniThinkerForConditionalGeneration

from foleyline.errors import FoleyError

from ..exchange import Check
from .hearing import tokens
from .layout import Marks, clip_ids, marks_of, positions
from .pictures import Cut, Patches

kinds = ("qwen2_5_omni", "qwen2_5_omni_thinker")
read_at_once = 1024
"""Tokens that go through the language model between two looks at whether they are still wanted."""


class Thinker(nn.Module):
    """prefixes: what stands before all clips, read once, by its tokens."""

    def __init__(self, model: Any, is_packed: bool = False) -> None:
        super().__init__()
        self.model = model.eval()
        self.is_packed = is_packed
        self.marks: Marks = marks_of(model.config)
        sight = model.config.vision_config
        self.cut = Cut(sight.patch_size, sight.temporal_patch_size, sight.spatial_merge_size)
        self.bins: int = model.config.audio_config.num_mel_bins
        self.prefixes: dict[tuple[int, ...], DynamicCache] = {}

    def to(self, *args: Any, **kwargs: Any) -> Thinker:
        """Packed weights stay where they were loaded."""
        self.prefixes.clear()
        return self if self.is_packed else super().to(*args, **kwargs)

    @property
    def device(self) -> torch.device:
        return self.model.device

    def see(self, patches: Patches) -> Tensor:
        """[tokens, width] of a clip's pictures."""
        grid = torch.tensor([patches.grid], device=self.device)
        seen = self.model.get_video_features(patches.pixels.to(self.device), grid)
        return seen.pooler_output[0]

    def hear(self, features: Tensor) -> Tensor:
        """[tokens, width] of a sound's features."""
        mask = torch.ones(1, features.shape[-1], dtype=torch.long, device=self.device)
        heard = self.model.get_audio_features(features[None].to(self.device), feature_attention_mask=mask)
        return heard.last_hidden_state

    def embed(self, ids: Sequence[int]) -> Tensor:
        """[tokens, width] of text."""
        return self.model.get_input_embeddings()(torch.tensor(list(ids), device=self.device))

    def place(self, ids: Sequence[int], patches: Patches | None, features_n: int) -> Tensor:
        facts = {"seconds": patches.seconds if patches else 0, "features": features_n}
        return positions(self.model.model.get_rope_index, ids, patches.grid if patches else None, facts)

    def clip_ids(self, patches: Patches | None, features_n: int) -> list[int]:
        pairs, a_pair, seconds = 0, 0, 1
        if patches:
            pairs, seconds = patches.grid[0], patches.seconds
            a_pair = self.cut.tokens(patches.grid) // pairs
        return clip_ids(self.marks, pairs, a_pair, seconds, tokens(features_n) if features_n else 0)

    def read(
        self, embeds: Tensor, places: Tensor, mask: Tensor, cache: DynamicCache, check: Check, last: int
    ) -> Tensor:
        """Scores, float32 [rows, last, vocabulary], of what may follow each of the `last` tokens.

        embeds: [rows, tokens, width]; places: [3, rows, tokens]; mask: [rows, tokens in the cache and here], 0 for
        padding. What is read is added to the cache.
        """
        past, count = mask.shape[1] - embeds.shape[1], embeds.shape[1]
        kept: list[Tensor] = []
        for start in range(0, count, read_at_once):
            check()
            end = min(start + read_at_once, count)
            hidden = self.model.model.language_model(
                inputs_embeds=embeds[:, start:end],
                attention_mask=mask[:, : past + end],
                position_ids=places[:, :, start:end],
                cache=cache,
                use_cache=True,
            ).last_hidden_state
            kept = [*kept, hidden[:, max(0, count - last - start) :]]
        return self.model.lm_head(torch.cat(kept, 1)[:, -last:]).float()


def is_of_the_family(folder: Path) -> bool:
    try:
        stated = json.loads((folder / "config.json").read_text(encoding="utf8"))
        return stated["model_type"] in kinds
    except (OSError, ValueError, KeyError, TypeError):
        return False


def configuration_of(folder: Path) -> Any:
    """Of the Thinker alone."""
    found = AutoConfig.from_pretrained(folder, local_files_only=True)
    return getattr(found, "thinker_config", found)


def load(folder: Path, dtype: torch.dtype, packing: Any = None) -> Thinker:
    """packing: a quantization configuration of transformers, or None. Raises E-JUDGE for files that do not fit."""
    device: dict[str, Any] = {"device_map": {"": "cuda"}} if packing else {}
    try:
        loaded: Any = Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained(
            folder,
            config=configuration_of(folder),
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            quantization_config=packing,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **device,
        )
    except (OSError, ValueError, KeyError, SafetensorError) as problem:
        raise FoleyError("E-JUDGE", folder=folder, reason=str(problem).splitlines()[0]) from problem
    model, found = loaded
    lacking = [*found["missing_keys"], *(mismatch[0] for mismatch in found["mismatched_keys"])]
    if lacking:
        reason = f"{len(lacking)} of its tensors are missing or have another shape, {min(lacking)} for one"
        raise FoleyError("E-JUDGE", folder=folder, reason=reason)
    return Thinker(model, is_packed=packing is not None)


def weights_n(folder: Path) -> tuple[int, int]:
    """How many weights a checkpoint's Thinker has, and how many of them can be packed; nothing is loaded."""
    with torch.device("meta"):
        model = Qwen2_5OmniThinkerForConditionalGeneration(configuration_of(folder))
    layers = model.model.language_model.layers
    packed = sum(each.weight.numel() for each in layers.modules() if isinstance(each, nn.Linear))
    return sum(each.numel() for each in model.parameters()), packed
