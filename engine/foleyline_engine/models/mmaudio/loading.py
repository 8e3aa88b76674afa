"""The networks of a variant, from its published files or random, each in the precision that its device computes in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import nn

from .. import installed
from ..checkpoint import Checkpoint
from ..clip import model as clip
from ..clip.tokens import Tokenizer
from ..memory import best
from ..residency import Parts, bytes_of
from ..synchformer import visual
from . import files, parts
from .encoders import Encoders
from .network import Network
from .variants import Variant
from .vocoder import Vocoder


def loaders(variant: Variant) -> dict[str, Callable[[], Any]]:
    return {
        "network": lambda: _network(variant),
        "vae": lambda: parts.vae(published(files.vae(variant)), variant.rate),
        "vocoder": lambda: parts.vocoder(published(files.vocoder(variant), "generator"), variant.rate),
    }


def sizes(variant: Variant) -> dict[str, Callable[[], int]]:
    """Bytes of each part on the device, from its shapes alone."""
    return {
        "network": lambda: lowered_bytes(lambda: Network(variant.network)),
        "vae": lambda: blank_bytes(lambda: parts.blank_vae(variant.rate).without_encoder()),
        "vocoder": lambda: blank_bytes(lambda: Vocoder(parts.vocoder_size(variant.rate))),
    }


def blank_bytes(make: Callable[[], nn.Module]) -> int:
    with torch.device("meta"):
        return bytes_of(make())


def lowered_bytes(make: Callable[[], nn.Module]) -> int:
    """Of a network that is in bfloat16 on CUDA."""
    return blank_bytes(make) // (2 if best().type == "cuda" else 1)


def _network(variant: Variant) -> Network:
    """In bfloat16 on CUDA, with what needs float32 left in it."""
    network = parts.network(published(files.network(variant)), variant.network)
    return network.lower(torch.bfloat16) if best().type == "cuda" else network


def published(file: installed.Weights, key: str | None = None) -> Any:
    """State dict of an installed file, `key` naming it inside of the file; None where random weights stand in."""
    path = installed.folder() / file.path
    return Checkpoint(path, key or "") if path.is_file() else None


@cache
def shared_encoders() -> Encoders:
    """The same for all variants."""
    return Encoders(
        Parts(
            {
                "clip": lambda: _lowered(clip.of(published(files.clip()))),
                "synchformer": lambda: _lowered(visual.of(published(files.synchformer()))),
                "tokenizer": _tokenizer,
            },
            sizes={
                "clip": lambda: lowered_bytes(lambda: clip.blank(clip.ClipSize())),
                "synchformer": lambda: lowered_bytes(visual.Visual),
            },
        )
    )


def _lowered(module: nn.Module) -> nn.Module:
    return module.to(torch.bfloat16) if best().type == "cuda" else module


def _tokenizer() -> Tokenizer:
    path = installed.folder() / files.merges().path
    return Tokenizer.read(path) if path.is_file() else Tokenizer([])
