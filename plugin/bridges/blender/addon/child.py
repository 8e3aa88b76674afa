"""The panel as a child process, and the lines to and from it. Nothing here waits, and nothing here knows Blender."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from .protocol import Node, encoded, longest_line

grace_s = 5.0
last_words_s = 0.5
unwanted = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONNOUSERSITE",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
)
"""What an editing program sets for its own libraries, and what a program of another Python must not see."""


class Child:
    """Raises OSError where the command cannot be started."""

    def __init__(self, command: Sequence[str]) -> None:
        self._incoming: SimpleQueue[bytes | None] = SimpleQueue()
        self._outgoing: SimpleQueue[Node | None] = SimpleQueue()
        self._said: deque[str] = deque(maxlen=50)
        self._ended = False
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={key: text for key, text in os.environ.items() if key not in unwanted},
            **_apart(),
        )
        self._listening = self._start(self._listen)
        self._start(self._read)
        self._start(self._write)

    def _start(self, body: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=body, name=f"foleyline {body.__name__}", daemon=True)
        thread.start()
        return thread

    def receive(self) -> bytes | None:
        """A line that has come, or None. Whether the panel is gone is told by `is_over`."""
        try:
            line = self._incoming.get_nowait()
        except Empty:
            return None
        if line is None:
            self._ended = True
        return line

    @property
    def is_over(self) -> bool:
        """Nothing more will come, and all that came was received."""
        return self._ended

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    @property
    def last_words(self) -> str:
        """The last line of its standard error that is not empty."""
        return next((line for line in reversed(self._said) if line.strip()), "").strip()

    def send(self, message: Node) -> None:
        """Returns at once; a thread encodes and writes."""
        self._outgoing.put(message)

    def close(self) -> None:
        """Lets what was sent go out and ends the panel's input; a panel that is still there after that is ended."""
        self._outgoing.put(None)
        self._start(self._end)

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):
            while (line := stream.readline(longest_line)).endswith(b"\n"):
                self._incoming.put(line)
        self._hear_last_words()
        self._incoming.put(None)

    def _hear_last_words(self) -> None:
        """A panel that ends closes its output a moment before there is an exit code."""
        self._listening.join(last_words_s)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(last_words_s)

    def _write(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        # A panel that is gone is told by the reading thread.
        with contextlib.suppress(OSError, ValueError):
            while (message := self._outgoing.get()) is not None:
                stream.write(encoded(message))
                stream.flush()
        with contextlib.suppress(OSError, ValueError):
            stream.close()

    def _listen(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                self._said.append(line.decode("utf-8", "replace"))

    def _end(self) -> None:
        until_s = time.monotonic() + grace_s
        while self._process.poll() is None and time.monotonic() < until_s:
            time.sleep(0.05)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


def _apart() -> dict[str, Any]:
    """A process group of its own, so that Ctrl+C in the program's terminal does not reach it; no console window."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
