"""States, steps and lengths in the editor's words and language."""

from __future__ import annotations

from foleyline.errors import FoleyError
from foleyline.timing import nominal_rate, rate_in, timecode
from foleyline.v1 import engine_pb2 as pb

from .. import errors
from ..desk.events import EngineChanged, EngineState, HostChanged, HostState
from ..job import Job, State, Version
from . import text
from .text import count, tr


def state(job: Job) -> str:
    """What a take's row says of where it stands."""
    said = {
        State.waiting: tr("waiting"),
        State.preparing: tr("reading the picture"),
        State.generating: tr("1 generating"),
        State.judging: tr("2 judging"),
        State.removing: tr("3 removing voices"),
        State.checking: tr("4 checking for silence"),
        State.regenerating: tr("4 generating again"),
        State.stopping: tr("stopping"),
        State.to_review: tr("not placed yet"),
        State.placed: tr("placed"),
        State.in_bin: tr("in the bin"),
        State.rejected: tr("rejected"),
        State.removed: tr("taken off the lanes"),
        State.superseded: tr("replaced by a later take"),
        State.cancelled: tr("cancelled"),
        State.problem: tr("problem"),
    }[job.state]
    if job.state == State.placed and job.version == Version.voices:
        return tr("placed with voices")
    return said


def outcome(take: pb.Take | None) -> str:
    if take is None:
        return ""
    if take.outcome == pb.as_generated and take.verdict.option in (pb.no, pb.no1, pb.no3):
        return tr("no voices found")
    return {
        pb.as_generated: tr("as generated"),
        pb.voices_removed: tr("voices removed"),
        pb.silent_on_purpose: tr("silent on purpose"),
        pb.original_kept: tr("original kept"),
        pb.regenerated: tr("generated again without voices"),
        pb.to_decide: tr("to decide: the verdict could not be read"),
    }.get(take.outcome, "")


def name(job: Job) -> str:
    clip = " ".join(job.request.clip.name.split())
    return f"{clip}  T{job.request.take}" if job.request.take else clip


def announced(job: Job) -> str:
    """The row as it is read out: `Sh 009, take 1, voices removed, not placed yet`."""
    clip = " ".join(job.request.clip.name.split())
    take = tr("take {n}", n=job.request.take) if job.request.take else ""
    said = [clip, take, outcome(job.take), state(job)]
    if job.problem:
        said.append(sentence(job.problem))
    return ", ".join(part for part in said if part)


def sentence(problem: FoleyError) -> str:
    """The problem's sentence in the chosen language, its code in front."""
    return f"{problem.code}: {without_code(problem)}"


def without_code(problem: FoleyError) -> str:
    template = errors.sentences.get(problem.code, "It could not be done: {reason}.")
    facts = errors.Facts(str, {key: " ".join(value.split()) for key, value in problem.facts.items()})
    return text.problem(problem.code, template).format_map(facts)


def range_of(clip: pb.Clip) -> tuple[str, str]:
    """Record timecode in and out; empty for a clip without a time base."""
    start = clip.record_range.start
    if not start.rate_num:
        return "", ""
    rate = rate_in(start)
    end = start.value + clip.record_range.duration.value
    return timecode(start.value, rate, clip.drop_frame), timecode(end, rate, clip.drop_frame)


def length(clip: pb.Clip) -> str:
    """Seconds and frames, minutes in front where there are any: 5:20, 1:02:12."""
    start = clip.record_range.start
    if not start.rate_num:
        return ""
    nominal = nominal_rate(rate_in(start))
    seconds, frame = divmod(clip.record_range.duration.value, nominal)
    minutes, second = divmod(seconds, 60)
    return f"{minutes}:{second:02d}:{frame:02d}" if minutes else f"{second}:{frame:02d}"


def duration(seconds: float) -> str:
    """A time to wait, in words: `40 s`, `1 min 40 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return tr("{s} s", s=max(1, whole))
    if whole < 3600:
        return tr("{m} min {s} s", m=whole // 60, s=whole % 60) if whole % 60 else tr("{m} min", m=whole // 60)
    return tr("{h} h {m} min", h=whole // 3600, m=whole % 3600 // 60)


def size(number: float) -> str:
    """Bytes as gigabytes or megabytes."""
    return f"{number / 1e9:.1f} GB" if number >= 1e8 else f"{max(0.1, number / 1e6):.1f} MB"


def engine(lamp: EngineChanged) -> str:
    """What the engine's lamp says, one line."""
    device = lamp.hello.device if lamp.hello else ""
    said = {
        EngineState.not_installed: tr("Engine not installed"),
        EngineState.ready_to_start: tr("Engine not started yet"),
        EngineState.starting: tr("Engine starting"),
        EngineState.ready: tr("Engine ready"),
        EngineState.busy: tr("Engine at work"),
        EngineState.stopped: tr("Engine at rest"),
        EngineState.lost: tr("Engine stopped answering"),
        EngineState.failed: tr("Engine cannot start"),
    }[lamp.state]
    is_there = lamp.state in (EngineState.ready, EngineState.busy)
    return f"{said}, {device}" if device and is_there else said


def host(lamp: HostChanged) -> str:
    """What the timeline's lamp says, one line."""
    file = lamp.path.name if lamp.path else lamp.program
    if lamp.state == HostState.none:
        return tr("No timeline open")
    if lamp.state == HostState.looking and not lamp.timelines:
        return tr("Reading {name}", name=file)
    if lamp.state == HostState.lost and lamp.program:
        return tr("{name} does not answer", name=lamp.program)
    if lamp.state == HostState.lost:
        return tr("{name} cannot be read", name=file)
    if lamp.state == HostState.stale:
        return tr("{name} has changed", name=lamp.timeline.name if lamp.program and lamp.timeline else file)
    if lamp.program and lamp.timeline:
        return f"{lamp.timeline.name}, {lamp.program}"
    return lamp.timeline.name if lamp.timeline else file


def clips(number: int) -> str:
    return count(number, "{n} clip", "{n} clips")
