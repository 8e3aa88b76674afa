"""How long a stream is, by what its file says."""

from __future__ import annotations

import re

from av.audio.stream import AudioStream
from av.video.stream import VideoStream

clock = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def stated_length_s(stream: VideoStream | AudioStream) -> float | None:
    """Seconds by the stream's own header (or its DURATION tag, in Matroska); None where it has none."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    match = clock.match(stream.metadata.get("DURATION", ""))
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) if match else None
