"""What published models come to, in the editor's words: sizes, licences, what is here and what is still to come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from google.protobuf import json_format
from google.protobuf.message import Message

from foleyline.v1 import engine_pb2 as pb

File = pb.ModelFile
commercial = {
    pb.Licence.forbidden: "NOT FOR COMMERCIAL USE",
    pb.Licence.unclear: "commercial use unclear",
    pb.Licence.allowed: "commercial use allowed",
}
states = {
    File.absent: "to download",
    File.partial: "begun",
    File.unchecked: "here, not checked yet",
    File.whole: "here",
    File.damaged: "damaged, to download again",
}
pickles = (".pth", ".pt", ".ckpt", ".bin", ".tar")
steps = {"generator": "Step 1, generate", "judge": "Step 2, judge", "separator": "Step 3, separate"}


def as_json(message: Message) -> str:
    return json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None)


def size(count: float) -> str:
    """Decimal, as disks are sold: `4.1 GB`."""
    for unit, text in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {text}"
    return f"{count:.0f} bytes"


def licence(each: pb.Licence) -> str:
    return each.name if each.commercial == pb.Licence.allowed else f"{each.name}: {each.terms}"


def to_accept(bill: pb.Bill) -> list[pb.Licence]:
    """Licences that limit what may be done, of files still to come, and that nobody accepted here yet."""
    wanted = {file.licence for file in bill.files if file.state in (File.absent, File.partial, File.damaged)}
    return [
        each
        for each in bill.licences
        if each.id in wanted and each.commercial != pb.Licence.allowed and not each.accepted
    ]


def fits(bill: pb.Bill) -> bool:
    return bill.to_download <= bill.free_bytes


def told(bill: pb.Bill) -> str:
    """All of a bill, before the first byte."""
    rows = [_file(file, bill.licences) for file in bill.files]
    lines = _columns([("FILE", "SIZE", "", "LICENCE"), *rows])
    lines.append(f"Into {bill.folder}")
    if not bill.to_download:
        return "\n".join([*lines, "Nothing has to be downloaded."])
    about = "" if all(file.size_is_known for file in bill.files) else "About "
    lines.append(f"{about}{size(bill.to_download)} to download, {size(bill.free_bytes)} free.")
    if not fits(bill):
        lines.append("That does not fit. Free some space, name fewer models, or set FOLEYLINE_MODELS to another disk.")
    if any(file.path.endswith(pickles) for file in bill.files):
        lines.append("When such a file is first used, a copy that loads at once is written beside it, as large again.")
    lines += [f"To be accepted: {licence(each)} (--accept-licence {each.id})" for each in to_accept(bill)]
    return "\n".join(lines)


def _file(file: File, licences: Sequence[pb.Licence]) -> tuple[str, ...]:
    name = next((each.name for each in licences if each.id == file.licence), file.licence)
    about = "" if file.size_is_known else "about "
    state = states[file.state]
    if file.state == File.partial:
        state = f"begun, {100 * file.here // max(1, file.size)} %"
    return (file.path, about + size(file.size), state, name)


def table(reply: pb.ListModelsReply) -> str:
    """Every model by its step; those that may not be used commercially say so first."""
    lines = []
    for step, title in steps.items():
        lines += ["", title]
        for model in reply.models:
            if model.step == step:
                lines += _model(model, {each.id: each for each in reply.licences})
    lines += ["", f"Models are kept in {reply.folder} ({size(reply.free_bytes)} free)."]
    return "\n".join([*lines[1:], _advice(reply)])


def _model(model: pb.PublishedModel, licences: dict[str, pb.Licence]) -> list[str]:
    found = list(dict.fromkeys(licences[file.licence].commercial for file in model.files))
    strictest = min(found, key=list(commercial).index, default=pb.Licence.unclear)
    names = "; ".join(dict.fromkeys(licences[file.licence].name for file in model.files))
    memory = ", ".join(f"{need:g} GB in {precision}" for precision, need in sorted(model.memory_gb.items()))
    lines = [
        f"  {model.name}: {size(sum(file.size for file in model.files))}, {here(model.files)}",
        f"      {commercial[strictest]} ({names})",
        f"      {model.purpose}",
    ]
    if memory:
        lines.append(f"      memory: {memory}")
    if model.note:
        lines.append(f"      {model.note}")
    if not model.can_run:
        lines.append("      this version of Foleyline cannot run it yet")
    return lines


def here(files: Iterable[File]) -> str:
    """How a model stands: `here`, `not here`, `damaged`, or how much of it is here."""
    files = list(files)
    if any(file.state == File.damaged for file in files):
        return "damaged"
    if all(file.state in (File.whole, File.unchecked) for file in files):
        return "here"
    count = sum(file.here for file in files)
    return f"{size(count)} of it here" if count else "not here"


def _advice(reply: pb.ListModelsReply) -> str:
    machine = f"{reply.memory_gb:.0f} GB of graphics memory" if reply.memory_gb else "no graphics memory that is known"
    best = {}
    unable = {model.name for model in reply.models if not model.can_run}
    known = [each for each in reply.recommendations if each.model not in unable]
    for each in known:
        if each.memory_gb <= reply.memory_gb:
            best[each.step] = each.model
    more = [f"{each.model} from {each.memory_gb:g} GB" for each in known if each.memory_gb]
    lines = [f"With {machine}: {', '.join(f'{step} {model}' for step, model in best.items())}."] if best else []
    if more:
        lines.append(f"In general: {', '.join(more)}; the built-in models otherwise.")
    return "\n".join(lines)


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
