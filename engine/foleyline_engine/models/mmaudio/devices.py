"""The parts of a model and the device that they compute on, each loaded when first used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


def best() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Parts:
    """low_memory: only the part that is in use is on the device, the others wait on the processor."""

    def __init__(
        self, loaders: Mapping[str, Callable[[], Any]], device: torch.device | None = None, low_memory: bool = False
    ) -> None:
        self.loaders = dict(loaders)
        self.device = device or best()
        self.low_memory = low_memory
        self.loaded: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """A part where it is; not moved."""
        if name not in self.loaded:
            self.loaded[name] = self.loaders[name]()
        return self.loaded[name]

    @contextmanager
    def use(self, name: str) -> Iterator[Any]:
        """A part on the device."""
        part = self.get(name)
        if isinstance(part, nn.Module):
            part.to(self.device)
        try:
            yield part
        finally:
            if self.low_memory and isinstance(part, nn.Module):
                part.to("cpu")

    def drop(self, name: str) -> None:
        self.loaded.pop(name, None)
