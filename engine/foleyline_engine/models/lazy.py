"""Tensors that are computed when they are asked for, one at a time, and not kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from torch import Tensor

Makers = dict[str, Callable[[], Tensor]]


class Lazy(Mapping[str, Tensor]):
    def __init__(self, makers: Mapping[str, Callable[[], Tensor]]) -> None:
        self.makers = makers

    def __getitem__(self, key: str) -> Tensor:
        return self.makers[key]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)


def makers(state: Mapping[str, Tensor]) -> Makers:
    """Of the same tensors, to be changed key by key."""
    return {key: _maker(state, key) for key in state}


def _maker(state: Mapping[str, Tensor], key: str) -> Callable[[], Tensor]:
    return lambda: state[key]
