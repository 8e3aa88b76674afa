"""Reads a clip's production sound: 48 kHz stereo, exactly as long as the take and placed to the sample."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import decoding, limits, playback, timecode, timing
from foleyline_engine.media.lengths import stated_length_s
from foleyline_engine.media.opening import broken, open_media, picture_stream, sound_stream
from foleyline_engine.media.pictures import prepare, stream_rate
from foleyline_engine.media.stretch import Stretch, frame_time
from foleyline_engine.media.timecode import Timecode
from foleyline_engine.models.exchange import Check, Sound, delivery_rate

# Decoders need a run-up (bit reservoirs, overlapping blocks), the resampler's filter reaches to both sides.
around_s = Fraction(1, 2)
# A seek may land behind the time that was asked for; the last step is the file's begin.
steps_back_s = (Fraction(0), Fraction(5), Fraction(1_000_000))
# A file that ends this much before its own header says so has been cut off.
cut_off_s = 1.0


@dataclass(frozen=True)
class Place:
    """zero_s: the stream's own time of the media's first picture (of its first sound where it has none).

    start_n: the take's first sample, counted from there at 48 kHz. length_n: samples of the take.
    """

    zero_s: Fraction
    start_n: int
    length_n: int

    def time(self, sample: int) -> Fraction:
        """The stream's own seconds of one of the take's samples."""
        return self.zero_s + Fraction(self.start_n + sample, delivery_rate)


def read_sound(clip: pb.Clip, check: Check) -> Sound:
    """float32 [2, length_n(clip)]; silence where the media has no sound, peaks beyond full scale as they are.

    Raises FoleyError: what opening does, E-NOSOUND, E-SPEED for a clip that is not played at its own speed,
    E-LONG, E-FORMAT where the file breaks off within the clip.
    """
    limits.check_length(float(timing.take_length(clip)), 0.0, clip.name)
    return Sound(np.concatenate([np.zeros((2, 0), np.float32), *read_blocks(clip, check)], axis=1))


def read_blocks(clip: pb.Clip, check: Check) -> Iterator[np.ndarray]:
    """The same as blocks float32 [2, n], one after another, of a clip of any length. Raises the same."""
    if playback.speed_of(clip) != 1.0:
        raise FoleyError("E-SPEED", name=clip.name)
    if clip.media.HasField("sequence"):
        raise FoleyError("E-NOSOUND", name=Path(clip.media.sequence.prefix).name)
    place = _place(clip, check)
    stretch = Stretch(place.zero_s, place.start_n, place.length_n)
    for frame in _frames(clip.media.path, place, check):
        yield from stretch.add(frame)
    for block in stretch.rest():
        check()
        yield block


def notes_of(clip: pb.Clip, check: Check) -> list[str]:
    """What reading the clip's sound assumes, in sentences for the editor. Raises what opening does, E-NOSOUND."""
    _, start = _zero(clip.media.path, check)
    note = timecode.origin(clip, start).note
    return [note] if note else []


def _place(clip: pb.Clip, check: Check) -> Place:
    zero_s, start = _zero(clip.media.path, check)
    start_s = timecode.origin(clip, start).start_s - clip.head_handle / timing.record_rate(clip)
    limits.check_place(float(start_s), Path(clip.media.path).name)
    return Place(zero_s, math.floor(start_s * delivery_rate + Fraction(1, 2)), timing.length_n(clip))


def _zero(path: str, check: Check) -> tuple[Fraction, Timecode | None]:
    """When the media's first picture is presented: source ranges count from there, also for sound."""
    with open_media(path) as container:
        sound = _sound_stream(container, path)
        if picture_stream(container) is None:
            times = (frame_time(frame) for frame in decoding.sounds(container, sound, check))
            return next((time for time in times if time is not None), Fraction(0)), None
        stream = prepare(container, Path(path).name)
        stream.thread_type = "NONE"
        first = next(decoding.pictures(container, stream, check), None)
        return first[0] if first else Fraction(0), timecode.embedded(container, stream_rate(stream))


def _sound_stream(container: InputContainer, path: str) -> AudioStream:
    stream = sound_stream(container)
    if stream is None:
        raise FoleyError("E-NOSOUND", name=Path(path).name)
    return stream


def _frames(path: str, place: Place, check: Check) -> Iterator[AudioFrame]:
    """Audio frames that cover the take, from a little before it to a little after."""
    begin_s = place.time(0) - around_s
    for step_s in steps_back_s:
        with open_media(path) as container:
            stream = _sound_stream(container, path)
            frames = _sought(container, stream, begin_s - step_s, check)
            first = next(frames, None)
            is_behind = first is None or (frame_time(first) or begin_s) > begin_s
            if is_behind and step_s != steps_back_s[-1]:
                continue
            if first is not None:
                yield first
                yield from _covering(frames, stream, place, path)
            return


def _sought(container: InputContainer, stream: AudioStream, time: Fraction, check: Check) -> Iterator[AudioFrame]:
    begin_s = (stream.start_time or 0) * (stream.time_base or Fraction(1))
    if time > begin_s and stream.time_base:
        try:
            container.seek(math.floor(time / stream.time_base), stream=stream)
        except broken:
            return iter(())
    return decoding.sounds(container, stream, check)


def _covering(frames: Iterator[AudioFrame], stream: AudioStream, place: Place, path: str) -> Iterator[AudioFrame]:
    last_s = place.time(0)
    for frame in frames:
        yield frame
        last_s = frame_time(frame) or last_s
        if last_s > place.time(place.length_n) + around_s:
            return
    _check_end(stream, last_s, place, path)


def _check_end(stream: AudioStream, last_s: Fraction, place: Place, path: str) -> None:
    begin_s = (stream.start_time or 0) * (stream.time_base or Fraction(1))
    stated_s = float(begin_s) + (stated_length_s(stream) or 0.0)
    if stated_s - float(last_s) > cut_off_s and float(place.time(place.length_n) - last_s) > cut_off_s:
        reason = f"its sound breaks off after {float(last_s - place.zero_s):.1f} s"
        raise FoleyError("E-FORMAT", name=Path(path).name, reason=reason)
