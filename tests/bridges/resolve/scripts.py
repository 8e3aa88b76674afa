"""Menu scripts run for real: a bridge in a process of its own with its child, and the double that it talks to."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bridges.resolve.double import Studio
from tests.bridges.resolve.strict import Constant, Strict, contract

from foleyline_plugin.hosts.wire import Pipe

here = Path(__file__).parent
bridges = here.parents[2] / "plugin" / "bridges" / "resolve"


class Script:
    """LuaJIT with the Lua bridge. Its calls of Resolve's API are answered by the double in a thread of this process."""

    def __init__(
        self,
        studio: Studio,
        command: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """command: of its child; by default one that hands the pipe to `lines`. folder: has a foleyline.json."""
        self._things: list[Any] = [studio.resolve]
        self._numbers: dict[int, int] = {id(studio.resolve): 0}
        self._folder = tempfile.TemporaryDirectory(prefix="seat-")
        own = Path(self._folder.name)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(own / "panel"))
        self._listening.listen(1)
        relay = [sys.executable, "-I", "-S", str(here / "relay.py"), str(own / "panel")]
        (own / "foleyline.json").write_text(json.dumps({"command": list(command) or relay}), encoding="utf8")
        self.process = subprocess.Popen(
            ["luajit", str(here / "shim.lua"), str(bridges / "lua"), str(folder or own)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def lines(self) -> Pipe:
        self._listening.settimeout(10)
        link, _ = self._listening.accept()
        link.settimeout(None)
        return Pipe(link.makefile("rb"), Sending(link))

    def join(self) -> None:
        """It has ended by itself, well, and with nothing to say."""
        assert self.end() == (0, "")

    def end(self) -> tuple[int, str]:
        """What it ended with, and what it said."""
        self._thread.join(40)
        assert not self._thread.is_alive()
        told = self.process.stderr.read().decode() if self.process.stderr else ""
        self._tidy_up()
        return self.process.wait(5), told

    def _tidy_up(self) -> None:
        for stream in (self.process.stdin, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                if stream:
                    stream.close()
        self._listening.close()
        self._folder.cleanup()

    def _serve(self) -> None:
        assert self.process.stdin and self.process.stdout
        with contextlib.suppress(BrokenPipeError), self.process.stdout as asked:
            for line in asked:
                self.process.stdin.write(json.dumps(self._answer(json.loads(line))).encode() + b"\n")
                self.process.stdin.flush()

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        thing = self._things[message["id"]]
        try:
            if "get" in message:
                return {"value": self._attribute(thing, message["get"])}
            arguments = [self._unpacked(each) for each in message["arguments"]]
            return {"value": self._packed(getattr(thing, message["call"])(*arguments))}
        except AssertionError as violation:
            return {"error": str(violation)}

    def _attribute(self, thing: Strict, name: str) -> Any:
        if name.startswith("EXPORT_"):
            constant = getattr(thing, name)
            return "nothing" if constant is None else self._packed(constant)
        if name in contract["objects"][thing.kind] and getattr(thing, name) is None:
            return "nothing"
        return "method"

    def _packed(self, value: Any) -> Any:
        if isinstance(value, Strict | Constant):
            if id(value) not in self._numbers:
                self._numbers[id(value)] = len(self._things)
                self._things.append(value)
            return {"$": self._numbers[id(value)], "kind": getattr(value, "kind", "Constant")}
        if isinstance(value, list | tuple):
            return [self._packed(each) for each in value]
        if isinstance(value, dict) and value and all(isinstance(key, float) for key in value):
            return {"$map": [[key, self._packed(each)] for key, each in value.items()]}
        if isinstance(value, dict):
            return {key: self._packed(each) for key, each in value.items()}
        return value

    def _unpacked(self, value: Any) -> Any:
        if isinstance(value, dict) and "$" in value:
            return self._things[value["$"]]
        if isinstance(value, list):
            return [self._unpacked(each) for each in value]
        if isinstance(value, dict):
            return {key: self._unpacked(each) for key, each in value.items()}
        return value


class Sending:
    """A socket's way out as a stream whose closing the other side sees."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._stream = link.makefile("wb")

    def write(self, content: bytes) -> int:
        return self._stream.write(content)

    def flush(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_WR)
