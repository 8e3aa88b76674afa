"""The running Resolve: how a menu script gets hold of it, what this version of it can do, what is open in it."""

import importlib
from typing import Any, Dict, List, Optional, Tuple

from . import rates
from .problems import Problem

oldest = (18, 5)
places_since = (19, 0)
tracks_since = (18, 6)
untitled = "Untitled Project"


def acquire(known: Dict[str, Any]) -> Any:
    """Resolve's object from the names that a menu script is given; None where there is no Resolve to be had."""
    found = known.get("resolve")
    if found is None and known.get("bmd") is not None:
        found = known["bmd"].scriptapp("Resolve")
    if found is None and known.get("app") is not None:
        found = known["app"].GetResolve()
    if found is None:
        try:
            found = importlib.import_module("DaVinciResolveScript").scriptapp("Resolve")
        except ImportError:
            return None
    return found


def can(thing: Any, name: str) -> bool:
    """Whether an object of Resolve's has a method. `hasattr` is true for any name, so it cannot tell."""
    return thing is not None and name in dir(thing) and callable(getattr(thing, name, None))


def listed(answer: Any) -> List[Any]:
    """Resolve's lists come as lists, as dicts by number, or as nothing."""
    if isinstance(answer, dict):
        return [answer[key] for key in sorted(answer)]
    return list(answer or [])


class Seat:
    """resolve: its object. Everything is asked anew each time, since the editor goes on working."""

    def __init__(self, resolve: Any) -> None:
        self.resolve = resolve
        told = listed(resolve.GetVersion())
        self.version = tuple(int(part) for part in told[:3] if str(part).isdigit())
        self.version_text = ".".join(str(part) for part in self.version)

    def is_there(self) -> bool:
        """Whether Resolve still answers: a program that has ended gives nothing, or methods that are none."""
        try:
            return bool(self.resolve.GetProductName())
        except (AttributeError, OSError, TypeError):
            return False

    @property
    def edition(self) -> str:
        return "Studio" if "Studio" in str(self.resolve.GetProductName()) else "free"

    @property
    def can_place(self) -> bool:
        return self.version >= places_since

    @property
    def can_make_lanes(self) -> bool:
        return self.version >= tracks_since

    def project(self) -> Any:
        """Raises Problem `busy` where Resolve does not answer, `no_timeline` where no project is open."""
        projects = self.resolve.GetProjectManager()
        if projects is None:
            raise Problem("busy", "Resolve does not answer", again_s=2)
        project = projects.GetCurrentProject()
        if project is None:
            raise Problem("no_timeline", "no project is open")
        return project

    def timeline(self) -> "Tuple[Any, Cut]":
        """Project and open timeline. Raises Problem."""
        if self.version < oldest:
            raise Problem("refused", "Resolve %s is too old" % self.version_text, why="too_old")
        project = self.project()
        timeline = project.GetCurrentTimeline()
        if timeline is None:
            raise Problem("no_timeline", "no timeline is open")
        return project, Cut(timeline, project, self)

    def save(self, project: Any) -> Optional[bool]:
        """Whether it was saved; None for a project without a name yet, which only a person can give it."""
        if project.GetName() == untitled:
            return None
        return bool(self.resolve.GetProjectManager().SaveProject())


class Cut:
    """The open timeline with its time base."""

    def __init__(self, timeline: Any, project: Any, seat: Seat) -> None:
        """Raises Problem `refused` where it has no rate that can be read."""
        self.timeline = timeline
        self.seat = seat
        told = timeline.GetSetting("timelineFrameRate") or project.GetSetting("timelineFrameRate")
        parsed = rates.parse(told)
        if parsed is None:
            raise Problem("refused", "the timeline has no rate", why="its frame rate (%s) cannot be read" % told)
        self.rate, self.drop_frame = parsed
        self.start = rates.rounded(timeline.GetStartFrame() or 0)
        self.name = str(timeline.GetName() or "")
        self.id = self._id(project)

    def _id(self, project: Any) -> str:
        if self.seat.can_make_lanes:
            return str(self.timeline.GetUniqueId())
        return "%s/%s" % (project.GetName(), self.name)

    def count(self, kind: str) -> int:
        return int(self.timeline.GetTrackCount(kind) or 0)

    def items(self, kind: str, index: int) -> List[Any]:
        return listed(self.timeline.GetItemListInTrack(kind, index))

    def is_enabled(self, kind: str, index: int) -> bool:
        return not self.seat.can_make_lanes or bool(self.timeline.GetIsTrackEnabled(kind, index))

    def is_locked(self, kind: str, index: int) -> bool:
        return self.seat.can_make_lanes and bool(self.timeline.GetIsTrackLocked(kind, index))

    def check(self, asked: Dict[str, Any]) -> None:
        """Raises Problem `moved` where it is not what the panel saw. asked: params with timeline, rate and start."""
        rate = [self.rate.numerator, self.rate.denominator]
        for what, found in (("timeline", self.id), ("rate", rate), ("start", self.start)):
            if what in asked and asked[what] != found:
                raise Problem("moved", "the %s is another one" % what, what=what, asked=asked[what], found=found)


def span_of(item: Any) -> List[int]:
    """Record range of an item of a track: first frame and frames."""
    start = rates.rounded(item.GetStart())
    return [start, rates.rounded(item.GetEnd()) - start]


def path_of(item: Any) -> str:
    """The file of an item; empty for titles, generators and transitions."""
    media = item.GetMediaPoolItem()
    return str(media.GetClipProperty("File Path") or "") if media is not None else ""
