"""The autoencoder between latents and mel spectrograms: one-dimensional, magnitude preserving, without biases.

Weights are folded (`weights.fold_magnitudes`) before they are loaded. Sequences here are [batch, channels, time].
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

widths = (1, 2, 4)
"""Channels of the levels, in the model's width, from the fine (mel frames) to the coarse (latents)."""
limit = 256.0
"""Activations are kept within this on either side."""
decoder_reach = 24
"""Latents to either side that the decoder's convolutions look at, rounded up; its attention sees all of them."""


def conv(width_in: int, width_out: int, kernel: int) -> nn.Conv1d:
    return nn.Conv1d(width_in, width_out, kernel, padding=kernel // 2, bias=False)


def silu(x: Tensor) -> Tensor:
    """SiLU that keeps unit variance."""
    return F.silu(x) / 0.596


def blend(a: Tensor, b: Tensor) -> Tensor:
    """0.7 a + 0.3 b at unit variance."""
    return (0.7 * a + 0.3 * b) / 0.58**0.5


def per_position(x: Tensor, dim: int = 1) -> Tensor:
    """Scaled to unit mean square over the channels at every position, the norm in float32."""
    length = torch.linalg.vector_norm(x, dim=dim, keepdim=True, dtype=torch.float32)
    return x / (1e-4 + length / x.shape[dim] ** 0.5).to(x.dtype)


class ResBlock(nn.Module):
    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.conv1 = conv(width_in, width_out, 3)
        self.conv2 = conv(width_out, width_out, 3)
        if width_in != width_out:
            self.nin_shortcut = conv(width_in, width_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = per_position(x)
        change = self.conv2(silu(self.conv1(silu(x))))
        return blend(self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x, change)


class AttnBlock(nn.Module):
    """One head over all positions; queries are taken in stretches, so that memory grows with the length only."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.qkv = conv(width, 3 * width, 1)
        self.proj_out = conv(width, width, 1)

    def forward(self, x: Tensor, stretch: int = 1024) -> Tensor:
        q, k, v = self.qkv(x).unflatten(1, (-1, 3)).transpose(1, 3).unbind(2)
        q, k, v = (per_position(part, 2) for part in (q, k, v))
        heard = [F.scaled_dot_product_attention(some, k, v) for some in q.split(stretch, 1)]
        return blend(x, self.proj_out(torch.cat(heard, 1).transpose(1, 2)))


class Middle(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.block_1 = ResBlock(width, width)
        self.attn_1 = AttnBlock(width)
        self.block_2 = ResBlock(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.block_2(self.attn_1(self.block_1(x)))


class Upsample(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = conv(width, width, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x.repeat_interleave(2, -1))


class Downsample(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = conv(width, width, 1)
        self.conv2 = conv(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(F.avg_pool1d(self.conv1(x), 2))


class Level(nn.Module):
    """Residual blocks at one rate, and the change to the next rate where there is one."""

    def __init__(self, blocks: list[ResBlock], upsample: nn.Module | None, downsample: nn.Module | None) -> None:
        super().__init__()
        self.block = nn.ModuleList(blocks)
        if upsample is not None:
            self.upsample = upsample
        if downsample is not None:
            self.downsample = downsample


class Decoder(nn.Module):
    """From latents to normalized mel frames, two for each."""

    def __init__(self, mels: int, width: int, latent_dim: int) -> None:
        super().__init__()
        fine, middle, coarse = (width * factor for factor in widths)
        self.learnable_gain = nn.Parameter(torch.zeros(()))
        self.conv_in = conv(latent_dim, coarse, 3)
        self.mid = Middle(coarse)
        self.up = nn.ModuleList(
            [
                Level(_blocks(middle, fine, 3), None, None),
                Level(_blocks(coarse, middle, 3), Upsample(middle), None),
                Level(_blocks(coarse, coarse, 3), None, None),
            ]
        )
        self.conv_out = conv(fine, mels, 3)

    def center(self, latent: Tensor) -> Tensor:
        """The part that looks at the whole sequence."""
        return self.mid(self.conv_in(latent)).clamp(-limit, limit)

    def refine(self, x: Tensor) -> Tensor:
        """The rest, which looks `decoder_reach` latents to either side."""
        for level in reversed(list(self.up)):
            for block in level.block:  # type: ignore[union-attr]
                x = block(x).clamp(-limit, limit)
            if hasattr(level, "upsample"):
                x = level.upsample(x)  # type: ignore[operator]
        return F.conv1d(silu(x), self.conv_out.weight * (self.learnable_gain + 1), padding=1)

    def forward(self, latent: Tensor) -> Tensor:
        return self.refine(self.center(latent))


class Encoder(nn.Module):
    """From normalized mel frames to the mean and log variance of latents; for training and for given sound."""

    def __init__(self, mels: int, width: int, latent_dim: int) -> None:
        super().__init__()
        fine, middle, coarse = (width * factor for factor in widths)
        self.learnable_gain = nn.Parameter(torch.zeros(()))
        self.conv_in = conv(mels, fine, 3)
        self.down = nn.ModuleList(
            [
                Level(_blocks(fine, fine, 2), None, Downsample(fine)),
                Level(_blocks(fine, middle, 2), None, None),
                Level(_blocks(middle, coarse, 2), None, None),
            ]
        )
        self.mid = Middle(coarse)
        self.conv_out = conv(coarse, 2 * latent_dim, 3)

    def forward(self, mel: Tensor) -> Tensor:
        x = self.conv_in(mel)
        for level in self.down:
            for block in level.block:  # type: ignore[union-attr]
                x = block(x).clamp(-limit, limit)
            if hasattr(level, "downsample"):
                x = level.downsample(x)  # type: ignore[operator]
        x = self.mid(x).clamp(-limit, limit)
        return F.conv1d(silu(x), self.conv_out.weight * (self.learnable_gain + 1), padding=1)


def _blocks(width_in: int, width_out: int, count: int) -> list[ResBlock]:
    return [ResBlock(width_in if index == 0 else width_out, width_out) for index in range(count)]


class VAE(nn.Module):
    """Both halves under the published names; generation drops the encoder with `without_encoder`."""

    data_mean: Tensor
    data_std: Tensor

    def __init__(self, mels: int, width: int, latent_dim: int) -> None:
        super().__init__()
        self.register_buffer("data_mean", torch.zeros(1, mels, 1))
        self.register_buffer("data_std", torch.ones(1, mels, 1))
        self.encoder: Encoder | None = Encoder(mels, width, latent_dim)
        self.decoder = Decoder(mels, width, latent_dim)

    def without_encoder(self) -> VAE:
        self.encoder = None
        return self

    def encode(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """mel [batch, mels, frames] to mean and log variance, each [batch, latent channels, frames / 2]."""
        if self.encoder is None:
            raise ValueError("this autoencoder was loaded for decoding only")
        mean, spread = self.encoder((mel - self.data_mean) / self.data_std).chunk(2, 1)
        return mean, spread.clamp(-30, 20)

    def decode(self, latent: Tensor) -> Tensor:
        """latent [batch, channels, latents] to mel [batch, mels, 2 * latents]."""
        return self.in_decibels(self.decoder(latent))

    def in_decibels(self, normalized: Tensor) -> Tensor:
        return normalized * self.data_std + self.data_mean

    def decode_in_chunks(self, latent: Tensor, chunk: int = 1024) -> Tensor:
        """The same as `decode`, with `chunk` latents at a time at the fine rate."""
        whole = self.decoder.center(latent)
        parts = []
        for start in range(0, latent.shape[-1], chunk):
            first = max(0, start - decoder_reach)
            made = self.decoder.refine(whole[..., first : start + chunk + decoder_reach])
            kept = 2 * min(chunk, latent.shape[-1] - start)
            parts.append(made[..., 2 * (start - first) :][..., :kept])
        return self.in_decibels(torch.cat(parts, -1))
