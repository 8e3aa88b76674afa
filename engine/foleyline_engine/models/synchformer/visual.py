"""The picture half of Synchformer: Motionformer with divided space-time attention, one feature every two pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..checkpoint import State, load, randomized

segment_n, segment_step = 16, 8
"""Pictures in a segment, and from one segment's start to the next one's."""
prefix = "vfeat_extractor."
"""Of this half's tensors in the published file, which holds the sound half and the head too."""
rate = 25
"""Pictures per second."""


@dataclass(frozen=True)
class VisualSize:
    dim: int = 768
    depth: int = 12
    heads: int = 12
    patch: int = 16
    patch_pictures: int = 2
    picture: int = 224

    @property
    def places(self) -> int:
        return (self.picture // self.patch) ** 2

    @property
    def times(self) -> int:
        return segment_n // self.patch_pictures


class DividedAttention(nn.Module):
    """Attention of each patch to its own group and the class token, and of the class token to all."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor, groups: int, over_time: bool) -> Tensor:
        """x: [batch, 1 + times * places, dim]. groups: places when attending over time, times over space."""
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        first = F.scaled_dot_product_attention(q[:, :, :1], k, v)
        grouped = (self._grouped(part[:, :, 1:], groups, over_time) for part in (q, k, v))
        own_q, own_k, own_v = grouped
        shape = (*own_k.shape[:3], 1, own_k.shape[-1])
        seen_k = torch.cat([k[:, :, None, :1].expand(shape), own_k], 3)
        seen_v = torch.cat([v[:, :, None, :1].expand(shape), own_v], 3)
        rest = F.scaled_dot_product_attention(own_q, seen_k, seen_v)
        rest = (rest.transpose(2, 3) if over_time else rest).flatten(2, 3)
        return self.proj(torch.cat([first, rest], 2).transpose(1, 2).flatten(2))

    @staticmethod
    def _grouped(x: Tensor, groups: int, over_time: bool) -> Tensor:
        """[batch, heads, times * places, c] to [batch, heads, groups, tokens of a group, c]."""
        if over_time:
            return x.unflatten(2, (-1, groups)).transpose(2, 3)
        return x.unflatten(2, (groups, -1))


class Mlp(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(dim, eps=1e-6) for _ in range(3))
        self.attn = DividedAttention(dim, heads)
        self.timeattn = DividedAttention(dim, heads)
        self.mlp = Mlp(dim)

    def forward(self, x: Tensor, times: int, places: int) -> Tensor:
        x = x + self.timeattn(self.norm3(x), places, over_time=True)
        x = x + self.attn(self.norm1(x), times, over_time=False)
        return x + self.mlp(self.norm2(x))


class PackedAttention(nn.Module):
    """Multi-head attention under the names of `torch.nn.MultiheadAttention`, for one query only."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.zeros(3 * dim, dim))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * dim))
        self.out_proj = nn.Linear(dim, dim)

    def first(self, x: Tensor) -> Tensor:
        """What the first token takes from all: [batch, 1, dim]."""
        dim = x.shape[-1]
        q = F.linear(x[:, :1], self.in_proj_weight[:dim], self.in_proj_bias[:dim])
        kv = F.linear(x, self.in_proj_weight[dim:], self.in_proj_bias[dim:])
        k, v = kv.unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        q = q.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        return self.out_proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Summary(nn.Module):
    """One transformer layer that gathers a picture's patches in a class token; only that token is computed."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.norm1, self.norm2 = (nn.LayerNorm(dim, eps=1e-6) for _ in range(2))
        self.self_attn = PackedAttention(dim, heads)
        self.linear1 = nn.Linear(dim, 4 * dim)
        self.linear2 = nn.Linear(4 * dim, dim)

    def forward(self, patches: Tensor) -> Tensor:
        """patches [pictures, places, dim] to [pictures, dim]."""
        token = self.cls_token.expand(len(patches), -1, -1)
        token = token + self.self_attn.first(self.norm1(torch.cat([token, patches], 1)))
        return (token + self.linear2(F.gelu(self.linear1(self.norm2(token)))))[:, 0]


class Patches(nn.Module):
    """Holds a patch convolution under the published name."""

    def __init__(self, proj: nn.Module) -> None:
        super().__init__()
        self.proj = proj


class Visual(nn.Module):
    """`patch_embed` is in the published file and used by nothing."""

    def __init__(self, size: VisualSize | None = None) -> None:
        super().__init__()
        self.size = size = size or VisualSize()
        dim, patch = size.dim, size.patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + size.places, dim))
        self.temp_embed = nn.Parameter(torch.zeros(1, size.times, dim))
        cube = (size.patch_pictures, patch, patch)
        self.patch_embed = Patches(nn.Conv2d(3, dim, patch, patch))
        self.patch_embed_3d = Patches(nn.Conv3d(3, dim, cube, cube))
        self.blocks = nn.ModuleList(Block(dim, size.heads) for _ in range(size.depth))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.spatial_attn_agg = Summary(dim, size.heads)

    def tokens(self, segments: Tensor) -> Tensor:
        """[batch, 1 + times * places, dim] after the blocks."""
        size = self.size
        x = self.patch_embed_3d.proj(segments.transpose(1, 2)).flatten(3).permute(0, 2, 3, 1)
        x = (x + self.pos_embed[:, None, 1:] + self.temp_embed[:, :, None]).flatten(1, 2)
        first = (self.cls_token + self.pos_embed[:, :1]).expand(len(x), -1, -1)
        x = torch.cat([first, x], 1)
        for block in self.blocks:
            x = block(x, size.times, size.places)
        return x

    def forward(self, segments: Tensor) -> Tensor:
        """segments [batch, 16, 3, 224, 224], scaled to -1..1, to features [batch, 8, dim]."""
        patches = self.norm(self.tokens(segments)[:, 1:])
        pictures = patches.unflatten(1, (self.size.times, -1)).flatten(0, 1)
        return self.spatial_attn_agg(pictures).unflatten(0, (-1, self.size.times))


def scaled(pixels: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 [..., 3, 224, 224] to -1..1."""
    return ((pixels.float() / 255 - 0.5) / 0.5).to(dtype)


def segment_starts(pictures: int) -> range:
    """First picture of every whole segment; pictures after the last one are not seen."""
    return range(0, pictures - segment_n + 1, segment_step)


@torch.inference_mode()
def encode(visual: Visual, pixels: Tensor, batch: int = 4) -> Tensor:
    """pixels: uint8 [pictures, 3, 224, 224] at 25 a second. Answers [8 * segments, dim], `batch` segments at a time."""
    weight = visual.cls_token
    starts = list(segment_starts(len(pixels)))
    features = []
    for first in range(0, len(starts), batch):
        stacked = torch.stack([pixels[start : start + segment_n] for start in starts[first : first + batch]])
        features.append(visual(scaled(stacked.to(weight.device), weight.dtype)).flatten(0, 1))
    return torch.cat(features)


def state_of(published: Mapping[str, Tensor]) -> State:
    """This half of the published file, which holds the whole model."""
    return {key.removeprefix(prefix): tensor for key, tensor in published.items() if key.startswith(prefix)}


def of(published: Mapping[str, Tensor] | None, size: VisualSize | None = None) -> Visual:
    """From the published state dict, strictly; with random weights from None."""
    with torch.device("meta"):
        blank = Visual(size)
    return randomized(blank) if published is None else load(blank, published, state_of)
