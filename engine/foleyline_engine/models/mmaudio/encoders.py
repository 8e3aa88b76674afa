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
from ..exchange import Check, Frames, Progress, View, untold, within
from ..residency import Parts, shrinking
from ..synchformer import visual
from . import preprocessing
from .variants import clip_rate, sync_rate

T = TypeVar("T")

clip_view = View(384, 384, Fraction(clip_rate), colour="rgb", fit="stretch")
sync_view = View(224, 224, Fraction(sync_rate), colour="rgb", fit="crop")
every = Fraction(120)
every_clip_view = View(384, 384, ceiling=every, colour="rgb", fit="stretch")
every_sync_view = View(224, 224, ceiling=every, colour="rgb", fit="crop")
"""For the demo's picking, which goes by the source's own pictures."""


batches = {False: (1, 1), True: (32, 8)}
"""Pictures for CLIP and segments for Synchformer at once, elsewhere and on CUDA: small where one takes seconds."""


digested_n = 64
clip_share = 0.85
"""CLIP's share of the time that both encoders take."""


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


@dataclass(frozen=True)
class Shown:
    """A clip's pictures in one view, and which of them is on screen at each tick."""

    frames: Frames
    index: np.ndarray

    def stack(self, numbers: np.ndarray, reduce: Callable[[np.ndarray], np.ndarray]) -> Tensor:
        """uint8 [pictures, 3, height, width], brought to the encoder's size."""
        reduced = [reduce(self.frames.pixels[number]) for number in numbers]
        self.frames.release()
        return torch.from_numpy(np.stack(reduced)).permute(0, 3, 1, 2)

    def different(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the pictures that differ, and at each tick the place of its picture among them: a still is one."""
        shown, places = np.unique(self.index, return_inverse=True)
        seen: dict[bytes, int] = {}
        same = [seen.setdefault(self._digest(number), len(seen)) for number in shown]
        first = [same.index(place) for place in range(len(seen))]
        return shown[first], np.array(same)[places]

    def _digest(self, number: int) -> bytes:
        digest = hashlib.blake2b(np.ascontiguousarray(self.frames.pixels[number]).data, digest_size=16).digest()
        self.frames.release()
        return digest

    def content(self) -> bytes:
        pixels = self.frames.pixels
        digest = hashlib.blake2b(repr((pixels.shape, self.index.tolist())).encode(), digest_size=16)
        for first in range(0, len(pixels), digested_n):
            digest.update(np.ascontiguousarray(pixels[first : first + digested_n]).data)
            self.frames.release()
        return digest.digest()


class Encoders:
    """runs: how often a picture encoder ran, for measures and tests."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.clip_batch, self.sync_batch = batches[parts.device.type == "cuda"]
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

    def pictures(self, for_clip: Shown, for_sync: Shown, check: Check, progress: Progress = untold) -> Seen:
        """Features of what is shown; the same pictures run no encoder again."""
        key = (for_clip.content(), for_sync.content())
        return self.seen.get(key, lambda: self._see(for_clip, for_sync, check, progress))

    def _see(self, for_clip: Shown, for_sync: Shown, check: Check, progress: Progress) -> Seen:
        self.runs += 1
        seen = self._see_clip(for_clip, check, within(progress, 0, clip_share))
        return Seen(seen, self._see_sync(for_sync, check, within(progress, clip_share, 1)))

    def _see_clip(self, shown: Shown, check: Check, progress: Progress) -> Tensor:
        """A picture that is shown at several ticks is encoded once."""
        different, places = shown.different()
        with self.parts.use("clip") as model:

            def run(batch: int) -> list[Tensor]:
                vectors = []
                for first in range(0, len(different), batch):
                    check()
                    progress(first / len(different))
                    pixels = shown.stack(different[first : first + batch], preprocessing.for_clip)
                    vectors.append(clip.encode_pictures(model, pixels, batch))
                return vectors

            vectors = shrinking(run, self.clip_batch, self.parts.room, "clip")
        return torch.cat(vectors).cpu()[torch.from_numpy(places)]

    def _see_sync(self, shown: Shown, check: Check, progress: Progress) -> Tensor:
        """Segments in small groups, so that a long clip takes no more memory than a short one."""
        starts = visual.segment_starts(len(shown.index))
        with self.parts.use("synchformer") as model:

            def run(batch: int) -> list[Tensor]:
                features = []
                for first in range(0, len(starts), batch):
                    check()
                    progress(first / len(starts))
                    some = starts[first : first + batch]
                    numbers = shown.index[some[0] : some[-1] + visual.segment_n]
                    features.append(visual.encode(model, shown.stack(numbers, preprocessing.for_sync), batch))
                return features

            features = shrinking(run, self.sync_batch, self.parts.room, "synchformer")
        return torch.cat(features).cpu()
