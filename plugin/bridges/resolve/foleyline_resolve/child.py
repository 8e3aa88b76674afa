"""The panel as a child of this script: lines to its standard input, lines from its standard output."""

import collections
import os
import queue
import subprocess
import sys
import threading
from typing import Any, Deque, Dict, List, Optional

from .problems import Gone

longest_line = 256 << 20
patience_s = 5
cleared = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONNOUSERSITE",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
)


class Child:
    """A thread listens and keeps the lines; everything else is done in the thread that made it."""

    def __init__(self, command: List[str]) -> None:
        """Raises OSError where the command cannot be run."""
        environment = {name: value for name, value in os.environ.items() if name not in cleared}
        options: Dict[str, Any] = {}
        if sys.platform == "win32":
            options["creationflags"] = 0x08000000 | 0x00000200  # no console, a process group of its own
        else:
            options["start_new_session"] = True
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            close_fds=True,
            **options,
        )
        self._lines: queue.Queue = queue.Queue()
        self.last_words: Deque[str] = collections.deque(maxlen=20)
        self._start(self._listen)
        self._start(self._overhear)

    def _start(self, work: Any) -> None:
        thread = threading.Thread(target=work)
        thread.daemon = True
        thread.start()

    def _listen(self) -> None:
        stream = self._process.stdout
        while stream is not None:
            line = stream.readline(longest_line)
            if not line.endswith(b"\n"):
                break
            self._lines.put(line)
        self._lines.put(None)

    def _overhear(self) -> None:
        for line in self._process.stderr or ():
            self.last_words.append(line.decode("utf-8", "replace").rstrip())

    def next(self, timeout_s: float) -> Optional[bytes]:
        """The next line, or None when none came in time. Raises Gone at the end."""
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if line is None:
            self._lines.put(None)
            raise Gone()
        return line

    def check(self) -> None:
        """Raises Gone where the panel has ended."""
        if self._process.poll() is not None:
            raise Gone()

    def send(self, line: bytes) -> None:
        """Raises Gone."""
        try:
            self._process.stdin.write(line)  # type: ignore
            self._process.stdin.flush()  # type: ignore
        except (OSError, ValueError):
            raise Gone() from None

    def close(self) -> Optional[int]:
        """Closes its standard input, waits a little, then ends it; what it exited with."""
        try:
            self._process.stdin.close()  # type: ignore
        except OSError:
            pass
        try:
            return self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait(patience_s)
