"""What the window knows: the desk's events brought to the window's thread and kept as the state they come to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from foleyline.v1 import engine_pb2 as pb

from ..desk.events import (
    EngineChanged,
    EngineState,
    Event,
    Exported,
    Fetched,
    HostChanged,
    HostState,
    JobsChanged,
    ModelsListed,
    MovedAsked,
    Pictured,
    Placed,
    Progressed,
    QueueChanged,
    Trouble,
    Wished,
)
from ..desk.reading import OpenTimeline
from ..job import Job, State, running_states

kept_troubles = 50
clip_prefix = "clip "


class Board(QObject):
    """`tell` may be called from any thread; every signal comes in the window's."""

    host_changed = pyqtSignal()
    engine_changed = pyqtSignal()
    jobs_changed = pyqtSignal(object)
    progressed = pyqtSignal(str)
    queue_changed = pyqtSignal()
    pictured = pyqtSignal(object)
    moved_asked = pyqtSignal(object)
    placed = pyqtSignal(object)
    exported = pyqtSignal(object)
    troubled = pyqtSignal(object)
    models_listed = pyqtSignal(object)
    fetched = pyqtSignal(object)
    wished = pyqtSignal(str)
    _told = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.host = HostChanged(HostState.none, 0.0)
        self.engine = EngineChanged(EngineState.ready_to_start, 0.0)
        self.queue = QueueChanged(is_paused=False, left_s=0.0, can_undo=False)
        self.jobs: dict[str, Job] = {}
        self.folders: dict[str, Path] = {}
        self.progress: dict[str, Progressed] = {}
        self.troubles: list[Trouble] = []
        self._told.connect(self._take)
        self._does = {
            HostChanged: self._take_host,
            EngineChanged: self._take_engine,
            QueueChanged: self._take_queue,
            JobsChanged: self._take_jobs,
            Progressed: self._take_progress,
            Trouble: self._take_trouble,
            Pictured: self.pictured.emit,
            MovedAsked: self.moved_asked.emit,
            Placed: self.placed.emit,
            Exported: self.exported.emit,
            ModelsListed: lambda event: self.models_listed.emit(event.reply),
            Wished: lambda event: self.wished.emit(event.what),
            Fetched: lambda event: self.fetched.emit(event.event),
        }

    def tell(self, event: Event) -> None:
        self._told.emit(event)

    def of(self, *states: State) -> list[Job]:
        return [job for job in self.jobs.values() if job.state in states]

    def counts(self) -> dict[State, int]:
        found: dict[State, int] = dict.fromkeys(State, 0)
        for job in self.jobs.values():
            found[job.state] += 1
        return found

    def step_of(self, job: Job) -> tuple[int, float]:
        """The step a job is in and how far it is, 0 to 1."""
        told = self.progress.get(job.id)
        return (told.step, told.fraction) if told else (job.step, 0.0)

    def _take(self, event: Event) -> None:
        self._does[type(event)](event)

    def _take_host(self, event: HostChanged) -> None:
        before, self.host = self.host, event
        if before.timeline is not event.timeline:
            self._show_clip_problems(before.timeline, event.timeline)
        self.host_changed.emit()

    def _show_clip_problems(self, before: OpenTimeline | None, now: OpenTimeline | None) -> None:
        """Clips that cannot run are listed with the takes that could not be made."""
        gone = [replace(job, state=State.superseded) for job in _clip_jobs(before)]
        self._take_jobs(JobsChanged(Path(), [*gone, *_clip_jobs(now)]))

    def skip(self, job_id: str) -> None:
        """The editor has seen this one."""
        if job := self.jobs.get(job_id):
            self._take_jobs(JobsChanged(self.folders[job_id], [replace(job, state=State.superseded)]))

    def _take_engine(self, event: EngineChanged) -> None:
        self.engine = event
        self.engine_changed.emit()

    def _take_queue(self, event: QueueChanged) -> None:
        self.queue = event
        self.queue_changed.emit()

    def _take_jobs(self, event: JobsChanged) -> None:
        for job in event.jobs:
            self.jobs[job.id] = job
            self.folders[job.id] = event.out_dir
            if job.state not in running_states:
                self.progress.pop(job.id, None)
        self.jobs_changed.emit(event.jobs)

    def _take_progress(self, event: Progressed) -> None:
        self.progress[event.job_id] = event
        self.progressed.emit(event.job_id)

    def _take_trouble(self, event: Trouble) -> None:
        self.troubles = [*self.troubles[-kept_troubles:], event]
        self.troubled.emit(event)


def _clip_jobs(timeline: OpenTimeline | None) -> list[Job]:
    """A row for each clip with a problem, though it is no job of the journal."""
    return [
        Job(
            id=f"{clip_prefix}{number}",
            state=State.problem,
            step=0,
            request=pb.GenerateRequest(clip=spot.clip),
            take=None,
            problem=spot.problem,
            tries=0,
        )
        for number, spot in enumerate(timeline.spots if timeline else ())
        if spot.problem
    ]
