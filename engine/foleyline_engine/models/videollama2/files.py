"""The two published checkpoints on this machine, and how their parts are loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from foleyline.errors import FoleyError

from .. import installed, memory
from ..checkpoint import WeightsMismatch
from ..published import catalogue
from ..residency import Part, Parts
from . import quantizing, shards, weights
from .configuration import Configuration
from .network import Hearing, Language, Sight
from .quantizing import Bits
from .reasoner import Reasoner
from .words import Words, bytewise, read_generation, read_words

Answers = Literal["cot", "qa"]
folders: Mapping[Answers, str] = {
    "cot": "videollama2/VideoLLaMA2.1-7B-AV-CoT",
    "qa": "videollama2/VideoLLaMA2.1-7B-AV-QA",
}
names: Mapping[Answers, str] = {"cot": "videollama2-cot", "qa": "videollama2-qa"}
"""As they are fetched."""
bits_named = "FOLEYLINE_JUDGE_BITS"
"""16, 8 or 4 bits a weight of the language model; as many as there is memory for where it does not say."""
choices: Mapping[str, Bits] = {"16": 16, "8": 8, "4": 4}
weights_n = 7_600_000_000
"""Of the language model."""
room_for_work = 3_000_000_000
"""Bytes that a question takes beside the weights."""


def folder(answers: Answers) -> Path:
    return installed.folder() / folders[answers]


def is_here(answers: Answers) -> bool:
    """Whether all of it lies in its folder, put there by whoever."""
    if not (folder(answers) / "config.json").is_file():
        return False
    try:
        return bool(shards.files(folder(answers)))
    except WeightsMismatch:
        return False


def remarks() -> list[str]:
    """What makes answers differ from those of the published weights as they are."""
    told = told_bits()
    packed = [f"{told} bits"] if told and told != 16 else []
    return packed + (["random weights"] if installed.is_random_allowed() and not is_here("cot") else [])


def check(answers: Answers) -> None:
    """Raises E-WEIGHTS where it is not here and random weights are not allowed, E-HASH where a file lost its size,
    E-MISSING for bits that cannot be had.
    """
    if not is_here(answers):
        installed.check(names[answers], catalogue().model(names[answers]).parts)
    if told := told_bits():
        quantizing.check(told)


class Packed(Part):
    """Weights in fewer bits are packed on the device; they leave it for their file and are packed again."""

    def leave(self, device: torch.device) -> None:
        del device
        self.loaded = None


@dataclass(frozen=True)
class Checkpoint:
    """One model's weights, whose parts are loaded when first used. words, generation: None for those in `folder`."""

    folder: Path | None
    tensors: Mapping[str, Tensor]
    configuration: Configuration
    device: torch.device
    dtype: torch.dtype
    bits: Bits = 16

    def reasoner(self) -> Reasoner:
        sizes = {"language": self._size("model.layers", "model.embed", "model.norm", "lm_head")}
        sizes |= {"sight": self._size(weights.vision, weights.connector)}
        parts = Parts(
            {"language": self.language, "sight": self.sight, "hearing": self.hearing, "words": self.words},
            self.device,
            sizes=sizes,
        )
        if self.bits != 16:
            parts.parts["language"] = Packed("language", self.language, sizes["language"])
        return Reasoner(parts, self.configuration, read_generation(self.folder) if self.folder else {})

    def language(self) -> Language:
        made = weights.reader(self.tensors, self.configuration, weights.Place(dtype=self.dtype))
        return quantizing.quantized(made, self.bits)

    def sight(self) -> Sight:
        return weights.sight(self.tensors, self.configuration, weights.Place(dtype=self.dtype))

    def hearing(self) -> Hearing:
        """In float32, being small."""
        return weights.hearing(self.tensors, self.configuration)

    def words(self) -> Words:
        return read_words(self.folder) if self.folder else bytewise()

    def _size(self, *starts: str) -> Callable[[], int]:
        return lambda: round(
            sum(self._bytes(key, shape) for key, shape in self.shapes.items() if key.startswith(starts))
        )

    def _bytes(self, key: str, shape: tuple[int, ...]) -> float:
        is_packed = self.bits < 16 and key.startswith("model.layers.") and len(shape) > 1
        return prod(shape) * (quantizing.bytes_a_weight[self.bits] if is_packed else self.dtype.itemsize)

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return weights.known_shapes(self.tensors)


def checkpoint(answers: Answers) -> Checkpoint:
    """From its folder, or drawn at full size where random weights are allowed.

    Raises E-WEIGHTS where it is not here, E-TENSORS where its files are those of another model, E-MISSING for bits that
    cannot be had.
    """
    check(answers)
    device = memory.best()
    if not is_here(answers):
        full = Configuration()
        drawn = shards.Drawn(weights.published_shapes(full), torch.bfloat16)
        return Checkpoint(None, drawn, full, device, torch.bfloat16, bits(device))
    configuration, tensors = shards.configuration(folder(answers)), shards.Shards(folder(answers))
    weights.hold_to(tensors, configuration)
    return Checkpoint(folder(answers), tensors, configuration, device, torch.bfloat16, bits(device))


def told_bits() -> Bits | None:
    told = os.environ.get(bits_named)
    if told and told not in choices:
        raise FoleyError("E-MISSING", name=f"VideoLLaMA2 in {told} bits", reason="it can be run in 16, 8 or 4 bits")
    return choices[told] if told else None


def bits(device: torch.device) -> Bits:
    """As told, else as many as fit; 16 on the processor and without bitsandbytes."""
    if told := told_bits():
        return told
    if device.type == "cpu" or not quantizing.is_available():
        return 16
    room = (memory.free(device) - room_for_work) / weights_n
    fitting: list[Bits] = [each for each in choices.values() if quantizing.bytes_a_weight[each] < room]
    return fitting[0] if fitting else 4
