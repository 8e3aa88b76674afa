"""A hub of models on this machine: a real HTTP server that can be told to fail in every way that servers fail."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

commit = "c0ffee" + "0" * 34
step_n = 16 * 1024


@dataclass
class Fault:
    """What happens to one answer. Counts as used up once it happened.

    status: this and no content. cut: the line breaks after so many bytes of content; hard: with a reset. stall: nothing
    more is sent after so many bytes. wrong: every byte is another one. announced: Content-Length says so many bytes.
    whole: a request for a part is answered with all of it. shifted: a part begins so many bytes too early.
    rate: bytes per second. redirect: another address.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    hard: bool = False
    stall: int | None = None
    wrong: bool = False
    announced: int | None = None
    whole: bool = False
    shifted: int = 0
    rate: int = 0
    redirect: str = ""


@dataclass
class Seen:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no error."""


class Hub:
    """files: content by path, `/OWNER/NAME/resolve/REVISION/PATH` for the hub's and any other path for a release page.

    faults: by path, one after another; `gated`: repositories that want the token `token`. linked_size, linked_sum: what
    the hub says of a file beside its content, where it lies.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.always: dict[str, Fault] = {}
        self.gated: set[str] = set()
        self.token = "hf_secret_of_the_test"
        self.linked_size: dict[str, int] = {}
        self.linked_sum: dict[str, str] = {}
        self.listed: dict[str, Any] = {}
        self.seen: list[Seen] = []
        self.closing = threading.Event()
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def put(self, repository: str, name: str, content: bytes, revision: str = "main") -> str:
        path = f"/{repository}/resolve/{revision}/{name}"
        self.files[path] = content
        return path

    def fail(self, path: str, *faults: Fault) -> None:
        self.faults.setdefault(path, []).extend(faults)

    def fault(self, path: str) -> Fault:
        waiting = self.faults.get(path)
        return waiting.pop(0) if waiting else self.always.get(path, Fault())

    def asked(self, path: str, method: str = "GET") -> list[Seen]:
        return [each for each in self.seen if each.path == path and each.method == method]

    def siblings(self, repository: str, revision: str) -> list[dict[str, Any]]:
        start = f"/{repository}/resolve/{revision}/"
        return [
            {"rfilename": path.removeprefix(start), "size": len(content), "lfs": {"sha256": sha256(content)}}
            for path, content in self.files.items()
            if path.startswith(start)
        ]


@contextmanager
def running() -> Iterator[Hub]:
    hub = Hub()
    hub.thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        hub.server.shutdown()
        hub.server.server_close()
        hub.thread.join(10)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.hub = hub
    return Handler


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def do_HEAD(self) -> None:
        self._answer(with_content=False)

    def do_GET(self) -> None:
        self._answer(with_content=True)

    def _answer(self, *, with_content: bool) -> None:
        path = unquote(self.path)
        self.hub.seen.append(Seen(self.command, path, {key.lower(): value for key, value in self.headers.items()}))
        if self._is_refused(path):
            return
        if listing := re.fullmatch(r"/api/models/([^/]+/[^/]+)/revision/([^?]+)(\?.*)?", path):
            self._list(listing[1], listing[2])
            return
        fault = self.hub.fault(path) if with_content else self.hub.always.get(path, Fault())
        content = self.hub.files.get(path)
        if fault.status or content is None:
            self._status(fault.status or 404, fault.headers if fault.status else {"X-Error-Code": "EntryNotFound"})
        elif fault.redirect:
            self._status(302, self._linked(path, content) | {"Location": fault.redirect})
        else:
            self._send(path, content, fault, with_content)

    def _is_refused(self, path: str) -> bool:
        gated = [each for name in self.hub.gated for each in (f"/{name}/", f"/api/models/{name}/")]
        if not path.startswith(tuple(gated)) or self.headers.get("Authorization") == f"Bearer {self.hub.token}":
            return False
        self._status(403 if self.headers.get("Authorization") else 401, {"X-Error-Code": "GatedRepo"})
        return True

    def _list(self, repository: str, revision: str) -> None:
        found = self.hub.listed.get(repository) or {"sha": commit, "siblings": self.hub.siblings(repository, revision)}
        body = json.dumps(found | {"id": repository}).encode()
        self._status(200 if found["siblings"] else 404, {"Content-Type": "application/json"}, body)

    def _status(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _linked(self, path: str, content: bytes) -> dict[str, str]:
        if "/resolve/" not in path:
            return {}
        return {
            "X-Repo-Commit": commit,
            "X-Linked-Size": str(self.hub.linked_size.get(path, len(content))),
            "X-Linked-Etag": f'"{self.hub.linked_sum.get(path, sha256(content))}"',
        }

    def _send(self, path: str, content: bytes, fault: Fault, with_content: bool) -> None:
        etag = f'"{sha256(content)}"'
        start = 0 if fault.whole else self._start(etag)
        if start and start >= len(content):
            self._status(416, {"Content-Range": f"bytes */{len(content)}"})
            return
        self.send_response(206 if start else 200)
        if start:
            start -= fault.shifted
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        for key, value in {**self._linked(path, content), **fault.headers}.items():
            self.send_header(key, value)
        self.send_header("ETag", etag)
        announced = len(content) - start if fault.announced is None else fault.announced
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        if with_content:
            sent = content[start:] if not fault.wrong else bytes(byte ^ 255 for byte in content[start:])
            self._pour(sent, fault)
            self.close_connection = self.close_connection or announced != len(sent)

    def _start(self, etag: str) -> int:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        return int(asked[1]) if asked and condition in (None, etag) else 0

    def _pour(self, content: bytes, fault: Fault) -> None:
        end = min(len(content) if limit is None else limit for limit in (fault.cut, fault.stall))
        for at in range(0, end, step_n):
            self.wfile.write(content[at : min(at + step_n, end)])
            if fault.rate:
                time.sleep(step_n / fault.rate)
        if fault.stall is not None:
            self.hub.closing.wait(60)
        if fault.cut is not None:
            self._break(hard=fault.hard)

    def _break(self, *, hard: bool) -> None:
        self.wfile.flush()
        if hard:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True
