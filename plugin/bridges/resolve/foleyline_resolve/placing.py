"""Sounds onto new lanes. Resolve says yes to much that it does not do, so everything is read back before it is told."""

import os
import time
from fractions import Fraction
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from . import bins, ours, rates, rulers
from .lanes import Lane, make_lanes
from .problems import Problem
from .removing import delete_items, delete_lanes
from .seat import Cut, path_of, span_of

Sound = Dict[str, Any]
told_every_s = 0.25


class Placing:
    """One `place`. step: called between any two slices of work, with done and of; raises Gone when nobody waits."""

    def __init__(self, cut: Cut, project: Any, params: Dict[str, Any], step: Callable[[int, int], None]) -> None:
        self.cut = cut
        self.project = project
        self.params = params
        self.sounds: List[Sound] = params["sounds"]
        self.batch = params["batch"]
        self.left: Dict[str, Dict[str, Any]] = {}
        self.differences: List[Dict[str, Any]] = []
        self.media: Dict[str, Any] = {}
        self.lanes: Dict[int, Lane] = {}
        self.found: Dict[str, ours.Laid] = {}
        self._there: Set[str] = set()
        self._step = step
        self._told_s = 0.0

    def run(self) -> Dict[str, Any]:
        """The result of `place`, less `revision`. Raises Problem, Gone; either way nothing half done stays."""
        try:
            self._prepare()
            if self.cut.seat.can_place:
                self._lay()
            else:
                self._leave_to_the_hand()
        except Exception:
            delete_lanes(self.cut, [lane.index for lane in self.lanes.values()])
            raise
        saved = self.cut.seat.save(self.project) if self.found else None
        if saved:  # what Resolve only seemed to have placed is gone after saving
            self._read_back()
        return {
            "timeline": self.cut.id,
            "lanes": [lane.told() for _, lane in sorted(self.lanes.items())],
            "found": [each.told for each in self.found.values()],
            "left": list(self.left.values()),
            "differences": self.differences,
            "saved": saved,
        }

    def _wanted(self) -> List[Sound]:
        return [sound for sound in self.sounds if sound["id"] not in self.left]

    def _leave(self, sound: Sound, reason: str, **facts: Any) -> None:
        folder = self.params["bin"] if sound["path"] in self.media else None
        self.left[sound["id"]] = {"id": sound["id"], "reason": reason, "bin": folder, "facts": facts}

    def _differ(self, about: Dict[str, str], what: str, asked: Any, found: Any) -> None:
        self.differences.append(dict(about, what=what, asked=asked, found=found))

    def _go_on(self, done: int) -> None:
        """Tells how far it is, now and then, and ends it when the panel has gone."""
        now_s = time.time()
        if not 0 <= now_s - self._told_s < told_every_s:
            self._told_s = now_s
            self._step(done, 2 * len(self.sounds))

    def _prepare(self) -> None:
        """Files are there, begin on the timeline, and come into the bin."""
        for sound in self.sounds:
            if not os.path.isfile(sound["path"]):
                self._leave(sound, "no_file")
            elif sound["record"][0] < self.cut.start:
                self._leave(sound, "before_start")
        paths = [sound["path"] for sound in self._wanted()]
        if paths:
            self.media = bins.imported(self.project, self.params["bin"], paths, self._go_on)
        for sound in self._wanted():
            if sound["path"] not in self.media:
                self._leave(sound, "not_imported")

    def _leave_to_the_hand(self) -> None:
        """Before 19.0 nothing can be put at a record frame; lanes to drag to are made where that can be done."""
        if self.cut.seat.can_make_lanes:
            self._make_lanes()
            for lane in self.lanes.values():
                lane.switch(self.cut, self._differ)
        for sound in self._wanted():
            self._leave(sound, "by_hand")

    def _make_lanes(self) -> None:
        used = sorted({sound["lane"] for sound in self._wanted()})
        make_lanes(self.cut, self.params["lanes"], used, self.lanes, self._differ)

    def _lay(self) -> None:
        self._there = {item.GetUniqueId() for item in self._on_our_files()}
        self._make_lanes()
        for number, sound in enumerate(self._wanted()):
            self._lay_one(sound)
            self._go_on(len(self.sounds) + number)
        self._read_back()
        self._name()
        self._tell_shifts()
        for lane in self.lanes.values():
            lane.switch(self.cut, self._differ)
        markers = self.params.get("markers") or []
        rulers.write(self.cut, [each for each in markers if each["id"] in self.found], self._differ)

    def _lay_one(self, sound: Sound) -> None:
        lane = self.lanes.get(sound["lane"])
        if lane is None:
            self._leave(sound, "no_lane")
            return
        media = self.media[sound["path"]]
        used = self._in_media(media, sound["first"]), self._in_media(media, sum_of(sound))
        if None in used:
            self._leave(sound, "off_grid", rate=str(media.GetClipProperty("FPS")))
            return
        clip = {
            "mediaPoolItem": media,
            "startFrame": used[0],
            "endFrame": used[1],  # the first frame that is not played
            "mediaType": 2,
            "trackIndex": lane.index,
            "recordFrame": sound["record"][0],
        }
        self._check_is_open()  # appending goes to whatever timeline is open at this moment
        self.project.GetMediaPool().AppendToTimeline([clip])

    def _check_is_open(self) -> None:
        now = self.project.GetCurrentTimeline()
        if now is None or now.GetUniqueId() != self.cut.id:
            found = None if now is None else str(now.GetUniqueId())
            raise Problem("moved", "another timeline was opened", what="timeline", asked=self.cut.id, found=found)

    def _in_media(self, media: Any, frame: int) -> Optional[int]:
        """A frame of the timeline's rate in the file's own, which is the project's rate when it was imported."""
        parsed = rates.parse(media.GetClipProperty("FPS"))
        exact = Fraction(frame) * (parsed[0] if parsed else self.cut.rate) / self.cut.rate
        return int(exact) if exact.denominator == 1 else None

    # reading back

    def _read_back(self) -> None:
        """What lies where it was asked to is found, all else of ours is taken off and left."""
        before, self.found = self.found, {}
        wrong: List[Any] = []
        waiting = {key_of(sound): sound for sound in self._wanted()}
        for number, lane in self.lanes.items():
            for item in self.cut.items("audio", lane.index):
                key = number, span_of(item)[0], bins.plain(path_of(item))
                if key in waiting and self._is_as_asked(waiting[key], item):
                    sound = waiting.pop(key)
                    self.found[sound["id"]] = before.get(sound["id"]) or self._mark(sound, item, lane)
                else:
                    wrong.append(item)
        wrong += self._strays()
        places = [(bins.plain(path_of(item)), span_of(item)) for item in wrong]
        self._drop_lanes_without_any()
        stays = delete_items(self.cut, wrong)
        for sound in waiting.values():
            self._leave_wrong(sound, places, [(bins.plain(path_of(item)), span_of(item)) for item in stays])

    def _is_as_asked(self, sound: Sound, item: Any) -> bool:
        """An item without an id of Resolve's own is none."""
        is_same = span_of(item) == sound["record"] and rates.rounded(item.GetLeftOffset() or 0) == sound["first"]
        return is_same and bool(item.GetUniqueId())

    def _mark(self, sound: Sound, item: Any, lane: Lane) -> ours.Laid:
        if not ours.mark(item, sound, self.batch):
            self._differ({"id": sound["id"]}, "notes", self.batch, None)
        known = (sound["id"], self.batch)
        return ours.Laid(item, lane.index, ours.tell(item, known, lane.name, lane.index))

    def _on_our_files(self) -> List[Any]:
        """Items of any track that play a file of this placing, whoever put them there."""
        paths = {bins.plain(sound["path"]) for sound in self.sounds}
        return [
            item
            for kind in ("audio", "video")
            for index in range(1, self.cut.count(kind) + 1)
            for item in self.cut.items(kind, index)
            if bins.plain(path_of(item)) in paths
        ]

    def _strays(self) -> List[Any]:
        """Items that came to lie on other tracks than they were asked to."""
        known = {each.item.GetUniqueId() for each in self.found.values()} | self._there
        new = {lane.index for lane in self.lanes.values()}
        on_lanes = {item.GetUniqueId() for index in new for item in self.cut.items("audio", index)}
        return [item for item in self._on_our_files() if item.GetUniqueId() not in known | on_lanes]

    def _leave_wrong(self, sound: Sound, places: List[Any], stays: List[Any]) -> None:
        path = bins.plain(sound["path"])
        where = [span for each, span in places if each == path]
        staying = [span for each, span in stays if each == path]
        if staying:
            self._leave(sound, "stays", record=staying[0])
        else:
            self._leave(sound, "not_as_asked" if where else "dropped")
        if where:
            self._differ({"id": sound["id"]}, "record", sound["record"], where[0])

    def _drop_lanes_without_any(self) -> None:
        used = {each.track for each in self.found.values()}
        for number, lane in sorted(self.lanes.items(), reverse=True):
            if lane.index not in used and delete_lanes(self.cut, [lane.index]):
                del self.lanes[number]
                self._move_up(lane.index)

    def _move_up(self, gone: int) -> None:
        for lane in self.lanes.values():
            lane.index -= lane.index > gone
        for key, each in self.found.items():
            if each.track > gone:
                self.found[key] = each._replace(track=each.track - 1, told=dict(each.told, index=each.track - 1))

    def _name(self) -> None:
        """Names of items can be set since 21; before that they are the files' names, and that is told."""
        asked = {sound["id"]: sound["name"] for sound in self.sounds}
        for key, each in self.found.items():
            if self.cut.seat.version >= (21,):
                each.item.SetName(asked[key])
            name = each.told["name"] = str(each.item.GetName() or "")
            if name != asked[key]:
                self._differ({"id": key}, "name", asked[key], name)

    def _tell_shifts(self) -> None:
        """Nothing less than a frame can be asked of Resolve."""
        for sound in self.sounds:
            if sound["id"] in self.found and sound.get("shift"):
                self._differ({"id": sound["id"]}, "shift", sound["shift"], 0)


def sum_of(sound: Sound) -> int:
    """The file's frame behind the last that is heard."""
    return sound["first"] + sound["record"][1]


def key_of(sound: Sound) -> Tuple[int, int, str]:
    return sound["lane"], sound["record"][0], bins.plain(sound["path"])
