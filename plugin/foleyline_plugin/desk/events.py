"""What the desk tells the window. Plain values, made in the desk's thread and never changed after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from ..job import Job
from .reading import OpenTimeline


class EngineState(StrEnum):
    not_installed = "not_installed"
    ready_to_start = "ready_to_start"
    starting = "starting"
    ready = "ready"
    busy = "busy"
    stopped = "stopped"
    lost = "lost"
    failed = "failed"


class HostState(StrEnum):
    none = "none"
    looking = "looking"
    file = "file"
    linked = "linked"
    stale = "stale"
    lost = "lost"


@dataclass(frozen=True)
class EngineChanged:
    """since_s: when it came to be so, seconds since 1970. hello: what the engine last said of itself."""

    state: EngineState
    since_s: float
    hello: pb.HelloReply | None = None
    problem: FoleyError | None = None


@dataclass(frozen=True)
class HostChanged:
    """What is open. timelines: all that the file holds; chosen: the one that is shown.

    program: the editing program's name and version, empty for a file. selected: clips that are selected there.
    """

    state: HostState
    since_s: float
    path: Path | None = None
    out_dir: Path | None = None
    timelines: Sequence[OpenTimeline] = ()
    chosen: int = 0
    problem: FoleyError | None = None
    program: str = ""
    selected: Sequence[int] = ()

    @property
    def timeline(self) -> OpenTimeline | None:
        return self.timelines[self.chosen] if self.timelines else None


@dataclass(frozen=True)
class JobsChanged:
    """jobs: those that are new or other than before, of the folder out_dir."""

    out_dir: Path
    jobs: Sequence[Job]


@dataclass(frozen=True)
class Progressed:
    """fraction: of the step, 0 to 1."""

    job_id: str
    step: pb.Step
    fraction: float


@dataclass(frozen=True)
class QueueChanged:
    """left_s: seconds until nothing waits or runs, None where nobody can tell yet."""

    is_paused: bool
    left_s: float | None
    can_undo: bool


@dataclass(frozen=True)
class Pictured:
    """rgb: rows from the top, three bytes a pixel; empty where the clip has no picture."""

    key: str
    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True)
class Move:
    """A take whose clip is not where it was. by: frames it moved, None where it is not in the timeline any more."""

    job: Job
    by: int | None


@dataclass(frozen=True)
class MovedAsked:
    """Nothing was placed yet: where these takes go has to be said first."""

    ids: Sequence[str]
    version: str
    moves: Sequence[Move]


@dataclass(frozen=True)
class Placed:
    """path: the timeline that was written, None where nothing is placed any more. what: place, remove or undo."""

    what: str
    count: int
    path: Path | None


@dataclass(frozen=True)
class Exported:
    """The cue sheet is there."""

    path: Path


@dataclass(frozen=True)
class Trouble:
    """A command could not be done. about: the words that say which."""

    problem: FoleyError
    about: str = ""


@dataclass(frozen=True)
class ModelsListed:
    """What can be downloaded; None where the engine cannot say."""

    reply: pb.ListModelsReply | None


@dataclass(frozen=True)
class Fetched:
    """One event of a download, or its end (None)."""

    event: pb.FetchEvent | None


@dataclass(frozen=True)
class Wished:
    """A button in the editing program was pressed. what: panel, generate or whole_timeline."""

    what: str


Event = (
    EngineChanged
    | HostChanged
    | JobsChanged
    | Progressed
    | QueueChanged
    | Pictured
    | MovedAsked
    | Placed
    | Exported
    | Trouble
    | ModelsListed
    | Fetched
    | Wished
)
