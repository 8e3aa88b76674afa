"""Reading videollama2's golden files: configuration, tensors, and the comparison with its stated limits."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from foleyline_engine.models.videollama2.beats import BeatsSize
from foleyline_engine.models.videollama2.configuration import Configuration

torch.set_num_threads(1)

roots = [
    Path(__file__).parents[2] / "golden",
    *map(Path, filter(None, os.environ.get("FOLEYLINE_GOLDEN", "").split(os.pathsep))),
]


class Reading:
    """One golden file; its header states sizes, cases and the limit, each as JSON or as plain words."""

    def __init__(self, golden):
        self.golden = golden

    def stated(self, name, default=None):
        if name in self.golden.facts:
            return self.golden.facts[name]
        text = self.golden.header.get(name)
        if text is None:
            return default
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text

    def tensor(self, name):
        with safe_open(self.golden.path, "pt") as file:
            return file.get_tensor(name)

    def weights(self, prefix=""):
        with safe_open(self.golden.path, "pt") as file:
            names = [name for name in file.keys() if name.startswith(f"weights.{prefix}")]  # noqa: SIM118
            return {name.removeprefix("weights."): file.get_tensor(name).float() for name in names}

    def numbered(self, start):
        """The numbers n for which the file holds `{start}{n}`, in order."""
        tails = [name.removeprefix(start) for name in self.golden.names if name.startswith(start)]
        return sorted(int(tail) for tail in tails if tail.isdigit())

    def close(self, name, made, limit):
        """limit: largest absolute difference, used where the header states none as a number."""
        wanted = self.tensor(f"out.{name}")
        assert made.shape == wanted.shape, (name, made.shape, wanted.shape)
        stated = self.stated("tolerance")
        if isinstance(stated, dict):
            stated = stated.get(name, stated.get("abs"))
        allowed = float(stated) if isinstance(stated, int | float) else limit
        far = float((made.double() - wanted.double()).abs().max())
        assert far <= allowed, f"{name}: {far:.2e} is over {allowed:.0e}"


def beats_size(config):
    return BeatsSize(
        patch=config["input_patch_size"],
        embed=config["embed_dim"],
        width=config["encoder_embed_dim"],
        layers=config["encoder_layers"],
        heads=config["encoder_attention_heads"],
        hidden=config["encoder_ffn_embed_dim"],
        conv=config["conv_pos"],
        conv_groups=config["conv_pos_groups"],
        buckets=config["num_buckets"],
        farthest=config["max_distance"],
        classes=config["predictor_class"],
    )


def whole(config):
    """The configuration of a whole model."""
    unused = ("bos_token_id", "eos_token_id")
    language = {name: value for name, value in config["qwen"].items() if name not in unused}
    return Configuration(language, config["siglip"], beats_size(config["beats"]), pictures=config["frames"])


@pytest.fixture
def reading(golden):
    return Reading(golden)


@pytest.fixture
def sizes():
    return {"beats": beats_size, "whole": whole}


def tables():
    """Keys and shapes of a whole checkpoint, one table for each root, however many files they are in."""
    found = []
    for root in roots:
        joined = {}
        for path in sorted((root / "videollama2").glob("**/*.json")):
            content = json.loads(path.read_text())
            if isinstance(content, dict) and all(isinstance(shape, list) for shape in content.values()):
                joined |= {key: tuple(shape) for key, shape in content.items() if key.startswith(("model.", "lm_head"))}
        if joined:
            found.append(pytest.param(joined, id=f"{roots.index(root)}-keys"))
    return found


def pytest_configure(config):
    config.addinivalue_line("markers", "checkpoint_keys: runs for every root that lists a checkpoint's keys")


def pytest_generate_tests(metafunc):
    if any(metafunc.definition.iter_markers("checkpoint_keys")):
        found = tables()
        if not found:
            raise LookupError(f"no table of videollama2's keys under {roots}")
        metafunc.parametrize("table", found)
