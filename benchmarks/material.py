"""Film to measure on: 1080p shots made by ffmpeg, and timelines of them."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

encoder = ["-c:v", "libx264", "-preset", "medium", "-crf", "20", "-pix_fmt", "yuv420p"]


def movie(path: Path, *, seconds: float, size: str = "1920x1080", rate: str = "25", picture: str = "testsrc2") -> Path:
    """A moving test picture as h264 with a tone, GOP and B-frames as encoders choose them."""
    pictures = ["-f", "lavfi", "-i", f"{picture}{'=' if '=' not in picture else ':'}size={size}:rate={rate}"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=220:sample_rate=48000"]
    return _encoded([*pictures, *tone, "-t", str(seconds), "-c:a", "aac"], path)


def scaled(source: Path, path: Path, *, loops: int) -> Path:
    """Real footage at 1080p with film grain, repeated to a useful length."""
    look = "scale=1920:1080:flags=bicubic,setsar=1,noise=alls=6:allf=t"
    return _encoded(["-stream_loop", str(loops - 1), "-i", str(source), "-vf", look, "-an"], path)


def _encoded(inputs: list[str], path: Path) -> Path:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, *encoder, str(path)], check=True)
    return path


def timeline(path: Path, media: list[Path], *, rate: Fraction, frames: int, clips: int) -> Path:
    """So many clips in a row from 01:00:00:00, going round the media."""
    fps = float(rate)
    start = otio.opentime.RationalTime(3600 * round(fps), fps)
    cut = otio.schema.Timeline(path.stem, global_start_time=start)
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, fps), otio.opentime.RationalTime(frames, fps))
    for n in range(clips):
        reference = otio.schema.ExternalReference(str(media[n % len(media)]), span)
        track.append(otio.schema.Clip(f"Sh {n + 1:03d}", reference, span))
    cut.tracks.append(track)
    otio.adapters.write_to_file(cut, str(path))
    return path
