"""Reading bs_roformer's golden files and tables: configuration, tensors, and the comparison with its stated limits."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from foleyline_engine.models.bs_roformer import weights
from foleyline_engine.models.bs_roformer.size import size_of

torch.set_num_threads(1)

roots = [
    Path(__file__).parents[2] / "golden",
    *map(Path, filter(None, os.environ.get("FOLEYLINE_GOLDEN", "").split(os.pathsep))),
]


class Reading:
    """One golden file; its weights may lie in a sister file."""

    def __init__(self, golden):
        self.golden = golden
        stated = golden.header.get("tolerance", "{}")
        self.stated = json.loads(stated) | golden.facts.get("tolerance", {})
        sister = golden.header.get("weights_from")
        self.source = golden.path.with_name(sister) if sister else golden.path

    @property
    def config(self):
        with safe_open(self.source, "pt") as file:
            header = file.metadata()
        return json.loads(header.get("config", "{}")) | json.loads(header.get("json", "{}")).get("config", {})

    def tensor(self, name):
        path = self.golden.path if name in self.golden.names else self.source
        with safe_open(path, "pt") as file:
            found = file.get_tensor(name)
        return found.float() if found.dtype in (torch.bfloat16, torch.float16) else found

    def weights(self):
        with safe_open(self.source, "pt") as file:
            names = [name for name in file.keys() if name.startswith("weights.")]  # noqa: SIM118
            return {name.removeprefix("weights."): file.get_tensor(name).float() for name in names}

    def network(self, **changed):
        return weights.network(self.weights(), size_of(self.config | changed))

    def outputs(self, start=""):
        return sorted(name.removeprefix("out.") for name in self.golden.names if name.startswith(f"out.{start}"))

    def close(self, name, made, limit):
        """limit: largest absolute difference, used where the header states none for this output or for all."""
        wanted = self.tensor(f"out.{name}")
        assert made.shape == wanted.shape, (name, made.shape, wanted.shape)
        allowed = self.stated.get(name, self.stated.get("abs", limit))
        far = float((made.double() - wanted.double()).abs().max())
        assert far <= allowed, f"{name}: {far:.2e} is over {allowed:.0e}"


@pytest.fixture
def reading(golden):
    return Reading(golden)


def is_keys(content):
    """A published file's keys and shapes."""
    return len(content) > 50 and all(isinstance(shape, list) for shape in content.values())


def is_bands(content):
    return "first_last_bin_inclusive" in content


kinds = {"keys": is_keys, "bands": is_bands}


def pytest_configure(config):
    config.addinivalue_line("markers", "separator_table(kind): runs for every JSON table of that kind, in every root")


def pytest_generate_tests(metafunc):
    for mark in metafunc.definition.iter_markers("separator_table"):
        found = tables(kinds[mark.args[0]])
        if not found:
            raise LookupError(f"no table of {mark.args[0]} under {roots}")
        metafunc.parametrize("table", found)


def tables(holds):
    found = []
    for root in roots:
        for path in sorted((root / "bs_roformer").glob("**/*.json")):
            content = json.loads(path.read_text())
            if holds(content):
                found.append(pytest.param(content, id=f"{roots.index(root)}-{path.name}"))
    return found
