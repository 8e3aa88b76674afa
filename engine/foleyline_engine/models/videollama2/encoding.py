"""A clip's tokens: what is shown and played to the towers, each picture series and each sound once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from ..residency import Parts
from . import pictures
from .connector import dtype_of
from .kept import Kept, content
from .network import Hearing, Sight
from .reading import checked

token_room = 500_000_000
at_once = 2
"""Pictures on the processor, where a layer takes a tenth of a second for each; on CUDA all of a clip's."""


@dataclass(frozen=True, eq=False)
class Clip:
    """frames: uint8 [pictures, height, width, 3], None where it is not shown. banks: bfloat16 [2998, 128], None where
    it is not played. pad: pictures are put into a square and not squashed to one.
    """

    frames: np.ndarray | None = None
    banks: Tensor | None = None
    pad: bool = False

    @cached_property
    def seen(self) -> bytes | None:
        return None if self.frames is None else content(self.frames) + bytes([self.pad])

    @cached_property
    def heard(self) -> bytes | None:
        return None if self.banks is None else content(self.banks.view(torch.int16).numpy())


class Encoding:
    """sights, hearings: how often each tower ran, for measures and tests."""

    def __init__(self, parts: Parts, picture_size: int) -> None:
        self.parts, self.picture_size = parts, picture_size
        self.tokens: Kept[Tensor] = Kept(token_room)
        self.sights = self.hearings = 0

    def pictures(self, clip: Clip, check: Callable[[], None]) -> Tensor:
        """[tokens, width] of a clip that is shown, on the processor."""
        found = self.tokens.find(clip.seen)
        return self._see(clip, check) if found is None else found

    def sound(self, clip: Clip, check: Callable[[], None]) -> Tensor:
        """[tokens, width] of a clip that is played, on the processor."""
        found = self.tokens.find(clip.heard)
        return self._hear(clip, check) if found is None else found

    def _see(self, clip: Clip, check: Callable[[], None]) -> Tensor:
        assert clip.frames is not None
        pixels = pictures.pixels(clip.frames, self.picture_size, clip.pad)
        sight: Sight
        with self.parts.use("sight") as sight, checked(steps(sight), check):
            one_by_one = pixels.split(len(pixels) if self.parts.device.type == "cuda" else at_once)
            place = {"device": self.parts.device, "dtype": dtype_of(sight)}
            features = torch.cat([sight.features(some.to(**place)) for some in one_by_one])
            made = sight.connector(features[None])[0].cpu()
        self.sights += 1
        self.tokens.keep(clip.seen, made, made.nbytes)
        return made

    def _hear(self, clip: Clip, check: Callable[[], None]) -> Tensor:
        assert clip.banks is not None
        hearing: Hearing
        with self.parts.use("hearing") as hearing, checked(hearing.tower.encoder.layers, check):
            made = hearing(clip.banks.to(self.parts.device, dtype_of(hearing))).cpu()
        self.hearings += 1
        self.tokens.keep(clip.heard, made, made.nbytes)
        return made


def steps(sight: Sight) -> list[nn.Module]:
    """What takes longest, one after another."""
    return [*sight.tower.encoder.layers, *sight.connector.s1, *sight.connector.s2]
