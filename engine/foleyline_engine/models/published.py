"""What their authors publish: models, files, sizes, sums and licences, all read from `catalogue.toml` beside this."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from foleyline.errors import FoleyError

other_catalogue = "FOLEYLINE_CATALOGUE"
"""Names another catalogue, of the same form, to be used instead."""

Commercial = Literal["allowed", "forbidden", "unclear"]
steps = ("generator", "judge", "separator")


@dataclass(frozen=True)
class Licence:
    """commercial: whether what was made with it may be sold. terms: what it comes to."""

    id: str
    name: str
    commercial: Commercial
    terms: str
    url: str = ""

    @property
    def text(self) -> str:
        return self.name if self.commercial == "allowed" else f"{self.name}: {self.terms}"


@dataclass(frozen=True)
class Place:
    """A file on the hub."""

    repository: str
    path: str
    revision: str = "main"


@dataclass(frozen=True)
class Weights:
    """One published file. path: below the models' folder. size: bytes, exact or as listed in rounded figures.

    sums: kind (sha256, md5, or git for a blob of git) to hexadecimal digits; empty where none is published.
    """

    path: str
    size: int
    terms: Licence
    place: Place | None = None
    release: str = ""
    is_exact: bool = False
    sums: Mapping[str, str] = field(default_factory=dict)

    @property
    def licence(self) -> str:
        return self.terms.text

    @property
    def url(self) -> str:
        """Where people find it."""
        if self.place is None:
            return self.release
        return f"https://huggingface.co/{self.place.repository}/resolve/{self.place.revision}/{self.place.path}"


@dataclass(frozen=True)
class Folder:
    """Files whose names the hub is asked for. weights: alternatives, the first that is there whole is taken."""

    path: str
    size: int
    terms: Licence
    repository: str
    revision: str = "main"
    below: str = ""
    weights: tuple[tuple[str, ...], ...] = ()
    others: tuple[str, ...] = ()

    @property
    def licence(self) -> str:
        return self.terms.text


Part = Weights | Folder


@dataclass(frozen=True)
class Model:
    """memory_gb: precision to what it needs. runs_as: what a request calls it."""

    name: str
    step: str
    purpose: str
    parts: tuple[Part, ...]
    memory_gb: Mapping[str, float]
    runs_as: str
    note: str = ""


@dataclass(frozen=True)
class Recommended:
    step: str
    memory_gb: float
    model: str


@dataclass(frozen=True)
class Catalogue:
    licences: Mapping[str, Licence]
    parts: Mapping[str, Part]
    models: Mapping[str, Model]
    recommended: tuple[Recommended, ...]

    def model(self, name: str) -> Model:
        """Raises E-MODEL for a name that is not in it."""
        if name not in self.models:
            raise FoleyError("E-MODEL", role="published model", name=name, known=", ".join(self.models))
        return self.models[name]


def catalogue() -> Catalogue:
    """Raises E-CATALOGUE where `FOLEYLINE_CATALOGUE` names one that cannot be read."""
    named = os.environ.get(other_catalogue)
    return _read(Path(named) if named else Path(__file__).with_name("catalogue.toml"))


def file(path: str) -> Weights:
    """One file by its path below the models' folder."""
    found = catalogue().parts[path]
    assert isinstance(found, Weights), f"{path} is a folder"
    return found


@cache
def _read(path: Path) -> Catalogue:
    try:
        return of(tomllib.loads(path.read_text(encoding="utf8")))
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise FoleyError("E-CATALOGUE", name=path, reason=problem) from problem


def of(table: Mapping[str, Any]) -> Catalogue:
    """Raises KeyError, TypeError or ValueError for a table of another form."""
    licences = {id_: Licence(id=id_, **facts) for id_, facts in table.get("licence", {}).items()}
    parts: dict[str, Part] = {path: _weights(path, facts, licences) for path, facts in table.get("file", {}).items()}
    parts |= {path: _folder(path, facts, licences) for path, facts in table.get("folder", {}).items()}
    groups = {name: tuple(facts["files"]) for name, facts in table.get("group", {}).items()}
    models = {name: _model(name, facts, groups, parts) for name, facts in table.get("model", {}).items()}
    recommended = tuple(Recommended(**facts) for facts in table.get("recommended", ()))
    return Catalogue(licences, parts, models, recommended)


def _weights(path: str, facts: Mapping[str, Any], licences: Mapping[str, Licence]) -> Weights:
    place = Place(facts["hub"], inside(facts["at"]), facts.get("revision", "main")) if "hub" in facts else None
    return Weights(
        path=inside(path),
        size=facts.get("size") or facts["about"],
        terms=licences[facts["licence"]],
        place=place,
        release=facts.get("url", "") if place else facts["url"],
        is_exact="size" in facts,
        sums={kind: facts[kind].lower() for kind in ("sha256", "md5") if kind in facts},
    )


def _folder(path: str, facts: Mapping[str, Any], licences: Mapping[str, Licence]) -> Folder:
    return Folder(
        path=inside(path),
        size=facts["about"],
        terms=licences[facts["licence"]],
        repository=facts["hub"],
        revision=facts.get("revision", "main"),
        below=facts.get("below", ""),
        weights=tuple(tuple(each) for each in facts.get("weights", ())),
        others=tuple(facts.get("others", ())),
    )


def _model(
    name: str, facts: Mapping[str, Any], groups: Mapping[str, tuple[str, ...]], parts: Mapping[str, Part]
) -> Model:
    if facts["step"] not in steps:
        raise ValueError(f"{name} is for a step “{facts['step']}” that there is not")
    paths = [*facts["files"], *(path for group in facts.get("with", ()) for path in groups[group])]
    return Model(
        name=name,
        step=facts["step"],
        purpose=facts["purpose"],
        parts=tuple(parts[path] for path in paths),
        memory_gb=facts.get("memory_gb", {}),
        runs_as=facts.get("runs_as", name),
        note=facts.get("note", ""),
    )


def inside(path: str) -> str:
    """The same path. Raises ValueError for one that leaves the folder that it is meant to be in."""
    pure = PurePosixPath(path)
    is_plain = path == str(pure) and path != "." and not {"\\", ":"} & set(path)
    if not is_plain or pure.is_absolute() or ".." in pure.parts:
        raise ValueError(f"“{path}” is not a plain path below its folder")
    return path
