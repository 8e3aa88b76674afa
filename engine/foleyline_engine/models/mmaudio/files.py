"""The published files of each variant: where they are, how large, under which licence."""

from __future__ import annotations

from ..installed import Weights
from .variants import Variant, rate_16k

non_commercial = "CC BY-NC 4.0: not for commercial use"
mit = "MIT"
unstated = "no licence stated by its authors"
apple = "Apple sample code licence"

hub = "https://huggingface.co"
release = "https://github.com/hkchengrex/MMAudio/releases/download/v0.1"
clip_repository = f"{hub}/apple/DFN5B-CLIP-ViT-H-14-384/resolve/main"

million = 1_000_000
network_sizes = {
    "mmaudio-small-16k": 630 * million,
    "mmaudio-small-44k": 630 * million,
    "mmaudio-medium-44k": 2487 * million,
    "mmaudio-large-44k": 4120 * million,
    "mmaudio-large-44k-v2": 4122 * million,
}

clip = Weights(
    "clip/open_clip_pytorch_model.bin", f"{clip_repository}/open_clip_pytorch_model.bin", 3947 * million, apple
)
merges = Weights("clip/merges.txt", f"{clip_repository}/merges.txt", 525_000, apple)
synchformer = Weights(
    "synchformer/synchformer_state_dict.pth", f"{release}/synchformer_state_dict.pth", 951 * million, mit
)
vae_16k = Weights("mmaudio/v1-16.pth", f"{release}/v1-16.pth", 687 * million, non_commercial)
vae_44k = Weights("mmaudio/v1-44.pth", f"{release}/v1-44.pth", 1222 * million, non_commercial)
vocoder_16k = Weights("mmaudio/best_netG.pt", f"{release}/best_netG.pt", 449 * million, unstated)
vocoder_44k = Weights(
    "mmaudio/bigvgan_generator.pt",
    f"{hub}/nvidia/bigvgan_v2_44khz_128band_512x/resolve/main/bigvgan_generator.pt",
    489_041_291,
    mit,
)
encoders = (clip, merges, synchformer)


def network(variant: Variant) -> Weights:
    name = f"{variant.name.replace('-', '_')}.pth"
    url = f"{hub}/hkchengrex/MMAudio/resolve/main/weights/{name}"
    return Weights(f"mmaudio/{name}", url, network_sizes[variant.name], non_commercial)


def vae(variant: Variant) -> Weights:
    return vae_16k if variant.rate == rate_16k else vae_44k


def vocoder(variant: Variant) -> Weights:
    return vocoder_16k if variant.rate == rate_16k else vocoder_44k


def needed(variant: Variant) -> tuple[Weights, ...]:
    return (network(variant), vae(variant), vocoder(variant), *encoders)
