"""Where voices are heard in a sound: in any channel, in phase or out of it, loud or faint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from ..exchange import Check, Sound, Stretch
from .leveling import Gains, gains
from .speech import Speech, frame_n, speech_rate

block_s = 8.0
frame_s = frame_n / speech_rate
begins_at = 0.5
goes_on_at = 0.35
clearly = 0.7
shortest_s = 0.2
gap_s = 0.25
# The network answers 35 ms after a voice sets in, and lingers after it for up to 0.2 s, hence the second look.
lead_s = 0.035
look_back = 60
look_ahead = 10
inaudible = 1e-6


@dataclass(frozen=True)
class Voices:
    """stretches: where voices are, in order; probability: float32, the highest of any feed, one each 32 ms."""

    stretches: tuple[Stretch, ...]
    probability: np.ndarray

    @property
    def seconds(self) -> float:
        return sum(part.end_s - part.start_s for part in self.stretches)

    @property
    def highest(self) -> float:
        return float(self.probability.max(initial=0.0))


@dataclass(frozen=True)
class Feed:
    """One mono sound made of the channels. weights: [channels]; probability: float32, one each 32 ms."""

    weights: np.ndarray
    level: Gains
    probability: np.ndarray


def listen(sound: Sound, check: Check) -> Voices:
    """Hear each feed of the sound (channels, their mean, their difference) and join what is heard.

    Works through the sound in blocks of eight seconds: extra memory does not grow with its length.
    """
    feeds = [_hear(sound, weights, check) for weights in _rows(sound.samples)]
    count = max((len(feed.probability) for feed in feeds), default=0)
    highest = np.max([feed.probability for feed in feeds], axis=0, initial=0.0) if feeds else np.zeros(count)
    found = []
    for first, last in _joined(list(_runs(highest))):
        check()
        if (last - first) * frame_s < shortest_s or highest[first:last].max() < clearly:
            continue
        best = max(feeds, key=lambda feed: float(feed.probability[first:last].sum()))
        end = _end(sound, best, first, last)
        found.append(Stretch(max(first * frame_s - lead_s, 0.0), min(end * frame_s, sound.seconds)))
    return Voices(tuple(found), highest.astype(np.float32))


def _rows(samples: np.ndarray) -> list[np.ndarray]:
    """Weights of the mono sounds worth hearing: every channel, the mean, and for two channels half the difference.

    Feeds that are silent or repeat an earlier one are left out.
    """
    channels = len(samples)
    rows = [np.full(channels, 1 / channels), *np.eye(channels)] if channels > 1 else [np.ones(1)]
    if channels == 2:
        rows.append(np.array([0.5, -0.5]))
    probe = _probe(samples)
    kept: list[np.ndarray] = []
    for row in rows:
        feed = row @ probe
        repeats = any(np.array_equal(feed, other @ probe) for other in kept)
        if not repeats and np.abs(feed).max(initial=0.0) > inaudible:
            kept.append(row.astype(np.float32))
    return kept


def _probe(samples: np.ndarray) -> np.ndarray:
    """Every peak of 10 ms blocks with its sign: enough to tell equal and silent channels apart."""
    length_n = samples.shape[-1] // 480 * 480
    if not length_n:
        return samples
    blocks = samples[:, :length_n].reshape(len(samples), -1, 480)
    return np.concatenate([blocks.max(axis=-1), blocks.min(axis=-1), samples[:, length_n:]], axis=1)


def _hear(sound: Sound, weights: np.ndarray, check: Check) -> Feed:
    speech = Speech()
    level = gains(sound, weights, check)
    heard, start = [], 0
    for block in _resampled(sound, weights):
        check()
        heard.append(speech.hear(block * level.at(start, len(block))))
        start += len(block)
    return Feed(weights, level, np.concatenate(heard) if heard else np.zeros(0, np.float32))


def _resampled(sound: Sound, weights: np.ndarray) -> Iterator[np.ndarray]:
    """One feed at 16 kHz, in blocks of whole frames but for the last."""
    stream = soxr.ResampleStream(sound.rate, speech_rate, 1, dtype="float32", quality="MQ")
    left_over = np.zeros(0, dtype=np.float32)
    total_n, block_n = sound.samples.shape[-1], round(block_s * sound.rate)
    for start in range(0, total_n, block_n):
        is_last = start + block_n >= total_n
        feed = weights @ sound.samples[:, start : start + block_n]
        ready = np.concatenate([left_over, stream.resample_chunk(feed.astype(np.float32), last=is_last)])
        whole = len(ready) if is_last else len(ready) // frame_n * frame_n
        yield ready[:whole]
        left_over = ready[whole:]


def _end(sound: Sound, feed: Feed, first: int, last: int) -> int:
    """Where a run really ends: the network is asked again with time reversed, and both answers are averaged."""
    first, after = max(first, last - look_back), min(last + look_ahead, len(feed.probability))
    from_n, to_n = (round(frame * frame_s * sound.rate) for frame in (first, after))
    piece = soxr.resample(feed.weights @ sound.samples[:, from_n:to_n], sound.rate, speech_rate, quality="MQ")
    whole = np.zeros((after - first) * frame_n, dtype=np.float32)
    whole[: len(piece)] = piece[: len(whole)]
    whole *= feed.level.at(first * frame_n, len(whole))
    backwards = Speech().hear(whole[::-1])[::-1]
    both = (feed.probability[first:after] + backwards) / 2
    voiced = np.flatnonzero(both[: last - first] >= begins_at)
    return first + int(voiced[-1]) + 1 if len(voiced) else last


def _runs(probability: np.ndarray) -> Iterator[tuple[int, int]]:
    """Half-open runs of frames that hold at least one above the upper threshold and none below the lower."""
    above = np.flatnonzero(np.diff(np.r_[False, probability >= goes_on_at, False]))
    for first, last in zip(above[::2].tolist(), above[1::2].tolist(), strict=True):
        strong = np.flatnonzero(probability[first:last] >= begins_at)
        if len(strong):
            yield first + int(strong[0]), first + int(strong[-1]) + 1


def _joined(runs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    gap_frames = gap_s / frame_s
    while runs:
        first, last = runs.pop(0)
        while runs and runs[0][0] - last <= gap_frames:
            last = runs.pop(0)[1]
        yield first, last
