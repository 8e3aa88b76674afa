"""An editing program at the other end of a true pipe: one timeline, lanes made anew, what lies on them told back."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from foleyline_plugin.hosts.bridge import BridgeHost, Event
from foleyline_plugin.hosts.wire import Pipe


class Seat:
    """refused: ids of sounds that are left out, told as such. Everything else is done as it is asked."""

    def __init__(self, timeline: Path, project: Path) -> None:
        self.path, self.project = timeline, project
        self.lanes: list[str] = []
        self.found: list[dict[str, Any]] = []
        self.refused: set[str] = set()
        self.selected: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self._writer: Any = None

    def open(self, tell: Callable[[Event], None]) -> BridgeHost:
        """The panel's end; a thread is the program."""
        to_panel, from_panel = os.pipe(), os.pipe()
        self._writer = os.fdopen(to_panel[1], "wb")
        reader = os.fdopen(from_panel[0], "rb")
        threading.Thread(target=self._listen, args=(reader,), daemon=True).start()
        return BridgeHost(Pipe(os.fdopen(to_panel[0], "rb"), os.fdopen(from_panel[1], "wb")), tell)

    def notify(self, method: str, **params: object) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def end(self) -> None:
        """As a program that crashes."""
        self._writer.close()

    def _listen(self, reader: Any) -> None:
        for line in reader:
            message = json.loads(line)
            if "id" in message:
                self.asked.append(message["method"])
                result = getattr(self, message["method"])(message["params"])
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _send(self, message: dict[str, Any]) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")
        self._writer.flush()

    def identify(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"protocol": 1, "program": "Cutter", "version": "21.1", "can": ["place", "remove"]}

    def timeline(self, params: dict[str, Any]) -> dict[str, Any]:
        text = self.path.read_text(encoding="utf8")
        start = int(json.loads(text)["global_start_time"]["value"])
        return {
            "id": "t1",
            "revision": str(len(self.asked)),
            "name": "Reel 2",
            "rate": [25, 1],
            "start": start,
            "otio": text,
            "file": str(self.project),
            "tracks": [{"kind": "audio", "index": n, "name": name} for n, name in enumerate(self.lanes, start=1)],
            "selections": [{"how": "selected", "clips": self.selected}] if self.selected else [],
            "ours": self.found,
        }

    def place(self, params: dict[str, Any]) -> dict[str, Any]:
        names = [lane["name"] for lane in params["lanes"]]
        laid = [
            {
                "id": sound["id"],
                "batch": params["batch"],
                "lane": names[sound["lane"]],
                "index": len(self.lanes) + sound["lane"] + 1,
                "record": sound["record"],
                "first": sound["first"],
                "path": sound["path"],
                "name": sound["name"],
            }
            for sound in params["sounds"]
            if sound["id"] not in self.refused
        ]
        left = [
            {"id": sound["id"], "reason": "locked", "bin": params["bin"]}
            for sound in params["sounds"]
            if sound["id"] in self.refused
        ]
        lanes = [{"asked": n, "name": name, "index": len(self.lanes) + n + 1} for n, name in enumerate(names)]
        self.lanes += names
        self.found += laid
        return {"timeline": "t1", "revision": "x", "lanes": lanes, "found": laid, "left": left}

    def remove(self, params: dict[str, Any]) -> dict[str, Any]:
        gone = [each["id"] for each in self.found if params["ids"] is None or each["id"] in params["ids"]]
        self.found = [each for each in self.found if each["id"] not in gone]
        return {"timeline": "t1", "revision": "x", "removed": gone}
