"""Sizes of the published models, and the sequence lengths that a duration gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

clip_rate = 8
"""Pictures per second that CLIP sees."""
sync_rate = 25
"""Pictures per second that Synchformer sees."""
segment_n, segment_step = 16, 8
"""Pictures in one Synchformer segment, and from one segment's start to the next one's."""
text_n = 77
window_s = Fraction(8)
"""Length that the networks were trained on."""


@dataclass(frozen=True)
class NetworkSize:
    """One flow network. joint and fused count its blocks of each kind."""

    latent_dim: int
    dim: int
    heads: int
    joint: int
    fused: int
    v2: bool = False
    clip_dim: int = 1024
    sync_dim: int = 768
    text_dim: int = 1024

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads

    @property
    def hidden(self) -> int:
        """Width of every gated MLP: 8/3 of the network's, rounded up to whole 256s."""
        return math.ceil(int(2 * 4 * self.dim / 3) / 256) * 256


@dataclass(frozen=True)
class Rate:
    """Everything that follows from the sound's rate in Hz; hop in samples from one mel frame to the next."""

    hz: int
    hop: int
    mels: int
    latent_dim: int
    vae_width: int

    @property
    def latent_n(self) -> int:
        """Samples of sound from one latent to the next."""
        return 2 * self.hop


rate_16k = Rate(16000, 256, 80, 20, 384)
rate_44k = Rate(44100, 512, 128, 40, 512)


@dataclass(frozen=True)
class Variant:
    name: str
    rate: Rate
    network: NetworkSize


variants = {
    variant.name: variant
    for variant in (
        Variant("mmaudio-small-16k", rate_16k, NetworkSize(20, 448, 7, 4, 8)),
        Variant("mmaudio-small-44k", rate_44k, NetworkSize(40, 448, 7, 4, 8)),
        Variant("mmaudio-medium-44k", rate_44k, NetworkSize(40, 896, 14, 4, 8)),
        Variant("mmaudio-large-44k", rate_44k, NetworkSize(40, 896, 14, 7, 14)),
        Variant("mmaudio-large-44k-v2", rate_44k, NetworkSize(40, 896, 14, 7, 14, v2=True)),
    )
}


@dataclass(frozen=True)
class Lengths:
    """Tokens of each sequence."""

    latent: int
    clip: int
    sync: int


def lengths(duration_s: Fraction | float, rate: Rate) -> Lengths:
    """Of a single sequence of this duration, at least 0.64 s; exact for fractions, as published for floats."""
    segments = (math.floor(duration_s * sync_rate) - segment_n) // segment_step + 1
    if segments < 1:
        raise ValueError(f"{float(duration_s)} s is shorter than one segment of {segment_n / sync_rate} s")
    return Lengths(
        latent=math.ceil(duration_s * rate.hz / rate.hop / 2),
        clip=math.floor(duration_s * clip_rate),
        sync=segments * 8,
    )
