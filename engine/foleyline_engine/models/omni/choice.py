"""Which checkpoint the judge is, and in how many bits it is held: this machine's choice, never a request's."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from foleyline.errors import FoleyError

from .. import installed, memory
from . import thinker

name = "omni"
which = "FOLEYLINE_OMNI"
"""Names a folder below `omni` in the models' folder, or any folder by its whole path."""

bits_wanted = "FOLEYLINE_JUDGE_BITS"
"""16, 8 or 4 bits a weight; not set: as many as there is memory for."""

default = "Qwen2.5-Omni-7B"
licence = "Apache 2.0: commercial use is allowed"
size = "22.4 GB"

known_terms = {
    default: "",
    "Qwen2.5-Omni-3B": "Qwen2.5-Omni-3B is published for research: not for commercial use.",
}

Bits = Literal[16, 8, 4]
all_bits: Mapping[str, Bits] = {"16": 16, "8": 8, "4": 4}
bytes_a_weight: Mapping[Bits, float] = {16: 2.0, 8: 1.02, 4: 0.56}
"""Of what can be packed, with the scales that belong to it."""

room_for_work = 3_000_000_000
"""Bytes that questions take beside the weights."""


def folder() -> Path:
    """The one that is named, the usual one, or the only one there is."""
    shelf = installed.folder() / name
    if named := os.environ.get(which):
        return shelf / named
    if (shelf / default).is_dir() or not shelf.is_dir():
        return shelf / default
    found = [path for path in shelf.iterdir() if (path / "config.json").is_file()]
    return found[0] if len(found) == 1 else shelf / default


def terms() -> str:
    """What the checkpoint forbids; of one that is not known here, that it has to be looked up."""
    found = folder().name
    unknown = f"The licence of {found} is not known here; read it before you sell what was judged with it."
    return known_terms.get(found, unknown)


def label(bits: Bits) -> str:
    """The checkpoint and how it is held."""
    return folder().name if bits == 16 else f"{folder().name}, {bits} bits"


def told_bits() -> Bits | None:
    """Raises E-JUDGE for a number that weights are not held in."""
    wanted = os.environ.get(bits_wanted)
    if wanted and wanted not in all_bits:
        raise FoleyError("E-JUDGE", folder=folder(), reason=f"{bits_wanted} is {wanted} and not 16, 8 or 4")
    return all_bits[wanted] if wanted else None


def bits(device: torch.device) -> Bits:
    """As told, else as many as fit beside the work; 16 on a processor, without bitsandbytes and without weights."""
    if told := told_bits():
        return told
    if device.type == "cpu" or packing_lacks() or not is_here():
        return 16
    room = memory.free(device) - room_for_work
    fitting: list[Bits] = [each for each in all_bits.values() if estimate(device, each) < room]
    return fitting[0] if fitting else 4


def packing_lacks() -> list[str]:
    """Packages that fewer bits need and that are not here."""
    return [package for package in ("bitsandbytes", "accelerate") if importlib.util.find_spec(package) is None]


def is_here() -> bool:
    """Whether a checkpoint lies in its folder, all files of it, put there by whoever."""
    place = folder()
    if not (place / "config.json").is_file():
        return False
    if (place / "model.safetensors").is_file():
        return True
    try:
        index = json.loads((place / "model.safetensors.index.json").read_text(encoding="utf8"))
        return all((place / Path(file).name).is_file() for file in index["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return False


def check() -> None:
    """Raises E-WEIGHTS, E-JUDGE or E-MISSING where the judge cannot run; nothing is loaded."""
    place = folder()
    if not is_here() and os.environ.get(which):
        raise FoleyError("E-JUDGE", folder=place, reason=f"{which} names it, and no whole checkpoint is there")
    if not is_here():
        command = f"foleyline models fetch {default.lower()}"
        raise FoleyError("E-WEIGHTS", name=default, size=size, licence=licence, command=command)
    if not thinker.is_of_the_family(place):
        raise FoleyError("E-JUDGE", folder=place, reason="it holds no model of the Qwen2.5-Omni family")
    told = told_bits()
    if told in (8, 4) and packing_lacks():
        reason = f"not installed: {', '.join(packing_lacks())}"
        raise FoleyError("E-MISSING", name=f"{name} in {told} bits", reason=reason)
    if told in (8, 4) and not torch.cuda.is_available():
        raise FoleyError("E-MISSING", name=f"{name} in {told} bits", reason="there is no NVIDIA device")


@dataclass(frozen=True)
class Holding:
    """How the weights are held. packing: a quantization configuration of transformers, or None."""

    dtype: torch.dtype
    packing: Any = None


def holding(device: torch.device, bits: Bits) -> Holding:
    """bfloat16, for float16 overflows in this family; float32 on a processor, where there is room for it."""
    if bits == 16:
        is_small = device.type == "cpu" and thinker.weights_n(folder())[0] < 1_000_000_000
        return Holding(torch.float32 if is_small else torch.bfloat16)
    from transformers import BitsAndBytesConfig

    left = ["lm_head", "model.visual", "model.audio_tower"]
    if bits == 8:
        return Holding(torch.bfloat16, BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=left))
    four: dict[str, Any] = {"bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.bfloat16}
    four |= {"load_in_4bit": True, "bnb_4bit_use_double_quant": True}
    return Holding(torch.bfloat16, BitsAndBytesConfig(llm_int8_skip_modules=left, **four))


def estimate(device: torch.device, bits: Bits) -> int:
    """Bytes of the weights on the device."""
    count, packed = thinker.weights_n(folder())
    if bits == 16:
        return count * holding(device, bits).dtype.itemsize
    return round((count - packed) * bytes_a_weight[16] + packed * bytes_a_weight[bits])
