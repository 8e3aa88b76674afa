"""What models come to before the first byte: files, what of them is here, what is still to come, and its licences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..models import installed, records
from ..models.published import Licence, Model, Part, Weights, catalogue


@dataclass(frozen=True)
class Item:
    """One file and how it stands. here: bytes of it that are on this machine."""

    file: Weights
    state: records.State
    here: int

    @property
    def missing_n(self) -> int:
        if self.state in ("whole", "unchecked"):
            return 0
        return max(0, self.file.size - self.here) if self.state == "partial" else self.file.size


@dataclass(frozen=True)
class Bill:
    models: tuple[Model, ...]
    items: tuple[Item, ...]

    @property
    def missing_n(self) -> int:
        return sum(item.missing_n for item in self.items)

    @property
    def missing(self) -> list[Item]:
        return [item for item in self.items if item.missing_n]

    @property
    def licences(self) -> list[Licence]:
        """The forbidding ones first."""
        order = ("forbidden", "unclear", "allowed")
        found = {item.file.terms.id: item.file.terms for item in self.items}
        return sorted(found.values(), key=lambda each: order.index(each.commercial))

    @property
    def name(self) -> str:
        return ", ".join(model.name for model in self.models)


def item(file: Weights) -> Item:
    state, here = records.state(installed.folder() / file.path, file.size, is_exact=file.is_exact)
    return Item(file, state, here)


def of(models: Sequence[Model], files: Iterable[Weights]) -> Bill:
    """Every file once."""
    return Bill(tuple(models), tuple(item(file) for file in {file.path: file for file in files}.values()))


def again(asked: Bill) -> Bill:
    """The same files as they stand now."""
    return of(asked.models, [item.file for item in asked.items])


def unchecked(asked: Bill) -> Bill:
    """Of its files those that somebody placed by hand, or that changed since their sums were taken."""
    return Bill(asked.models, tuple(item for item in asked.items if item.state == "unchecked"))


def known(parts: Iterable[Part]) -> list[Weights]:
    """All files; a folder whose files the hub was not asked for yet stands as one file of its own size."""
    found: list[Weights] = []
    for part in parts:
        files = installed.expanded(part)
        if files is None:
            assert not isinstance(part, Weights)
            files = (Weights(f"{part.path}/…", part.size, part.terms, release=f"hub: {part.repository}"),)
        found.extend(files)
    return found


def named(names: Sequence[str]) -> list[Model]:
    """The models of these names; of none, all that have a file here. Raises E-MODEL."""
    if names:
        return [catalogue().model(name) for name in dict.fromkeys(names)]
    return [model for model in catalogue().models.values() if has_any(model)]


def has_any(model: Model) -> bool:
    """Whether something of it lies here that is its own alone or whole with the rest."""
    states = [item(file).state for file in known(model.parts)]
    return states[0] != "absent" or "absent" not in states
