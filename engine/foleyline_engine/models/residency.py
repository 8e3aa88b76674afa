"""Who is on the device: networks are loaded when first used and kept while they fit; least recently used, first out."""

from __future__ import annotations

import logging
import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import torch
from torch import nn

from foleyline.errors import FoleyError

from . import memory
from .memory import best

log = logging.getLogger(__name__)
T = TypeVar("T")

low_memory_mode = "FOLEYLINE_LOW_MEMORY"
"""Set to 1, one part of a model is on the device at a time."""

spare = {"cpu": 1_000_000_000, "cuda": 700_000_000}
"""Bytes that are left free beside a part's weights, for what it computes."""

patience_s = 600.0
off_by = 0.15
"""An estimate that is further from what a part takes is told in the log."""


class Part:
    """One network of a model. estimate: its bytes on the device, told before it is loaded."""

    def __init__(self, name: str, load: Callable[[], Any], estimate: Callable[[], int] | None = None) -> None:
        self.name, self.load, self.estimate = name, load, estimate
        self.size = 0
        self.loaded: Any = None
        self.users: list[int] = []
        """Threads that use it now."""

    def leave(self, device: torch.device) -> None:
        """To the processor's memory, or back to its file where that is the device."""
        if device.type == "cpu" or memory.free(torch.device("cpu")) < self.size + spare["cpu"]:
            self.loaded = None
        else:
            self.loaded.to("cpu")

    def measured(self) -> int:
        return bytes_of(self.loaded) if isinstance(self.loaded, nn.Module) else 0


class Room:
    """One device, shared by all models of this process; the first in `here` was used longest ago."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.here: dict[Part, None] = {}
        self.changed = threading.Condition()

    @contextmanager
    def holding(self, part: Part, low_memory: bool = False) -> Iterator[Any]:
        """The part's network on the device. Raises E-VRAM where it cannot fit even when all others have left."""
        thread = threading.get_ident()
        with self.changed:
            self._bring(part, thread)
            part.users.append(thread)
        try:
            yield part.loaded
        finally:
            with self.changed:
                part.users.remove(thread)
                if low_memory and not part.users:
                    self._send(part)
                self.changed.notify_all()

    def _bring(self, part: Part, thread: int) -> None:
        if part not in self.here:
            part.size = part.size or (part.estimate() if part.estimate else 0)
            self._make_room(part, thread)
            if part.loaded is None:
                part.loaded = part.load()
                _compare(part)
            if isinstance(part.loaded, nn.Module):
                part.loaded.to(self.device)
        self.here.pop(part, None)
        self.here[part] = None

    def _make_room(self, part: Part, thread: int) -> None:
        need = part.size + spare[self.device.type]
        while part.size and self.free() < need:
            if self.evict_one():
                continue
            others = [each for each in self.here if set(each.users) - {thread}]
            holds = any(thread in each.users for each in self.here)
            if holds or not others or not self.changed.wait(patience_s):
                raise too_little(part.name, _gb(need), self.free())

    def free(self) -> float:
        """Bytes that a further part may take."""
        return min(memory.free(self.device), memory.allowed() - sum(part.size for part in self.here))

    def evict_one(self) -> bool:
        """Moves the part out that was used longest ago, if one is not in use."""
        with self.changed:
            idle = next((part for part in self.here if not part.users), None)
            if idle is None:
                return False
            self._send(idle)
            return True

    def _send(self, part: Part) -> None:
        self.here.pop(part, None)
        if isinstance(part.loaded, nn.Module):
            part.leave(self.device)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        log.info("part=%s left the device", part.name)


def _compare(part: Part) -> None:
    """The estimate against what was loaded, which counts from then on."""
    measured = part.measured()
    if part.size and abs(measured - part.size) > off_by * part.size:
        log.warning("part=%s takes %s and was thought to take %s", part.name, _gb(measured), _gb(part.size))
    part.size = measured or part.size


@cache
def room(device: torch.device) -> Room:
    return Room(device)


class Parts:
    """The networks of one model by name; those of all models share one room.

    sizes: tell the bytes of each on the device before it is loaded. low_memory: only the part that is in use is on the
    device; the others wait on the processor or, where that is the device, in their files. `FOLEYLINE_LOW_MEMORY` where
    it is not said.
    """

    def __init__(
        self,
        loaders: Mapping[str, Callable[[], Any]],
        device: torch.device | None = None,
        low_memory: bool | None = None,
        sizes: Mapping[str, Callable[[], int]] | None = None,
    ) -> None:
        self.device = device or best()
        self.room = room(self.device)
        self.low_memory = os.environ.get(low_memory_mode) == "1" if low_memory is None else low_memory
        self.parts = {name: Part(name, load, (sizes or {}).get(name)) for name, load in loaders.items()}

    @property
    def loaded(self) -> list[str]:
        return [name for name, part in self.parts.items() if part.loaded is not None]

    def get(self, name: str) -> Any:
        """A part that is no network, such as a tokenizer, or a network wherever it is."""
        part = self.parts[name]
        if part.loaded is None:
            part.loaded = part.load()
        return part.loaded

    @contextmanager
    def use(self, name: str) -> Iterator[Any]:
        """A part on the device."""
        with self.room.holding(self.parts[name], self.low_memory) as part:
            yield part


def shrinking(work: Callable[[int], T], batch: int, room: Room, name: str) -> T:
    """What `work(batch)` answers. Where memory runs out it is tried again with half the batch, then with everything
    idle moved out; raises E-VRAM when one at a time does not fit into the empty device.
    """
    while True:
        try:
            return work(batch)
        except RuntimeError as problem:
            if not _is_out_of_memory(problem):
                raise
            log.warning("part=%s batch=%d does not fit, %s free", name, batch, _gb(room.free()))
        if room.device.type == "cuda":
            torch.cuda.empty_cache()
        if batch > 1:
            batch //= 2
        elif not room.evict_one():
            raise too_little(name, "more", room.free())


def _is_out_of_memory(problem: RuntimeError) -> bool:
    """On the processor it is a plain RuntimeError with these words."""
    return isinstance(problem, torch.OutOfMemoryError) or "can't allocate memory" in str(problem)


def too_little(name: str, need: str, free: float) -> FoleyError:
    return FoleyError("E-VRAM", name=name, need=need, free=_gb(free), smaller="a smaller model")


def bytes_of(module: nn.Module) -> int:
    tensors = [*module.parameters(), *module.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _gb(count: float) -> str:
    return "unknown" if math.isinf(count) else f"{max(count, 0) / memory.gigabyte:.1f} GB"
