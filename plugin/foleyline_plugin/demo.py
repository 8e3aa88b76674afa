"""`foleyline demo`: a short film rendered here, cut into a timeline, Foley made for all of it."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import batch, request, show
from .engine import engine_package
from .hosts import mlt, otio_file

hour_s = 3600


@dataclass(frozen=True)
class Shot:
    """One shot of the film: its file, frames at the film's rate, direction, and where step 1's sound comes from."""

    name: str
    path: Path
    frames: int
    rate: Fraction
    prompt: str
    source: pb.Source


async def run(out_dir: Path, *, as_json: bool) -> int:
    """Renders the film where it is missing, runs all four steps on it, and writes a preview for MLT."""
    shots = await _film(out_dir / "film")
    timeline_path = out_dir / "film" / "film.otio"
    otio_file.write(timeline(shots), timeline_path)
    by_path = {str(shot.path): shot for shot in shots}

    def directed(asked: pb.GenerateRequest) -> pb.GenerateRequest:
        shot = by_path[asked.clip.media.path]
        asked.prompt, asked.source = shot.prompt, shot.source
        return asked

    options = batch.Options([timeline_path], out_dir, request.default(out_dir, request.now_s()))
    code = await show.run(options, as_json=as_json, adapt=directed)
    placed = out_dir / "film_foley.otio"
    if placed.exists():
        preview = out_dir / "film_foley.mlt"
        mlt.write(otio.adapters.read_from_file(str(placed)), preview)
        if not as_json:
            print(f"Hear it with the picture, where MLT is installed: melt {preview}")
    return code


async def _film(folder: Path) -> list[Shot]:
    if not (folder / "film.json").exists():
        command = [sys.executable, "-m", engine_package, "film", str(folder)]
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        _, words = await process.communicate()
        if process.returncode:
            last = words.decode(errors="replace").strip().splitlines()[-1:]
            raise FoleyError("E-ENGINE", reason=" ".join(last) or "the film could not be rendered")
    facts = json.loads((folder / "film.json").read_text(encoding="utf8"))
    return [_shot(folder, shot) for shot in facts["shots"]]


def _shot(folder: Path, facts: dict) -> Shot:
    return Shot(
        name=facts["name"],
        path=folder / facts["file"],
        frames=facts["frames"],
        rate=Fraction(facts["rate_num"], facts["rate_den"]),
        prompt=facts["prompt"],
        source=request.sources[facts["source"]],
    )


def timeline(shots: list[Shot]) -> otio.schema.Timeline:
    """The shots one after another on V1, from 01:00:00:00."""
    rate = shots[0].rate
    start = otio.opentime.RationalTime(hour_s * round(rate), float(rate))
    cut = otio.schema.Timeline("film", global_start_time=start)
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for shot in shots:
        span = otio.opentime.TimeRange(
            otio.opentime.RationalTime(0, float(shot.rate)),
            otio.opentime.RationalTime(shot.frames, float(shot.rate)),
        )
        track.append(otio.schema.Clip(shot.name, otio.schema.ExternalReference(str(shot.path), span), span))
    cut.tracks.append(track)
    return cut
