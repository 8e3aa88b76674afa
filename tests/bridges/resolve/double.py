"""A double of DaVinci Resolve: what its scripting API does, and the ways in which the real one is known not to do it.

A lie is a word in `Studio.lies`; the comments at their places say what each of them plays.
"""

from __future__ import annotations

import time
import wave
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.bridges.resolve.strict import Book
from tests.bridges.resolve.thing import Marked, Thing
from tests.bridges.resolve.timeline import Item, Timeline


@dataclass
class Studio:
    """One running Resolve. rate: as its settings tell it, a text. slow_s: what placing a clip takes."""

    version: tuple[int, ...] = (21, 0, 4)
    edition: str = "Studio"
    rate: str = "24"
    exact: Fraction = Fraction(24)
    start: int = 86400
    lies: set[str] = field(default_factory=set)
    page: str = "edit"
    slow_s: float = 0.0

    def __post_init__(self) -> None:
        self.book = Book(self.version)
        self.project: Project | None = Project(self)
        self.resolve = Resolve(self)
        self.is_running = True


class Resolve(Thing):
    kind = "Resolve"

    def do_GetProductName(self) -> str | None:
        if not self._studio.is_running:
            return None
        return "DaVinci Resolve Studio" if self._studio.edition == "Studio" else "DaVinci Resolve"

    def do_GetVersion(self) -> list[Any]:
        padded = [*self._studio.version, 0, 0][:3]
        return [*padded, 12, ""]

    def do_GetCurrentPage(self) -> str:
        return self._studio.page

    def do_GetProjectManager(self) -> Manager | None:
        return None if self._lies("a_dialog_is_open") else Manager(self._studio)


class Manager(Thing):
    kind = "ProjectManager"

    def do_GetCurrentProject(self) -> Project | None:
        return self._studio.project

    def do_SaveProject(self) -> bool:
        project = self._studio.project
        assert project is not None
        if project._name == "Untitled Project":
            self._book.refuse("saving a project without a name blocks for ever where there is no window")
        if self._lies("placed_items_vanish_on_save"):
            for track in project._timeline._tracks["audio"]:
                track.items = [item for item in track.items if not item._is_ours]
        return not self._lies("saving_fails")


class Project(Thing):
    kind = "Project"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._name = "Reel project"
        self._pool = Pool(studio)
        self._timeline = Timeline(studio)
        self._is_timeline_open = True

    def do_GetName(self) -> str:
        return self._name

    def do_GetMediaPool(self) -> Pool:
        return self._pool

    def do_GetCurrentTimeline(self) -> Timeline | None:
        return self._timeline if self._is_timeline_open else None

    def do_GetSetting(self, name: str = "") -> Any:
        settings = {"timelineFrameRate": self._studio.rate}
        return settings.get(name, "") if name else settings


class Pool(Thing):
    kind = "MediaPool"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._root = Folder(studio, "Master")
        self._current = Folder(studio, "Rushes")
        self._root._folders.append(self._current)

    def do_GetRootFolder(self) -> Folder:
        return self._root

    def do_GetCurrentFolder(self) -> Folder:
        return self._current

    def do_SetCurrentFolder(self, folder: Folder) -> bool:
        if not self._lies("bins_say_yes_and_stay_closed"):
            self._current = folder
        return True

    def do_AddSubFolder(self, folder: Folder, name: str) -> Folder | None:
        if any(each._name == name for each in folder._folders) or (self._lies("no_new_bins") and name != "Foley"):
            return None
        made = Folder(self._studio, name)
        folder._folders.append(made)
        if not self._lies("bins_say_yes_and_stay_closed"):
            self._current = made
        return made

    def do_ImportMedia(self, paths: list[str]) -> list[Media]:
        if self._lies("nothing_is_imported"):
            return []
        if self._lies("one_bad_file_keeps_all_out") and any("bad" in Path(path).name for path in paths):
            return []
        made = [Media.of_wav(self._studio, Path(path)) for path in paths if Path(path).is_file()]
        self._current._clips += made
        return made[::-1]

    def do_AppendToTimeline(self, clips: Any, *more: Any) -> list[Item]:
        time.sleep(self._studio.slow_s)
        infos = clips if isinstance(clips, list) else [clips, *more]
        if not all(isinstance(info, dict) and "recordFrame" in info for info in infos):
            self._book.refuse("without a record frame clips go to the timeline's end")
        timeline = self._studio.project._timeline if self._studio.project else None
        assert timeline is not None
        laid = [timeline._lay(info) for info in infos]
        return [item for item in laid if item is not None]


class Folder(Thing):
    kind = "Folder"

    def __init__(self, studio: Studio, name: str) -> None:
        super().__init__(studio)
        self._name = name
        self._folders: list[Folder] = []
        self._clips: list[Media] = []

    def do_GetName(self) -> str:
        return self._name

    def do_GetSubFolderList(self) -> list[Folder]:
        return list(self._folders)

    def do_GetClipList(self) -> list[Media]:
        return list(self._clips)


class Media(Marked):
    kind = "MediaPoolItem"

    def __init__(self, studio: Studio, path: str, frames: int, rate: str, start: str = "00:00:00:00") -> None:
        super().__init__(studio)
        self._path = path
        self._metadata: dict[str, str] = {}
        self._properties = {
            "File Path": path,
            "FPS": rate,
            "Frames": str(frames),
            "Start TC": start,
            "Type": "Audio" if path.endswith(".wav") else "Video + Audio",
        }

    @classmethod
    def of_wav(cls, studio: Studio, path: Path) -> Media:
        """A sound file takes the project's rate when it is imported, and keeps it."""
        with wave.open(str(path)) as file:
            seconds = Fraction(file.getnframes(), file.getframerate())
        rate, exact = ("25", Fraction(25)) if "sounds_count_at_25" in studio.lies else (studio.rate, studio.exact)
        return cls(studio, str(path), round(seconds * exact), rate)

    def do_GetName(self) -> str:
        return Path(self._path).name

    def do_SetMetadata(self, name: Any, value: str = "") -> bool:
        if not self._lies("comments_say_yes_and_stay"):
            self._metadata.update(name if isinstance(name, dict) else {name: value})
        return True

    def do_GetMetadata(self, name: str = "") -> Any:
        return self._metadata.get(name, "") if name else dict(self._metadata)

    def do_GetClipProperty(self, name: str = "") -> Any:
        return self._properties.get(name, "") if name else dict(self._properties)
