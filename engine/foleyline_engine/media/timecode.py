"""The start timecode that a file carries, and what it means for a clip's source range."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from av.container import InputContainer

from foleyline.timing import dropped_a_minute, frame_count, nominal_rate, rate_in
from foleyline.v1 import engine_pb2 as pb

pattern = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d+)")


@dataclass(frozen=True)
class Timecode:
    """frames: count since midnight, at `rate` frames per second."""

    frames: int
    rate: Fraction
    drop_frame: bool


@dataclass(frozen=True)
class Origin:
    """start_s: the clip's source start, in seconds from the media's first picture; note: for the editor, if any."""

    start_s: Fraction
    note: str = ""


def parse(text: str, rate: Fraction) -> Timecode | None:
    """A timecode as text ("01:00:00;00"; a semicolon or a dot means drop frame); None where it is not one."""
    match = pattern.fullmatch(text.strip())
    if not match:
        return None
    hours, minutes, seconds, frame = (int(match[group]) for group in (1, 2, 3, 5))
    drop_frame = match[4] != ":" and dropped_a_minute(rate) > 0
    return Timecode(frame_count(hours, minutes, seconds, frame, rate, drop_frame), rate, drop_frame)


def embedded(container: InputContainer, rate: Fraction) -> Timecode | None:
    """The start timecode in the file (a timecode track, MXF's material package, or plain metadata)."""
    for metadata in (*(stream.metadata for stream in container.streams), container.metadata):
        for key, text in metadata.items():
            if key.lower() == "timecode" and (found := parse(text, rate)):
                return found
    return None


def origin(clip: pb.Clip, start: Timecode | None) -> Origin:
    """Where the clip's source range begins in its media. `start` is the timecode embedded in the file."""
    begin = clip.source_range.start
    rate = rate_in(begin, clip.name)
    if clip.media.HasField("available_start"):
        first = clip.media.available_start
        return Origin(begin.value / rate - first.value / rate_in(first, clip.name))
    if start is None or start.frames == 0:
        return Origin(begin.value / rate)
    if _frames_at(start, rate) > begin.value:
        return Origin(
            begin.value / rate, "The source range was read from the media's first frame, not from its timecode."
        )
    return Origin(
        (begin.value - _frames_at(start, rate)) / rate, "The source range was read as the media's own timecode."
    )


def _frames_at(start: Timecode, rate: Fraction) -> Fraction:
    # Timelines that say 24 for 23.976 still count the same frame numbers.
    same_count = nominal_rate(start.rate) == nominal_rate(rate)
    return Fraction(start.frames) if same_count else start.frames / start.rate * rate
