"""What "Copy report" puts on the clipboard: what helps to find a fault, with everything private taken out."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from PyQt6.QtCore import QT_VERSION_STR

from foleyline import runtime, version
from foleyline.errors import FoleyError

from .. import errors
from ..desk.form import Form
from .board import Board

log_lines = 300
paths = re.compile(r"(?:[A-Za-z]:[\\/]|/)(?:[^\s\"'“”<>|:*?]+[\\/])*[^\s\"'“”<>|:*?,;]*")
distributions = ("PyQt6", "grpcio", "protobuf", "OpenTimelineIO")


def report(board: Board, form: Form, problem: FoleyError | None = None) -> str:
    """Versions, system, engine, settings, counts, problems, and the end of the engine's log. In English, to be sent."""
    lines = [f"Foleyline {version}", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"]
    lines.append(f"Qt {QT_VERSION_STR}, " + ", ".join(f"{name} {_version(name)}" for name in distributions))
    lamp = board.engine
    lines.append(f"Engine: {lamp.state}, {lamp.hello.device if lamp.hello else 'never seen'}")
    lines.append(f"Models: {form.template.generator}, {form.template.judge}, {form.template.separator}")
    lines.append(f"Timeline: {board.host.state}, {len(board.host.timeline.spots) if board.host.timeline else 0} clips")
    counts = {str(state): number for state, number in board.counts().items() if number}
    lines.append("Takes: " + (", ".join(f"{state} {number}" for state, number in counts.items()) or "none"))
    shown = [problem] if problem else [trouble.problem for trouble in board.troubles[-10:]]
    lines += [f"Problem: {errors.sentence(each)}" for each in shown]
    lines.append(f"The engine's log, last {log_lines} lines:")
    lines += _log()
    return redacted("\n".join(lines), _private(board))


def redacted(text: str, private: Iterable[str]) -> str:
    """Without paths, without names of clips, timelines and files, without the user's name."""
    text = paths.sub("(path)", text)
    lower = text.lower()
    found = {name for name in private if len(name) > 1 and name.lower() in lower}
    for name in sorted(found, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "(name)", text, flags=re.IGNORECASE)
    return text


def _private(board: Board) -> Iterable[str]:
    """Names that belong to the editor's work, and to the editor."""
    yield Path.home().name
    yield platform.node()
    yield os.environ.get("USER") or os.environ.get("USERNAME") or ""
    for path in filter(None, (board.host.path, board.host.out_dir)):
        yield from (path.name, path.stem, path.parent.name)
    for timeline in board.host.timelines:
        yield from (timeline.name, timeline.stem)
    clips = [spot.clip for timeline in board.host.timelines for spot in timeline.spots]
    clips += [job.request.clip for job in board.jobs.values()]
    for clip in clips:
        yield from (clip.name, clip.reel, Path(clip.media.path).name, Path(clip.media.path).stem)
    for job in board.jobs.values():
        yield from (job.request.prompt, job.note)


def _log() -> list[str]:
    try:
        return runtime.log_file().read_text(encoding="utf8", errors="replace").splitlines()[-log_lines:]
    except OSError:
        return ["(there is none)"]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "?"
