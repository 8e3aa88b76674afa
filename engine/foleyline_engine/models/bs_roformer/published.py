"""The published checkpoints that are known by name: their configuration, and their path among the models."""

from __future__ import annotations

from typing import Any

from .configuration import Configuration, of

common: dict[str, Any] = {
    "stereo": True,
    "num_stems": 1,
    "time_transformer_depth": 1,
    "freq_transformer_depth": 1,
    "linear_transformer_depth": 0,
    "dim_head": 64,
    "heads": 8,
    "stft_n_fft": 2048,
    "stft_hop_length": 441,
    "stft_win_length": 2048,
    "stft_normalized": False,
    "mask_estimator_depth": 2,
}
bands = [*[2] * 24, *[4] * 12, *[12] * 8, *[24] * 8, *[48] * 8, 128, 129]
around: dict[str, Any] = {
    "audio": {"sample_rate": 44100, "chunk_size": 352800},
    "training": {"instruments": ["vocals", "other"], "target_instrument": "vocals"},
    "inference": {"num_overlap": 2, "batch_size": 4},
}

bs_roformer: Configuration = of({**around, "model": {**common, "dim": 512, "depth": 12, "freqs_per_bands": bands}})
"""viperx's ep_317, which DeepSound-V1 uses."""
mel_band_roformer: Configuration = of({**around, "model": {**common, "dim": 384, "depth": 6, "num_bands": 60}})
"""Kimberley Jensen's."""

bs_roformer_path = "bs_roformer/model_bs_roformer_ep_317_sdr_12.9755.ckpt"
mel_band_roformer_path = "bs_roformer/MelBandRoformer.ckpt"
