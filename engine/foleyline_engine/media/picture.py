"""Reads a clip's pictures for all views in one decoding pass, by presentation time. Keeps the small pictures only."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import limits, playback, timecode
from foleyline_engine.media.collecting import collector
from foleyline_engine.media.lengths import stated_length_s
from foleyline_engine.media.opening import broken, is_still, open_media
from foleyline_engine.media.pictures import (
    Grid,
    Picture,
    Span,
    first_picture,
    movie_pictures,
    prepare,
    sequence_grid,
    sequence_pictures,
    stream_grid,
    stream_rate,
)
from foleyline_engine.media.playback import Playback
from foleyline_engine.media.timecode import Timecode
from foleyline_engine.models.exchange import Check, Frames, View

# A file that ends this much before its own header says so has been cut off.
cut_off_s = 1.0


@dataclass(frozen=True)
class Source:
    """What is known of a clip's media before its pictures are decoded. stated_s: length by its own header, or None."""

    name: str
    grid: Grid
    pictures: Callable[[Span, Check], Iterator[Picture]]
    start: Timecode | None = None
    stated_s: float | None = None
    is_still: bool = False


def read_frames(clip: pb.Clip, views: Sequence[View], check: Check) -> dict[View, Frames]:
    """The clip's pictures in every view, times from the take's first sample.

    Where the source has no picture (handles outside of the media) the picture at its edge is held.
    Raises FoleyError: what opening does, E-NOPICTURE, E-LONG, E-LIMIT, E-RANGE where the whole clip lies outside
    of its media, E-FORMAT where the file breaks off within the clip.
    """
    source = _source(clip.media)
    play = playback.of(clip, timecode.origin(clip, source.start).start_s)
    limits.check_length(play.length_s, play.span[1] - play.span[0], clip.name)
    limits.check_place(play.anchor_s, source.name)
    rounding_s = source.grid.rounding_s / (abs(play.speed) or 1.0)
    collectors = {view: collector(view, play.length_s, rounding_s) for view in views}
    try:
        for picture in _shown(source, play, check):
            on_s, off_s = play.shown(picture.begin_s, picture.end_s, source.grid.rounding_s)
            for each in collectors.values():
                each.offer(on_s, off_s, picture)
    except broken as problem:
        raise FoleyError("E-FORMAT", name=source.name, reason="its pictures cannot be converted") from problem
    return {view: each.frames() for view, each in collectors.items()}


def notes_of(clip: pb.Clip) -> list[str]:
    """What reading the clip assumes or holds, in sentences for the editor."""
    source = _source(clip.media)
    origin = timecode.origin(clip, source.start)
    play = playback.of(clip, origin.start_s)
    begin_s, end_s = play.source_span(*play.own)
    notes = [origin.note] if origin.note else []
    if begin_s < -source.grid.frame_s and not source.is_still:
        notes.append(f"The media begin {-begin_s:.2f} s after the clip does; their first picture was held.")
    if source.stated_s is not None and end_s > source.stated_s + source.grid.frame_s:
        notes.append(
            f"The media end {end_s - source.stated_s:.2f} s before the clip does; their last picture was held."
        )
    return notes


def _source(media: pb.Media) -> Source:
    if media.HasField("sequence"):
        return _sequence_source(media.sequence)
    name = Path(media.path).name
    with open_media(media.path) as container:
        stream = prepare(container, name)
        grid = stream_grid(stream)
        if is_still(container):
            return Source(name, grid, partial(_still, media.path), is_still=True)
        start = timecode.embedded(container, stream_rate(stream))
        stated_s = stated_length_s(stream)
    return Source(name, grid, partial(movie_pictures, media.path), start, stated_s)


def _sequence_source(sequence: pb.ImageSequence) -> Source:
    grid = sequence_grid(sequence)
    name = Path(f"{sequence.prefix}{sequence.suffix}").name
    return Source(name, grid, partial(sequence_pictures, sequence), stated_s=sequence.count * grid.frame_s)


def _still(path: str, span: Span, check: Check) -> Iterator[Picture]:
    check()
    frame = first_picture(path)
    yield Picture(span[0], span[1], lambda: frame, is_last=True)


def _shown(source: Source, play: Playback, check: Check) -> Iterator[Picture]:
    """The source's pictures, those at its edges stretched over what the take asks beyond them."""
    begin_s, end_s = play.span
    # A frozen picture is found by the one moment that it holds, which has to lie within the picture's time.
    spare_s = 0.0 if play.speed else source.grid.frame_s
    is_first = True
    _check_range(source, play, math.inf)
    for picture in source.pictures(play.span, check):
        if is_first:
            picture = replace(picture, begin_s=min(picture.begin_s, begin_s - spare_s))
            is_first = False
        if picture.is_last:
            _check_range(source, play, picture.end_s)
            picture = replace(picture, end_s=max(picture.end_s, end_s + spare_s))
        yield picture


def _check_range(source: Source, play: Playback, media_end_s: float) -> None:
    begin_s, end_s = play.source_span(*play.own)
    rounding_s = source.grid.rounding_s
    if source.is_still:
        return
    if end_s <= rounding_s and begin_s < -rounding_s:
        raise FoleyError("E-RANGE", name=source.name)
    if (source.stated_s or 0.0) - media_end_s > cut_off_s and end_s > media_end_s + source.grid.frame_s:
        raise FoleyError("E-FORMAT", name=source.name, reason=f"it breaks off after {media_end_s:.1f} s")
    if begin_s >= media_end_s - rounding_s:
        raise FoleyError("E-RANGE", name=source.name)
