"""What a clip's picture is read from, a movie, a still or numbered pictures, each by presentation time.

Times are seconds from the media's first presented picture. Paths come from timelines and are not trusted: regular
files only, nothing that they refer to, and no picture larger than can be held.
"""

from __future__ import annotations

import math
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from io import FileIO
from pathlib import Path
from typing import Protocol

import av
from av import VideoFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from foleyline.errors import FoleyError
from foleyline.timing import dropped_a_minute, frame_count
from foleyline.v1 import engine_pb2 as pb

largest_picture = 150_000_000
closed_world = {"protocol_whitelist": "none", "enable_drefs": "0"}
broken = (FFmpegError, OSError, ValueError)
timecode_pattern = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d+)")
# Index entries are in decoding order: a keyframe found by one can be presented after the time that was asked for.
steps_back_s = (0, 2, 15)


@dataclass(frozen=True)
class Shown:
    """A picture and its time on screen, half-open; the first of a film begins, the last ends at infinity.

    aspect: width of a pixel over its height.
    """

    begin_s: float
    end_s: float
    frame: VideoFrame
    aspect: float = 1.0


class Film(Protocol):
    """rate: pictures per second. start: frames since midnight of its own timecode, if it has any."""

    rate: Fraction
    start: int | None
    rounding_s: float
    """How much later than its true time a picture may say that it begins; never as much as half a picture."""

    def run(self, from_s: float) -> Iterator[Shown]:
        """Pictures in the order they are presented, from one that begins at or before `from_s`."""
        ...

    def close(self) -> None: ...


def open_film(media: pb.Media, path: Path | None) -> Film:
    """path: where the movie is, which may be elsewhere than the request says.

    Raises FoleyError E-MEDIA where nothing is there, E-FORMAT where it cannot be read, E-NOPICTURE.
    """
    if path is None and media.HasField("sequence"):
        return Numbered(media.sequence)
    return Movie(path or Path(media.path))


class Movie:
    """A movie or a still. One run at a time: a new one ends the one before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container = _open(path)
        self._stream = _picture_stream(self._container, path.name)
        self.rate = self._stream.guessed_rate or self._stream.average_rate or Fraction(25)
        self.start = _embedded_start(self._container, self.rate)
        first = next(self._decoded(), None)
        if first is None:
            raise FoleyError("E-FORMAT", name=path.name, reason="no picture in it can be decoded")
        self._zero_s = first[0]
        frame_s = float(1 / self.rate)
        self.rounding_s = min(max(float(self._stream.time_base or 0), 1e-6), frame_s / 4)

    def run(self, from_s: float) -> Iterator[Shown]:
        aspect = float(self._stream.sample_aspect_ratio or 1)
        held: tuple[float, VideoFrame] | None = None
        for time_s, frame in self._from(from_s):
            at_s = float(time_s - self._zero_s)
            if held:
                yield Shown(_opened(held[0]), at_s, held[1], aspect)
            held = at_s, frame
        if held:
            yield Shown(_opened(held[0]), math.inf, held[1], aspect)

    def _from(self, from_s: float) -> Iterator[tuple[Fraction, VideoFrame]]:
        wanted_s = self._zero_s + Fraction(from_s)
        for step_s in steps_back_s:
            if wanted_s - step_s <= self._zero_s or not self._seek(wanted_s - step_s):
                break
            frames = self._decoded()
            first = next(frames, None)
            if first and first[0] <= wanted_s:
                yield first
                yield from frames
                return
        yield from self._from_start()

    def _from_start(self) -> Iterator[tuple[Fraction, VideoFrame]]:
        frames = self._decoded() if self._seek(self._zero_s - 1) else iter(())
        first = next(frames, None)
        if first and first[0] <= self._zero_s:
            yield first
            yield from frames
            return
        # Stills, and streams without an index, go back by being opened again.
        self._container.close()
        self._container = _open(self._path)
        self._stream = _picture_stream(self._container, self._path.name)
        yield from self._decoded()

    def _seek(self, time_s: Fraction) -> bool:
        stamp = int(time_s / (self._stream.time_base or Fraction(1, 1000)))
        try:
            self._container.seek(stamp, stream=self._stream)
        except broken:
            return False
        return True

    def _decoded(self) -> Iterator[tuple[Fraction, VideoFrame]]:
        """The stream's own seconds, strictly rising, and pictures, from where the container stands."""
        last: Fraction | None = None
        for frame in self._pictures():
            stamp = frame.pts if frame.pts is not None else frame.dts
            if stamp is not None and frame.time_base:
                time_s = stamp * frame.time_base
            else:
                time_s = Fraction(0) if last is None else last + 1 / self.rate
            if last is None or time_s > last:
                last = time_s
                yield time_s, frame

    def _pictures(self) -> Iterator[VideoFrame]:
        """What can be decoded; damaged packets are passed over, where the file breaks off it ends."""
        with suppress(*broken):
            for packet in self._container.demux(self._stream):
                with suppress(*broken):
                    yield from (frame for frame in self._stream.decode(packet) if not frame.is_corrupt)

    def close(self) -> None:
        self._container.close()


class Numbered:
    """One picture a file. A missing one is held over by the one before."""

    def __init__(self, sequence: pb.ImageSequence) -> None:
        self.start: int | None = None
        self.rounding_s = 1e-6
        if sequence.rate_num <= 0 or sequence.rate_den <= 0:
            raise FoleyError("E-RATE", rate=f"{sequence.rate_num}/{sequence.rate_den}")
        self._sequence = sequence
        self.rate = Fraction(sequence.rate_num, sequence.rate_den)
        self._load(0)

    def run(self, from_s: float) -> Iterator[Shown]:
        last = max(self._sequence.count, 1) - 1
        index = min(max(math.floor(from_s * self.rate), 0), last)
        frame = self._load(index) if self._path(index).is_file() else self._load(0)
        while index <= last:
            if self._path(index).is_file():
                frame = self._load(index)
            end_s = math.inf if index == last else float((index + 1) / self.rate)
            yield Shown(_opened(float(index / self.rate)), end_s, frame)
            index += 1

    def _path(self, index: int) -> Path:
        number = self._sequence.first_number + index * (self._sequence.step or 1)
        digits = f"{abs(number):0{self._sequence.padding or 1}d}"
        return Path(f"{self._sequence.prefix}{'-' if number < 0 else ''}{digits}{self._sequence.suffix}")

    def _load(self, index: int) -> VideoFrame:
        movie = Movie(self._path(index))
        try:
            return next(movie.run(0.0)).frame
        finally:
            movie.close()

    def close(self) -> None:
        return


def _opened(begin_s: float) -> float:
    return begin_s if begin_s > 0 else -math.inf


def _open(path: Path) -> InputContainer:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FoleyError("E-FORMAT", name=path.name, reason="it is a folder or a device")
        file = FileIO(path)
    except (OSError, ValueError) as problem:
        raise FoleyError("E-MEDIA", name=path.name) from problem
    try:
        return av.open(file, "r", container_options=closed_world, metadata_errors="replace")
    except broken as problem:
        file.close()
        raise FoleyError("E-FORMAT", name=path.name, reason="it is damaged or no known kind of media") from problem


def _picture_stream(container: InputContainer, name: str) -> VideoStream:
    """The default picture stream, else the first; cover art does not count."""
    no_movie = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [stream for stream in container.streams.video if not stream.disposition & no_movie]
    usable = [stream for stream in streams if stream.codec_context is not None]
    if not usable:
        raise FoleyError("E-NOPICTURE", name=name)
    stream = min(usable, key=lambda stream: not stream.disposition & Disposition.default)
    stream.codec_context.options = {"max_pixels": str(largest_picture)}
    stream.thread_type = "AUTO"
    return stream


def _embedded_start(container: InputContainer, rate: Fraction) -> int | None:
    for metadata in (*(stream.metadata for stream in container.streams), container.metadata):
        for key, text in metadata.items():
            match = timecode_pattern.fullmatch(text.strip()) if key.lower() == "timecode" else None
            if match:
                hours, minutes, seconds, frame = (int(match[group]) for group in (1, 2, 3, 5))
                drops = match[4] != ":" and dropped_a_minute(rate) > 0
                return frame_count(hours, minutes, seconds, frame, rate, drops)
    return None
