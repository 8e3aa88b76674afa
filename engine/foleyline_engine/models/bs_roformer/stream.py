"""Blocks of a sound in, the same blocks without their voice out: what is held does not grow with the sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from foleyline.errors import FoleyError

from ..exchange import Parted, PartJob, within
from . import chunks
from .chunks import Span
from .demixing import Channels, Voice, demix
from .resampling import Resampler, length_at

silence_n = 1 << 18


class Window:
    """The part of a sound [channels, n] that is still wanted; older samples are forgotten.

    It stays in one place in memory: pieces of ever other sizes would scatter it.
    """

    def __init__(self, channels: int) -> None:
        self.start = self.end = 0
        self._room = np.zeros((channels, 0), np.float32)
        self._first = 0

    def add(self, block: np.ndarray) -> None:
        held, count = self.end - self.start, block.shape[-1]
        if self._first + held + count > self._room.shape[-1]:
            self._move(held, held + count)
        at = self._first + held
        self._room[:, at : at + count] = block
        self.end += count

    def _move(self, held: int, wanted: int) -> None:
        """To the front of its room, which is made larger where it has to be."""
        kept = self._room[:, self._first : self._first + held]
        if 2 * wanted > self._room.shape[-1]:
            self._room = np.zeros((len(self._room), 2 * wanted), np.float32)
        self._room[:, :held] = kept.copy()
        self._first = 0

    def read(self, start: int, end: int) -> np.ndarray:
        """A copy; forgets what lies before `start`."""
        forgotten = max(0, min(start, self.end) - self.start)
        self.start, self._first = self.start + forgotten, self._first + forgotten
        return self._room[:, self._first : self._first + end - self.start].copy()


class Source:
    """A sound as it arrives, kept twice: as it is, and at the network's rate."""

    def __init__(self, job: PartJob, rate: int) -> None:
        self.blocks = iter(job.blocks())
        self.length_n = job.length_n
        self.check = job.check
        self.resampler = Resampler(job.rate, rate, job.channels)
        self.own, self.heard = Window(job.channels), Window(job.channels)

    def read(self, start: int, end: int) -> Tensor:
        """At the network's rate."""
        while self.heard.end < end:
            self._take()
        return torch.from_numpy(self.heard.read(start, end))

    def mix(self, start: int, end: int) -> np.ndarray:
        return self.own.read(start, end)

    def _take(self) -> None:
        self.check()
        block = next(self.blocks, None)
        if block is None:
            raise ValueError(f"{self.own.end} samples came and not {self.length_n}")
        if not np.isfinite(block).all():
            bad = int(np.flatnonzero(~np.isfinite(block).all(axis=0))[0])
            raise FoleyError("E-SOUND", sample=self.own.end + bad)
        self.own.add(block)
        self.heard.add(self.resampler.feed(block, is_last=self.own.end >= self.length_n))


def parts(voice: Voice, job: PartJob, batch: int = 1) -> Iterator[Parted]:
    """The job's sound in order, in blocks as they get ready. batch: chunks that are computed together.

    Only what the network computes changes its rate: the rest is the mix itself less the voice.
    """
    rate = voice.configuration.rate
    source = Source(job, rate)
    back = Resampler(rate, job.rate, job.channels)
    heard_n, done = length_at(job.length_n, job.rate, rate), 0
    taken = 0
    for block in _voice(voice, source, job, heard_n, batch):
        taken += block.shape[-1]
        ready = back.feed(block.numpy(), is_last=taken == heard_n)[:, : job.length_n - done]
        ready = ready * _gain(job, done, done + ready.shape[-1])
        mix = source.mix(done, done + ready.shape[-1])
        done += ready.shape[-1]
        yield Parted(mix - ready, ready, mix)


def _voice(voice: Voice, source: Source, job: PartJob, heard_n: int, batch: int) -> Iterator[Tensor]:
    """At the network's rate: silence between the spans, the voice in them."""
    rate, chunk_n = voice.configuration.rate, voice.configuration.chunk_n
    channels = Channels(job.channels, voice.network.size.channels)
    done = 0
    for span in _spans(job, heard_n, rate):
        yield from _silence(source, done, span.start, job, heard_n)
        plan = chunks.plan(span.end - span.start, chunk_n)
        told = within(job.progress, span.start / heard_n, span.end / heard_n)
        yield from demix(voice, _shifted(source, span.start), plan, channels, batch, job.check, told)
        done = span.end
    yield from _silence(source, done, heard_n, job, heard_n)


def _shifted(source: Source, by: int) -> Callable[[int, int], Tensor]:
    return lambda start, end: source.read(by + start, by + end)


def _silence(source: Source, start: int, end: int, job: PartJob, heard_n: int) -> Iterator[Tensor]:
    for first in range(start, end, silence_n):
        last = min(end, first + silence_n)
        source.read(first, last)
        yield torch.zeros(job.channels, last - first)
        job.progress(last / heard_n)


def _spans(job: PartJob, heard_n: int, rate: int) -> list[Span]:
    if not job.only_voiced:
        return [Span(0, heard_n)] if heard_n else []
    around_s = chunks.margin_s + chunks.fade_s + chunks.context_s
    return chunks.spans(job.voiced, heard_n, rate, around_s)


def _gain(job: PartJob, start: int, end: int) -> np.ndarray | float:
    """1 where voices are removed, 0 where nothing is touched, for samples start to end."""
    if not job.only_voiced:
        return 1.0
    gain = np.zeros(end - start, np.float32)
    fade_n = round(chunks.fade_s * job.rate)
    for span in chunks.spans(job.voiced, job.length_n, job.rate, chunks.margin_s):
        first, last = max(start, span.start - fade_n), min(end, span.end + fade_n)
        if first < last:
            places = np.arange(first, last, dtype=np.float64)
            ramp = 1 - np.maximum(span.start - places, places - (span.end - 1)) / (fade_n + 1)
            gain[first - start : last - start] = np.maximum(gain[first - start : last - start], ramp.clip(0, 1))
    return gain
