"""The pictures of a stretch of a movie, a still or a numbered sequence, with the times at which they are presented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import chain, dropwhile
from pathlib import Path

from av import VideoFrame
from av.container import InputContainer
from av.video.stream import VideoStream

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import decoding, limits
from foleyline_engine.media.opening import broken, open_media, picture_stream
from foleyline_engine.models.exchange import Check

Span = tuple[float, float]
Timed = Iterator[tuple[Fraction, VideoFrame]]

no_picture = "no picture in it can be decoded"
# Up to here decoding on from the start costs no more than a seek.
worth_a_seek_s = 1.0
# Index entries are in decoding order: a keyframe found by one can be presented after the time that was asked for.
steps_back_s = (0, 2, 15)


@dataclass(frozen=True)
class Picture:
    """On screen from begin_s to end_s, seconds from the media's first presented picture; `load` gives its pixels.

    pixel_aspect: width of a pixel over its height. is_last: the media ends with it.
    """

    begin_s: float
    end_s: float
    load: Callable[[], VideoFrame]
    pixel_aspect: float = 1.0
    is_last: bool = False


@dataclass(frozen=True)
class Grid:
    """frame_s: how long one picture is usually shown; tick_s: how finely the file states times."""

    frame_s: float
    tick_s: float

    @property
    def rounding_s(self) -> float:
        """How far a stated time may lie from the true one; never as much as half a picture."""
        return min(max(self.tick_s, 1e-6), self.frame_s / 4)


def stream_rate(stream: VideoStream) -> Fraction:
    """Pictures per second as the file says; 25 where it says nothing."""
    return stream.guessed_rate or stream.average_rate or stream.base_rate or Fraction(25)


def stream_grid(stream: VideoStream) -> Grid:
    return Grid(float(1 / stream_rate(stream)), float(stream.time_base or 0))


def sequence_grid(sequence: pb.ImageSequence) -> Grid:
    """Raises E-RATE for a rate that is not above zero."""
    if sequence.rate_num <= 0 or sequence.rate_den <= 0:
        rate = f"{sequence.rate_num}/{sequence.rate_den}"
        raise FoleyError("E-RATE", name=Path(sequence.prefix).name, rate=rate)
    return Grid(sequence.rate_den / sequence.rate_num, 0.0)


def prepare(container: InputContainer, name: str) -> VideoStream:
    """The picture stream, its decoder set up. Raises E-NOPICTURE, E-LIMIT."""
    stream = picture_stream(container)
    if stream is None:
        raise FoleyError("E-NOPICTURE", name=name)
    context = stream.codec_context
    limits.check_size(context.width, context.height, name)
    context.options = {"max_pixels": str(limits.largest_picture)}
    stream.thread_type = "AUTO"
    return stream


def first_picture(path: str) -> VideoFrame:
    """The first picture that is presented. Raises what `open_media` does, and E-FORMAT where nothing decodes."""
    name = Path(path).name
    with open_media(path) as container:
        stream = prepare(container, name)
        stream.thread_type = "NONE"
        for _, frame in decoding.pictures(container, stream, lambda: None):
            return frame
    raise FoleyError("E-FORMAT", name=name, reason=no_picture)


def sequence_path(sequence: pb.ImageSequence, index: int) -> str:
    """File of the picture `index` places after the first one."""
    number = sequence.first_number + index * (sequence.step or 1)
    sign = "-" if number < 0 else ""
    return f"{sequence.prefix}{sign}{abs(number):0{sequence.padding or 1}d}{sequence.suffix}"


def sequence_pictures(sequence: pb.ImageSequence, span: Span, check: Check) -> Iterator[Picture]:
    """Pictures on screen during `span` (seconds from the first). A missing one is held over by the one before."""
    frame_s = sequence_grid(sequence).frame_s
    final = max(sequence.count, 1) - 1
    begin, end = (min(max(int(time // frame_s), 0), final) for time in span)
    known = begin
    for index in range(begin, end + 1):
        check()
        known = index if Path(sequence_path(sequence, index)).is_file() else known
        path = sequence_path(sequence, known)
        load = cache(partial(first_picture, path))
        yield Picture(index * frame_s, (index + 1) * frame_s, load, is_last=index == final)


def movie_pictures(path: str, span: Span, check: Check) -> Iterator[Picture]:
    """Pictures on screen during `span` (seconds from the first presented picture), and at most a few before.

    Raises what `open_media` does, E-NOPICTURE, E-LIMIT, and E-FORMAT where no picture can be decoded.
    """
    with open_media(path) as container:
        stream = prepare(container, Path(path).name)
        frames = decoding.pictures(container, stream, check)
        first = next(frames, None)
        if first is None:
            raise FoleyError("E-FORMAT", name=Path(path).name, reason=no_picture)
        if span[0] <= worth_a_seek_s:
            yield from _intervals(chain([first], frames), first[0], span, stream)
            return
        sought = _sought(container, stream, first[0] + Fraction(span[0]), check)
        if sought is not None:
            yield from _intervals(sought, first[0], span, stream)
            return
    yield from _from_start(path, span, check)


def _from_start(path: str, span: Span, check: Check) -> Iterator[Picture]:
    with open_media(path) as container:
        stream = prepare(container, Path(path).name)
        frames = decoding.pictures(container, stream, check)
        first = next(frames)
        yield from _intervals(chain([first], frames), first[0], span, stream)


def _sought(container: InputContainer, stream: VideoStream, time: Fraction, check: Check) -> Timed | None:
    """Frames from a keyframe at or before `time` (the stream's own seconds); None where the file cannot seek."""
    time_base = stream.time_base or Fraction(1, 1000)
    for step_s in steps_back_s:
        try:
            container.seek(int((time - step_s) / time_base), stream=stream)
        except broken:
            return None
        frames = dropwhile(lambda timed: timed[1].is_corrupt, decoding.pictures(container, stream, check))
        first = next(frames, None)
        if first and first[0] <= time:
            return chain([first], frames)
    return None


def _intervals(frames: Timed, zero: Fraction, span: Span, stream: VideoStream) -> Iterator[Picture]:
    grid, aspect = stream_grid(stream), float(stream.sample_aspect_ratio or 1)
    begin_s, held = 0.0, None
    for time, frame in frames:
        at_s = float(time - zero)
        if held is not None:
            yield Picture(begin_s, at_s, lambda frame=held: frame, aspect)
            if at_s > span[1] + grid.rounding_s:
                return
        begin_s, held = at_s, frame
    if held is not None:
        yield Picture(begin_s, begin_s + _last_s(held, grid), lambda: held, aspect, is_last=True)


def _last_s(frame: VideoFrame, grid: Grid) -> float:
    if frame.duration and frame.time_base:
        return float(frame.duration * frame.time_base)
    return grid.frame_s
