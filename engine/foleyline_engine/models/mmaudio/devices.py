"""The parts of a model and the device that they compute on, each loaded when first used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

low_memory_mode = "FOLEYLINE_LOW_MEMORY"
"""Set to 1, one part of a model is on the device at a time."""


def best() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Parts:
    """low_memory: only the part that is in use is on the device; the others wait on the processor or, where that is the
    device, in their files. `FOLEYLINE_LOW_MEMORY` where it is not said.
    """

    def __init__(
        self,
        loaders: Mapping[str, Callable[[], Any]],
        device: torch.device | None = None,
        low_memory: bool | None = None,
    ) -> None:
        self.loaders = dict(loaders)
        self.device = device or best()
        self.low_memory = os.environ.get(low_memory_mode) == "1" if low_memory is None else low_memory
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
                self._put_away(name, part)

    def _put_away(self, name: str, part: nn.Module) -> None:
        if self.device.type == "cpu":
            self.drop(name)
        else:
            part.to("cpu")

    def drop(self, name: str) -> None:
        self.loaded.pop(name, None)
