"""What an installation does, one step at a time: each can be told before it is done, and done again to repair."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from foleyline.errors import FoleyError

mark = "Foleyline bridge"
spare_n = 1 << 20


class Step(ABC):
    """One change to one place."""

    path: Path

    @abstractmethod
    def told(self) -> str: ...

    @abstractmethod
    def do(self) -> None:
        """Raises OSError."""

    def size_n(self) -> int:
        """Bytes that it adds."""
        return 0


@dataclass(frozen=True)
class Write(Step):
    path: Path
    content: bytes

    def told(self) -> str:
        return f"write {self.path}"

    def do(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f".{self.path.name}.part")
        try:
            part.write_bytes(self.content)
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)

    def size_n(self) -> int:
        return len(self.content)


@dataclass(frozen=True)
class Fill(Step):
    """A folder of our own with exactly these files, by their names in it."""

    path: Path
    files: Sequence[tuple[str, bytes]]

    def told(self) -> str:
        return f"fill {self.path} ({len(self.files)} files)"

    def do(self) -> None:
        part, old = self.path.with_name(f".{self.path.name}.part"), self.path.with_name(f".{self.path.name}.old")
        for folder in (part, old):
            shutil.rmtree(folder, ignore_errors=True)
        for name, content in self.files:
            target = part / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if self.path.exists():
            self.path.replace(old)
        part.replace(self.path)
        shutil.rmtree(old, ignore_errors=True)

    def size_n(self) -> int:
        return sum(len(content) for _, content in self.files)


@dataclass(frozen=True)
class Remove(Step):
    """A file or folder of our own; gone already is as well."""

    path: Path

    def told(self) -> str:
        return f"remove {self.path}"

    def do(self) -> None:
        if self.path.is_dir() and not self.path.is_symlink():
            shutil.rmtree(self.path)
        else:
            self.path.unlink(missing_ok=True)


def run(steps: Sequence[Step]) -> None:
    """Does them in their order. Raises FoleyError E-DISK before anything is done, E-OUT with the place."""
    check_space(steps)
    for step in steps:
        try:
            step.do()
        except OSError as error:
            raise FoleyError("E-OUT", folder=step.path.parent, reason=error.strerror or error) from error


def check_space(steps: Sequence[Step]) -> None:
    """Raises FoleyError E-DISK where the folders that are written to have no room for it."""
    for step in steps:
        if not step.size_n():
            continue
        there = next(folder for folder in step.path.parents if folder.exists())
        if shutil.disk_usage(there).free < sum(each.size_n() for each in steps) + spare_n:
            raise FoleyError("E-DISK", folder=there)


def files_in(folder: Path, pattern: str) -> list[tuple[str, bytes]]:
    """Files of a folder by their names from it, as `Fill` takes them."""
    found = sorted(path for path in folder.rglob(pattern) if "__pycache__" not in path.parts)
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in found]


def is_ours(path: Path) -> bool:
    """Whether a file in a program's folder is one that we wrote there."""
    try:
        with path.open("rb") as file:
            return mark.encode() in file.readline(200)
    except OSError:
        return False
