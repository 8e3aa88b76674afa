"""Timelines read and written in a process of their own: a large or hostile one holds nobody up and ends nothing else.

What goes back and forth are messages and plain values, so that the panel itself never loads OpenTimelineIO.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

if TYPE_CHECKING:
    from ..inputs import Reel
    from ..placing import Placement

most_handles = 600


@dataclass(frozen=True)
class Spot:
    """A clip of the timeline. Its handles are the most that its media allow. With a problem it cannot run."""

    clip: pb.Clip
    problem: FoleyError | None


@dataclass(frozen=True)
class OpenTimeline:
    """key: what the journal calls it by. stem: what its output is called after. unknown: media whose length only
    their files tell. notes: what reading had to assume."""

    source: Path
    key: str
    stem: str
    name: str
    rate: Fraction
    start: int
    drop_frame: bool
    spots: Sequence[Spot]
    notes: Sequence[str] = ()
    unknown: Sequence[str] = ()


@dataclass(frozen=True)
class Asked:
    """What reading a file needs to be told. relinked: file names to where they lie now; probed: files by path."""

    path: Path
    media_folder: Path
    edl_rate: Fraction | None = None
    relinked: Mapping[str, str] | None = None
    probed: Mapping[str, pb.ProbeReply] | None = None


@dataclass(frozen=True)
class Put:
    """A take for a lane. record_start: another frame than it was made for. voices: it is heard with its voices."""

    take: pb.Take
    folder: Path
    record_start: int | None = None
    voices: bool = False
    note: str = ""
    call: str = ""


def read(asked: Asked) -> list[OpenTimeline]:
    """Every timeline in a file, or a probed movie as one. Raises what `inputs` does."""
    return [_opened(reel) for reel in _reels(asked)]


def place(asked: Asked, key: str, puts: Sequence[Put], path: Path) -> Path | None:
    """Writes the timeline with exactly these takes on our lanes, or takes its file away where there are none.

    Raises FoleyError E-MOVED, E-LANE, E-OUT, and what reading does.
    """
    from ..hosts import otio_file
    from ..placing import place as placed

    if not puts:
        path.unlink(missing_ok=True)
        return None
    reel = next((reel for reel in _reels(asked) if reel.key == key), None)
    if reel is None:
        raise FoleyError("E-INPUT", name=Path(key).name)
    takes = [placement_of(put) for put in puts]
    path.parent.mkdir(parents=True, exist_ok=True)
    otio_file.write(placed(reel.timeline, takes), path, source=reel.source)
    return path


def placement_of(put: Put) -> Placement:
    """The take as lanes are made of it, at the place that the editor wanted."""
    from ..placing import Placement

    return Placement(_moved(put), put.folder, voices=put.voices, editor={"call": put.call, "note": put.note})


def _moved(put: Put) -> pb.Take:
    if put.record_start is None:
        return put.take
    take = pb.Take()
    take.CopyFrom(put.take)
    take.request.clip.record_range.start.value = put.record_start
    return take


def _reels(asked: Asked) -> list[Reel]:
    from .. import inputs
    from ..hosts import otio_file

    if not asked.path.exists():
        raise FoleyError("E-INPUT", name=asked.path.name)
    if not otio_file.is_timeline(asked.path):
        return [inputs.movie_reel(asked.path, (asked.probed or {})[str(asked.path)])]
    reels = inputs.read_timelines(asked.path, asked.media_folder, asked.edl_rate)
    if asked.relinked:
        reels = [inputs.relinked(reel, asked.relinked) for reel in reels]
    return [inputs.probed(reel, asked.probed) if asked.probed else reel for reel in reels]


def _opened(reel: Reel) -> OpenTimeline:
    from .. import inputs
    from ..timeline import reel_of

    base = reel_of(reel.timeline)
    spots = []
    for spotted in reel.clips:
        clip = reel.framed(spotted, most_handles) if spotted.problem is None else spotted.clip
        spots.append(Spot(clip, spotted.problem))
    return OpenTimeline(
        source=reel.source,
        key=reel.key,
        stem=reel.stem,
        name=base.name or reel.stem,
        rate=base.exact,
        start=base.start,
        drop_frame=base.drop_frame,
        spots=spots,
        notes=reel.notes,
        unknown=sorted(inputs.unknown_media(reel)),
    )


def with_handles(spot: Spot, frames: int) -> pb.Clip:
    """The clip with up to so many frames more at either end."""
    clip = pb.Clip()
    clip.CopyFrom(spot.clip)
    clip.head_handle, clip.tail_handle = min(frames, clip.head_handle), min(frames, clip.tail_handle)
    return clip


def with_probed(asked: Asked, probed: Mapping[str, pb.ProbeReply]) -> Asked:
    return replace(asked, probed=probed)
