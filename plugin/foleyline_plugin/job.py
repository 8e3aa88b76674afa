"""What a job is and which states it can be in. How it gets from one to another is `jobs`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb


class State(StrEnum):
    waiting = "waiting"
    preparing = "preparing"
    generating = "generating"
    judging = "judging"
    removing = "removing"
    checking = "checking"
    regenerating = "regenerating"
    stopping = "stopping"
    to_review = "to_review"
    placed = "placed"
    in_bin = "in_bin"
    rejected = "rejected"
    removed = "removed"
    superseded = "superseded"
    cancelled = "cancelled"
    problem = "problem"


working_states = (
    State.preparing,
    State.generating,
    State.judging,
    State.removing,
    State.checking,
    State.regenerating,
)
"""In an engine's hands and wanted."""

running_states = (*working_states, State.stopping)
finished_states = (State.to_review, State.placed, State.in_bin, State.rejected, State.removed, State.superseded)
"""With a take."""

retried_states = (State.problem, State.cancelled)

# Steps that are no state of their own leave the job in the one it is in.
state_of_step = {
    pb.preparing: State.preparing,
    pb.generating: State.generating,
    pb.judging: State.judging,
    pb.removing: State.removing,
    pb.checking: State.checking,
    pb.regenerating: State.regenerating,
}


class Version(StrEnum):
    """What of a take is placed: both lanes with the clean one heard, or the take with its voices."""

    both = "both"
    voices = "voices"


class Call(StrEnum):
    """What the editor made of a verdict."""

    none = ""
    agreed = "agreed"
    keep_voices = "keep voices"
    again = "generate again without voices"


@dataclass(frozen=True)
class Job:
    """id: the request's identity. step: the one it is in while running. tries: engines lost under it.

    timeline: the file it was queued from, as the queueing client names it. replaces: the job whose take this one
    supersedes. record_start: the frame it is placed at where the editor chose another than the request's.
    """

    id: str
    state: State
    step: int
    request: pb.GenerateRequest
    take: pb.Take | None
    problem: FoleyError | None
    tries: int
    timeline: str = ""
    version: Version = Version.both
    call: Call = Call.none
    note: str = ""
    replaces: str | None = None
    record_start: int | None = None
    position: int = 0


columns = (
    "id, state, step, request, take, problem, tries, timeline, version, call, note, replaces, record_start, position"
)


def from_row(row: tuple) -> Job:
    """A row of the journal, in the order of `columns`."""
    job_id, state, step, request, take, problem, tries, timeline, version, call, *rest = row
    note, replaces, record_start, position = rest
    facts = json.loads(problem) if problem else None
    return Job(
        id=job_id,
        state=State(state),
        step=step,
        request=pb.GenerateRequest.FromString(request),
        take=pb.Take.FromString(take) if take else None,
        problem=FoleyError(facts["code"], **facts["facts"]) if facts else None,
        tries=tries,
        timeline=timeline,
        version=Version(version),
        call=Call(call),
        note=note,
        replaces=replaces,
        record_start=record_start,
        position=position,
    )
