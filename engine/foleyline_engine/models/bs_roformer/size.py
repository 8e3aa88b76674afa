"""What a network of this family is made of, from the published keys of its configuration. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .bands import bins_in_order, mel_bins

without_effect = frozenset(
    {
        "attn_dropout",
        "ff_dropout",
        "flash_attn",
        "use_torch_checkpoint",
        "dim_freqs_in",
        "sample_rate",
        "sage_attention",
    }
)
"""Keys that change nothing in evaluation, or are read elsewhere."""
largest = {"dim": 4096, "depth": 64, "heads": 64, "dim_head": 1024, "num_stems": 16, "num_bands": 512}
most_mask_layers = 8


class ConfigurationRefused(ValueError):
    """A configuration that is not one of this family, or of a variety that is not built here."""


@dataclass(frozen=True)
class Spectrum:
    """A centered transform under a periodic Hann window; in samples."""

    n_fft: int
    hop: int
    window: int
    normalized: bool = False

    @property
    def bins(self) -> int:
        return self.n_fft // 2 + 1


@dataclass(frozen=True)
class Size:
    """bins: which bins of the spectrum each band holds. is_mel: Mel-Band-RoFormer's bands overlap and each of its
    transformers ends in a norm, where BS-RoFormer has one norm after the last. keeps_length: the sound that comes out
    is as long as the one that went in, else a whole number of hops. zero_dc: nothing is left at 0 Hz, as other
    implementations have it by default and DeepSound-V1 does not.
    """

    dim: int
    depth: int
    bins: tuple[tuple[int, ...], ...]
    channels: int
    stems: int
    time_depth: int
    freq_depth: int
    linear_depth: int
    heads: int
    head_dim: int
    mask_layers: int
    mask_expansion: int
    spectrum: Spectrum
    ff_expansion: int = 4
    skips: bool = False
    is_mel: bool = False
    keeps_length: bool = True
    zero_dc: bool = False


@dataclass(frozen=True)
class LossSize:
    """windows: samples, one resolution each; n_fft: at least so many points, shorter windows are padded."""

    windows: tuple[int, ...]
    hop: int
    n_fft: int
    normalized: bool
    weight: float


def size_of(model: Mapping[str, Any]) -> Size:
    """From the section `model` of a published configuration. Raises ConfigurationRefused."""
    model = dict(model)
    try:
        _check(model)
        is_mel = "num_bands" in model
        return Size(
            dim=model.pop("dim"),
            depth=model.pop("depth"),
            channels=2 if model.pop("stereo") else 1,
            stems=model.pop("num_stems", 1),
            time_depth=model.pop("time_transformer_depth"),
            freq_depth=model.pop("freq_transformer_depth"),
            linear_depth=model.pop("linear_transformer_depth", 0),
            heads=model.pop("heads"),
            head_dim=model.pop("dim_head"),
            # Mel-Band-RoFormer counts the hidden layers alone.
            mask_layers=model.pop("mask_estimator_depth") + is_mel,
            mask_expansion=model.pop("mlp_expansion_factor", 4),
            skips=model.pop("skip_connection", False),
            is_mel=is_mel,
            keeps_length=model.pop("match_input_audio_length", not is_mel),
            zero_dc=model.pop("zero_dc", False),
            spectrum=_spectrum(model),
            bins=_bins(model),
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise ConfigurationRefused(f"{problem} is missing, or is not what it should be") from problem


def _check(model: Mapping[str, Any]) -> None:
    for key, limit in largest.items():
        if key in model and not 1 <= model[key] <= limit:
            raise ConfigurationRefused(f"{key} is {model[key]} and not 1 to {limit}")
    if model["mask_estimator_depth"] > most_mask_layers:
        raise ConfigurationRefused(f"mask_estimator_depth is over {most_mask_layers}")
    if strange := sorted(model.keys() - known):
        raise ConfigurationRefused(f"{', '.join(strange)} is not known here")


def _spectrum(model: Mapping[str, Any]) -> Spectrum:
    sizes = [model[f"stft_{name}"] for name in ("n_fft", "hop_length", "win_length")]
    if not all(1 <= size <= 1 << 16 for size in sizes) or sizes[2] > sizes[0]:
        raise ConfigurationRefused(f"the transform's sizes are {sizes}")
    return Spectrum(*sizes, normalized=model["stft_normalized"])


def _bins(model: Mapping[str, Any]) -> tuple[tuple[int, ...], ...]:
    spectrum = _spectrum(model)
    if "num_bands" in model:
        return mel_bins(model["num_bands"], spectrum.n_fft, model.get("sample_rate", 44100))
    bins = bins_in_order(model["freqs_per_bands"])
    if bins[-1][-1] + 1 != spectrum.bins:
        raise ConfigurationRefused(f"the bands hold {bins[-1][-1] + 1} bins and the spectrum {spectrum.bins}")
    return bins


def loss_of(model: Mapping[str, Any]) -> LossSize:
    """Eq. 5's resolutions, as the section `model` names them."""
    windows: Sequence[int] = model.get("multi_stft_resolutions_window_sizes", (4096, 2048, 1024, 512, 256))
    return LossSize(
        windows=tuple(windows),
        hop=model.get("multi_stft_hop_size", 147),
        n_fft=model["stft_n_fft"],
        normalized=model.get("multi_stft_normalized", False),
        weight=model.get("multi_stft_resolution_loss_weight", 1.0),
    )


known = without_effect | {
    *("dim", "depth", "stereo", "num_stems", "heads", "dim_head", "mask_estimator_depth", "mlp_expansion_factor"),
    *("time_transformer_depth", "freq_transformer_depth", "linear_transformer_depth", "skip_connection", "zero_dc"),
    *("stft_n_fft", "stft_hop_length", "stft_win_length", "stft_normalized", "freqs_per_bands", "num_bands"),
    *("match_input_audio_length", "multi_stft_resolutions_window_sizes", "multi_stft_hop_size"),
    *("multi_stft_normalized", "multi_stft_resolution_loss_weight"),
}
