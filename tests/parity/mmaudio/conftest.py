"""Reading mmaudio's golden files: configuration, float32 tensors, and the comparison with its stated limits."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

torch.set_num_threads(1)

roots = [
    Path(__file__).parents[2] / "golden",
    *map(Path, filter(None, os.environ.get("FOLEYLINE_GOLDEN", "").split(os.pathsep))),
]


class Reading:
    """One golden file. Weights are stored in bfloat16 where that is exact, and compute in float32."""

    def __init__(self, golden):
        self.golden = golden
        self.config = json.loads(golden.header.get("config", "{}")) | golden.facts.get("config", {})
        self.stated = json.loads(golden.header.get("tolerance", "{}")) | golden.facts.get("tolerance", {})

    def tensor(self, name):
        with safe_open(self.golden.path, "pt") as file:
            found = file.get_tensor(name)
        return found.float() if found.is_floating_point() else found

    def weights(self, part=""):
        start = f"weights.{part}"
        with safe_open(self.golden.path, "pt") as file:
            names = list(file.keys())
        return {name.removeprefix(start): self.tensor(name) for name in names if name.startswith(start)}

    def outputs(self, start=""):
        names = sorted(name for name in self.golden.names if name.startswith(f"out.{start}"))
        return {name.removeprefix("out."): self.tensor(name) for name in names}

    def close(self, name, made, limit):
        """limit: relative L2, used where the header states none for this output or for all of them."""
        wanted = self.tensor(f"out.{name}")
        assert made.shape == wanted.shape, (name, made.shape, wanted.shape)
        allowed = self.stated.get(name, self.stated.get("rel_l2", limit))
        far = float((made.double() - wanted.double()).norm() / wanted.double().norm())
        assert far <= allowed, f"{name}: {far:.2e} is over {allowed:.0e}"


@pytest.fixture
def reading(golden):
    return Reading(golden)


def tables(family, holds):
    """JSON files of a family, in every root, for whose content `holds` is true."""
    found = []
    for root in roots:
        for path in sorted((root / family).glob("**/*.json")):
            content = json.loads(path.read_text())
            if holds(content):
                found.append(pytest.param(content, id=f"{roots.index(root)}-{path.name}"))
    return found


def is_selection(content):
    return isinstance(content, dict) and "clip_frame_indices" in str(content.get("cases", [{}])[:1])


def is_lengths(content):
    return isinstance(content, list) and bool(content) and "duration" in content[0]


def is_tokens(content):
    return isinstance(content, dict) and "tokenizer" in content


kinds = {"selection": is_selection, "lengths": is_lengths, "tokens": is_tokens}


def pytest_configure(config):
    config.addinivalue_line("markers", "golden_table(family, kind): runs for every JSON table of that kind")


def pytest_generate_tests(metafunc):
    for mark in metafunc.definition.iter_markers("golden_table"):
        family, kind = mark.args
        found = tables(family, kinds[kind])
        if not found:
            raise LookupError(f"no table of {family} {kind} under {roots}")
        metafunc.parametrize("table", found)
