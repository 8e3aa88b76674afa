"""Files into a bin of the media pool. What the editor has open there stays open."""

import os
from typing import Any, Callable, Dict, List

from .problems import Problem
from .seat import listed

at_once = 25


def imported(project: Any, names: List[str], paths: List[str], step: Callable[[int], None]) -> Dict[str, Any]:
    """Media pool items by path, of the files that could be imported or were there already.

    Raises Problem `refused` where the bin cannot be had; nothing is imported into any other.
    """
    pool = project.GetMediaPool()
    before = pool.GetCurrentFolder()
    try:
        folder = _folder(pool, names)  # which may open the new bin
        known = _by_path(folder)
        missing = sorted({path for path in paths if plain(path) not in known})
        for first in range(0, len(missing), at_once):
            _import(pool, folder, missing[first : first + at_once])
            step(min(len(missing), first + at_once))
    finally:
        if before is not None:
            pool.SetCurrentFolder(before)
    known = _by_path(folder)
    return {path: known[plain(path)] for path in paths if plain(path) in known}


def _import(pool: Any, folder: Any, paths: List[str]) -> None:
    """Into this folder or not at all: importing always goes to the one that is open."""
    _open(pool, folder)
    pool.ImportMedia(paths)
    if len(paths) > 1:
        known = _by_path(folder)
        for path in paths:  # one that Resolve does not take may keep the others out
            if plain(path) not in known:
                pool.ImportMedia([path])


def _open(pool: Any, folder: Any) -> None:
    pool.SetCurrentFolder(folder)
    now = pool.GetCurrentFolder()
    if now is None or now.GetName() != folder.GetName():
        raise Problem("refused", "the bin could not be opened", why="no_bin")


def _folder(pool: Any, names: List[str]) -> Any:
    folder = pool.GetRootFolder()
    for name in names:
        inside = [each for each in listed(folder.GetSubFolderList()) if each.GetName() == name]
        folder = inside[0] if inside else pool.AddSubFolder(folder, name)
        if folder is None:
            raise Problem("refused", "the bin %s could not be made" % "/".join(names), why="no_bin")
    return folder


def _by_path(folder: Any) -> Dict[str, Any]:
    return {plain(str(each.GetClipProperty("File Path") or "")): each for each in listed(folder.GetClipList())}


def plain(path: str) -> str:
    return os.path.normcase(os.path.normpath(path)) if path else ""
