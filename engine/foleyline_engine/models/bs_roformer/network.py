"""A spectrum's bands as tokens, attention along time and across bands in turn, a complex mask for each stem.

Sounds are [batch, channels, samples], tokens [batch, frames, bands, dim].
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..exchange import Check, Progress, untold
from .blocks import Attention, LinearAttention, RMSNorm, Transformer, by_slices
from .size import Size, Spectrum


def keep_on() -> None:
    """A check that never stops the work."""


class BandSplit(nn.Module):
    """Each band's numbers to one token."""

    def __init__(self, widths: Iterable[int], dim: int) -> None:
        super().__init__()
        self.widths = list(widths)
        self.to_features = nn.ModuleList(
            [nn.Sequential(RMSNorm(width), nn.Linear(width, dim)) for width in self.widths]
        )

    def forward(self, numbers: Tensor) -> Tensor:
        parts = numbers.split(self.widths, dim=-1)
        tokens = [layer(part) for layer, part in zip(self.to_features, parts, strict=True)]
        return torch.stack(tokens, dim=-2)


class MaskEstimator(nn.Module):
    """Each band's token to its complex mask, real and imaginary parts in turn: [..., sum of widths]."""

    def __init__(self, widths: Iterable[int], size: Size) -> None:
        super().__init__()
        hidden = [size.dim * size.mask_expansion] * (size.mask_layers - 1)
        self.to_freqs = nn.ModuleList(
            [nn.Sequential(_with_tanh([size.dim, *hidden, 2 * width]), nn.GLU(dim=-1)) for width in widths]
        )

    def forward(self, tokens: Tensor) -> Tensor:
        bands = zip(self.to_freqs, tokens.unbind(dim=-2), strict=True)
        return torch.cat([layer(token) for layer, token in bands], dim=-1)


def _with_tanh(widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width_in, width_out in pairwise(widths):
        layers += [nn.Linear(width_in, width_out), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


class RoFormer(nn.Module):
    """BS-RoFormer, or Mel-Band-RoFormer where its size says so."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        widths = [2 * size.channels * len(bins) for bins in size.bins]
        self.band_split = BandSplit(widths, size.dim)
        self.layers = nn.ModuleList([_block(size) for _ in range(size.depth)])
        if not size.is_mel:
            self.final_norm = RMSNorm(size.dim)
        self.mask_estimators = nn.ModuleList([MaskEstimator(widths, size) for _ in range(size.stems)])

    def forward(self, sound: Tensor, check: Check = keep_on, told: Progress = untold) -> Tensor:
        """Stems of sound [batch, channels, n], n more than half a transform: [batch, channels, n] of a network of
        one stem, else [batch, stems, channels, n]. `check` is called all along,
        `told` after each block."""
        seen = spectrum(sound, self.size.spectrum)
        heard = seen[:, None] * self.masks(seen, check, told)
        if self.size.zero_dc:
            heard[:, :, :, 0] = 0
        length = sound.shape[-1] if self.size.keeps_length else None
        stems = sound_of(heard, self.size.spectrum, length)
        return stems[:, 0] if self.size.stems == 1 else stems

    def masks(self, seen: Tensor, check: Check = keep_on, told: Progress = untold) -> Tensor:
        """Complex [batch, stems, frames, bins, channels] for a spectrum [batch, frames, bins, channels]."""
        tokens = self.tokens(torch.view_as_real(self._by_band(seen)).flatten(2), check, told)
        flat = torch.stack([estimate(tokens) for estimate in self.mask_estimators], dim=1).float()
        check()
        masks = torch.view_as_complex(flat.unflatten(-1, (-1, self.size.channels, 2)))
        return self._over_bins(masks, seen.shape[2]) if self.size.is_mel else masks

    def tokens(self, numbers: Tensor, check: Check = keep_on, told: Progress = untold) -> Tensor:
        x = self.band_split(numbers)
        earlier: list[Tensor] = []
        for done, block in enumerate(self.layers, start=1):
            x = self.through(block, x, earlier, check)
            told(done / len(self.layers))
            if self.size.skips:
                earlier.append(x)
        return x if self.size.is_mel else self.final_norm(x)

    def through(self, block: nn.Module, x: Tensor, earlier: list[Tensor], check: Check) -> Tensor:
        *linear, along_time, across_bands = block  # type: ignore[misc]
        for each in linear:
            x = each(x.flatten(1, 2)).view(x.shape)
        for before in earlier:
            x = x + before
        batch, frames, bands, _ = x.shape
        x = by_slices(along_time, x.transpose(1, 2).flatten(0, 1), check)
        x = x.unflatten(0, (batch, bands)).transpose(1, 2).flatten(0, 1)
        return by_slices(across_bands, x, check).unflatten(0, (batch, frames))

    def _by_band(self, seen: Tensor) -> Tensor:
        return seen[:, :, self._gathered(seen.device)] if self.size.is_mel else seen

    def _over_bins(self, masks: Tensor, bins: int) -> Tensor:
        """Where bands overlap, the mean of their masks."""
        places = self._gathered(masks.device)
        shared = torch.zeros(*masks.shape[:3], bins, masks.shape[-1], dtype=masks.dtype, device=masks.device)
        return shared.index_add(3, places, masks) / torch.bincount(places, minlength=bins)[:, None]

    def _gathered(self, device: torch.device) -> Tensor:
        return torch.tensor([bin for band in self.size.bins for bin in band], device=device)


def _block(size: Size) -> nn.ModuleList:
    hidden = size.ff_expansion * size.dim
    kinds = [(LinearAttention, size.linear_depth)] if size.linear_depth else []
    kinds += [(Attention, size.time_depth), (Attention, size.freq_depth)]
    return nn.ModuleList(
        [
            Transformer(
                [kind(size.dim, size.heads, size.head_dim) for _ in range(depth)], size.dim, hidden, size.is_mel
            )
            for kind, depth in kinds
        ]
    )


def spectrum(sound: Tensor, size: Spectrum) -> Tensor:
    """[batch, channels, n] to complex [batch, frames, bins, channels]; the ends are mirrored."""
    seen = torch.stft(
        sound.float().flatten(0, 1),
        size.n_fft,
        size.hop,
        size.window,
        torch.hann_window(size.window, device=sound.device),
        normalized=size.normalized,
        return_complex=True,
    )
    return seen.unflatten(0, sound.shape[:2]).permute(0, 3, 2, 1).contiguous()


def sound_of(seen: Tensor, size: Spectrum, length_n: int | None) -> Tensor:
    """Complex [batch, stems, frames, bins, channels] to [batch, stems, channels, n]."""
    rows = seen.permute(0, 1, 4, 3, 2)
    sound = torch.istft(
        rows.flatten(0, 2),
        size.n_fft,
        size.hop,
        size.window,
        torch.hann_window(size.window, device=seen.device),
        normalized=size.normalized,
        length=length_n,
    )
    return sound.unflatten(0, rows.shape[:3])


def padded(sound: Tensor, size: Spectrum) -> Tensor:
    """With silence behind what is too short to be transformed."""
    return F.pad(sound, (0, max(0, size.n_fft - sound.shape[-1])))
