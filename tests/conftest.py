"""A hub on this machine, and a small catalogue whose files lie on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import hub as hubs
from tests.hub import Hub
from tests.shop import Shop, opened


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hubs.running() as server:
        yield server


@pytest.fixture
def shop(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The environment names it: downloads of this process go there, and those of its children."""
    made = opened(hub, tmp_path)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made
