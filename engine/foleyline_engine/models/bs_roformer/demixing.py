"""A sound's voice from a network, chunk by chunk, in constant memory whatever the sound's length."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from ..exchange import Check, Progress, untold, within
from .chunks import Plan
from .configuration import Configuration
from .network import RoFormer, padded
from .reference import level

Read = Callable[[int, int], Tensor]
"""Samples [channels, n] from a start to an end; neither ever lies before the last start asked for."""


patience_s = 0.05


class Voice(nn.Module):
    """Sounds [batch, channels, n] at the network's rate and channels to what is voice in them. One forward at a time:
    whoever asks meanwhile waits.
    """

    def __init__(self, network: RoFormer, configuration: Configuration) -> None:
        super().__init__()
        self.network = network
        self.configuration = configuration
        self.turn = threading.Lock()

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    def forward(self, sounds: Tensor, check: Check, told: Progress = untold) -> Tensor:
        made = self.stem(sounds, check, told)
        return made if self.configuration.is_voice else sounds - made

    def stem(self, sounds: Tensor, check: Check, told: Progress = untold) -> Tensor:
        """The network's own stem, as long as the sounds; half precision on CUDA as in the reference."""
        length_n = sounds.shape[-1]
        sent = padded(sounds.to(self.device), self.network.size.spectrum)
        with torch.autocast("cuda", torch.float16, enabled=self.device.type == "cuda"):
            made = self.network(sent, check, told).cpu()
        one = made if self.network.size.stems == 1 else made[:, self.configuration.stem]
        return nn.functional.pad(one[..., :length_n], (0, max(0, length_n - one.shape[-1])))

    def leveled(self, sounds: Tensor, check: Check, told: Progress = untold) -> Tensor:
        """As `forward`; each sound at the level of its training where the network wants that."""
        with _taken(self.turn, check), torch.inference_mode():
            return self._leveled(sounds, check, told)

    def _leveled(self, sounds: Tensor, check: Check, told: Progress) -> Tensor:
        if not self.configuration.normalizes:
            return self(sounds, check, told)
        levels = [level(sound) for sound in sounds]
        means, deviations = (torch.stack(parts)[:, None, None] for parts in zip(*levels, strict=True))
        deviations = deviations.clamp(min=1e-8)
        return self((sounds - means) / deviations, check, told) * deviations


@contextmanager
def _taken(turn: threading.Lock, check: Check) -> Iterator[None]:
    while not turn.acquire(timeout=patience_s):
        check()
    try:
        yield
    finally:
        turn.release()


class Channels:
    """A sound's channels as the network hears them: a pair as it is, any other channel on its own, twice over."""

    def __init__(self, own: int, heard: int) -> None:
        self.heard = heard
        self.is_whole = own == heard

    def rows(self, sound: Tensor) -> Tensor:
        """[channels, n] to [rows, channels heard, n]."""
        return sound[None] if self.is_whole else sound[:, None].expand(-1, self.heard, -1)

    def back(self, rows: Tensor) -> Tensor:
        return rows[0] if self.is_whole else rows.mean(1)


def demix(
    voice: Voice, read: Read, plan: Plan, channels: Channels, batch: int, check: Check, told: Progress = untold
) -> Iterator[Tensor]:
    """The voice as blocks [channels, n], one after another, plan.length_n samples in all."""
    tail = torch.zeros(1, 0)
    for index, made in enumerate(_chunks(voice, read, plan, channels, batch, check, told)):
        shared = tail.shape[-1]
        if shared:
            made[:, :shared] = torch.lerp(tail, made[:, :shared], rise(shared))
        is_last = index == len(plan.starts) - 1
        ready = plan.size_n if is_last else plan.starts[index + 1] - plan.starts[index]
        yield made[:, :ready]
        tail = made[:, ready:]


def rise(length_n: int) -> Tensor:
    """From 0 to 1 over the middle half: next to its edges a chunk is not to be trusted."""
    ramp = (torch.arange(length_n, dtype=torch.float32) + 0.5) / length_n
    return (2 * ramp - 0.5).clamp(0, 1)


def _chunks(
    voice: Voice, read: Read, plan: Plan, channels: Channels, batch: int, check: Check, told: Progress
) -> Iterator[Tensor]:
    count = len(plan.starts)
    for first in range(0, count, batch):
        check()
        last = min(first + batch, count)
        sounds = [read(start, start + plan.size_n) for start in plan.starts[first:last]]
        yield from _voices(voice, sounds, channels, check, within(told, first / count, last / count))


def _voices(voice: Voice, sounds: list[Tensor], channels: Channels, check: Check, told: Progress) -> list[Tensor]:
    """Digital silence has no voice and costs nothing."""
    rows = torch.cat([channels.rows(sound) for sound in sounds])
    heard = rows.flatten(1).any(1)
    made = torch.zeros_like(rows)
    if heard.any():
        made[heard] = voice.leveled(rows[heard], check, told)
    told(1.0)
    return [channels.back(part) for part in made.chunk(len(sounds))]
