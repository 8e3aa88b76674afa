"""One small picture of a clip, for a list of clips."""

from __future__ import annotations

from fractions import Fraction

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media.picture import read_frames
from foleyline_engine.models.exchange import View

largest = 1024


def thumbnail(clip: pb.Clip, width: int, height: int) -> pb.ThumbnailReply:
    """The picture in the middle of the clip, within a box of so many pixels. Raises what `read_frames` does."""
    if not (0 < width <= largest and 0 < height <= largest):
        raise FoleyError("E-REQUEST", reason=f"a thumbnail of {width} x {height} pixels")
    view = View(width, height, rate=Fraction(1), colour="rgb", fit="inside")
    pixels = read_frames(_middle(clip), [view], lambda: None)[view].pixels[0]
    return pb.ThumbnailReply(width=pixels.shape[1], height=pixels.shape[0], rgb=pixels.tobytes())


def _middle(clip: pb.Clip) -> pb.Clip:
    """One frame of the clip: the picture frozen at the middle of its source."""
    frame = pb.Clip()
    frame.CopyFrom(clip)
    frame.source_range.start.value += clip.source_range.duration.value // 2
    frame.source_range.duration.value = 1
    frame.record_range.duration.value = 1
    frame.time_scalar = 0.0
    frame.head_handle = frame.tail_handle = 0
    return frame
