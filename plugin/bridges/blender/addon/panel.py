"""The panel of this session: starting it, keeping it at work by a timer, telling it what changed, letting it go."""

# pyright: reportMissingImports=false
from __future__ import annotations

import sys
import time
import traceback
from typing import Any

import bpy

from . import answers, background, editing, methods, snapshot, starting
from .changes import watch
from .child import Child
from .link import Link, Status

settled_s, look_s = 1.0, 0.005


class Panel:
    """words: what the sidebar says where there is no panel; empty while nothing was tried."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._link: Link | None = None
        self._seen = (-1, 0.0)
        self._looking: Any = None
        self.words = ""

    @property
    def is_open(self) -> bool:
        return self._link is not None and not self._link.is_over

    @property
    def is_known(self) -> bool:
        """Whether it has said a word yet."""
        return self._link is not None and self._link.is_known

    @property
    def status(self) -> Status:
        return self._link.status if self._link else Status()

    def ask(self, what: str) -> str:
        """Brings the panel up where it is not and hands it what the editor pressed. What went wrong, or nothing."""
        if not self.is_open:
            self.words = self._start()
        if self._link and not self.words:
            self._link.notify("ask", what=what)
        return self.words

    def _start(self) -> str:
        command = starting.command()
        try:
            self._child = Child(command)
        except OSError as error:
            return f"The panel could not be started: {error.strerror or error} ({command[0]})"
        self._link = Link(self._child)
        self._seen = (-1, 0.0)
        if not bpy.app.timers.is_registered(tick):
            bpy.app.timers.register(tick, persistent=True)
        return ""

    def pump(self) -> float | None:
        """One slice. Seconds until the next, None where there is no panel any more."""
        if self._link is None:
            return None
        before = self._link.status, self._link.is_known
        wait_s = self._link.pump(is_held=editing.is_held())
        if self._link.is_over:
            self._end()
            return None
        if self._link.is_idle and self._link.is_known and not editing.is_held():
            self._look()
        if (self._link.status, self._link.is_known) != before:
            editing.redraw()
        return wait_s

    def close(self) -> None:
        """Ends it from here, without waiting."""
        link, self._link, self._looking = self._link, None, None
        if link and not link.is_over:
            link.close()

    def _end(self) -> None:
        code = self._child.exit_code if self._child else None
        last = self._child.last_words if self._child else ""
        self.words = f"The panel has ended: {last}" if code and last else "The panel is closed."
        self._link, self._looking = None, None
        editing.redraw()

    def _look(self) -> None:
        """Tells the panel when the edit has become another, once it has been left alone for a moment."""
        if watch.epoch != self._seen[0]:
            self._seen, self._looking = (watch.epoch, time.monotonic()), _revision()
        elif self._looking is not None and time.monotonic() - self._seen[1] > settled_s:
            try:
                self._look_on()
            except StopIteration as end:
                self._looking = None
                self._tell(*end.value)

    def _look_on(self) -> None:
        """Raises StopIteration with what was seen."""
        began_s = time.thread_time()
        while time.thread_time() - began_s < look_s:
            if next(self._looking) is background.waiting:
                break

    def _tell(self, timeline: str, revision: str) -> None:
        if self._link and self._link.told[0] and (timeline, revision) != self._link.told:
            self._link.told = timeline, revision
            self._link.notify("changed", timeline=timeline or None, revision=revision)


def _revision() -> Any:
    """The open timeline's name and revision, both empty where none is open."""
    yield
    scene = editing.open_scene()
    if scene is None or scene.sequence_editor is None:
        return "", ""
    name = scene.name
    edit = yield from snapshot.read(name)
    if edit is None:
        return "", ""
    revision = yield from background.run(lambda rest: answers.revision(edit, rest))
    return methods.timelines.name_of(bpy.data.scenes[name]), revision


panel = Panel()


def tick() -> float | None:
    """The timer's. A fault of the bridge's own ends the link and nothing else."""
    try:
        return panel.pump()
    except Exception as fault:  # noqa: BLE001 - Blender would drop the timer and leave a panel that waits
        traceback.print_exc(file=sys.stderr)
        panel.close()
        panel.words = f"The bridge met a fault of its own: {fault}"
        return None
