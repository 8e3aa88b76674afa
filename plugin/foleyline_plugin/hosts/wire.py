"""The panel's end of the pipe: lines in and out, from the child's own standard input and output."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from queue import SimpleQueue
from typing import BinaryIO, Protocol

from .protocol import longest_line


class Lines(Protocol):
    """A way for lines to come and go. Used from two threads at a time: one receives, any sends."""

    def receive(self) -> bytes | None:
        """The next line, waited for; None at the end, and at a line that is too long."""
        ...

    def send(self, line: bytes) -> None:
        """Returns at once. What cannot be sent any more is dropped: the end is told by `receive`."""
        ...

    def close(self) -> None:
        """Lets what was sent go out, for two seconds at most; then the other side sees the end."""
        ...


class Writer(Protocol):
    def write(self, content: bytes, /) -> object: ...

    def flush(self) -> object: ...

    def close(self) -> object: ...


class Pipe:
    """Lines over two streams. A thread writes, so that a bridge that does not read holds nobody up."""

    def __init__(self, reader: BinaryIO, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._writing = threading.Thread(target=self._write, name="bridge writer", daemon=True)
        self._writing.start()

    def receive(self) -> bytes | None:
        try:
            line = self._reader.readline(longest_line)
        except (OSError, ValueError):
            return None
        return line if line.endswith(b"\n") else None

    def send(self, line: bytes) -> None:
        self._waiting.put(line)

    def close(self) -> None:
        self._waiting.put(None)
        self._writing.join(2)

    def _write(self) -> None:
        try:
            while (line := self._waiting.get()) is not None:
                self._writer.write(line)
                self._writer.flush()
        except (OSError, ValueError):  # the reader of our lines is gone, which `receive` tells
            pass
        with contextlib.suppress(OSError):
            self._writer.close()


def over_stdio() -> Pipe:
    """Takes standard input and output for the bridge. Whatever else prints goes to standard error from then on."""
    _make_binary()
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # a program without a console gives no standard error
        os.dup2(nothing, 1)
    os.close(nothing)
    return Pipe(reader, writer)


def _make_binary() -> None:
    if sys.platform == "win32":
        import msvcrt

        for number in (0, 1):
            msvcrt.setmode(number, os.O_BINARY)
