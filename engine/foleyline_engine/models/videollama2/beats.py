"""BEATs (Chen et al., 2022): what a sound is, token by token, from its filter banks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

bank_mean, bank_deviation = 15.41663, 6.55582
fold_eps = 1e-6


@dataclass(frozen=True)
class BeatsSize:
    """Defaults are those of BEATs iter3+. conv: taps of the positional convolution; classes: of the unused head."""

    patch: int = 16
    embed: int = 512
    width: int = 768
    layers: int = 12
    heads: int = 12
    hidden: int = 3072
    conv: int = 128
    conv_groups: int = 16
    buckets: int = 320
    farthest: int = 800
    classes: int = 527

    @property
    def head_dim(self) -> int:
        return self.width // self.heads


class Beats(nn.Module):
    """Parameters are named as in the published files; one table of relative positions serves all layers."""

    def __init__(self, size: BeatsSize | None = None) -> None:
        super().__init__()
        size = size or BeatsSize()
        self.size = size
        self.patch_embedding = nn.Conv2d(1, size.embed, size.patch, size.patch, bias=False)
        self.layer_norm = nn.LayerNorm(size.embed)
        self.post_extract_proj = nn.Linear(size.embed, size.width)
        self.encoder = Encoder(size)

    def tokens(self, banks: Tensor) -> Tensor:
        """Patches after their norm, [batch, tokens, embed], frequency running faster than time."""
        normal = (banks - bank_mean) / (2 * bank_deviation)
        patches = self.patch_embedding(normal[:, None].to(self.patch_embedding.weight.dtype))
        return self.layer_norm(patches.flatten(2).transpose(1, 2))

    def forward(self, banks: Tensor) -> Tensor:
        """Log mel filter banks [batch, frames, bands] to [batch, frames // 16 * bands // 16, width]."""
        return self.encoder(self.post_extract_proj(self.tokens(banks)))


class Encoder(nn.Module):
    def __init__(self, size: BeatsSize) -> None:
        super().__init__()
        conv = nn.Conv1d(size.width, size.width, size.conv, padding=size.conv // 2, groups=size.conv_groups)
        self.pos_conv = nn.Sequential(conv)
        self.layer_norm = nn.LayerNorm(size.width)
        self.positions = RelativePositions(size)
        self.layers = nn.ModuleList([Layer(size) for _ in range(size.layers)])

    def forward(self, x: Tensor) -> Tensor:
        placed = self.pos_conv(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)
        x = self.layer_norm(x + F.gelu(placed))
        bias = self.positions(x.shape[1])
        for layer in self.layers:
            x = layer(x, bias)
        return x


class RelativePositions(nn.Module):
    """Buckets as in T5, both directions: one each near by, ever wider ones out to `farthest`."""

    def __init__(self, size: BeatsSize) -> None:
        super().__init__()
        self.buckets, self.farthest = size.buckets, size.farthest
        self.relative_attention_bias = nn.Embedding(size.buckets, size.heads)

    def bucket(self, ahead: Tensor) -> Tensor:
        """int64, of the same shape. ahead: how many tokens the key comes after the query."""
        half = self.buckets // 2
        near = half // 2
        distance = ahead.abs()
        # In float32 throughout, since that decides which distances share a bucket.
        spread = torch.log(distance.clamp(min=1).float() / near) / math.log(self.farthest / near) * (half - near)
        wide = (near + spread.to(torch.int64)).clamp(max=half - 1)
        return (ahead > 0).to(torch.int64) * half + torch.where(distance < near, distance, wide)

    def forward(self, count: int) -> Tensor:
        """[1, heads, queries, keys]: row by row the same values, moved on by one."""
        ahead = torch.arange(1 - count, count, device=self.relative_attention_bias.weight.device)
        table = self.relative_attention_bias(self.bucket(ahead))
        return table.T.unfold(1, count, 1).flip(1)[None]


class Layer(nn.Module):
    """Norms come after the sums, whose residuals weigh more the deeper the whole is (DeepNorm)."""

    def __init__(self, size: BeatsSize) -> None:
        super().__init__()
        self.weight = (2 * size.layers) ** 0.25
        self.self_attn = Attention(size)
        self.self_attn_layer_norm = nn.LayerNorm(size.width)
        self.fc1 = nn.Linear(size.width, size.hidden)
        self.fc2 = nn.Linear(size.hidden, size.width)
        self.final_layer_norm = nn.LayerNorm(size.width)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = self.self_attn_layer_norm(x * self.weight + self.self_attn(x, bias))
        inner = F.gelu(self.fc1(x).float()).to(x.dtype)
        return self.final_layer_norm(x * self.weight + self.fc2(inner))


class Attention(nn.Module):
    def __init__(self, size: BeatsSize) -> None:
        super().__init__()
        self.heads = size.heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(size.width, size.width) for _ in range(4))
        self.grep_linear = nn.Linear(size.head_dim, 8)
        self.grep_a = nn.Parameter(torch.ones(1, size.heads, 1, 1))

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        q, k, v = (
            part(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=(self.gate(q) * bias).to(q.dtype))
        return self.out_proj(mixed.transpose(1, 2).flatten(2))

    def gate(self, q: Tensor) -> Tensor:
        """[batch, heads, queries, 1]: how much of the positions' bias a query lets through."""
        ours, theirs = self.grep_linear(q).unflatten(-1, (2, 4)).sum(-1).sigmoid().chunk(2, dim=-1)
        return ours * (theirs * self.grep_a - 1) + 2


def folded(gain: Tensor, direction: Tensor) -> Tensor:
    """The positional convolution's weight: its norm is over outputs and inputs, for each tap, with an eps under the
    root; in float32, rounded back before the gain as in the published program."""
    square = direction.float().square().sum((0, 1), keepdim=True)
    unit = direction.float() * torch.rsqrt(square + fold_eps)
    return unit.to(direction.dtype) * gain
