"""Production sound to dialogue and M&E stems, headless: whole files, or a timeline's clips on lanes of their own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from foleyline.errors import FoleyError
from foleyline.timing import delivery_rate, rate_in, round_half_up
from foleyline.v1 import engine_pb2 as pb

from . import batch, deliver, errors, inputs, placing, progress, request
from .engine import Engine
from .hosts import otio_file
from .timeline import SpottedClip
from .timing import rational, seconds_of, time_range

all_done, some_problems, nothing_done = 0, 1, 2
lanes_are_off = "  Its lanes are off: the production sound they sum to still plays. Mute it before you turn them on."


def template(out_dir: Path, separator: str, only_voiced: bool) -> pb.GenerateRequest:
    """The parameters that all requests of this command share."""
    asked = request.default(out_dir, request.now_s())
    asked.run, asked.source = pb.stems, pb.production
    asked.separator, asked.only_voiced = separator, only_voiced
    return asked


def options(paths: Sequence[Path], asked: pb.GenerateRequest, **other) -> batch.Options:
    """other: of `batch.Options`, what the command line says."""
    return batch.Options(
        paths=paths,
        out_dir=Path(asked.out_dir),
        template=asked,
        opening=open_input,
        lanes=placing.stems,
        ending="stems",
        **other,
    )


async def open_input(path: Path, engine: Engine, media_folder: Path, edl_rate: Fraction | None) -> list[inputs.Reel]:
    """As for Foley, and sound files besides, each from its first sample to its last. Raises the same."""
    if not path.exists() or otio_file.is_timeline(path):
        reels = await inputs.open_input(path, engine, media_folder, edl_rate)
    else:
        probe = await engine.probe(pb.Media(path=str(path.absolute())))
        reels = [inputs.movie_reel(path, probe) if probe.has_picture else sound_reel(path, probe)]
    # Foley for the same timeline is placed and undone on its own.
    return [replace(reel, key=f"{reel.key}#stems") for reel in reels]


def sound_reel(path: Path, probe: pb.ProbeReply) -> inputs.Reel:
    """A sound file as one clip without a timeline, counted in samples, at its own time stamp. Raises E-EMPTY."""
    rate = Fraction(delivery_rate)
    length, start = (round_half_up(seconds_of(time) * rate) for time in (probe.duration, _stamp(probe)))
    if length <= 0:
        raise FoleyError("E-EMPTY", name=path.name)
    clip = pb.Clip(name=path.name, reel=path.stem, track="A1", source_range=time_range(0, length, rate))
    clip.media.path = str(path.absolute())
    clip.media.available_start.CopyFrom(rational(0, rate))
    clip.record_range.CopyFrom(time_range(start, length, rate))
    spotted = SpottedClip(clip, available=(Fraction(0), Fraction(length, delivery_rate)))
    return inputs.Reel(path, inputs.stem_of(path), otio.schema.Timeline(path.stem), [spotted], {}, clip.media.path)


def _stamp(probe: pb.ProbeReply) -> pb.RationalTime:
    return probe.start if probe.HasField("start") else rational(0, rate_in(probe.duration))


async def run(asked: batch.Options, *, as_json: bool) -> int:
    """Runs the batch; 0 all done, 1 some clips have problems, 2 nothing could be done."""
    reporters: list[progress.Lines | progress.JsonLines] = []

    def reporter_of(total: int) -> progress.Lines | progress.JsonLines:
        reporters.append(progress.reporter(as_json=as_json, total=total, out=sys.stdout))
        return reporters[0]

    try:
        delivered = await batch.run(asked, reporter_of)
    finally:
        for reporter in reporters:
            reporter.close()
    reporters[0].say(summary(delivered, asked.out_dir))
    return exit_code(delivered)


def exit_code(delivered: Sequence[deliver.Delivered]) -> int:
    rows = [row for each in delivered for row in each.rows]
    done = [row for row in rows if row.take and not row.problem]
    if not done:
        return nothing_done
    return all_done if len(done) == len(rows) else some_problems


def summary(delivered: Sequence[deliver.Delivered], out_dir: Path) -> str:
    """What came of each input, each problem in one sentence, and what the models' licences forbid."""
    lines = []
    for each in delivered:
        made = [row for row in each.rows if row.take]
        lines.append(f"{each.source}: {_made(each, len(made))}")
        lines += [lanes_are_off] if each.timeline else []
        lines += [f"  {note}" for note in dict.fromkeys([*each.notes, *(note for row in made for note in _notes(row))])]
        lines += [f"  {errors.sentence(row.problem)}" for row in each.rows if row.problem]
    lines += dict.fromkeys(term for each in delivered for row in each.rows if row.take for term in row.take.terms)
    lines.append(f"Sound files, takes.json and cue_sheet.csv are in {out_dir}")
    return "\n".join(lines)


def _made(each: deliver.Delivered, count: int) -> str:
    if not count:
        return "no stems were made" if each.rows else "no clips to work on"
    clips = "one clip" if count == 1 else f"{count} clips"
    where = f", placed in {each.timeline}" if each.timeline else ""
    return f"dialogue and M&E stems of {clips}{where}"


def _notes(row: deliver.Row) -> Sequence[str]:
    """What was taken out by whom, and what had to be held."""
    take = row.take or pb.Take()
    told = [f"{row.name}: {note.text}" for note in take.steps if note.step == pb.removing]
    return [*told, *(f"{row.name}: {note}" for note in take.notes)]
