"""An OTIO timeline to clips for the engine: record and source ranges, speed, handles, and what is wrong with each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from foleyline.errors import FoleyError
from foleyline.timing import dropped_a_minute, rate_in, round_half_up
from foleyline.v1 import engine_pb2 as pb

from .media import Finder, is_still
from .nesting import Shot, seconds, shots
from .timing import fraction_of, rate_of, rational, seconds_of, time_range

namespace = "foleyline"

fastest_picture = 1000


@dataclass(frozen=True)
class SpottedClip:
    """A clip as the engine gets it. With a `problem` it cannot run, and `clip` holds what is known all the same.

    available: seconds of its media in the media's own time, start and end; the end None where nobody knows,
        None as a whole where even the start is unknown or where there is no end to it (a still).
    """

    clip: pb.Clip
    problem: FoleyError | None = None
    available: tuple[Fraction, Fraction | None] | None = None


@dataclass(frozen=True)
class Reel:
    """A timeline's time base. `rate` as its file writes it, `exact` as what that stands for; `start`: the
    timeline's first frame, which OTIO's ranges leave out."""

    name: str
    rate: float
    exact: Fraction
    start: int
    drop_frame: bool


def read_clips(
    timeline: otio.schema.Timeline, folder: Path, probed: Mapping[str, pb.ProbeReply] | None = None
) -> list[SpottedClip]:
    """The clips of the video tracks, track by track from the bottom, in order of time.

    folder: the timeline's, from which relative media paths start. probed: what the engine said of files, by
    path; needed only for clips whose length the timeline does not tell (problem E-LENGTH, with the path in
    `clip.media`). Raises FoleyError E-RATE or E-TIME when the timeline itself has no usable time base.
    """
    reel = reel_of(timeline)
    finder = Finder(folder)

    def length(clip: otio.schema.Clip) -> Fraction | None:
        return _probed_length(clip, finder, probed or {})

    return [_spotted(shot, reel, finder) for shot in shots(timeline, length)]


def reel_of(timeline: otio.schema.Timeline) -> Reel:
    """Raises FoleyError E-RATE or E-TIME."""
    start = timeline.global_start_time
    common = _common_rate(timeline)
    try:
        rate = common if start is None or (common and _counts_alike(start, common)) else start.rate
        rate = rate or 24.0
        exact = rate_of(rate)
        return Reel(timeline.name, rate, exact, _start_frame(start, exact), _is_drop_frame(timeline, exact))
    except FoleyError as error:
        raise FoleyError(error.code, name=timeline.name, **error.facts) from None


def _common_rate(timeline: otio.schema.Timeline) -> float | None:
    """The rate that most items on the video tracks count in."""
    tracks = [track for track in timeline.tracks if isinstance(track, otio.schema.Track)]
    video = [track for track in tracks if track.kind == otio.schema.TrackKind.Video]
    for group in (video, tracks):
        rates = Counter(item.source_range.duration.rate for track in group for item in _ranged(track))
        for rate, _ in rates.most_common():
            if 0 < rate <= fastest_picture:
                return rate
    return None


def _ranged(track: otio.schema.Track) -> Iterator[otio.core.Item]:
    return (item for item in track if isinstance(item, otio.core.Item) and item.source_range is not None)


def _counts_alike(start: otio.opentime.RationalTime, rate: float) -> bool:
    """A start of zero, or one that counts in 24 where the clips count in 23.976, says nothing about the rate."""
    return start.value == 0 or start.rate <= 1 or round(start.rate) == round(rate)


def _start_frame(start: otio.opentime.RationalTime | None, exact: Fraction) -> int:
    if start is None or start.value == 0:
        return 0
    instant = otio.opentime.TimeRange(start, otio.opentime.RationalTime(0, start.rate))
    if round(start.rate) == round(exact):
        seconds(instant)
        return round_half_up(fraction_of(start.value))
    return round_half_up(seconds(instant)[0] * exact)


def _is_drop_frame(timeline: otio.schema.Timeline, rate: Fraction) -> bool:
    """OTIO has no place for it: our own readers note it, FCP 7 XML keeps the program's display format."""
    if not dropped_a_minute(rate):
        return False
    ours = timeline.metadata.get(namespace)
    if ours and "drop_frame" in ours:
        return bool(ours["drop_frame"])
    told = timeline.metadata.get("fcp_xml")
    counted = told.get("timecode") if told else None
    return bool(counted) and counted.get("displayformat") == "DF"


def _probed_length(clip: otio.schema.Clip, finder: Finder, probed: Mapping[str, pb.ProbeReply]) -> Fraction | None:
    try:
        _, media = finder.find(clip)
    except FoleyError:
        return None
    reply = probed.get(media.path)
    return seconds_of(reply.duration) if reply is not None and reply.duration.value > 0 else None


def _spotted(shot: Shot, reel: Reel, finder: Finder) -> SpottedClip:
    clip = pb.Clip(name=shot.clip.name, reel=reel.name, track=shot.track, drop_frame=reel.drop_frame)
    problem, available, known = None, None, None
    try:
        reference, media = finder.find(shot.clip)
        clip.media.CopyFrom(media)
        known = reference.available_range
        available = _available(known, media)
        if known is not None:
            _set_available_start(clip.media, known)
    except FoleyError as error:
        problem = error
    clip.name = clip.name or Path(clip.media.path or clip.media.sequence.prefix).stem or shot.track
    try:
        _set_ranges(clip, shot, reel, known)
        _check_inside(clip, shot, available)
    except FoleyError as error:
        # What the timeline says of a clip comes first: a speed change stays one when the media are back.
        problem = error
    return SpottedClip(clip, _named(problem, clip.name), available)


def _named(problem: FoleyError | None, name: str) -> FoleyError | None:
    return problem and FoleyError(problem.code, **{"name": name, **problem.facts})


def _available(known: otio.opentime.TimeRange | None, media: pb.Media) -> tuple[Fraction, Fraction | None] | None:
    if known is None or is_still(media):
        return None
    start, duration = seconds(known)
    return start, start + duration if duration else None


def _set_available_start(media: pb.Media, known: otio.opentime.TimeRange) -> None:
    start, _ = seconds(known)
    rate = rate_of(known.start_time.rate)
    media.available_start.CopyFrom(rational(round_half_up(start * rate), rate))


def _set_ranges(clip: pb.Clip, shot: Shot, reel: Reel, known: otio.opentime.TimeRange | None) -> None:
    """Raises FoleyError with the shot's problem, or E-EMPTY."""
    window = shot.window
    if window.hi is None:
        raise FoleyError(window.problem or "E-LENGTH", **({"rate": window.rate} if window.rate else {}))
    start, end = round_half_up(window.lo * reel.exact), round_half_up(window.hi * reel.exact)
    clip.record_range.CopyFrom(time_range(reel.start + start, end - start, reel.exact))
    if window.problem or end <= start:
        raise FoleyError(window.problem or "E-EMPTY")
    first, last = _source_seconds(shot, start / reel.exact, end / reel.exact)
    rate = _source_rate(shot.clip, known, reel)
    source_start = round_half_up(first * rate)
    clip.source_range.CopyFrom(time_range(source_start, max(1, round_half_up(last * rate) - source_start), rate))
    if window.speed != 1:
        clip.time_scalar = float(window.speed)


def _source_seconds(shot: Shot, start: Fraction, end: Fraction) -> tuple[Fraction, Fraction]:
    """The media's own seconds that show between two record times, the earlier first whatever the direction."""
    window = shot.window
    first, last = sorted((window.offset + window.speed * start, window.offset + window.speed * end))
    return first, last


def _source_rate(clip: otio.schema.Clip, known: otio.opentime.TimeRange | None, reel: Reel) -> Fraction:
    used = clip.source_range or known
    return reel.exact if used is None else rate_of(used.start_time.rate)


def _check_inside(clip: pb.Clip, shot: Shot, available: tuple[Fraction, Fraction | None] | None) -> None:
    """Raises FoleyError E-RANGE where the source leaves its media by more than a frame, which is rounding."""
    if available is None:
        return
    frame = 1 / min(rate_in(clip.source_range.start), rate_in(clip.record_range.start))
    first = seconds_of(clip.source_range.start)
    last = first if shot.window.speed == 0 else first + seconds_of(clip.source_range.duration)
    start, end = available
    if first < start - frame or (end is not None and (last > end + frame or first >= end)):
        raise FoleyError("E-RANGE")


def with_handles(spotted: SpottedClip, frames: int, probe: pb.ProbeReply | None = None) -> pb.Clip:
    """The clip with up to `frames` record frames more at either end, as far as its media and midnight allow.

    Where neither the timeline nor the probe tells how long the media are, nothing but midnight limits them.
    """
    clip = pb.Clip()
    clip.CopyFrom(spotted.clip)
    head, tail = _room(spotted, probe)
    clip.head_handle = max(0, min(frames, clip.record_range.start.value, frames if head is None else head))
    clip.tail_handle = max(0, min(frames, frames if tail is None else tail))
    return clip


def _room(spotted: SpottedClip, probe: pb.ProbeReply | None) -> tuple[int | None, int | None]:
    """Record frames that the media have before and after what is used; None where there is no limit."""
    clip = spotted.clip
    speed = Fraction(clip.time_scalar) if clip.HasField("time_scalar") else Fraction(1)
    available = spotted.available or (probe and _probed_range(clip, probe))
    if speed == 0 or not available:
        return None, None
    used = (
        seconds_of(clip.source_range.start),
        seconds_of(clip.source_range.start) + seconds_of(clip.source_range.duration),
    )
    per_frame = abs(speed) / rate_in(clip.record_range.start)
    before = int(max(used[0] - available[0], Fraction(0)) // per_frame)
    after = None if available[1] is None else int(max(available[1] - used[1], Fraction(0)) // per_frame)
    return (before, after) if speed > 0 else (after, before)


def _probed_range(clip: pb.Clip, probe: pb.ProbeReply) -> tuple[Fraction, Fraction] | None:
    if probe.is_still or probe.duration.value <= 0:
        return None
    start = Fraction(0)
    if clip.media.HasField("available_start"):
        start = seconds_of(clip.media.available_start)
    elif probe.HasField("start") and seconds_of(clip.source_range.start) >= seconds_of(probe.start):
        start = seconds_of(probe.start)
    return start, start + seconds_of(probe.duration)


def one_clip_timeline(path: Path, probe: pb.ProbeReply) -> otio.schema.Timeline:
    """A plain movie as a timeline of one clip, which starts at the movie's own timecode.

    Raises FoleyError E-NOPICTURE, E-EMPTY or E-RATE.
    """
    if not probe.has_picture:
        raise FoleyError("E-NOPICTURE", name=path.name)
    if probe.duration.value <= 0:
        raise FoleyError("E-EMPTY", name=path.name)
    rate = float(rate_in(probe.duration))
    start = probe.start.value if probe.HasField("start") else 0
    used = otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(probe.duration.value, rate)
    )
    timeline = otio.schema.Timeline(path.stem, global_start_time=used.start_time)
    timeline.metadata[namespace] = {"drop_frame": probe.drop_frame}
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    media = otio.schema.ExternalReference(str(path.absolute()), used)
    track.append(otio.schema.Clip(path.name, media, used))
    timeline.tracks.append(track)
    return timeline
