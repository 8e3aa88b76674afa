"""The language model in fewer bits, by bitsandbytes where it is installed: nf4 or 8 bit, all else as it was."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, Literal

import torch
from torch import nn

from foleyline.errors import FoleyError

from .network import Language

Bits = Literal[16, 8, 4]
package = "bitsandbytes"
bytes_a_weight: dict[Bits, float] = {16: 2.0, 8: 1.02, 4: 0.56}
"""With the scales that belong to them."""
outliers = 6.0
"""Inputs larger than this stay in 16 bits in the 8-bit layers (LLM.int8)."""


def is_available() -> bool:
    return importlib.util.find_spec(package) is not None


def check(bits: Bits) -> None:
    """Raises E-MISSING where this many cannot be had."""
    if bits != 16 and not is_available():
        raise FoleyError("E-MISSING", name=f"VideoLLaMA2 in {bits} bits", reason=f"{package} is not installed")


def quantized(language: Language, bits: Bits) -> Language:
    """In place; weights are packed when they are moved to the device. Raises E-MISSING without bitsandbytes."""
    check(bits)
    if bits == 16:
        return language
    library = importlib.import_module(package).nn
    for parent in list(language.model.layers.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is nn.Linear:
                setattr(parent, name, _packed(library, layer, bits))
    return language


def _packed(library: Any, layer: nn.Linear, bits: Bits) -> nn.Module:
    sizes: dict[str, Any] = {"bias": layer.bias is not None, "device": "meta"}
    if bits == 4:
        how: dict[str, Any] = {"compress_statistics": True, "quant_type": "nf4"}
        made = library.Linear4bit(layer.in_features, layer.out_features, **sizes, **how, compute_dtype=torch.bfloat16)
        made.weight = library.Params4bit(layer.weight.data, requires_grad=False, module=made, **how)
    else:
        made = library.Linear8bitLt(
            layer.in_features, layer.out_features, **sizes, has_fp16_weights=False, threshold=outliers
        )
        made.weight = library.Int8Params(layer.weight.data, requires_grad=False, has_fp16_weights=False)
    made.bias = layer.bias
    return made.eval()
