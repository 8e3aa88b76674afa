"""`foleyline doctor`: what is installed, what is missing, what to do."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from foleyline import runtime, version
from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import bills, engine, errors

adapters = {
    ".otio .otioz .otiod": ("opentimelineio", "opentimelineio"),
    ".xml (FCP 7)": ("otio_fcp_adapter", "otio-fcp-adapter"),
    ".edl": ("otio_cmx3600_adapter", "otio-cmx3600-adapter"),
    ".fcpxml": ("otio_fcpx_xml_adapter", "otio-fcpx-xml-adapter"),
    ".aaf": ("otio_aaf_adapter", "otio-aaf-adapter"),
}
"""What can be read -> import name and distribution that read it."""

optional = {"otio-aaf-adapter"}
least_free_mb = 500


@dataclass(frozen=True)
class Finding:
    """state: ok, note or missing. what_to_do: empty where nothing has to be done."""

    state: str
    text: str
    what_to_do: str = ""


async def examine() -> list[Finding]:
    """Looks at everything; starts an engine when none runs."""
    return [_python(), *_adapters(), *_disk(), *await _engine(), _log()]


def _python() -> Finding:
    return Finding("ok", f"Foleyline {version}, Python {platform.python_version()} on {platform.system()}")


def _adapters() -> Iterator[Finding]:
    for suffixes, (module, distribution) in adapters.items():
        if importlib.util.find_spec(module):
            yield Finding("ok", f"reads {suffixes}: {distribution} {metadata.version(distribution)}")
        else:
            state = "note" if distribution in optional else "missing"
            yield Finding(state, f"{suffixes} cannot be read", f"pip install {distribution}")


def _disk() -> Iterator[Finding]:
    for name, folder in (("runtime", runtime.folder()), ("temporary", tempfile.gettempdir())):
        free_mb = shutil.disk_usage(folder).free // 1_000_000
        if free_mb < least_free_mb:
            yield Finding("missing", f"{name} folder {folder}: {free_mb} MB free", "Free some space.")
        else:
            yield Finding("ok", f"{name} folder {folder}: {free_mb} MB free")


async def _engine() -> list[Finding]:
    try:
        link = await engine.connect()
        hello = await link.hello()
        weights = list(_weights(await link.list_models()))
        await link.close()
    except FoleyError as problem:
        return [Finding("missing", errors.sentence(problem), "Install the engine: pip install 'foleyline[engine]'")]
    except engine.Lost:
        return [Finding("missing", "The engine went away while it was asked.", "Run the doctor again.")]
    return [
        Finding("ok", f"engine {hello.version}, process {hello.pid}, {hello.device}, Python {hello.python}"),
        *_models(hello),
        *weights,
    ]


def _models(hello: pb.HelloReply) -> Iterator[Finding]:
    steps = {
        "generator": hello.generators,
        "judge": hello.judges,
        "separator": hello.separators,
        "silence": hello.silences,
    }
    for step, names in steps.items():
        for name in names:
            reason = hello.missing.get(f"{step} {name}")
            if reason:
                yield Finding("missing", f"{step} {name}: {reason}", "pip install 'foleyline[engine]'")
            else:
                yield Finding("ok", f"{step} {name}")


def _weights(reply: pb.ListModelsReply) -> Iterator[Finding]:
    """Published models of which something is here."""
    yield Finding("note", f"models are kept in {reply.folder}, {bills.size(reply.free_bytes)} free")
    for model in reply.models:
        state = bills.here(model.files)
        if state == "damaged":
            yield Finding("missing", f"model {model.name}: damaged", f"foleyline models repair {model.name}")
        elif state == "here":
            yield Finding("ok", f"model {model.name}: here")
        elif model.files[0].here:
            yield Finding("note", f"model {model.name}: {state}", f"foleyline models fetch {model.name}")


def _log() -> Finding:
    return Finding("note", f"the engine's log is {runtime.log_file()}")


def tell(findings: list[Finding]) -> str:
    marks = {"ok": "ok      ", "note": "        ", "missing": "MISSING "}
    lines = []
    for finding in findings:
        lines.append(marks[finding.state] + finding.text)
        if finding.what_to_do:
            lines.append(f"         -> {finding.what_to_do}")
    return "\n".join(lines)
