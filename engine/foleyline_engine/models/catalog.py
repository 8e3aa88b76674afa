"""Which models there are for each step, by the name that a request carries; a model is made when first asked for."""

from __future__ import annotations

import importlib
import importlib.util
import threading
from functools import cache
from typing import Literal

from foleyline.errors import FoleyError

from .exchange import Generator, Judge, Separator

making = threading.Lock()
"""No model is made twice when two clips ask for it at once."""

Role = Literal["generator", "judge", "separator", "silence"]

models: dict[Role, dict[str, str]] = {
    "generator": {
        "scratch": "scratch.generator:Scratch",
        "mmaudio-small-16k": "mmaudio.generator:Small16k",
        "mmaudio-small-44k": "mmaudio.generator:Small44k",
        "mmaudio-medium-44k": "mmaudio.generator:Medium44k",
        "mmaudio-large-44k": "mmaudio.generator:Large44k",
        "mmaudio-large-44k-v2": "mmaudio.generator:Large44kV2",
    },
    "judge": {
        "evidence": "evidence.judge:Evidence",
        "videollama2": "videollama2.judge:VideoLLaMA2",
        "omni": "omni.judge:Omni",
    },
    "separator": {
        "fill": "fill.separator:Fill",
        "bs-roformer": "bs_roformer.separator:BsRoformer",
        "mel-band-roformer": "bs_roformer.separator:MelBandRoformer",
        "roformer": "bs_roformer.separator:OwnRoformer",
    },
    "silence": {"level": "", "mllm": ""},
}
"""role -> name -> module and class below this package; `level` is a rule (`foleyline_engine.silence`), not a model, and
`mllm` is whatever judge there is."""


def names(role: Role) -> list[str]:
    return list(models[role])


def check_name(role: Role, name: str) -> None:
    """Raises E-MODEL for a name that this engine does not know."""
    if name not in models[role]:
        raise FoleyError("E-MODEL", role=role, name=name, known=", ".join(models[role]))


def _model(role: Role, name: str) -> Generator | Judge | Separator:
    check_name(role, name)
    with making:
        return _made(role, name)


@cache
def _made(role: Role, name: str) -> Generator | Judge | Separator:
    if reason := _lacking(name):
        raise FoleyError("E-MISSING", name=name, reason=reason)
    module, _, cls = models[role][name].partition(":")
    return getattr(importlib.import_module(f".{module}", __package__), cls)()


def generator(name: str) -> Generator:
    return _model("generator", name)  # type: ignore[return-value]


def judge(name: str) -> Judge:
    return _model("judge", name)  # type: ignore[return-value]


def separator(name: str) -> Separator:
    return _model("separator", name)  # type: ignore[return-value]


needs: dict[str, tuple[str, ...]] = {
    "scratch": ("cv2",),
    **dict.fromkeys(
        ("mmaudio-small-16k", "mmaudio-small-44k", "mmaudio-medium-44k", "mmaudio-large-44k", "mmaudio-large-44k-v2"),
        ("torch", "transformers", "safetensors"),
    ),
    "evidence": ("cv2", "onnxruntime", "silero_vad"),
    "videollama2": ("torch", "transformers", "safetensors"),
    "omni": ("torch", "transformers", "safetensors"),
    "fill": (),
    "bs-roformer": ("torch", "soxr", "yaml"),
    "mel-band-roformer": ("torch", "soxr", "yaml"),
    "roformer": ("torch", "soxr", "yaml"),
    "level": (),
    "mllm": (),
}
"""name -> import names of the packages it runs on, beside numpy."""


def missing() -> dict[str, str]:
    """Models that cannot run here, by step and name, with the reason in one sentence."""
    absent = {}
    for role, known in models.items():
        for name in known:
            if reason := _lacking(name):
                absent[f"{role} {name}"] = reason
    return absent


def _lacking(name: str) -> str:
    """Why a model cannot run here, empty where it can."""
    lacking = [package for package in needs[name] if importlib.util.find_spec(package) is None]
    return f"{', '.join(lacking)} is not installed" if lacking else ""
