"""Parts of the network. Sequences are [rows, tokens, channels] throughout; names follow the published files."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..exchange import Check

smallest_norm = 1e-12
similarity_scale = 8.0
"""Of linear attention, whose queries and keys have unit length."""
tokens_at_once = 2048
"""On the processor: what a slice computes stays in its caches and its memory is used again. A full-width block on a
chunk of 8 s: all at once 6.4 s, 16384 tokens 5.8 s, 8192 tokens 5.4 s, 2048 tokens 4.9 s."""


class RMSNorm(nn.Module):
    """sqrt(d) x / |x| times a gain."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.gamma.shape, self.gamma, smallest_norm**2 / len(self.gamma))


class Rotary(nn.Module):
    """Frequencies in radians a token, one for each pair of neighboring channels."""

    freqs: Tensor

    def __init__(self, head_dim: int) -> None:
        super().__init__()
        self.register_buffer("freqs", frequencies(head_dim))

    def turns(self, tokens: int) -> Tensor:
        """Unit complex numbers [tokens, head_dim / 2]."""
        freqs = self.freqs.float()
        angle = torch.outer(torch.arange(tokens, dtype=torch.float32, device=freqs.device), freqs)
        return torch.polar(torch.ones_like(angle), angle)


def frequencies(head_dim: int) -> Tensor:
    return 10000.0 ** (-torch.arange(0, head_dim, 2) / head_dim)


def rotate_(x: Tensor, turns: Tensor) -> Tensor:
    """Turns neighboring pairs of x [rows, tokens, ..., channels] in float32, in place where x is float32."""
    turns = turns.view(turns.shape[0], *[1] * (x.dim() - 3), turns.shape[1])
    if x.dtype == torch.float32:
        torch.view_as_complex(x.unflatten(-1, (-1, 2))).mul_(turns)
        return x
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * turns).flatten(-2).to(x.dtype)


class Attention(nn.Module):
    """Rotary attention, each head's output gated by the token itself."""

    def __init__(self, dim: int, heads: int, head_dim: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = RMSNorm(dim)
        self.to_qkv = nn.Linear(dim, 3 * heads * head_dim, bias=False)
        self.to_gates = nn.Linear(dim, heads)
        self.to_out = nn.Sequential(nn.Linear(heads * head_dim, dim, bias=False))
        self.rotary_embed = Rotary(head_dim)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm(x)
        qkv = self.to_qkv(normed).unflatten(-1, (3, self.heads, -1))
        turned = rotate_(qkv[:, :, :2], self.rotary_embed.turns(x.shape[1]))
        q, k, v = (part.transpose(1, 2) for part in (turned[:, :, 0], turned[:, :, 1], qkv[:, :, 2]))
        heard = F.scaled_dot_product_attention(q, k, v).transpose(1, 2)
        return self.to_out((heard * self.to_gates(normed).sigmoid()[..., None]).flatten(2))


class LinearAttention(nn.Module):
    """Attention among the channels of a head, over all tokens: its cost grows with them and not with their square."""

    def __init__(self, dim: int, heads: int, head_dim: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = RMSNorm(dim)
        self.to_qkv = nn.Sequential(nn.Linear(dim, 3 * heads * head_dim, bias=False))
        self.temperature = nn.Parameter(torch.zeros(heads, 1, 1))
        # The published file's output layer is the second of its sequence.
        self.to_out = nn.Sequential(nn.Identity(), nn.Linear(heads * head_dim, dim, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.to_qkv(self.norm(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 4, 1)
        q, k = F.normalize(q, dim=-1) * self.temperature.exp(), F.normalize(k, dim=-1)
        heard = F.scaled_dot_product_attention(q, k, v, scale=similarity_scale)
        return self.to_out(heard.permute(0, 3, 1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        # Places 3 and 5 were dropout.
        self.net = nn.Sequential(RMSNorm(dim), nn.Linear(dim, hidden), nn.GELU(), nn.Identity(), nn.Linear(hidden, dim))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class Transformer(nn.Module):
    """`depth` layers of attention and feed-forward, each added to what it read; a norm after them where `ends`."""

    def __init__(self, attention: Sequence[nn.Module], dim: int, hidden: int, ends: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.ModuleList([each, FeedForward(dim, hidden)]) for each in attention])
        if ends:
            self.norm = RMSNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            for part in layer:  # type: ignore[attr-defined]
                made = part(x)
                x = made.add_(x) if made.dtype == x.dtype else made + x
        return self.norm(x) if hasattr(self, "norm") else x


def by_slices(transformer: nn.Module, x: Tensor, check: Check) -> Tensor:
    """What the transformer makes of each row; some rows at a time on the processor, `check` before each."""
    rows = max(1, tokens_at_once // x.shape[1]) if x.device.type == "cpu" else len(x)
    made = []
    for part in x.split(rows):
        check()
        made.append(transformer(part))
    return made[0] if len(made) == 1 else torch.cat(made)
