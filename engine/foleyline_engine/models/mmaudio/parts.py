"""The models of one variant, each from its published state dict, strictly and without the parts nobody asks."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..checkpoint import load
from . import weights
from .network import Network
from .vae import VAE
from .variants import NetworkSize, Rate
from .vocoder import Vocoder, VocoderSize, bigvgan_16k, bigvgan_v2_44k


def network(published: Mapping[str, Tensor], size: NetworkSize) -> Network:
    with torch.device("meta"):
        blank = Network(size)
    return load(blank, weights.network_state(published, size.heads))


def vae(published: Mapping[str, Tensor], rate: Rate) -> VAE:
    """For decoding; the encoder, more than half of the file, is checked and dropped."""
    with torch.device("meta"):
        blank = VAE(rate.mels, rate.vae_width, rate.latent_dim)
    return load(blank, weights.fold_magnitudes(published)).without_encoder()


def vocoder_size(rate: Rate) -> VocoderSize:
    return bigvgan_16k if rate.mels == bigvgan_16k.mels else bigvgan_v2_44k


def vocoder(published: Mapping[str, Tensor], rate: Rate) -> Vocoder:
    with torch.device("meta"):
        blank = Vocoder(vocoder_size(rate))
    return load(blank, weights.fold_weight_norm(published))


def randomized(module: nn.Module, seed: int = 0) -> nn.Module:
    """Every tensor of a blank module drawn small, for measuring without weights; the sound is noise then."""
    generator = torch.Generator().manual_seed(seed)
    state = {name: _drawn(name, tensor, generator) for name, tensor in module.state_dict().items()}
    module.load_state_dict(state, assign=True)
    return module.float().eval().requires_grad_(False)


def _drawn(name: str, tensor: Tensor, generator: torch.Generator) -> Tensor:
    if tensor.dim() < 2:
        level = 1.0 if name.endswith(("norm.weight", "_std")) else 0.0
        return torch.full(tensor.shape, level)
    fan_in = max(1, tensor[0].numel())
    return torch.randn(tensor.shape, generator=generator) / fan_in**0.5
