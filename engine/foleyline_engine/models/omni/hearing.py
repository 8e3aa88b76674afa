"""A sound as the network hears it: mono at 16 kHz, as log-mel features by the stock extractor."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import WhisperFeatureExtractor

from ..exchange import Sound

rate = 16000
hop_n = 160
shortest_s = 0.1
reach = 32
"""Zero crossings of the low-pass filter on either side."""
at_once = rate
"""Samples that are filtered together, for the memory that it takes."""


def features_of(sound: Sound, bins: int) -> Tensor:
    """float32 [bins, ceil(samples at 16 kHz / 160)]; silence is put behind a sound shorter than 0.1 s."""
    samples = mono(sound)
    samples = np.pad(samples, (0, max(0, round(shortest_s * rate) - len(samples))))
    count = math.ceil(len(samples) / hop_n)
    # Silence behind the end, as the stock processor's padding to five minutes has it, without its cost.
    padded = np.pad(samples, (0, (count + 3) * hop_n - len(samples)))
    extract: Any = _extractor(bins)
    heard = extract(padded, sampling_rate=rate, padding=False, truncation=False, return_tensors="np")
    return torch.from_numpy(np.asarray(heard["input_features"][0])[:, :count]).float()


def tokens(features_n: int) -> int:
    """What the network makes of so many features: one token each 40 ms."""
    return ((features_n - 1) // 2 + 1 - 2) // 2 + 1


def mono(sound: Sound) -> np.ndarray:
    """float32 at 16 kHz, the channels' mean; sounds come at whole multiples of that rate."""
    mixed = np.ascontiguousarray(sound.samples.mean(axis=0), np.float32)
    factor, rest = divmod(sound.rate, rate)
    if rest or not factor:
        raise ValueError(f"{sound.rate} Hz is no whole multiple of {rate} Hz")
    if factor == 1:
        return mixed
    taps = _low_pass(factor)
    wave = np.pad(mixed, reach * factor)
    windows = np.lib.stride_tricks.sliding_window_view(wave, len(taps))[::factor]
    return np.concatenate([windows[start : start + at_once] @ taps for start in range(0, len(windows), at_once)])


@cache
def _low_pass(factor: int) -> np.ndarray:
    """Windowed sinc, cut off a little below half of 16 kHz."""
    at = torch.arange(-reach * factor, reach * factor + 1, dtype=torch.float64) / factor
    window = torch.kaiser_window(len(at), periodic=False, beta=9.0, dtype=torch.float64)
    taps = torch.sinc(0.94 * at) * window
    return (taps / taps.sum()).float().numpy()


@cache
def _extractor(bins: int) -> WhisperFeatureExtractor:
    return WhisperFeatureExtractor(feature_size=bins, sampling_rate=rate, hop_length=hop_n, n_fft=400)
