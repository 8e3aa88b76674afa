"""Loudness of a sound: ITU-R BS.1770-4 (integrated, true peak), EBU Tech 3341 (momentary, short-term) and 3342 (range).

Works through the sound in blocks, so that an hour needs no more memory than a minute.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from scipy.signal import firwin, sosfilt, upfirdn

from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.models.exchange import Sound, delivery_rate

# BS.1770-4, tables 1 and 2: the K weighting at 48 kHz.
weighting = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
hop_n = delivery_rate // 10
momentary_hops = 4
short_term_hops = 30
absolute_gate_lufs = -70.0
relative_gate_lu = 10.0
range_gate_lu = 20.0
hops_at_once = 100
oversampling = 4
reach_n = 16
interpolator = oversampling * firwin(2 * reach_n * oversampling + 1, 1 / oversampling, window="hamming")
# No interpolated value exceeds the largest sample around it by more than this.
largest_gain = max(np.abs(interpolator[phase::oversampling]).sum() for phase in range(oversampling))


@dataclass(frozen=True)
class Measure:
    """LUFS, LU and dBTP; None where the standards give no value (nothing passes the gate, too short, silence)."""

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    momentary_lufs: float | None
    short_term_lufs: float | None


def measure(sound: Sound) -> pb.Loudness:
    """Integrated loudness, loudness range and true peak of a sound at 48 kHz; absent as the contract says."""
    return told(measure_all(sound))


def told(found: Measure) -> pb.Loudness:
    """As the contract tells it."""
    return pb.Loudness(
        integrated_lufs=found.integrated_lufs,
        range_lu=found.range_lu,
        true_peak_dbtp=found.true_peak_dbtp,
    )


def measure_all(sound: Sound) -> Measure:
    """What `measure` says, and the largest momentary and short-term loudness. Raises ValueError at other rates."""
    if sound.rate != delivery_rate:
        raise ValueError(f"loudness is measured at {delivery_rate} Hz, not at {sound.rate}")
    meter = Meter(len(sound.samples))
    for begin in range(0, sound.samples.shape[1], hop_n * hops_at_once):
        meter.add(sound.samples[:, begin : begin + hop_n * hops_at_once])
    return meter.measured()


class Meter:
    """Measures a sound at 48 kHz that comes in blocks [channels, n] of any lengths."""

    def __init__(self, channels: int) -> None:
        self._held = np.zeros((channels, 0), np.float32)
        self._lead = 0
        self._state = np.zeros((len(weighting), channels, 2))
        # One array: many small ones that stay, between large ones that go, would scatter memory.
        self._energies = array("d")
        self._peak = 0.0

    def add(self, block: np.ndarray) -> None:
        self._held = np.concatenate([self._held, block], axis=1)
        self._take((self._held.shape[1] - self._lead - reach_n) // hop_n)

    def measured(self) -> Measure:
        """Of all that was added; nothing can be added any more."""
        self._take((self._held.shape[1] - self._lead) // hop_n)
        self._peak = _peak(self._held, self._lead, self._held.shape[1], self._peak)
        energies = np.array(self._energies)
        momentary = _loudness(_sliding_mean(energies, momentary_hops))
        short_term = _loudness(_sliding_mean(energies, short_term_hops))
        return Measure(
            integrated_lufs=_integrated(momentary),
            range_lu=_range(short_term),
            true_peak_dbtp=float(20 * np.log10(self._peak)) if self._peak > 0 else None,
            momentary_lufs=_largest(momentary),
            short_term_lufs=_largest(short_term),
        )

    def _take(self, hops: int) -> None:
        """The next whole 100 ms, so many; what the interpolator reaches back to stays."""
        end = self._lead + max(hops, 0) * hop_n
        if end == self._lead:
            return
        self._energies.frombytes(self._weighed(self._held[:, self._lead : end]).tobytes())
        self._peak = _peak(self._held, self._lead, end, self._peak)
        start = max(0, end - reach_n)
        self._held, self._lead = self._held[:, start:], end - start

    def _weighed(self, block: np.ndarray) -> np.ndarray:
        """Mean square after K weighting, summed over channels, of each 100 ms."""
        weighted, self._state = sosfilt(weighting, block.astype(np.float64), axis=1, zi=self._state)
        return np.square(weighted).reshape(len(block), -1, hop_n).mean(axis=2).sum(axis=0)


def _sliding_mean(energies: np.ndarray, hops: int) -> np.ndarray:
    if len(energies) < hops:
        return np.empty(0)
    return np.lib.stride_tricks.sliding_window_view(energies, hops).mean(axis=1)


def _loudness(energy: np.ndarray) -> np.ndarray:
    return -0.691 + 10 * np.log10(np.maximum(energy, 1e-30))


def _mean_loudness(loudness: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(10 ** (loudness / 10))))


def _integrated(momentary: np.ndarray) -> float | None:
    heard = momentary[momentary > absolute_gate_lufs]
    if not len(heard):
        return None
    return _mean_loudness(heard[heard > _mean_loudness(heard) - relative_gate_lu])


def _range(short_term: np.ndarray) -> float | None:
    heard = short_term[short_term > absolute_gate_lufs]
    if not len(heard):
        return None
    heard = heard[heard > _mean_loudness(heard) - range_gate_lu]
    low, high = np.percentile(heard, [10, 95], method="nearest")
    return float(high - low)


def _largest(loudness: np.ndarray) -> float | None:
    heard = loudness[loudness > absolute_gate_lufs]
    return float(heard.max()) if len(heard) else None


def _peak(samples: np.ndarray, first: int, end: int, peak: float) -> float:
    """The true peak of samples first to end where it is above `peak`."""
    for channel in samples:
        for begin in range(first, end, hop_n):
            largest = float(np.abs(channel[begin : begin + hop_n]).max())
            if largest * largest_gain > peak:
                peak = max(peak, largest, _oversampled_peak(channel, begin))
    return peak


def _oversampled_peak(channel: np.ndarray, begin: int) -> float:
    """Of the 100 ms from sample `begin`, seen with the neighbors that the interpolator reaches."""
    lead = min(begin, reach_n)
    block = channel[begin - lead : begin + hop_n + reach_n].astype(np.float64)
    first = (reach_n + lead) * oversampling
    return float(np.abs(upfirdn(interpolator, block, oversampling)[first : first + hop_n * oversampling]).max())
