"""Which bins of the spectrum each band holds. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Bins = tuple[tuple[int, ...], ...]

linear_hz = 200 / 3
"""Hz in one mel below 1 kHz, on Slaney's scale; above it 27 mels make a factor of 6.4."""
break_hz = 1000.0
log_step = np.log(6.4) / 27


def bins_in_order(counts: Sequence[int]) -> Bins:
    """Bands side by side, `counts` bins in each."""
    ends = np.cumsum(counts)
    return tuple(tuple(range(end - count, end)) for count, end in zip(counts, ends.tolist(), strict=True))


def mel_bins(bands: int, n_fft: int, rate: int) -> Bins:
    """Bins that each triangle of a mel filter bank reaches; the first band holds bin 0 and the last the last bin."""
    hz = np.linspace(0, rate / 2, n_fft // 2 + 1)
    edges = _to_hz(np.linspace(0.0, _to_mel(rate / 2), bands + 2))
    found = []
    for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False):
        inside = np.minimum((hz - low) / (middle - low), (high - hz) / (high - middle)) > 0
        found.append(np.flatnonzero(inside).tolist())
    found[0] = sorted({0, *found[0]})
    found[-1] = sorted({*found[-1], len(hz) - 1})
    return tuple(map(tuple, found))


def _to_mel(hz: float) -> float:
    if hz < break_hz:
        return hz / linear_hz
    return break_hz / linear_hz + float(np.log(hz / break_hz)) / log_step


def _to_hz(mels: np.ndarray) -> np.ndarray:
    knee = break_hz / linear_hz
    return np.where(mels < knee, mels * linear_hz, break_hz * np.exp(log_step * (np.maximum(mels, knee) - knee)))
