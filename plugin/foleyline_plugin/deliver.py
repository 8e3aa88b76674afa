"""What lies beside the takes for those who go on with them: `takes.json` and the cue sheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf import json_format

from foleyline import version
from foleyline.errors import FoleyError
from foleyline.timing import rate_in, timecode
from foleyline.v1 import engine_pb2 as pb

from . import errors, words

disclosure = "AI generated"
of_stems = "AI separated"


@dataclass(frozen=True)
class Row:
    """One clip and take as it came out: a take, or a problem. clip is None for what is not even a clip."""

    name: str
    clip: pb.Clip | None
    request: pb.GenerateRequest | None = None
    take: pb.Take | None = None
    problem: FoleyError | None = None
    state: str = "problem"


@dataclass(frozen=True)
class Delivered:
    """One input: its file, the timeline that was written for it (None where nothing was placed), its rows.

    notes: what reading it had to assume.
    """

    source: str
    timeline: Path | None
    rows: Sequence[Row]
    notes: Sequence[str] = ()


columns: tuple[str, ...] = (
    "Cue",
    "Reel",
    "Record In",
    "Record Out",
    "Clip",
    "Source",
    "Source In",
    "Source Out",
    "Direction",
    "Left Out",
    "Category",
    "Verdict",
    "Done",
    "Take",
    "Seed",
    "Loudness LUFS",
    "True Peak dBTP",
    "File",
    "File With Voices",
    "Generator",
    "Provenance",
    "Note",
    "State",
)


def record_timecodes(clip: pb.Clip) -> tuple[str, str]:
    """In and (exclusive) out at the timeline's rate; empty for a clip that has no time base."""
    return _timecodes(clip.record_range, drop_frame=clip.drop_frame)


def _timecodes(span: pb.TimeRange, *, drop_frame: bool) -> tuple[str, str]:
    if not span.start.rate_num or not span.start.rate_den:
        return "", ""
    rate = rate_in(span.start)
    out = span.start.value + span.duration.value
    return timecode(span.start.value, rate, drop_frame), timecode(out, rate, drop_frame)


def takes_json(delivered: Sequence[Delivered]) -> str:
    """Every clip: ranges, files, verdict with its text, what was done, seconds per step, or its problem."""
    timelines = [
        {
            "source": each.source,
            "timeline": each.timeline.name if each.timeline else None,
            "notes": list(each.notes),
            "clips": [_row(row) for row in each.rows],
        }
        for each in delivered
    ]
    takes = [row.take for each in delivered for row in each.rows if row.take]
    provenance = of_stems if takes and all(take.HasField("dialogue") for take in takes) else disclosure
    document = {"foleyline": version, "provenance": provenance, "timelines": timelines}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _row(row: Row) -> dict[str, object]:
    plain: dict[str, object] = {"name": row.name, "state": row.state}
    if row.clip:
        record_in, record_out = record_timecodes(row.clip)
        plain |= {"record_in": record_in, "record_out": record_out}
    if row.problem:
        plain["problem"] = {"code": row.problem.code, "text": errors.sentence(row.problem)}
    if row.take:
        plain["take"] = json_format.MessageToDict(
            row.take, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
    elif row.clip:
        plain["clip"] = json_format.MessageToDict(row.clip, preserving_proto_field_name=True)
    return plain


def cue_sheet(delivered: Sequence[Delivered]) -> str:
    """CSV with a byte order mark, so that spreadsheet programs read its UTF-8."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    rows = [row for each in delivered for row in each.rows]
    writer.writerows({"Cue": cue, **_cue(row)} for cue, row in enumerate(rows, start=1))
    return "\ufeff" + text.getvalue()


def _cue(row: Row) -> dict[str, object]:
    cells: dict[str, object] = {"Clip": _text(row.name), "State": row.state}
    if row.clip:
        cells |= _clip_cells(row.clip)
    if row.request:
        cells |= {
            "Direction": _text(row.request.prompt),
            "Left Out": _text(row.request.negative_prompt),
            "Take": row.request.take,
            "Seed": row.request.seed,
        }
    if row.take:
        cells |= _take_cells(row.take)
    if row.problem:
        cells["Note"] = _text(errors.sentence(row.problem))
    return cells


def _clip_cells(clip: pb.Clip) -> dict[str, object]:
    record_in, record_out = record_timecodes(clip)
    source_in, source_out = _timecodes(clip.source_range, drop_frame=False)
    media = clip.media.path or f"{clip.media.sequence.prefix}#{clip.media.sequence.suffix}"
    return {
        "Reel": _text(clip.reel),
        "Record In": record_in,
        "Record Out": record_out,
        "Source": _text(Path(media).name),
        "Source In": source_in,
        "Source Out": source_out,
    }


def _take_cells(take: pb.Take) -> dict[str, object]:
    heard = take.without_voices if take.HasField("without_voices") else take.with_voices
    loudness = heard.loudness
    return {
        "Category": Path(heard.path).name.partition("_")[0],
        "Verdict": words.options[take.verdict.option],
        "Done": words.outcomes[take.outcome],
        "Loudness LUFS": f"{loudness.integrated_lufs:.1f}" if loudness.HasField("integrated_lufs") else "",
        "True Peak dBTP": f"{loudness.true_peak_dbtp:.1f}" if loudness.HasField("true_peak_dbtp") else "",
        "File": take.without_voices.path,
        "File With Voices": take.with_voices.path or take.dialogue.path,
        "Generator": next((note.model for note in take.steps if note.step == pb.generating), ""),
        "Provenance": of_stems if take.HasField("dialogue") else disclosure,
        "Note": _text(" ".join([*take.notes, *take.terms])),
    }


def _text(text: str) -> str:
    """One line; a leading sign that a spreadsheet would run as a formula is kept from being one."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def write(out_dir: Path, delivered: Sequence[Delivered]) -> None:
    """`takes.json` and `cue_sheet.csv`, each whole or not at all. Raises E-OUT."""
    _write_text(out_dir / "takes.json", takes_json(delivered))
    _write_text(out_dir / "cue_sheet.csv", cue_sheet(delivered))


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf8", newline="")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FoleyError("E-OUT", folder=path.parent, reason=error.strerror) from error
