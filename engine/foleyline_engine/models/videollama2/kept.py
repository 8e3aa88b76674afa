"""What was made of a clip lately and may be wanted again: by content, as much as there is room for."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


class Kept(Generic[T]):
    """room: bytes; what was used longest ago leaves first."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.held: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()

    def find(self, key: Hashable) -> T | None:
        if key not in self.held:
            return None
        self.held.move_to_end(key)
        return self.held[key][0]

    def keep(self, key: Hashable, value: T, size: int) -> None:
        self.held[key] = value, size
        self.held.move_to_end(key)
        while self.size > self.room:
            self.held.popitem(last=False)

    @property
    def size(self) -> int:
        return sum(size for _, size in self.held.values())

    def clear(self) -> None:
        self.held.clear()


def content(values: np.ndarray) -> bytes:
    digest = hashlib.blake2b(repr((values.shape, values.dtype.str)).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(values).data)
    return digest.digest()
