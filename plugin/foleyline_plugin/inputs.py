"""What the editor handed over, timelines and movies, as timelines with their clips spotted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path, PurePath

import opentimelineio as otio

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from .engine import Engine
from .hosts import otio_file
from .timeline import SpottedClip, one_clip_timeline, read_clips, with_handles

probes_at_once = 8
longest_stem = 180


@dataclass(frozen=True)
class Reel:
    """One timeline of an input. stem: what its output is called after. probed: what is known of its media, by path.

    key: what the journal calls it by: the file, and its number where the file holds several.
    """

    source: Path
    stem: str
    timeline: otio.schema.Timeline
    clips: Sequence[SpottedClip]
    probed: Mapping[str, pb.ProbeReply]
    key: str

    @property
    def notes(self) -> list[str]:
        """What reading the timeline had to assume."""
        return otio_file.notes_of(self.timeline)

    def chosen(self, pattern: str) -> list[SpottedClip]:
        """Clips whose name matches the pattern, as a shell matches file names; case counts."""
        return [spotted for spotted in self.clips if fnmatchcase(spotted.clip.name, pattern)]

    def framed(self, spotted: SpottedClip, handles: int) -> pb.Clip:
        """The clip with its handles, as far as its media go."""
        return with_handles(spotted, handles, self.probed.get(spotted.clip.media.path))


Opening = Callable[[Path, Engine, Path, Fraction | None], Awaitable[list[Reel]]]
"""What `open_input` is: a file, the engine, where media are unpacked to, an EDL's rate."""


async def open_input(path: Path, engine: Engine, media_folder: Path, edl_rate: Fraction | None) -> list[Reel]:
    """The timelines in a file, or a movie as a timeline of one clip.

    media_folder: where an .otioz is unpacked to. edl_rate: of an EDL, guessed where it is None.
    Raises FoleyError for what cannot be opened at all.
    """
    if not path.exists():
        raise FoleyError("E-INPUT", name=path.name)
    if not otio_file.is_timeline(path):
        return [await open_movie(path, engine)]
    reels = await asyncio.to_thread(read_timelines, path, media_folder, edl_rate)
    return [await with_lengths(reel, engine) for reel in reels]


def read_timelines(path: Path, media_folder: Path, edl_rate: Fraction | None) -> list[Reel]:
    """The timelines in a file, read without an engine: a clip whose length they do not tell is E-LENGTH."""
    timelines = otio_file.read(path, rate=edl_rate, media_folder=media_folder)
    if len(timelines) == 1:
        return [_reel(path, stem_of(path), timelines[0], {}, str(path.absolute()))]
    return [
        _reel(path, f"{stem_of(path)} {n}", timeline, {}, f"{path.absolute()}#{n}")
        for n, timeline in enumerate(timelines, start=1)
    ]


async def open_movie(path: Path, engine: Engine) -> Reel:
    """A movie as a timeline of one clip. Raises FoleyError for what is no movie, Lost."""
    return movie_reel(path, await engine.probe(pb.Media(path=str(path.absolute()))))


def movie_reel(path: Path, probe: pb.ProbeReply) -> Reel:
    """A movie as a timeline of one clip, once its file was looked at. Raises FoleyError for what has no picture."""
    name = str(path.absolute())
    return _reel(path, stem_of(path), one_clip_timeline(path, probe), {name: probe}, name)


async def with_lengths(reel: Reel, engine: Engine) -> Reel:
    """The reel with what its timeline does not tell asked of the files."""
    unknown = unknown_media(reel)
    return probed(reel, await probe_all(sorted(unknown), engine)) if unknown else reel


def unknown_media(reel: Reel) -> set[str]:
    """Files whose length the timeline does not tell."""
    return {spotted.clip.media.path for spotted in reel.clips if _length_is_unknown(spotted)}


def probed(reel: Reel, replies: Mapping[str, pb.ProbeReply]) -> Reel:
    """The reel spotted anew with what is known of its files."""
    return _reel(reel.source, reel.stem, reel.timeline, replies, reel.key)


def relinked(reel: Reel, where: Mapping[str, str]) -> Reel:
    """The reel with media found elsewhere. where: file names, as the timeline has them, to paths."""
    for clip in reel.timeline.find_clips():
        for reference in clip.media_references().values():
            name = PurePath(getattr(reference, "target_url", None) or "").name
            if name in where and isinstance(reference, otio.schema.ExternalReference):
                reference.target_url = where[name]
    return probed(reel, reel.probed)


def stem_of(path: Path) -> str:
    """The file's name without its ending, cut where what is made of it would be too long for a file system."""
    return path.stem.encode()[:longest_stem].decode(errors="ignore")


def _reel(path: Path, stem: str, timeline: otio.schema.Timeline, probed: Mapping[str, pb.ProbeReply], key: str) -> Reel:
    return Reel(path, stem, timeline, read_clips(timeline, path.parent, probed), probed, key)


def _length_is_unknown(spotted: SpottedClip) -> bool:
    """A length that the timeline does not tell is asked of the file: for the clip's range or for its handles."""
    if not spotted.clip.media.path:
        return False
    if spotted.problem:
        return spotted.problem.code == "E-LENGTH"
    return spotted.available is None or spotted.available[1] is None


async def probe_all(paths: Iterable[str], engine: Engine) -> dict[str, pb.ProbeReply]:
    """What the engine says of each file; a file it cannot read is left out, its clip fails when it is run."""
    places = asyncio.Semaphore(probes_at_once)

    async def probe(path: str) -> tuple[str, pb.ProbeReply | None]:
        async with places:
            try:
                return path, await engine.probe(pb.Media(path=path))
            except FoleyError:
                return path, None

    replies = await asyncio.gather(*(probe(path) for path in paths))
    return {path: reply for path, reply in replies if reply is not None}
