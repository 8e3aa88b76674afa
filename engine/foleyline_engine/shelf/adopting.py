"""Files that lie elsewhere on this machine, taken over as published ones where their sums allow it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from foleyline.errors import FoleyError

from ..models import installed, records
from ..models.published import Folder, Model, Weights
from . import bill, keeping, listing, sums
from .fetching import End, Meter, learned, take_over, taken_in_thread
from .transfer import Wrong, slack

most_entries = 200_000


@dataclass(frozen=True)
class Candidate:
    path: Path
    size: int


async def adopt(models: Sequence[Model], paths: Sequence[str], meter: Meter, end: End) -> list[Weights]:
    """The files that were taken over. Raises E-INPUT for a path that is not there."""
    found = await asyncio.to_thread(lambda: list(_found(paths)))
    folders = dict.fromkeys(part for model in models for part in model.parts if isinstance(part, Folder))
    unlisted = [part for part in folders if installed.expanded(part) is None]
    for part in unlisted:
        await asyncio.to_thread(_list_as_found, part, found)
    wanted = bill.of(models, bill.known(part for model in models for part in model.parts))
    await keeping.verify(bill.unchecked(wanted), meter, end)
    taken = []
    for item in wanted.items:
        if item.state == "whole" and item.file.path.startswith(tuple(f"{part.path}/" for part in unlisted)):
            end(item.file, "lies where it belongs")
        if item.state not in ("whole", "unchecked") and await _adopt_one(item.file, found, meter, end):
            taken.append(item.file)
    return taken


def _found(paths: Sequence[str]) -> Iterator[Candidate]:
    for path in map(Path, paths):
        if not path.exists():
            raise FoleyError("E-INPUT", name=path)
        for count, each in enumerate([path] if path.is_file() else _below(path)):
            if count > most_entries:
                raise FoleyError("E-REQUEST", reason=f"“{path}” holds more than {most_entries:,} files")
            if each.is_file():
                yield Candidate(each, each.stat().st_size)


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place) / name for name in sorted(names))


def _list_as_found(part: Folder, found: Sequence[Candidate]) -> None:
    """A folder that the hub was not asked for: what lies in one of its name is taken for what was published."""
    name = part.path.rpartition("/")[2]
    folder = next((parent for each in found for parent in each.path.parents if parent.name == name), None)
    if folder is None:
        return
    within = [each for each in found if folder in each.path.parents and not records.is_ours(each.path)]
    files = [{"path": each.path.relative_to(folder).as_posix(), "size": each.size} for each in within]
    try:
        chosen = listing.chosen(part, files)
    except Wrong:
        return
    with_sums = [{**file, "sums": {"sha256": _sum(folder / file["path"])}} for file in chosen]
    listing.write(part, "as found on this machine", with_sums)


def _sum(path: Path) -> str:
    return sums.taken(path, ["sha256"])["sha256"]


async def _adopt_one(file: Weights, found: Sequence[Candidate], meter: Meter, end: End) -> bool:
    for candidate in found:
        if not _may_be(file, candidate):
            continue
        expected = {**file.sums, **learned(file)}
        taken = await taken_in_thread(candidate.path, {"sha256", *expected}, meter, file.path)
        difference = sums.differing(expected, taken)
        if not difference:
            meter.tell(file.path, "copying", 0, candidate.size)
            await asyncio.to_thread(take_over, file, candidate.path, taken["sha256"], str(candidate.path))
            end(file, _told(file, candidate))
            return True
        if candidate.path.name == Path(file.path).name:
            end(file, f"{candidate.path} is not what was published: {difference}")
    return False


def _told(file: Weights, candidate: Candidate) -> str:
    doubt = "" if file.sums else "; no sum of it was ever published, so it is taken at its word"
    return f"taken over from {candidate.path}{doubt}"


def _may_be(file: Weights, candidate: Candidate) -> bool:
    """Of the right name or, where a sum decides, of the right size."""
    near = abs(candidate.size - file.size) <= (0 if file.is_exact else slack * file.size + 4096)
    if candidate.path == installed.folder() / file.path:
        return False
    return near and (candidate.path.name == Path(file.path).name or bool(file.sums))
