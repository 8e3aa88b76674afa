"""What a sequence is made for, projected once and not once per step, with the rows that repeat kept once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

period = 8
"""Synchformer's tokens of one segment, and of one turn of the position added to them."""
reach = 5
"""Tokens that the sync projection looks to either side: convolutions of 7, 3 and 3."""


@dataclass(frozen=True)
class Features:
    """What the encoders say: clip [clip, 1024], sync [sync, 768], text [77, 1024]; None where there is none."""

    clip: Tensor | None = None
    sync: Tensor | None = None
    text: Tensor | None = None


@dataclass(frozen=True)
class Conditions:
    """One sequence's conditions in the network's width, D.

    clip: [clip, D]. text: [77, D]. summary: [D], what is known before any step. rows: [rows, D], the sync
    projection's different rows; index: int64 [latent], the row that each latent takes.
    """

    clip: Tensor
    text: Tensor
    summary: Tensor
    rows: Tensor
    index: Tensor


@dataclass(frozen=True)
class Batch:
    """Conditions of several sequences of equal lengths. owner: int64 [rows], whose row it is."""

    clip: Tensor
    text: Tensor
    summary: Tensor
    rows: Tensor
    index: Tensor
    owner: Tensor

    @staticmethod
    def of(several: Sequence[Conditions]) -> Batch:
        sizes = [len(one.rows) for one in several]
        starts = np.cumsum([0, *sizes[:-1]])
        device = several[0].index.device
        return Batch(
            clip=torch.stack([one.clip for one in several]),
            text=torch.stack([one.text for one in several]),
            summary=torch.stack([one.summary for one in several]),
            rows=torch.cat([one.rows for one in several]),
            index=torch.stack([one.index + int(start) for one, start in zip(several, starts, strict=True)]),
            owner=torch.repeat_interleave(torch.tensor(sizes)).to(device),
        )


def nearest(source_n: int, target_n: int) -> np.ndarray:
    """Which of `source_n` tokens each of `target_n` takes: the middle's, with float32 steps as in training.

    At 192 to 345 the rounding of the step moves two latents to the token before the one that exact
    arithmetic gives; the networks were trained with that.
    """
    step = np.float32(source_n) / np.float32(target_n)
    middles = (np.arange(target_n, dtype=np.float32) + np.float32(0.5)) * step
    return np.minimum(np.floor(middles).astype(np.int64), source_n - 1)


def different(sync_n: int) -> tuple[int, np.ndarray]:
    """For `sync_n` empty tokens: how many to project, and which of those stands for each of them.

    Away from the ends only the position within the segment differs, so three segments have every row there is.
    """
    if sync_n <= 3 * period:
        return sync_n, np.arange(sync_n)
    stand_in = period + np.arange(sync_n) % period
    stand_in[:period] = np.arange(period)
    stand_in[-period:] = np.arange(2 * period, 3 * period)
    return 3 * period, stand_in
