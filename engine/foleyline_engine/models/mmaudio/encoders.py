"""Pictures and text as features: CLIP and Synchformer, shared by all variants, with what was seen lately kept."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from ..clip import model as clip
from ..clip.tokens import Tokenizer
from ..exchange import Frames, View
from ..synchformer import visual
from . import preprocessing
from .devices import Parts
from .variants import clip_rate, sync_rate

T = TypeVar("T")

clip_view = View(384, 384, Fraction(clip_rate), colour="rgb", fit="stretch")
sync_view = View(224, 224, Fraction(sync_rate), colour="rgb", fit="crop")
every = Fraction(120)
every_clip_view = View(384, 384, ceiling=every, colour="rgb", fit="stretch")
every_sync_view = View(224, 224, ceiling=every, colour="rgb", fit="crop")
"""For the demo's picking, which goes by the source's own pictures."""


class Recent(Generic[T]):
    """The answers given last, by what was asked."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self.kept:
            self.kept[key] = make()
        self.kept.move_to_end(key)
        while len(self.kept) > self.room:
            self.kept.popitem(last=False)
        return self.kept[key]


@dataclass(frozen=True)
class Seen:
    """clip: [clip tokens, 1024]. sync: [sync tokens, 768]. Both on the processor, for the whole clip."""

    clip: Tensor
    sync: Tensor


class Encoders:
    """runs: how often a picture encoder ran, for measures and tests."""

    def __init__(self, parts: Parts, clip_batch: int = 8, sync_batch: int = 4) -> None:
        self.parts = parts
        self.clip_batch, self.sync_batch = clip_batch, sync_batch
        self.seen: Recent[Seen] = Recent(64)
        self.texts: Recent[Tensor] = Recent(256)
        self.runs = 0

    def text(self, text: str) -> Tensor:
        """[77, 1024] of a prompt; an empty one is encoded like any other, as the published programs do."""
        return self.texts.get(text, lambda: self._encode_text(text))

    def _encode_text(self, text: str) -> Tensor:
        tokens = torch.tensor([self.tokenizer(text)])
        with self.parts.use("clip") as model:
            return clip.encode_text(model, tokens)[0].cpu()

    @property
    def tokenizer(self) -> Tokenizer:
        return self.parts.get("tokenizer")

    def pictures(
        self, clip_frames: Frames, clip_index: np.ndarray, sync_frames: Frames, sync_index: np.ndarray
    ) -> Seen:
        """Features of the pictures at these indices; the same pictures run no encoder again."""
        key = (_content(clip_frames.pixels, clip_index), _content(sync_frames.pixels, sync_index))
        return self.seen.get(key, lambda: self._see(clip_frames, clip_index, sync_frames, sync_index))

    def _see(self, clip_frames: Frames, clip_index: np.ndarray, sync_frames: Frames, sync_index: np.ndarray) -> Seen:
        self.runs += 1
        return Seen(self._see_clip(clip_frames.pixels, clip_index), self._see_sync(sync_frames.pixels, sync_index))

    def _see_clip(self, pixels: np.ndarray, index: np.ndarray) -> Tensor:
        """A picture that is shown at several ticks is encoded once."""
        shown, places = np.unique(index, return_inverse=True)
        with self.parts.use("clip") as model:
            batches = [shown[first : first + self.clip_batch] for first in range(0, len(shown), self.clip_batch)]
            vectors = [clip.encode_pictures(model, _stack(pixels, some, preprocessing.for_clip)) for some in batches]
        return torch.cat(vectors).cpu()[torch.from_numpy(places)]

    def _see_sync(self, pixels: np.ndarray, index: np.ndarray) -> Tensor:
        """Segments in small groups, so that a long clip takes no more memory than a short one."""
        starts = visual.segment_starts(len(index))
        features = []
        with self.parts.use("synchformer") as model:
            for first in range(0, len(starts), self.sync_batch):
                some = starts[first : first + self.sync_batch]
                shown = index[some[0] : some[-1] + visual.segment_n]
                features.append(visual.encode(model, _stack(pixels, shown, preprocessing.for_sync), self.sync_batch))
        return torch.cat(features).cpu()


def _stack(pixels: np.ndarray, index: np.ndarray, reduce: Callable[[np.ndarray], np.ndarray]) -> Tensor:
    """uint8 [pictures, 3, height, width]; pictures that already have the size are not touched."""
    return torch.from_numpy(np.stack([reduce(pixels[number]) for number in index])).permute(0, 3, 1, 2)


def _content(pixels: np.ndarray, index: np.ndarray) -> bytes:
    digest = hashlib.blake2b(repr((pixels.shape, index.tolist())).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()
