"""Several clips at once, each in one window or many: every window of every clip is a row of the network's batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..exchange import Progress, untold
from . import flow
from .conditions import Conditions
from .network import Network
from .windows import Layout, shares

most_gain = 2.0
prepared_groups = 4
"""Batches whose step-constant vectors are kept over all steps; those of a very long clip are made anew each time."""


@dataclass
class Clip:
    """One clip on its way. wanted, unwanted: conditions of each window. latent: [latent_n, channels], noise at first.

    check: raises once the clip is not wanted; what it raised is kept in `stopped`. progress: told at every step.
    """

    layout: Layout
    wanted: Sequence[Conditions]
    unwanted: Sequence[Conditions]
    latent: Tensor
    check: Callable[[], None]
    progress: Progress = untold
    stopped: Exception | None = None
    velocity: Tensor = field(init=False)
    energy: Tensor = field(init=False)
    shares: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self.begin(self.latent)
        self.shares = shares(self.layout).to(self.latent.device)[..., None]

    def begin(self, noise: Tensor) -> None:
        """From the start, or again from it."""
        self.latent = noise
        self._hear_anew()

    def _hear_anew(self) -> None:
        self.velocity, self.energy = torch.zeros_like(self.latent), torch.zeros_like(self.latent[:, :1])

    def hear(self, number: int, span: slice, velocity: Tensor, left: float) -> None:
        """What window `number` says of its span. left: time from here to the end."""
        share = self.shares[number]
        self.velocity[span] += share * velocity
        if len(self.wanted) > 1:
            self.energy[span] += share * (self.latent[span] + left * velocity).square().mean(-1, keepdim=True)

    def step(self, passed: float, left: float) -> None:
        """Goes on by the windows' mean, at the level that they have one by one.

        Where windows differ the mean of what they are heading for is quieter than either of them; without this, half a
        minute of noise dips by a decibel wherever two of them meet.
        """
        velocity = self.velocity
        if len(self.wanted) > 1:
            end = self.latent + left * velocity
            gain = (self.energy / end.square().mean(-1, keepdim=True).clamp_min(1e-12)).sqrt().clamp(1, most_gain)
            velocity = (gain * end - self.latent) / left
        self.latent = self.latent + passed * velocity
        self._hear_anew()

    def still_wanted(self) -> bool:
        try:
            self.check()
        except Exception as stop:  # noqa: BLE001 - handed on in the clip's place, the other clips go on
            self.stopped = stop
        return self.stopped is None


@dataclass(frozen=True)
class Row:
    """One window of one clip."""

    clip: Clip
    number: int

    @property
    def span(self) -> slice:
        start = self.clip.layout.windows[self.number].latent
        return slice(start, start + self.clip.layout.size.latent)

    @property
    def latent(self) -> Tensor:
        return self.clip.latent[self.span]

    def say(self, velocity: Tensor, left: float) -> None:
        self.clip.hear(self.number, self.span, velocity, left)


@torch.inference_mode()
def denoise(network: Network, clips: Sequence[Clip], steps: int, strength: float, at_once: int) -> None:
    """Brings every clip's latent from noise to the VAE's scale. All windows have the same lengths.

    Where windows overlap their velocities are averaged at every step, and the level is kept. at_once: windows in one
    batch of the network.
    """
    at = flow.times(steps)
    rows = [Row(clip, number) for clip in clips for number in range(len(clip.layout.windows))]
    groups = [rows[first : first + at_once] for first in range(0, len(rows), at_once)]
    prepared = [_velocity(network, group, strength, at[:-1]) for group in groups[:prepared_groups]]
    for step in range(steps):
        left = float(1 - at[step])
        alive = [clip for clip in clips if clip.stopped is None and clip.still_wanted()]
        for velocity, group in zip(prepared, groups, strict=False):
            _speak(group, velocity, step, left)
        for group in groups[prepared_groups:]:
            _speak(group, _velocity(network, group, strength, at[step : step + 1]), 0, left)
        for clip in alive:
            clip.step(float(at[step + 1] - at[step]), left)
            clip.progress((step + 1) / steps)
    for clip in clips:
        clip.latent = flow.in_scale(network, clip.latent[None])[0]


def _velocity(network: Network, group: Sequence[Row], strength: float, at: Tensor) -> flow.Velocity:
    wanted = [row.clip.wanted[row.number] for row in group]
    unwanted = [row.clip.unwanted[row.number] for row in group]
    return flow.guided(network, wanted, unwanted, strength, at)


def _speak(group: Sequence[Row], velocity: flow.Velocity, step: int, left: float) -> None:
    if all(row.clip.stopped is not None for row in group):
        return
    made = velocity(torch.stack([row.latent for row in group]), step)
    for row, one in zip(group, made, strict=True):
        if row.clip.stopped is None:
            row.say(one, left)
