"""The panel without its window, as a bridge's child: makes Foley for what the editor pointed at, places it, and goes.

desk_panel.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path
from queue import SimpleQueue

from foleyline_plugin.desk import settings
from foleyline_plugin.desk.desk import Desk
from foleyline_plugin.desk.events import Event, HostChanged, JobsChanged, Placed, Trouble, Wished
from foleyline_plugin.desk.form import Form
from foleyline_plugin.hosts.bridge import BridgeHost
from foleyline_plugin.hosts.wire import over_stdio
from foleyline_plugin.job import Job, State, Version


class Editor:
    """Presses Generate once the timeline is there, and Place once all takes are."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._host: HostChanged | None = None
        self._wished = ""
        self._jobs: dict[str, Job] = {}
        self._placing = False

    def take(self, event: Event) -> bool:
        """False when everything is placed."""
        if isinstance(event, Trouble):
            raise SystemExit(f"{event.about}: {event.problem}")
        if isinstance(event, Placed):
            return False
        if isinstance(event, HostChanged):
            self._host = event
        elif isinstance(event, Wished):
            self._wished = event.what
        elif isinstance(event, JobsChanged):
            self._jobs |= {job.id: job for job in event.jobs}
        self._go_on()
        return True

    def _go_on(self) -> None:
        if self._wished == "generate" and self._host and self._host.timeline and not self._placing:
            self._wished = ""
            spots = [self._host.timeline.spots[n] for n in self._host.selected]
            self._desk.generate(spots, Form(), {})
        if self._jobs and not self._placing and all(job.state == State.to_review for job in self._jobs.values()):
            self._placing = True
            self._desk.place(list(self._jobs), Version.both)


def main() -> None:
    lines = over_stdio()
    events: SimpleQueue[Event] = SimpleQueue()
    desk = Desk(events.put, settings.load(), out=Path(sys.argv[1]), program=lambda tell: BridgeHost(lines, tell))
    editor = Editor(desk)
    desk.start()
    try:
        while editor.take(events.get(timeout=100)):
            pass
    finally:
        desk.stop()


if __name__ == "__main__":
    main()
