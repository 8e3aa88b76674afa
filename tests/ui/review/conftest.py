"""Takes that the real engine made of films whose every picture says its number; a tape in place of a sound device."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PyQt6.QtGui import QImage

from foleyline.timing import frame_count
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.film import reel, scenes
from foleyline_plugin import engine, request
from foleyline_plugin.timing import time_range
from foleyline_plugin.ui.review.output import ClockSink, Trouble
from foleyline_plugin.ui.review.panel import ReviewPanel

rates = {
    "23.976": Fraction(24000, 1001),
    "25": Fraction(25),
    "29.97 DF": Fraction(30000, 1001),
    "60": Fraction(60),
}
film_frames, first_used, own_frames, handle = 90, 20, 40, 6
bits, block = 8, 16


def numbered_film(
    path: Path, rate: Fraction, frames: int = film_frames, codec: str = "mpeg4", pixels: str = "yuv420p"
) -> Path:
    """Pictures of which each shows its number as black and white fields, the lowest bit first, in two mirrored rows."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = bits * block, 4 * block, pixels
        stream.bit_rate = 2_000_000
        stream.gop_size = 12
        for number in range(frames):
            row = np.repeat([235 if number >> bit & 1 else 16 for bit in range(bits)], block).astype(np.uint8)
            gray = np.repeat(row[None, :], 4 * block, axis=0)
            frame = av.VideoFrame.from_ndarray(np.repeat(gray[:, :, None], 3, axis=2), format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def number_in(image: QImage | None) -> int | None:
    """The number that a picture of a numbered film shows."""
    if image is None:
        return None
    step = image.width() / bits
    return sum(
        (image.pixelColor(int((bit + 0.5) * step), image.height() // 2).lightness() > 128) << bit for bit in range(bits)
    )


def numbered_clip(path: Path, name: str, rate: Fraction, *, drop_frame: bool = False) -> pb.Clip:
    """Pictures 20 to 59 of a numbered film at 00:00:59:20, with six frames of handles, so from picture 14 on."""
    start = frame_count(0, 0, 59, 20, rate, drop_frame)
    return pb.Clip(
        name=name,
        reel="Reel 2",
        track="V1",
        media=pb.Media(path=str(path), available_start=time_range(0, 0, rate).start),
        source_range=time_range(first_used, own_frames, rate),
        record_range=time_range(start, own_frames, rate),
        head_handle=handle,
        tail_handle=handle,
        drop_frame=drop_frame,
    )


@dataclass(frozen=True)
class Made:
    """Takes by name, and the folder that their files lie in."""

    folder: Path
    takes: dict[str, pb.Take]

    def __getitem__(self, name: str) -> pb.Take:
        take = pb.Take()
        take.CopyFrom(self.takes[name])
        return take


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """By rate: of numbered films. narrated: production sound with a voice-over; silent: the same, left empty."""
    folder = tmp_path_factory.mktemp("review")
    shot = reel.write_movie(folder, next(shot for shot in scenes.shots if shot.name == "narrated"))
    wanted = {}
    for name, rate in rates.items():
        path = numbered_film(folder / f"numbered {name}.mp4", rate)
        wanted[name] = _asked(folder, numbered_clip(path, f"Sh {name}", rate, drop_frame="DF" in name))
    narrated = _asked(folder, _whole(shot, 120), source=pb.production)
    wanted["narrated"] = narrated
    wanted["silent"] = _asked(folder, narrated.clip, source=pb.production, fallback=pb.rm)
    before = dict(os.environ)
    os.environ |= {"FOLEYLINE_RUNTIME": str(tmp_path_factory.mktemp("runtime")), "FOLEYLINE_IDLE": "3"}
    try:
        return Made(folder, asyncio.run(_generated(wanted)))
    finally:
        os.environ.clear()
        os.environ |= before


def _whole(path: Path, frames: int) -> pb.Clip:
    rate = rates["23.976"]
    return pb.Clip(
        name="narrated",
        reel="Reel 2",
        media=pb.Media(path=str(path), available_start=time_range(0, 0, rate).start),
        source_range=time_range(0, frames, rate),
        record_range=time_range(86400, frames, rate),
    )


def _asked(folder: Path, clip: pb.Clip, **parameters: int) -> pb.GenerateRequest:
    asked = request.default(folder, 1_700_000_000)
    asked.clip.CopyFrom(clip)
    asked.take = 1
    for name, value in parameters.items():
        setattr(asked, name, value)
    return asked


async def _generated(wanted: dict[str, pb.GenerateRequest]) -> dict[str, pb.Take]:
    link = await engine.connect()

    async def one(asked: pb.GenerateRequest) -> pb.Take:
        return [event async for event in link.generate(asked)][-1].take

    try:
        takes = await asyncio.gather(*(one(asked) for asked in wanted.values()))
    finally:
        await link.close()
    return dict(zip(wanted, takes, strict=True))


class Tape(ClockSink):
    """Keeps all that would have been heard."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[np.ndarray] = []

    def put(self, samples: np.ndarray) -> None:
        super().put(samples)
        self.parts.append(samples)

    @property
    def samples(self) -> np.ndarray:
        return np.concatenate(self.parts) if self.parts else np.zeros((0, 2), np.float32)


@pytest.fixture
def tape() -> Tape:
    return Tape()


@pytest.fixture
def panel(qtbot, tape: Tape) -> Iterator[ReviewPanel]:
    widget = ReviewPanel(open_sink=lambda: (tape, Trouble.none))
    qtbot.addWidget(widget)
    widget.resize(420, 900)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget
    widget.stage.threads.close()


@pytest.fixture
def shown(panel: ReviewPanel, made: Made, qtbot) -> Callable[..., ReviewPanel]:
    """shown(name) shows a take that was made, waits until it can be heard, seen and is drawn."""

    def show(name: str, **options: Any) -> ReviewPanel:
        panel.show_take(made[name], made.folder, None, **options)
        qtbot.waitUntil(lambda: panel.stage.picture.image is not None, timeout=10_000)
        qtbot.waitUntil(lambda: all(track.is_drawn for track in panel.stage.versions.tracks), timeout=10_000)
        panel.activateWindow()
        panel.stage.picture.setFocus()
        qtbot.waitUntil(panel.isActiveWindow)
        return panel

    return show


def until(qtbot, holds: Callable[[], bool], timeout_s: float = 10) -> None:
    qtbot.waitUntil(holds, timeout=round(timeout_s * 1000))


def wait(qtbot, seconds: float) -> None:
    """Lets the window live for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        qtbot.wait(10)
