"""What the panel asks of whatever holds the timeline, an editing program behind its bridge or a file, and the answers.

Plain values without Qt and without OpenTimelineIO. `plugin/bridges/PROTOCOL.md` says what each of them means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from foleyline.errors import FoleyError

Span = tuple[int, int]
"""First record frame, absolute, and number of frames."""


@dataclass(frozen=True)
class Identity:
    """can: words such as `place`, `go_to`. why_not: such a word to the reason that it is missing here."""

    program: str
    version: str
    edition: str = ""
    bridge: str = ""
    can: frozenset[str] = frozenset()
    why_not: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return " ".join(part for part in (self.program, self.version, self.edition) if part)


@dataclass(frozen=True)
class Pointed:
    """A clip that the editor pointed at. kind: video or audio; track: 1-based from the bottom."""

    kind: str
    track: int
    record: Span
    name: str = ""


@dataclass(frozen=True)
class Selection:
    """how: selected, color, flag, in_out or playhead. value: the color's or flag's name. span: of in_out alone."""

    how: str
    value: str = ""
    clips: Sequence[Pointed] = ()
    span: Span | None = None


@dataclass(frozen=True)
class Track:
    kind: str
    index: int
    name: str
    enabled: bool = True
    locked: bool = False


@dataclass(frozen=True)
class Found:
    """One of our sounds as it lies on the timeline, said by the program itself."""

    id: str
    batch: str
    lane: str
    index: int
    record: Span
    first: int
    path: str
    name: str


@dataclass(frozen=True)
class HostTimeline:
    """text: OTIO JSON, or FCP 7 XML where read_by is `xml`; None where the revision that was known still holds."""

    id: str
    revision: str
    name: str
    rate: Fraction
    start: int
    drop_frame: bool
    text: str | None
    project: str = ""
    file: str = ""
    read_by: str = "otio"
    selections: Sequence[Selection] = ()
    playhead: int | None = None
    tracks: Sequence[Track] = ()
    ours: Sequence[Found] = ()


@dataclass(frozen=True)
class Lane:
    name: str
    enabled: bool = True


@dataclass(frozen=True)
class Sound:
    """lane: index into the lanes. first: the file's frame that is heard at record start. frames: the whole file's.

    shift: samples at 48 kHz by which it is heard later. notes: texts that are kept with it.
    """

    id: str
    lane: int
    name: str
    path: str
    record: Span
    first: int
    frames: int
    shift: int = 0
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Marker:
    """color: yellow, red, orange or blue."""

    id: str
    record: Span
    color: str
    name: str
    note: str = ""


@dataclass(frozen=True)
class Placing:
    """What is to lie where. timeline, rate, start: as the panel saw them; the host refuses where they differ now."""

    timeline: str
    rate: Fraction
    start: int
    batch: str
    bin: Sequence[str]
    lanes: Sequence[Lane]
    sounds: Sequence[Sound]
    markers: Sequence[Marker] = ()

    def check(self) -> None:
        """Raises FoleyError E-LANE for sounds that cannot lie as asked: on no lane, too long, over one another."""
        ends: dict[int, int] = {}
        for sound in sorted(self.sounds, key=lambda sound: sound.record):
            start, frames = sound.record
            is_there = 0 <= sound.lane < len(self.lanes)
            lane = self.lanes[sound.lane].name if is_there else str(sound.lane)
            if not is_there or frames <= 0 or sound.first < 0 or sound.first + frames > sound.frames:
                raise FoleyError("E-LANE", lane=lane, reason=f"“{sound.name}” cannot lie there")
            if start < ends.get(sound.lane, start):
                raise FoleyError("E-LANE", lane=lane, reason=f"“{sound.name}” would lie over another sound")
            ends[sound.lane] = start + frames


@dataclass(frozen=True)
class PlacedLane:
    """asked: index into the lanes that were asked for. index: 1-based, of the track as it came out."""

    asked: int
    name: str
    index: int
    enabled: bool


@dataclass(frozen=True)
class Left:
    """A sound of which nothing lies on the timeline, or (`stays`) which lies wrong. bin: where its file is imported."""

    id: str
    reason: str
    bin: Sequence[str] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """about: a sound's id or a lane's name. asked, found: as the protocol writes them."""

    about: str
    what: str
    asked: Any
    found: Any


@dataclass(frozen=True)
class Placed:
    """What was read back. saved: None where the program leaves saving to the editor."""

    timeline: str
    revision: str
    lanes: Sequence[PlacedLane]
    found: Sequence[Found]
    left: Sequence[Left] = ()
    differences: Sequence[Difference] = ()
    saved: bool | None = None


@dataclass(frozen=True)
class Removed:
    """lanes: names of lanes of ours that were deleted because nothing lay on them any more."""

    timeline: str
    revision: str
    ids: Sequence[str]
    lanes: Sequence[str] = ()
    left: Sequence[Left] = ()


class Host(Protocol):
    """Every method raises FoleyError: E-HOST (gone, or not as the protocol says), E-NOTIMELINE, E-STALE, E-BUSY,
    E-REFUSED, and E-LANE for sounds that cannot lie as asked. A host is used from one event loop."""

    async def identify(self) -> Identity: ...

    async def timeline(self, known: str = "", color: str = "", flag: str = "") -> HostTimeline:
        """The open timeline. known: a revision, for which the text is not told again. color, flag: what means
        that a clip is wanted where the program has no selection to tell."""
        ...

    async def place(self, placing: Placing) -> Placed:
        """Answers with what was read back; whatever is in `found` lies exactly where it was asked to."""
        ...

    async def go_to(self, timeline: str, frame: int) -> int:
        """Moves the playhead; the frame it then stands on."""
        ...

    async def remove(self, timeline: str, ids: Sequence[str] | None = None) -> Removed:
        """Takes these sounds of ours off, or all."""
        ...

    async def close(self) -> None: ...
