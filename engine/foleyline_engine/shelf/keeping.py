"""Whether the files that are here are still what was published, and taking them away again."""

from __future__ import annotations

from dataclasses import replace

from foleyline.errors import FoleyError

from ..models import installed, records
from ..models.published import Folder, Weights, catalogue
from . import sums
from .bill import Bill, Item, has_any, known
from .disk import on_disk
from .fetching import End, Meter, learned, taken_in_thread


async def verify(asked: Bill, meter: Meter, end: End) -> list[Weights]:
    """Sums of all that is here are compared with those published or first learnt; the damaged files."""
    damaged = []
    for item in asked.items:
        if item.state in ("absent", "partial"):
            continue
        text = await _verified(item, meter)
        if text:
            damaged.append(item.file)
        end(item.file, text or _told(item.file))
    return damaged


async def _verified(item: Item, meter: Meter) -> str:
    """What is wrong with it, one clause; empty where nothing is. Its record is as it was found."""
    path, file = installed.folder() / item.file.path, item.file
    facts, record = path.stat(), records.read(path)
    expected = {**file.sums, **learned(file)}
    taken = await taken_in_thread(path, {"sha256", *expected}, meter, file.path)
    difference = sums.differing(expected, taken)
    if not difference and file.is_exact and facts.st_size != file.size:
        difference = f"it has {facts.st_size:,} bytes and not {file.size:,}"
    kept = record or records.Record(
        facts.st_size, facts.st_mtime_ns, taken["sha256"], is_learned=not file.sums, source="placed by hand"
    )
    sum_ = kept.sha256 if difference else taken["sha256"]
    size = kept.size if difference and record else facts.st_size
    found = replace(kept, size=size, mtime_ns=facts.st_mtime_ns, sha256=sum_, is_damaged=bool(difference))
    with on_disk(path.parent):
        records.write(path, found)
    return difference


def _told(file: Weights) -> str:
    if file.sums:
        return f"whole: its {' and '.join(file.sums)} is the one that was published"
    return "as it was when it first came; no sum of it was ever published"


def remove(asked: Bill, end: End) -> None:
    """Files that no other model needs of which something is here; what was made from them goes too."""
    names = {model.name for model in asked.models}
    others = [model for model in catalogue().models.values() if model.name not in names and has_any(model)]
    kept = {file.path for model in others for file in known(model.parts)}
    for item in asked.items:
        if item.file.path in kept:
            if item.state != "absent":
                end(item.file, "kept: another model that is here needs it")
        elif _remove(item.file):
            end(item.file, "removed")
    for model in asked.models:
        for part in model.parts:
            if isinstance(part, Folder):
                installed.listing_file(part).unlink(missing_ok=True)
            _remove_empty(part.path)


def _remove(file: Weights) -> bool:
    """Whether anything of it was there."""
    path = installed.folder() / file.path
    part = records.part(path)
    found = [path, part, records.part_notes(part), records.place(path), *records.twins(path)]
    there = [each for each in found if each.is_file()]
    try:
        for each in there:
            each.unlink()
    except OSError as problem:
        raise FoleyError("E-OUT", folder=path.parent, reason=problem.strerror) from problem
    return bool(there)


def _remove_empty(path: str) -> None:
    folder = (installed.folder() / path).parent if "." in path.rpartition("/")[2] else installed.folder() / path
    while folder != installed.folder() and folder.is_dir():
        left = [each for each in folder.iterdir() if each.name != records.converting_lock]
        if left:
            return
        (folder / records.converting_lock).unlink(missing_ok=True)
        folder.rmdir()
        folder = folder.parent
