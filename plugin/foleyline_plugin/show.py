"""A batch run in a terminal: progress while it runs, what came out, and the exit code that says so."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from foleyline.v1 import engine_pb2 as pb

from . import batch, deliver, errors, progress
from .jobs import State

all_placed, some_problems, nothing_done = 0, 1, 2


async def run(options: batch.Options, *, as_json: bool, adapt: batch.Adapt | None = None) -> int:
    """Runs the batch; 0 all placed, 1 some clips have problems, 2 nothing could be done."""
    reporters: list[progress.Lines | progress.JsonLines] = []

    def reporter_of(total: int) -> progress.Lines | progress.JsonLines:
        reporters.append(progress.reporter(as_json=as_json, total=total, out=sys.stdout))
        return reporters[0]

    try:
        delivered = await batch.run(options, reporter_of, adapt or batch.as_is)
    finally:
        for reporter in reporters:
            reporter.close()
    reporters[0].say(summary(delivered, options))
    return exit_code(delivered)


def exit_code(delivered: Sequence[deliver.Delivered]) -> int:
    rows = [row for each in delivered for row in each.rows]
    placed = [row for row in rows if row.state == State.placed]
    if not placed:
        return nothing_done
    return all_placed if len(placed) == len(rows) else some_problems


def summary(delivered: Sequence[deliver.Delivered], options: batch.Options) -> str:
    """What was placed where, and each problem in one sentence."""
    lines = []
    for each in delivered:
        placed = [row for row in each.rows if row.state == State.placed]
        if each.timeline:
            lines.append(f"{each.source}: {_count(len(placed), 'take')} placed in {each.timeline}")
            lines += _outcomes(placed)
        elif not each.rows:
            lines.append(f"{each.source}: no clips to work on")
        else:
            lines.append(f"{each.source}: nothing was placed")
        lines += [f"  {note}" for note in each.notes]
        lines += [f"  {errors.sentence(row.problem)}" for row in each.rows if row.problem]
    lines += _terms(delivered)
    lines.append(f"Sound files, takes.json and cue_sheet.csv are in {options.out_dir}")
    return "\n".join(lines)


def _terms(delivered: Sequence[deliver.Delivered]) -> list[str]:
    """What the models that were used forbid, each said once."""
    takes = [row.take for each in delivered for row in each.rows if row.take]
    return list(dict.fromkeys(term for take in takes for term in take.terms))


def _outcomes(placed: Sequence[deliver.Row]) -> list[str]:
    outcomes = [row.take.outcome for row in placed if row.take]
    counts = {
        pb.voices_removed: "with voices removed",
        pb.regenerated: "generated again without voices",
        pb.original_kept: "silent without its voices, original kept",
        pb.silent_on_purpose: "silent on purpose",
        pb.to_decide: "to decide: the verdict could not be read",
        pb.kept_by_editor: "with voices kept as you said",
    }
    return [f"  {outcomes.count(outcome)} {text}" for outcome, text in counts.items() if outcome in outcomes]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
