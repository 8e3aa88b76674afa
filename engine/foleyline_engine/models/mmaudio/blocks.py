"""Parts of the flow network. Sequences are [batch, tokens, channels] throughout; names follow the published files."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

norm_eps = torch.finfo(torch.float32).eps
"""Of the query and key norms: the machine's epsilon in float32, whatever the data's type."""


class Conv(nn.Conv1d):
    """A convolution along the tokens with zeros around them: as long out as in."""

    def __init__(self, width_in: int, width_out: int, kernel: int, bias: bool = True) -> None:
        super().__init__(width_in, width_out, kernel, padding=kernel // 2, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.transpose(1, 2)).transpose(1, 2)


class Gated(nn.Module):
    """w2(silu(w1 x) * w3 x); kernel 0 makes the three of them linear, any other convolutions."""

    def __init__(self, dim: int, hidden: int, kernel: int = 0) -> None:
        super().__init__()
        self.w1 = _layer(dim, hidden, kernel)
        self.w2 = _layer(hidden, dim, kernel)
        self.w3 = _layer(dim, hidden, kernel)

    def forward(self, x: Tensor) -> Tensor:
        return self.w2(F.silu(self.w1(x), inplace=not torch.is_grad_enabled()) * self.w3(x))


def _layer(width_in: int, width_out: int, kernel: int) -> nn.Module:
    if kernel:
        return Conv(width_in, width_out, kernel, bias=False)
    return nn.Linear(width_in, width_out, bias=False)


class Projection(nn.Sequential):
    """From a stream's own width to the network's; v2 has an activation where v1's clip and text have none."""

    def __init__(self, width: int, dim: int, hidden: int, first: int, second: int, act: nn.Module | None) -> None:
        into = Conv(width, dim, first) if first else nn.Linear(width, dim)
        super().__init__(*(layer for layer in (into, act, Gated(dim, hidden, second)) if layer is not None))


class RMSNorm(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight.shape, self.weight, norm_eps)


class HeadProjection(nn.Module):
    """Queries, keys and values of one stream, [batch, heads, tokens, channels of a head].

    The published rows are interleaved (head, channel, one of the three); `weights.in_blocks` sorts them once at
    load into three blocks, so that a stream whose queries are not wanted does not compute them.
    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.q_norm = RMSNorm(dim // heads)
        self.k_norm = RMSNorm(dim // heads)

    def forward(self, x: Tensor, turn: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = self._split(self.qkv(x), 3)
        return rotate(self.q_norm(q), turn), rotate(self.k_norm(k), turn), v

    def keys_values(self, x: Tensor, turn: Tensor | None) -> tuple[Tensor, Tensor]:
        dim = x.shape[-1]
        k, v = self._split(F.linear(x, self.qkv.weight[dim:], self.qkv.bias[dim:]), 2)
        return rotate(self.k_norm(k), turn), v

    def _split(self, x: Tensor, parts: int) -> tuple[Tensor, ...]:
        return x.unflatten(-1, (parts, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)


def turns(tokens: int, head_dim: int, speed: float = 1.0, device: torch.device | None = None) -> Tensor:
    """Angles of the rotary positions 0..tokens-1 as unit complex numbers, float32, [tokens, head_dim / 2]."""
    order = torch.arange(0, head_dim, 2, dtype=torch.float32, device=device)
    frequency = speed / 10000.0 ** (order / head_dim)
    angle = torch.outer(torch.arange(tokens, dtype=torch.float32, device=device), frequency)
    return torch.polar(torch.ones_like(angle), angle)


def rotate(x: Tensor, turn: Tensor | None) -> Tensor:
    """Turns neighboring pairs of channels, in float32 whatever x is."""
    if turn is None:
        return x
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * turn).flatten(-2).to(x.dtype)


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Softmax attention without a mask, heads merged: [batch, tokens, channels]."""
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


def normalized(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return torch.addcmul(shift, F.layer_norm(x, x.shape[-1:], eps=1e-5), 1 + scale)


class Modulation(nn.Sequential):
    """adaLN: `parts` vectors of the network's width from a conditioning vector."""

    def __init__(self, dim: int, parts: int) -> None:
        super().__init__(nn.SiLU(), nn.Linear(dim, parts * dim))
        self.parts = parts


class Stream(nn.Module):
    """One stream's half of a block: modulated projection before the attention, residual and MLP after it."""

    def __init__(self, dim: int, heads: int, hidden: int, kernel: int, keys_only: bool = False) -> None:
        super().__init__()
        self.adaLN_modulation = Modulation(dim, 2 if keys_only else 6)
        self.attn = HeadProjection(dim, heads)
        if not keys_only:
            self.linear1 = Conv(dim, dim, kernel) if kernel else nn.Linear(dim, dim)
            self.ffn = Gated(dim, hidden, kernel)

    def forward(self, x: Tensor, attended: Tensor, parts: tuple[Tensor, ...]) -> Tensor:
        """parts: gate of the attention, then shift, scale and gate of the MLP."""
        gate, shift, scale, mlp_gate = parts
        x = torch.addcmul(x, self.linear1(attended), gate)
        return torch.addcmul(x, self.ffn(normalized(x, shift, scale)), mlp_gate)


class JointBlock(nn.Module):
    """Sound, picture and text attend to one another; the last such block drops picture and text after it."""

    def __init__(self, dim: int, heads: int, hidden: int, last: bool) -> None:
        super().__init__()
        self.last = last
        self.latent_block = Stream(dim, heads, hidden, 3)
        self.clip_block = Stream(dim, heads, hidden, 3, keys_only=last)
        self.text_block = Stream(dim, heads, hidden, 0, keys_only=last)

    def forward(
        self,
        streams: tuple[Tensor, Tensor, Tensor],
        modulations: tuple[tuple[Tensor, ...], ...],
        positions: tuple[Tensor, Tensor],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """streams: latent, clip, text. modulations: each one's parts, two (shift, scale) or six."""
        blocks = (self.latent_block, self.clip_block, self.text_block)
        seen = [normalized(x, *parts[:2]) for x, parts in zip(streams, modulations, strict=True)]
        turned = (*positions, None)
        if self.last:
            q, *own = blocks[0].attn(seen[0], turned[0])
            others = [
                block.attn.keys_values(x, turn) for block, x, turn in zip(blocks[1:], seen[1:], turned[1:], strict=True)
            ]
            k, v = (torch.cat(rows, 2) for rows in zip(own, *others, strict=True))
            return blocks[0](streams[0], attend(q, k, v), modulations[0][2:]), streams[1], streams[2]
        parts = [block.attn(x, turn) for block, x, turn in zip(blocks, seen, turned, strict=True)]
        q, k, v = (torch.cat(rows, 2) for rows in zip(*parts, strict=True))
        shares = attend(q, k, v).split([x.shape[1] for x in streams], 1)
        latent, clip, text = (
            block(x, share, own[2:]) for block, x, share, own in zip(blocks, streams, shares, modulations, strict=True)
        )
        return latent, clip, text


class FusedBlock(Stream):
    """Sound alone, with the other streams already in it."""

    def __init__(self, dim: int, heads: int, hidden: int) -> None:
        super().__init__(dim, heads, hidden, 3)

    def run(self, x: Tensor, parts: tuple[Tensor, ...], positions: Tensor) -> Tensor:
        q, k, v = self.attn(normalized(x, *parts[:2]), positions)
        return self(x, attend(q, k, v), parts[2:])


class FinalLayer(nn.Module):
    def __init__(self, dim: int, latent_dim: int) -> None:
        super().__init__()
        self.adaLN_modulation = Modulation(dim, 2)
        self.conv = Conv(dim, latent_dim, 7)

    def forward(self, x: Tensor, parts: tuple[Tensor, ...]) -> Tensor:
        return self.conv(normalized(x, *parts))


class TimeEmbedding(nn.Module):
    """Flow time to a vector, in float32 always: v2's fastest sinusoid turns 10^4 rad from start to end."""

    def __init__(self, dim: int, width: int, top: float) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(width, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.width, self.top = width, top

    def forward(self, time: Tensor) -> Tensor:
        """time: float32 [...] in 0..1; answers float32 [..., dim]."""
        order = torch.arange(0, self.width, 2, dtype=torch.float32, device=time.device)
        angle = time.float().unsqueeze(-1) * (self.top * 10000.0 ** (-order / self.width))
        return self.mlp(torch.cat([angle.cos(), angle.sin()], -1))
