"""Packets to frames: damaged packets are passed over as players do, and `check` is called between packets."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TypeVar

from av import AudioFrame, Packet, VideoFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from foleyline_engine.media.opening import broken
from foleyline_engine.models.exchange import Check

F = TypeVar("F", AudioFrame, VideoFrame)


def sounds(container: InputContainer, stream: AudioStream, check: Check) -> Iterator[AudioFrame]:
    """Audio frames from where the container stands to its end."""
    for packet in packets(container, stream, check):
        try:
            yield from stream.decode(packet)
        except broken:
            continue


def pictures(container: InputContainer, stream: VideoStream, check: Check) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Presentation times (the stream's own seconds, strictly rising) and frames, from where the container stands."""
    last: Fraction | None = None
    for packet in packets(container, stream, check):
        try:
            frames = stream.decode(packet)
        except broken:
            continue
        for frame in frames:
            time = _time(frame, stream, last)
            if last is None or time > last:
                last = time
                yield time, frame


def packets(container: InputContainer, stream: VideoStream | AudioStream, check: Check) -> Iterator[Packet | None]:
    """Packets to the end, an empty one last; None where the file breaks off."""
    demuxed = container.demux(stream)
    while True:
        check()
        try:
            packet = next(demuxed, None)
        except broken:
            # The file breaks off here: what the decoder still holds comes out with an empty packet.
            yield None
            return
        if packet is None:
            return
        yield packet


def _time(frame: VideoFrame, stream: VideoStream, last: Fraction | None) -> Fraction:
    stamp = frame.pts if frame.pts is not None else frame.dts
    if stamp is not None and frame.time_base:
        return stamp * frame.time_base
    if last is None:
        return Fraction(0)
    return last + 1 / (stream.guessed_rate or stream.average_rate or Fraction(25))
