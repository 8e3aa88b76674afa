"""The models of one variant, each from its published state dict, or at full size with random weights from None."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..checkpoint import load, randomized
from . import weights
from .network import Network
from .vae import VAE
from .variants import NetworkSize, Rate
from .vocoder import Vocoder, VocoderSize, bigvgan_16k, bigvgan_v2_44k


def network(published: Mapping[str, Tensor] | None, size: NetworkSize) -> Network:
    with torch.device("meta"):
        blank = Network(size)
    if published is None:
        return randomized(blank)
    return load(blank, published, lambda state: weights.network_state(state, size.heads), form="network")


def vae(published: Mapping[str, Tensor] | None, rate: Rate) -> VAE:
    """For decoding; the encoder, more than half of the file, is checked and dropped."""
    with torch.device("meta"):
        blank = blank_vae(rate)
    if published is None:
        return randomized(blank.without_encoder())
    return load(blank, published, weights.fold_magnitudes, form="vae").without_encoder()


def blank_vae(rate: Rate) -> VAE:
    return VAE(rate.mels, rate.vae_width, rate.latent_dim)


def vocoder_size(rate: Rate) -> VocoderSize:
    return bigvgan_16k if rate.mels == bigvgan_16k.mels else bigvgan_v2_44k


def vocoder(published: Mapping[str, Tensor] | None, rate: Rate) -> Vocoder:
    with torch.device("meta"):
        blank = Vocoder(vocoder_size(rate))
    return randomized(blank) if published is None else load(blank, published, weights.fold_weight_norm, form="vocoder")
