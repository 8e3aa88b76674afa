"""Draws the film's shots into movie files and writes beside them what they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer

from foleyline_engine.film import paint, voice
from foleyline_engine.film.scenes import Shot, rate, shots

bt709, limited_range = 1, 1  # as libavutil numbers them
facts_name = "film.json"
picture_options = {"preset": "superfast", "crf": "20", "threads": "1", "tune": "animation"}
container_options = {"movflags": "+faststart", "fflags": "+bitexact"}


def render(folder: Path) -> list[Path]:
    """Writes every shot as a 1280x720 h264 movie, then `film.json`; the same bytes every time. Answers the movies."""
    folder.mkdir(parents=True, exist_ok=True)
    movies = [write_movie(folder, shot) for shot in shots]
    with _whole(folder / facts_name) as unfinished:
        unfinished.write_text(json.dumps(facts(), indent=1) + "\n", encoding="utf-8")
    return movies


def facts() -> dict[str, list[dict[str, object]]]:
    """What `film.json` says: one entry a shot, in the film's order; times in seconds from the shot's first frame."""
    return {
        "shots": [
            {
                "name": shot.name,
                "file": f"{shot.name}.mp4",
                "rate_num": rate.numerator,
                "rate_den": rate.denominator,
                "frames": shot.frames,
                "prompt": shot.prompt,
                "contacts_s": [round(moment, 6) for moment in shot.contacts_s],
                "voiced": [[round(edge, 6) for edge in stretch] for stretch in shot.voiced],
                "source": shot.source,
            }
            for shot in shots
        ]
    }


def write_movie(folder: Path, shot: Shot) -> Path:
    """Writes `NAME.mp4` into the folder, whole or not at all."""
    path = folder / f"{shot.name}.mp4"
    with _whole(path) as unfinished, av.open(str(unfinished), "w", "mp4", container_options=container_options) as out:
        picture = _picture_stream(out)
        sound = _sound_stream(out) if shot.sound else None
        backdrop = shot.backdrop()
        for number in range(shot.frames):
            out.mux(picture.encode(_frame(shot.picture(backdrop, number), number)))
        out.mux(picture.encode(None))
        if sound and shot.sound:
            _lay_sound(out, sound, shot.sound(shot.length_n))
    return path


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A name beside `path` that becomes `path` when all went well, and goes away when it did not."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _picture_stream(out: OutputContainer) -> av.VideoStream:
    stream = out.add_stream("libx264", rate=rate, options=picture_options)
    stream.width, stream.height, stream.pix_fmt = paint.width, paint.height, "yuv420p"
    coder = stream.codec_context
    coder.time_base = 1 / rate
    coder.colorspace = coder.color_primaries = coder.color_trc = bt709
    coder.color_range = limited_range
    return stream


def _sound_stream(out: OutputContainer) -> av.AudioStream:
    stream = out.add_stream("aac", rate=voice.rate, layout="mono")
    stream.bit_rate = 128_000
    return stream


def _frame(image: np.ndarray, number: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p", dst_colorspace="ITU709")
    frame.pts, frame.time_base = number, 1 / rate
    return frame


def _lay_sound(out: OutputContainer, stream: av.AudioStream, samples: np.ndarray) -> None:
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
    frame.sample_rate, frame.pts = voice.rate, 0
    out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
