"""Lines as files in a folder, for a script inside an editing program that can have no pipe."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from pathlib import Path

look_s = 0.05
beat_s = 1.0
dead_s = 10.0


class Mailbox:
    """One side of a folder. us, them: `panel` and `bridge`, the endings of what each side writes."""

    def __init__(self, folder: Path, us: str = "panel", them: str = "bridge") -> None:
        self._folder = folder
        self._us, self._them = us, them
        self._sent, self._received = 0, 0
        self._sending = threading.Lock()
        self._closed = threading.Event()
        self._seen_s = time.monotonic()
        self._last_beat = b""
        threading.Thread(target=self._beat, name="mailbox", daemon=True).start()

    def receive(self) -> bytes | None:
        """The next message, waited for; None once the other side has closed, has died, or the folder is gone."""
        path = self._folder / f"{self._received + 1}.{self._them}"
        while not self._closed.is_set():
            is_closed = (self._folder / f"closed.{self._them}").exists()
            with contextlib.suppress(FileNotFoundError):
                line = path.read_bytes()
                path.unlink()
                self._received += 1
                return line
            if is_closed or not self._is_alive():
                return None
            self._closed.wait(look_s)
        return None

    def send(self, line: bytes) -> None:
        with self._sending, contextlib.suppress(OSError):
            self._sent += 1
            part = self._folder / f"{self._sent}.{self._us}.part"
            part.write_bytes(line)
            part.replace(self._folder / f"{self._sent}.{self._us}")

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):
            (self._folder / f"closed.{self._us}").touch()

    def _is_alive(self) -> bool:
        """Whether the other side's file says something else than of late; the clock is ours alone."""
        with contextlib.suppress(OSError):
            beat = (self._folder / f"alive.{self._them}").read_bytes()
            if beat != self._last_beat:
                self._last_beat, self._seen_s = beat, time.monotonic()
        return self._folder.is_dir() and time.monotonic() - self._seen_s < dead_s

    def _beat(self) -> None:
        alive = self._folder / f"alive.{self._us}"
        for beat in itertools.count(1):
            with contextlib.suppress(OSError):
                alive.write_text(str(beat), encoding="ascii")
            if self._closed.wait(beat_s):
                return
