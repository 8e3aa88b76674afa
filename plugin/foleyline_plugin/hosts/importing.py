"""A timeline with our sounds on it as a file to import, for programs that cannot be told where to put them."""

from __future__ import annotations

from pathlib import Path

from . import lanes, otio_file
from .host import Placing

suffix = " Foley"


def write(placing: Placing, kept: Path, path: Path) -> Path:
    """The timeline as the program told it, all of the sounds on its lanes, under a name that no timeline there has.

    kept: where `pointing.keep` put the timeline. Resolve imports it from 18.5 on (File > Import > Timeline). Raises
    FoleyError E-LANE, E-OUT, and what reading does.
    """
    placing.check()
    timeline = otio_file.read(kept)[0]
    timeline.name = f"{timeline.name}{suffix}"
    lanes.add(timeline, placing, placing.sounds, by_timecode=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    otio_file.write(timeline, path, source=kept)
    return path
