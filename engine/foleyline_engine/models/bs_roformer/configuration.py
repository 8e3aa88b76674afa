"""A separator's whole configuration, from the YAML that is published with a checkpoint. Reading it makes data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .size import ConfigurationRefused, LossSize, Size, loss_of, size_of

most_bytes = 1 << 18
voice_names = ("vocals", "speech", "voice", "dialogue", "dialog")


@dataclass(frozen=True)
class Reference:
    """How the reference cuts a sound into chunks: the next one begins at 1 / overlaps of one."""

    overlaps: int = 2
    batch: int = 4


@dataclass(frozen=True)
class Configuration:
    """rate in Hz. chunk_n: samples the network was trained on. stem: which of several is `target`; the voice is
    what it gives where `is_voice`, else what it leaves. normalizes: it was trained on sounds of one level.
    """

    size: Size
    loss: LossSize
    rate: int = 44100
    chunk_n: int = 352800
    reference: Reference = Reference()
    stem: int = 0
    is_voice: bool = True
    normalizes: bool = False


class _Reader(yaml.SafeLoader):
    """Knows no tag that makes anything but plain data; a tuple, which the published files hold, is a list."""


_Reader.add_constructor("tag:yaml.org,2002:python/tuple", yaml.SafeLoader.construct_yaml_seq)


def read(path: Path) -> Configuration:
    """Raises ConfigurationRefused for a file that is too large, holds other tags or describes another network."""
    if path.stat().st_size > most_bytes:
        raise ConfigurationRefused(f"{path.name} is too large for a configuration")
    try:
        return parse(path.read_text(encoding="utf8"))
    except UnicodeDecodeError as problem:
        raise ConfigurationRefused(f"{path.name} is not text") from problem


def parse(text: str) -> Configuration:
    try:
        return of(yaml.load(text, _Reader))
    except (yaml.YAMLError, RecursionError) as problem:
        raise ConfigurationRefused(" ".join(str(problem).split())) from problem


def of(published: Any) -> Configuration:
    """From sections audio, model, training and inference, as published."""
    try:
        model, audio = published["model"], published["audio"]
        training, inference = published.get("training") or {}, published.get("inference") or {}
        rate = audio.get("sample_rate", 44100)
        size = size_of(model)
        stem, is_voice = _target(training, size.stems)
        return Configuration(
            size=size,
            loss=loss_of(model),
            rate=_number(rate, 1000, 400_000),
            chunk_n=_number(audio["chunk_size"], size.spectrum.n_fft, 1 << 26),
            reference=Reference(
                _number(inference.get("num_overlap", 2), 1, 1000), _number(inference.get("batch_size", 4), 1, 1000)
            ),
            stem=stem,
            is_voice=is_voice,
            normalizes=bool(inference.get("normalize", False)),
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise ConfigurationRefused(f"{problem} is missing, or is not what it should be") from problem


def _number(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or not least <= value <= most:
        raise ConfigurationRefused(f"{value!r} is not a number from {least} to {most}")
    return value


def _target(training: Mapping[str, Any], stems: int) -> tuple[int, bool]:
    """Which stem to take, and whether it is the voice."""
    names = [str(name).lower() for name in training.get("instruments") or ["vocals"]]
    target = str(training.get("target_instrument") or "").lower()
    if stems == 1:
        return 0, (target or names[0]) in voice_names
    voices = [index for index, name in enumerate(names[:stems]) if name in voice_names]
    if not voices:
        raise ConfigurationRefused(f"none of {', '.join(names)} is a voice")
    return voices[0], True
