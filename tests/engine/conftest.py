"""Movies whose pictures carry their own number, and clips that ask for parts of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from foleyline.v1 import engine_pb2 as pb

bits = 8


def numbered(number: int, width: int = 128, height: int = 96) -> np.ndarray:
    """Gray [height, width]: the number in binary, one bright or dark column a bit."""
    columns = [235 if number >> bit & 1 else 16 for bit in range(bits)]
    return np.repeat(np.repeat(np.array([columns], np.uint8), width // bits, axis=1), height, axis=0)


def _number(pixels: np.ndarray) -> int:
    """The number that a gray picture of any size carries."""
    columns = np.array_split(pixels.astype(float), bits, axis=1)
    middles = [column[:, column.shape[1] // 4 : -(column.shape[1] // 4) or None].mean() for column in columns]
    return sum(int(value > 127) << bit for bit, value in enumerate(middles))


def _movie(
    path: Path,
    times: Iterable[Fraction],
    *,
    rate: Fraction = Fraction(25),
    time_base: Fraction = Fraction(1, 90000),
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    draw: Callable[[int], np.ndarray] = numbered,
) -> Path:
    with av.open(str(path), "w") as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=rate, options=options or {}))
        height, width = draw(0).shape[:2]
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.codec_context.time_base = time_base
        for number, time in enumerate(times):
            pixels = draw(number)
            frame = VideoFrame.from_ndarray(pixels, format="gray" if pixels.ndim == 2 else "rgb24")
            frame.pts, frame.time_base = round(time / time_base), time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _clip(
    path: Path | str,
    start: int,
    frames: int,
    rate: Fraction = Fraction(25),
    *,
    record_rate: Fraction | None = None,
    record_start: int = 0,
    source_frames: int | None = None,
    **fields: Any,
) -> pb.Clip:
    """A clip of `frames` record frames whose source range begins at frame `start`."""
    source = frames if source_frames is None else source_frames
    clip = pb.Clip(name="Sh 012", reel="Reel 2", **fields)
    clip.source_range.CopyFrom(_range(start, source, rate))
    clip.record_range.CopyFrom(_range(record_start, frames, record_rate or rate))
    if not clip.HasField("media"):
        clip.media.path = str(path)
    return clip


def _range(start: int, frames: int, rate: Fraction) -> pb.TimeRange:
    first, count = (
        pb.RationalTime(value=value, rate_num=rate.numerator, rate_den=rate.denominator) for value in (start, frames)
    )
    return pb.TimeRange(start=first, duration=count)


def _ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def movie() -> Callable[..., Path]:
    return _movie


@pytest.fixture(scope="session")
def clip() -> Callable[..., pb.Clip]:
    return _clip


@pytest.fixture(scope="session")
def number() -> Callable[[np.ndarray], int]:
    return _number


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., None]:
    return _ffmpeg
