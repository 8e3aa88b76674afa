"""The published files of each variant, by what they are; all that is known of them is in the catalogue."""

from __future__ import annotations

from ..published import Weights, file
from .variants import Variant, rate_16k


def clip() -> Weights:
    return file("clip/open_clip_pytorch_model.bin")


def merges() -> Weights:
    """The tokenizer's."""
    return file("clip/merges.txt")


def synchformer() -> Weights:
    return file("synchformer/synchformer_state_dict.pth")


def network(variant: Variant) -> Weights:
    return file(f"mmaudio/{variant.name.replace('-', '_')}.pth")


def vae(variant: Variant) -> Weights:
    return file("mmaudio/v1-16.pth" if variant.rate == rate_16k else "mmaudio/v1-44.pth")


def vocoder(variant: Variant) -> Weights:
    return file("mmaudio/best_netG.pt" if variant.rate == rate_16k else "mmaudio/bigvgan_generator.pt")


def needed(variant: Variant) -> tuple[Weights, ...]:
    return (network(variant), vae(variant), vocoder(variant), clip(), merges(), synchformer())
