"""The double's timeline: tracks and what lies on them, and how clips come to lie there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bridges.resolve.thing import Marked

if TYPE_CHECKING:
    from tests.bridges.resolve.double import Media, Studio


@dataclass
class Track:
    name: str
    kind: str = "mono"
    enabled: bool = True
    locked: bool = False
    items: list[Item] = field(default_factory=list)


class Timeline(Marked):
    kind = "Timeline"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._name = "Reel 2"
        self._tracks: dict[str, list[Track]] = {"video": [], "audio": [], "subtitle": []}
        self._playhead = "00:00:00:00"
        self._in_out: dict[str, int] = {}
        self._selected: list[Item] = []
        self._under_playhead: Item | None = None

    def _items(self) -> Iterator[Item]:
        return (item for tracks in self._tracks.values() for track in tracks for item in track.items)

    def _lay(self, info: dict[str, Any]) -> Item | None:
        """One clip of AppendToTimeline. On an occupied or locked track, or on none, it is dropped."""
        media, tracks = info["mediaPoolItem"], self._tracks["audio"]
        index = 1 if self._lies("the_track_is_ignored") else info["trackIndex"]
        if not 1 <= index <= len(tracks):
            self._book.refuse(f"there is no audio track {index}")
        rate = Fraction(24000, 1001) if media._properties["FPS"] == "23.976" else Fraction(media._properties["FPS"])
        if rate == Fraction("29.97"):
            rate = Fraction(30000, 1001)
        length = int((info["endFrame"] - info["startFrame"]) * self._studio.exact / rate)
        start = info["recordFrame"] + ("items_land_a_frame_late" in self._studio.lies)
        length = min(length, int(media._properties["Frames"]) - info["startFrame"])
        length -= "items_are_a_frame_short" in self._studio.lies
        item = Item(self._studio, media, start, length, int(info["startFrame"] * self._studio.exact / rate))
        item._is_ours = True
        track = tracks[index - 1]
        occupied = any(item._start < each._end and each._start < item._end for each in track.items)
        if self._lies("it_says_placed_and_is_not"):
            return item
        if track.locked or occupied:
            return None
        if self._lies("a_ghost_without_an_id_is_left"):
            item._uid = ""
        track.items.append(item)
        track.items.sort(key=lambda each: each._start)
        if self._lies("another_timeline_is_opened_meanwhile") and self._studio.project:
            self._studio.project._timeline = Timeline(self._studio)
        return item

    def do_GetName(self) -> str:
        return self._name

    def do_GetStartFrame(self) -> int:
        return self._studio.start

    def do_GetEndFrame(self) -> int:
        return max((item._end for item in self._items()), default=self._studio.start)

    def do_GetSetting(self, name: str = "") -> Any:
        settings = {"timelineFrameRate": self._studio.rate}
        return settings.get(name, "") if name else settings

    def do_GetTrackCount(self, kind: str) -> int:
        return len(self._tracks[kind])

    def _track(self, kind: str, index: int) -> Track:
        if not 1 <= index <= len(self._tracks[kind]):
            self._book.refuse(f"there is no {kind} track {index}")
        return self._tracks[kind][index - 1]

    def do_GetTrackName(self, kind: str, index: int) -> str:
        return self._track(kind, index).name

    def do_SetTrackName(self, kind: str, index: int, name: str) -> bool:
        if not self._lies("names_of_tracks_stay"):
            self._track(kind, index).name = name
        return True

    def do_AddTrack(self, kind: str, options: Any = "mono") -> bool:
        if self._lies("tracks_say_yes_and_are_not_made"):
            return True
        sub = options if isinstance(options, str) else options.get("audioType", "mono")
        if self._lies("new_tracks_are_mono"):
            sub = "mono"
        self._tracks[kind].append(Track(f"Audio {len(self._tracks[kind]) + 1}", sub))
        return True

    def do_DeleteTrack(self, kind: str, index: int) -> bool:
        self._track(kind, index)
        if not self._lies("tracks_cannot_be_deleted"):
            del self._tracks[kind][index - 1]
        return True

    def do_GetTrackSubType(self, kind: str, index: int) -> str:
        return self._track(kind, index).kind if kind == "audio" else ""

    def do_SetTrackEnable(self, kind: str, index: int, enabled: bool) -> bool:
        if not self._lies("tracks_stay_on"):
            self._track(kind, index).enabled = enabled
        return True

    def do_GetIsTrackEnabled(self, kind: str, index: int) -> bool:
        return self._track(kind, index).enabled

    def do_GetIsTrackLocked(self, kind: str, index: int) -> bool:
        return self._track(kind, index).locked

    def do_GetItemListInTrack(self, kind: str, index: int) -> list[Item]:
        return list(self._track(kind, index).items)

    def do_DeleteClips(self, items: list[Item], ripple: bool = False) -> bool:
        """On the Edit page alone."""
        if ripple:
            self._book.refuse("deleting with ripple moves what the editor has")
        if self._studio.page != "edit":
            return False
        if self._lies("deleting_says_yes_and_does_not"):
            return True
        for tracks in self._tracks.values():
            for track in tracks:
                if not track.locked:
                    track.items = [item for item in track.items if item not in items]
        return True

    def do_GetSelectedClips(self) -> list[Item]:
        return list(self._selected)

    def do_GetCurrentTimecode(self) -> str:
        return self._playhead

    def do_SetCurrentTimecode(self, timecode: str) -> bool:
        if not self._lies("the_playhead_stays"):
            self._playhead = timecode
        return True

    def do_GetCurrentVideoItem(self) -> Item | None:
        return self._under_playhead

    def do_GetMarkInOut(self) -> dict[str, dict[str, int]]:
        return {"video": dict(self._in_out), "audio": dict(self._in_out)} if self._in_out else {}

    def do_Export(self, path: str, kind: Any, sub: Any = None) -> bool:
        from tests.bridges.resolve import exporting  # OpenTimelineIO takes long to load, and few need it

        if kind.name != "EXPORT_OTIO":
            return False
        if self._lies("exports_say_yes_and_write_nothing"):
            return True
        text = "{" if self._lies("exports_are_cut_off") else exporting.otio_of(self, self._studio)
        Path(path).write_text(text, encoding="utf8")
        return True


class Item(Marked):
    kind = "TimelineItem"

    def __init__(self, studio: Studio, media: Media | None, start: int, frames: int, left: int = 0) -> None:
        super().__init__(studio)
        self._media = media
        self._start, self._end, self._left = start, start + frames, left
        self._item_name = Path(media._path).name if media else ""
        self._enabled = True
        self._is_ours = False
        self._color = ""
        self._flags: list[str] = []
        self._is_transition = False
        self._speed = Fraction(1)

    def do_GetName(self) -> str:
        return self._item_name

    def do_SetName(self, name: str) -> bool:
        if not self._lies("names_of_items_stay"):
            self._item_name = name
        return True

    def do_GetStart(self, subframe: bool = False) -> float:
        return float(self._start) if subframe else self._start

    def do_GetEnd(self, subframe: bool = False) -> float:
        return float(self._end) if subframe else self._end

    def do_GetDuration(self, subframe: bool = False) -> float:
        return self._end - self._start

    def do_GetLeftOffset(self, subframe: bool = False) -> float:
        return self._left

    def do_GetRightOffset(self, subframe: bool = False) -> float:
        if self._media is None:
            return 0
        """Retimed clips count in the frames that their media would have at that speed."""
        whole = int(int(self._media._properties["Frames"]) / self._speed)
        return whole - self._left - (self._end - self._start)

    def do_GetMediaPoolItem(self) -> Media | None:
        return self._media

    def do_GetClipEnabled(self) -> bool:
        return self._enabled

    def do_GetProperty(self, name: str = "") -> dict[str, Any]:
        return {} if self._is_transition else {"Pan": 0.0}

    def do_GetClipColor(self) -> str:
        return self._color

    def do_GetFlagList(self) -> list[str]:
        return list(self._flags)
