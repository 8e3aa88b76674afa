"""Golden files for the parity tests: where they lie, and which tests take them.

Roots are tests/golden and every folder in FOLEYLINE_GOLDEN (separated like PATH). A test asks for files with
`@pytest.mark.golden("family", "kind")` and the parameter `golden`; it runs once for each file whose header says
so, whatever its name, and takes sizes and tolerances from it. No such file is an error, not a
skip. The run's report says once which families and kinds are read and which wait for a reader.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open

own_root = Path(__file__).parent.parent / "golden"
read_kinds: set[tuple[str, str]] = set()


@dataclass(frozen=True)
class Golden:
    """One file: tensors `weights.*`, `in.*`, `out.*`, and a header of strings that says what they are."""

    path: Path
    header: Mapping[str, str]

    @property
    def kind(self) -> tuple[str, str]:
        return self.header.get("family", ""), self.header.get("kind", "")

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The header's field `json`: configuration, cases, tolerance."""
        return json.loads(self.header.get("json", "{}"))

    @cached_property
    def names(self) -> frozenset[str]:
        with safe_open(self.path, "np") as file:
            return frozenset(file.keys())

    def tensor(self, name: str) -> np.ndarray:
        with safe_open(self.path, "np") as file:
            return file.get_tensor(name)


def roots() -> list[Path]:
    named = filter(None, os.environ.get("FOLEYLINE_GOLDEN", "").split(os.pathsep))
    return [own_root, *map(Path, named)]


@cache
def all_golden() -> tuple[Golden, ...]:
    found = []
    for root in roots():
        for path in sorted(root.glob("*/**/*.safetensors")):
            with safe_open(path, "np") as file:
                found.append(Golden(path, file.metadata() or {}))
    return tuple(found)


def label(path: Path) -> str:
    root = next(root for root in roots() if path.is_relative_to(root))
    return f"{roots().index(root)}-{path.relative_to(root)}"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "golden(family, kind): runs for every golden file whose header says so")
    config.addinivalue_line("markers", "golden_file(path): runs for every root that holds this file")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for mark in metafunc.definition.iter_markers("golden"):
        read_kinds.add(mark.args)
        found = [golden for golden in all_golden() if golden.kind == mark.args]
        if not found:
            raise LookupError(f"no golden file of {mark.args} under {roots()}")
        metafunc.parametrize("golden", found, ids=[label(golden.path) for golden in found])
    for mark in metafunc.definition.iter_markers("golden_file"):
        paths = [root / mark.args[0] for root in roots() if (root / mark.args[0]).is_file()]
        if not paths:
            raise LookupError(f"no {mark.args[0]} under {roots()}")
        metafunc.parametrize("golden_path", paths, ids=[label(path) for path in paths])


def pytest_report_collectionfinish() -> list[str]:
    counts = Counter(golden.kind for golden in all_golden())
    lines = []
    for title, is_read in (("read", True), ("without a reader yet", False)):
        kinds = sorted(kind for kind in counts if (kind in read_kinds) == is_read)
        told = ", ".join(f"{family}/{kind} ({counts[family, kind]})" for family, kind in kinds)
        lines.append(f"golden files {title}: {told or 'none'}")
    return lines
