"""Flow matching: Euler's steps from noise at time 0 to the latent at time 1, with classifier-free guidance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .conditions import Batch, Conditions
from .network import Network

Velocity = Callable[[Tensor, int], Tensor]
"""From latents and a step's number to the latents' velocities."""


def times(steps: int) -> Tensor:
    """float32 [steps + 1], evenly from 0 to 1."""
    return torch.linspace(0, 1, steps + 1)


def euler(velocity: Velocity, noise: Tensor, steps: int) -> Tensor:
    at = times(steps)
    x = noise
    for step in range(steps):
        x = x + float(at[step + 1] - at[step]) * velocity(x, step)
    return x


def draw(seeds: Sequence[int], latent_n: int, channels: int) -> Tensor:
    """One noise for each seed, float32 on the processor: the same take on any device, alone or in a batch."""
    drawn = [torch.randn(latent_n, channels, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return torch.stack(drawn)


def guided(
    network: Network, wanted: Sequence[Conditions], unwanted: Sequence[Conditions], strength: float, at: Tensor
) -> Velocity:
    """Velocity drawn `strength` times towards `wanted` and away from `unwanted`, both in one batch.

    Below 1 there is no guidance. at: times of the steps that will be asked for.
    """
    if strength < 1:
        conditions = Batch.of(wanted)
        steps = network.prepare(at, conditions)
        return lambda x, step: network(x, step, steps, conditions)
    conditions = Batch.of([*wanted, *unwanted])
    steps = network.prepare(at, conditions)

    def velocity(x: Tensor, step: int) -> Tensor:
        towards, away = network(torch.cat([x, x]), step, steps, conditions).chunk(2)
        return strength * towards + (1 - strength) * away

    return velocity


def sample(
    network: Network,
    noise: Tensor,
    wanted: Sequence[Conditions],
    unwanted: Sequence[Conditions],
    steps: int,
    strength: float,
) -> Tensor:
    """Latents in the VAE's scale, float32 [batch, latent, channels]."""
    velocity = guided(network, wanted, unwanted, strength, times(steps)[:-1])
    return in_scale(network, euler(velocity, noise.to(network.device), steps))


def in_scale(network: Network, latent: Tensor) -> Tensor:
    return latent * network.latent_std + network.latent_mean
