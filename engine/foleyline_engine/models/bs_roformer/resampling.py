"""Changes of rate at the reference's quality, for whole sounds and for sounds that come in blocks."""

from __future__ import annotations

import numpy as np
import soxr

quality = "HQ"


def length_at(length_n: int, source_hz: int, target_hz: int) -> int:
    return -(-length_n * target_hz // source_hz)


def resample(samples: np.ndarray, source_hz: int, target_hz: int) -> np.ndarray:
    """float32 [channels, n] to [channels, ceil(n * target / source)]; a last sample that is wanting is 0."""
    if source_hz == target_hz:
        return samples
    made = soxr.resample(samples.T, source_hz, target_hz, quality).T
    wanted = length_at(samples.shape[-1], source_hz, target_hz)
    return np.pad(made[:, :wanted], ((0, 0), (0, max(0, wanted - made.shape[-1]))))


class Resampler:
    """The same for blocks; what comes out lags behind what went in until the last block."""

    def __init__(self, source_hz: int, target_hz: int, channels: int) -> None:
        self.source_hz, self.target_hz = source_hz, target_hz
        self.stream = None
        if source_hz != target_hz:
            self.stream = soxr.ResampleStream(source_hz, target_hz, channels, "float32", quality)
        self.taken_n = self.given_n = 0

    def feed(self, block: np.ndarray, is_last: bool) -> np.ndarray:
        """float32 [channels, n]. After the last block as many samples have come out as `resample` gives."""
        self.taken_n += block.shape[-1]
        made = block
        if self.stream is not None:
            made = self.stream.resample_chunk(np.ascontiguousarray(block.T), last=is_last).T
        if is_last:
            left = length_at(self.taken_n, self.source_hz, self.target_hz) - self.given_n
            made = np.pad(made[:, :left], ((0, 0), (0, max(0, left - made.shape[-1]))))
        self.given_n += made.shape[-1]
        return made
