"""One clip on its way through the four steps: what was asked, what was seen, what was noted."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from foleyline.errors import Cancelled
from foleyline.v1 import engine_pb2 as pb

from .batching import Done
from .models.exchange import Frames, Model, Progress, Stretch, Tell, View

Report = Callable[[pb.GenerateEvent], None]
interval_s = 0.1


class Told:
    """What a step tells from whatever thread works on it, each kind not more often than every `interval_s`."""

    def __init__(self, step: pb.Step, report: Report, loop: asyncio.AbstractEventLoop) -> None:
        self._step, self._report, self._loop = step, report, loop
        self._next_s = {"progress": 0.0, "written": 0.0}

    def progress(self, share: float) -> None:
        """How far the step is; that it is done is told with its note."""
        if share < 1 and self._is_time("progress"):
            self._send(pb.GenerateEvent(progress=pb.Progress(step=self._step, fraction=max(0.0, share))))

    def written(self, text: str) -> None:
        """An answer as far as it is written; the whole of it comes with the note or the verdict."""
        if self._is_time("written"):
            self._send(pb.GenerateEvent(written=pb.Written(step=self._step, text=text)))

    def _is_time(self, kind: str) -> bool:
        if (now_s := time.monotonic()) < self._next_s[kind]:
            return False
        self._next_s[kind] = now_s + interval_s
        return True

    def _send(self, event: pb.GenerateEvent) -> None:
        self._loop.call_soon_threadsafe(self._report, event)


@dataclass
class Journey:
    """report: called from the event loop with each event; it may not block."""

    request: pb.GenerateRequest
    request_id: str
    report: Report
    frames: Mapping[View, Frames] | None = None
    plan_origin: pb.PlanOrigin = pb.fixed_plan
    verdict: pb.Verdict = field(default_factory=lambda: pb.Verdict(option=pb.not_asked))
    cues: list[pb.Cue] = field(default_factory=list)
    steps: list[pb.StepNote] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raises Cancelled once the call was closed; models and decoders call it as they work."""
        if self.closed.is_set():
            raise Cancelled

    def enter(self, step: pb.Step) -> Progress:
        """Tells that a step begins; what comes back tells how far it is."""
        self.report(pb.GenerateEvent(progress=pb.Progress(step=step)))
        return self._told(step).progress

    def telling(self, step: pb.Step) -> Tell:
        """Tells what is written in a step, while it is."""
        return self._told(step).written

    def _told(self, step: pb.Step) -> Told:
        return Told(step, self.report, asyncio.get_running_loop())

    @property
    def seen(self) -> Mapping[View, Frames]:
        """The pictures; none where they were not read or nobody wants any."""
        return self.frames or {}

    def heard(self, model: Model) -> str:
        """A model that has a part in the sound or decided on it, by name and version; its terms go with the take."""
        if model.terms and model.terms not in self.terms:
            self.terms.append(model.terms)
        return model.label()

    def note(
        self,
        step: pb.Step,
        done: Done,
        text: str,
        *,
        model: str = "",
        numbers: Mapping[str, float] | None = None,
        stretches: Sequence[Stretch] = (),
        answer: str = "",
    ) -> None:
        """Adds what a step found to the take and tells that the step is done."""
        places = [pb.Stretch(start_s=each.start_s, end_s=each.end_s) for each in stretches]
        self.steps.append(
            pb.StepNote(
                step=step,
                model=model,
                seconds=done.seconds,
                text=text,
                numbers=numbers or {},
                stretches=places,
                answer=answer,
            )
        )
        self.report(pb.GenerateEvent(progress=pb.Progress(step=step, fraction=1.0)))
