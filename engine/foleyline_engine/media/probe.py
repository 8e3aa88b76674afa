"""Says what a media file is: length, rate, streams, start timecode. Decodes one picture at most."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import decoding, timecode
from foleyline_engine.media.lengths import stated_length_s
from foleyline_engine.media.opening import is_still, open_media, picture_stream, sound_stream
from foleyline_engine.media.pictures import (
    no_picture,
    prepare,
    sequence_grid,
    sequence_path,
    still_picture,
    stream_rate,
)
from foleyline_engine.media.scaling import Orientation

sound_rate = Fraction(1000)
looked_at_packets = 250
looked_at_bytes = 32_000_000


def probe(media: pb.Media) -> pb.ProbeReply:
    """What the engine can say of a file without reading it through.

    Raises what opening does (E-MEDIA, E-FORMAT, E-LIMIT), E-FORMAT where nothing in it can be decoded.
    """
    if media.HasField("sequence"):
        return _probe_sequence(media.sequence)
    name = Path(media.path).name
    with open_media(media.path) as container:
        return _probe_movie(container, name) if picture_stream(container) else _probe_sound(container, name)


def _probe_sequence(sequence: pb.ImageSequence) -> pb.ProbeReply:
    sequence_grid(sequence)
    frame = still_picture(sequence_path(sequence, 0))
    width, height = Orientation(frame).size(frame.width, frame.height)
    rate = Fraction(sequence.rate_num, sequence.rate_den)
    return pb.ProbeReply(duration=_time(sequence.count, rate), has_picture=True, width=width, height=height)


def _probe_sound(container: InputContainer, name: str) -> pb.ProbeReply:
    stream = sound_stream(container)
    if stream is None:
        raise FoleyError("E-FORMAT", name=name, reason="it has neither picture nor sound")
    length_s = stated_length_s(stream) or (container.duration or 0) / 1e6
    return pb.ProbeReply(duration=_time(round(length_s * sound_rate), sound_rate), has_sound=True)


def _probe_movie(container: InputContainer, name: str) -> pb.ProbeReply:
    stream = prepare(container, name)
    stream.thread_type = "NONE"
    rate = stream_rate(stream)
    start = timecode.embedded(container, rate)
    reply = pb.ProbeReply(
        has_picture=True,
        has_sound=sound_stream(container) is not None,
        is_still=is_still(container),
        is_variable_rate=_is_variable(container, stream),
        drop_frame=start is not None and start.drop_frame,
        duration=_time(1 if is_still(container) else _frames(container, stream, rate), rate),
        start=_time(start.frames, rate) if start else None,
    )
    reply.width, reply.height = _upright_size(container, stream, name)
    return reply


def _time(value: int, rate: Fraction) -> pb.RationalTime:
    return pb.RationalTime(value=value, rate_num=rate.numerator, rate_den=rate.denominator)


def _frames(container: InputContainer, stream: VideoStream, rate: Fraction) -> int:
    length_s = stated_length_s(stream) or (container.duration or 0) / 1e6
    return round(length_s * rate) if length_s else _counted(container, stream)


def _counted(container: InputContainer, stream: VideoStream) -> int:
    # Bare streams say no length; their packets are read, not decoded.
    return sum(1 for packet in container.demux(stream) if packet.size)


def _upright_size(container: InputContainer, stream: VideoStream, name: str) -> tuple[int, int]:
    container.seek(0)
    for _, frame in decoding.pictures(container, stream, lambda: None):
        return Orientation(frame).size(frame.width, frame.height)
    raise FoleyError("E-FORMAT", name=name, reason=no_picture)


def _is_variable(container: InputContainer, stream: VideoStream) -> bool:
    """True where pictures stay on screen for clearly different times."""
    stamps = [entry.timestamp for entry in stream.index_entries if not entry.is_discard]
    if len(stamps) < max(stream.frames, 3):
        stamps = _first_stamps(container, stream)
    return _is_uneven(stamps)


def _first_stamps(container: InputContainer, stream: VideoStream) -> list[int]:
    stamps, size = [], 0
    for packet in islice(container.demux(stream), looked_at_packets):
        size += packet.size
        if packet.pts is not None and not packet.is_discard:
            stamps.append(packet.pts)
        if size > looked_at_bytes:
            break
    return stamps


def _is_uneven(stamps: Sequence[int]) -> bool:
    steps = np.diff(np.sort(np.array(stamps, np.int64)))
    if len(steps) < 2:
        return False
    usual = np.median(steps)
    # The last packets that were looked at may still lack the ones presented between them.
    inner = steps[:-4] if len(steps) > 16 else steps
    return bool((np.abs(inner - usual) > max(1.5, 0.05 * usual)).any())
