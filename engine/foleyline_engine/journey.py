"""One clip on its way through the four steps: what was asked, what was seen, what was noted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from foleyline.errors import Cancelled
from foleyline.v1 import engine_pb2 as pb

from .batching import Done
from .models.exchange import Frames, Sound, View

Report = Callable[[pb.GenerateEvent], None]


@dataclass
class Journey:
    """report: called from the event loop with each event; it may not block."""

    request: pb.GenerateRequest
    request_id: str
    report: Report
    frames: Mapping[View, Frames] = field(default_factory=dict)
    production: Sound | None = None
    verdict: pb.Verdict = field(default_factory=lambda: pb.Verdict(option=pb.not_asked))
    cues: list[pb.Cue] = field(default_factory=list)
    steps: list[pb.StepNote] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raises Cancelled once the call was closed; models and decoders call it as they work."""
        if self.closed.is_set():
            raise Cancelled

    def enter(self, step: pb.Step) -> None:
        self.report(pb.GenerateEvent(progress=pb.Progress(step=step)))

    def note(
        self,
        step: pb.Step,
        done: Done,
        text: str,
        *,
        model: str = "",
        numbers: Mapping[str, float] | None = None,
    ) -> None:
        """Adds what a step found to the take and tells that the step is done."""
        self.steps.append(pb.StepNote(step=step, model=model, seconds=done.seconds, text=text, numbers=numbers or {}))
        self.report(pb.GenerateEvent(progress=pb.Progress(step=step, fraction=1.0)))
