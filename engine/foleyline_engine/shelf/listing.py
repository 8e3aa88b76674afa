"""Which files a published folder has: asked of the hub once, kept beside them, and held to from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..models import records
from ..models.installed import expanded, listing_file
from ..models.published import Folder, Weights, inside
from .disk import on_disk
from .sources import Sources
from .transfer import Tell, Wrong

most_files = 1000


async def ask(sources: Sources, part: Folder, tell: Tell) -> tuple[Weights, ...]:
    """Its files; the hub is asked where it was not yet. Raises E-GATE, E-NET, Gone or Wrong."""
    if known := expanded(part):
        return known
    account = await sources.listing(part.repository, part.revision, tell)
    write(part, str(account.get("sha") or part.revision), chosen(part, _files(part, account)))
    made = expanded(part)
    assert made is not None
    return made


def write(part: Folder, commit: str, files: Sequence[Mapping[str, Any]]) -> None:
    place = listing_file(part)
    with on_disk(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        records.write_json(place, {"commit": commit, "files": list(files)})


def chosen(part: Folder, files: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first alternative of weights that is there whole, and the other files. Raises Wrong where none is."""
    names = [file["path"] for file in files]
    kept = next((each for each in part.weights if all(_fits(names, pattern) for pattern in each)), None)
    if kept is None:
        raise Wrong(f"{part.repository} holds none of {', '.join(' '.join(each) for each in part.weights)}")
    wanted = {name for pattern in (*kept, *part.others) for name in _fits(names, pattern)}
    return [file for file in files if file["path"] in wanted]


def _fits(names: Sequence[str], pattern: str) -> list[str]:
    """A star does not reach into folders."""
    return [name for name in names if name.count("/") == pattern.count("/") and fnmatchcase(name, pattern)]


def _files(part: Folder, account: Mapping[str, Any]) -> list[dict[str, Any]]:
    start = f"{part.below}/" if part.below else ""
    try:
        siblings = [each for each in account["siblings"] if each["rfilename"].startswith(start)][:most_files]
        return [_file(each, start) for each in siblings]
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Wrong(f"the hub's list of {part.repository} cannot be read ({problem})") from problem


def _file(sibling: Mapping[str, Any], start: str) -> dict[str, Any]:
    large = sibling.get("lfs") or {}
    sums = {"sha256": large["sha256"]} if "sha256" in large else {}
    if not sums and sibling.get("blobId"):
        sums = {"git": sibling["blobId"]}
    return {"path": inside(sibling["rfilename"].removeprefix(start)), "size": int(sibling["size"]), "sums": sums}
