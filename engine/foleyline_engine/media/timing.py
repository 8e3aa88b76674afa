"""A clip's times in samples: a take is exactly as long as its range says."""

from __future__ import annotations

from fractions import Fraction

from foleyline.errors import FoleyError
from foleyline.timing import day_frames, rate_in, samples
from foleyline.v1 import engine_pb2 as pb


def record_rate(clip: pb.Clip) -> Fraction:
    """The timeline's frames per second."""
    return rate_in(clip.record_range.start, clip.name)


def take_frames(clip: pb.Clip) -> int:
    """Record frames of the take, handles included. Raises E-EMPTY where the clip itself or all of it has none."""
    frames = clip.record_range.duration.value + clip.head_handle + clip.tail_handle
    if min(frames, clip.record_range.duration.value) <= 0:
        raise FoleyError("E-EMPTY", name=clip.name)
    return frames


def take_length(clip: pb.Clip) -> Fraction:
    """Seconds of the take, handles included."""
    return take_frames(clip) / record_rate(clip)


def length_n(clip: pb.Clip) -> int:
    """Samples of the take, handles included."""
    return samples(take_frames(clip), record_rate(clip))


def head_n(clip: pb.Clip) -> int:
    """Samples of the head handle."""
    return samples(clip.head_handle, record_rate(clip))


def time_reference(clip: pb.Clip) -> int:
    """Samples since midnight of the take's first sample; a take that begins before midnight is the day before's.

    From the frame count, not from timecode read as seconds: at 23.976 the day of 24 timecode hours is longer than
    86400 s, and wraps after its own count of frames.
    """
    rate = record_rate(clip)
    frames = clip.record_range.start.value - clip.head_handle
    return samples(frames % day_frames(rate, clip.drop_frame), rate)
