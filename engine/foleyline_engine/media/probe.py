"""Says what a media file is: length, rate, streams, start timecode. Decodes one picture at most."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import decoding, timecode
from foleyline_engine.media.lengths import stated_length_s
from foleyline_engine.media.opening import is_still, open_media, picture_stream, sound_stream
from foleyline_engine.media.pictures import (
    first_picture,
    prepare,
    sequence_grid,
    sequence_path,
    stream_rate,
)
from foleyline_engine.media.scaling import Orientation

bare_sounds = {"mp3", "aac", "ac3", "eac3", "dts", "amr"}
largest_stamp = 1 << 62
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
        if picture_stream(container) is None:
            return _probe_sound(container, name)
        reply = _probe_movie(container, name)
    reply.width, reply.height = _upright_size(media.path)
    # Bare streams say no length; their packets are read through, not decoded.
    reply.duration.value = reply.duration.value or _counted(media.path)
    return reply


def _probe_sequence(sequence: pb.ImageSequence) -> pb.ProbeReply:
    sequence_grid(sequence)
    width, height = _upright_size(sequence_path(sequence, 0))
    rate = Fraction(sequence.rate_num, sequence.rate_den)
    return pb.ProbeReply(duration=_time(sequence.count, rate), has_picture=True, width=width, height=height)


def _probe_sound(container: InputContainer, name: str) -> pb.ProbeReply:
    stream = sound_stream(container)
    if stream is None:
        raise FoleyError("E-FORMAT", name=name, reason="it has neither picture nor sound")
    rate = Fraction(stream.rate)
    stamp = container.metadata.get("time_reference", "")
    return pb.ProbeReply(
        duration=_time(round(_sound_length_s(container, stream) * rate), rate),
        start=_time(int(stamp), rate) if stamp.isdecimal() and int(stamp) < largest_stamp else None,
        has_sound=True,
    )


def _sound_length_s(container: InputContainer, stream: AudioStream) -> Fraction:
    """Exact where the file says so; what bare packets hold, counted, where it can only guess."""
    if container.format.name not in bare_sounds:
        if stream.duration and stream.time_base:
            return stream.duration * stream.time_base
        return Fraction(stated_length_s(stream) or (container.duration or 0) / 1e6)
    packets = decoding.packets(container, stream, lambda: None)
    ticks = sum(packet.duration or 0 for packet in packets if packet and packet.size)
    return ticks * (stream.time_base or Fraction(0))


def _probe_movie(container: InputContainer, name: str) -> pb.ProbeReply:
    stream = prepare(container, name)
    rate = stream_rate(stream)
    start = timecode.embedded(container, rate)
    return pb.ProbeReply(
        has_picture=True,
        has_sound=sound_stream(container) is not None,
        is_still=is_still(container),
        is_variable_rate=_is_variable(container, stream),
        drop_frame=start is not None and start.drop_frame,
        duration=_time(1 if is_still(container) else _frames(container, stream, rate), rate),
        start=_time(start.frames, rate) if start else None,
    )


def _time(value: int, rate: Fraction) -> pb.RationalTime:
    return pb.RationalTime(value=value, rate_num=rate.numerator, rate_den=rate.denominator)


def _frames(container: InputContainer, stream: VideoStream, rate: Fraction) -> int:
    length_s = stated_length_s(stream) or (container.duration or 0) / 1e6
    return round(length_s * rate)


def _counted(path: str) -> int:
    with open_media(path) as container:
        stream = prepare(container, Path(path).name)
        return sum(1 for packet in decoding.packets(container, stream, lambda: None) if packet and packet.size)


def _upright_size(path: str) -> tuple[int, int]:
    frame = first_picture(path)
    return Orientation(frame).size(frame.width, frame.height)


def _is_variable(container: InputContainer, stream: VideoStream) -> bool:
    """True where pictures stay on screen for clearly different times."""
    stamps = [entry.timestamp for entry in stream.index_entries if not entry.is_discard]
    if not 0 < stream.frames <= len(stamps):
        stamps = _first_stamps(container, stream)
    return _is_uneven(stamps)


def _first_stamps(container: InputContainer, stream: VideoStream) -> list[int]:
    """Presentation times of the first packets; decoding times where a format gives only those of some."""
    looked_at, size = [], 0
    for packet in islice(decoding.packets(container, stream, lambda: None), looked_at_packets):
        if packet is None or size > looked_at_bytes:
            break
        size += packet.size
        looked_at += [packet] if packet.size and not packet.is_discard else []
    has_times = all(packet.pts is not None for packet in looked_at)
    stamps = (packet.pts if has_times else packet.dts for packet in looked_at)
    return [stamp for stamp in stamps if stamp is not None]


def _is_uneven(stamps: Sequence[int]) -> bool:
    steps = np.diff(np.sort(np.array(stamps, np.int64)))
    if len(steps) < 2:
        return False
    usual = np.median(steps)
    # The last packets that were looked at may still lack the ones presented between them.
    inner = steps[:-4] if len(steps) > 16 else steps
    return bool((np.abs(inner - usual) > max(1.5, 0.05 * usual)).any())
