"""A sound server with one stereo device, as libpulse speaks to it: takes samples in real time and keeps them.

Speaks version 12 of PulseAudio's native protocol. A process of its own, as the real one is: Qt holds Python's lock
while it connects. `python pulse.py FOLDER` serves until its input ends, then writes what was heard.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
import time
from pathlib import Path

version, control = 12, 0xFFFFFFFF
error, reply, create, delete, auth, set_name = 0, 2, 3, 4, 8, 9
drain, latency, server_info, sinks, sources = 12, 14, 20, 22, 24
request_more, killed = 61, 64
sample_kind, rate, frame_size = 5, 48000, 8  # 32-bit float, little-endian
device = "the only one"
period_s = 0.005


def u32(value: int) -> bytes:
    return b"L" + struct.pack(">I", value)


def usec(value: int) -> bytes:
    return b"U" + struct.pack(">Q", value)


def text(value: str) -> bytes:
    return b"t" + value.encode() + b"\0"


def flag(is_so: bool) -> bytes:
    return b"1" if is_so else b"0"


spec = b"a" + struct.pack(">BBI", sample_kind, 2, rate)
channel_map = b"m" + bytes([2, 1, 2])
full_volume = b"v" + struct.pack(">BII", 2, 0x10000, 0x10000)
sink = (
    u32(0) + text(device) + text(device) + spec + channel_map + u32(control) + full_volume + flag(False)
    + u32(control) + text("") + usec(0) + text("test") + u32(0)
)  # fmt: skip


class Stream:
    """One sink input: what waits, what was heard, and when."""

    def __init__(self, client: socket.socket, channel: int, target: int) -> None:
        self.client, self.channel, self.target = client, channel, target
        self.waiting = bytearray()
        self.heard = bytearray()
        self.asked = target
        self.written = 0
        self.is_playing = False
        self.times: list[tuple[float, int]] = []


class PulseServer:
    """Listens at `socket` in a folder. streams: all there ever were."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.streams: list[Stream] = []
        self._lock = threading.Lock()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / "socket"))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        threading.Thread(target=self._play, daemon=True).start()

    def finish(self) -> None:
        """Writes each stream as `heard.N.f32`, and as `times.N` lines of a moment and the samples heard by then."""
        with self._lock:
            for stream in self.streams:
                (self._folder / f"heard.{stream.channel}.f32").write_bytes(stream.heard)
                lines = (f"{moment} {samples}\n" for moment, samples in stream.times)
                (self._folder / f"times.{stream.channel}").write_text("".join(lines))

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                size, channel, *_ = struct.unpack(">5I", _exactly(client, 20))
                content = _exactly(client, size)
                if channel == control:
                    self._answer(client, content)
                else:
                    self._take(channel, content)

    def _take(self, channel: int, content: bytes) -> None:
        with self._lock:
            stream = self.streams[channel]
            stream.waiting += content
            stream.written += len(content)
            stream.asked -= len(content)
            stream.is_playing = stream.is_playing or len(stream.waiting) >= stream.target // 2

    def _answer(self, client: socket.socket, content: bytes) -> None:
        command, tag = struct.unpack_from(">I", content, 1)[0], struct.unpack_from(">I", content, 6)[0]
        answers = {
            auth: lambda: u32(version),
            set_name: lambda: b"",
            server_info: lambda: (
                text("test") + text("16.1") + text("user") + text("host") + spec + text(device) + text("") + u32(1)
            ),
            sinks: lambda: sink,
            sources: lambda: b"",
            create: lambda: self._create(client, content),
            latency: lambda: self._latency(content),
        }
        body = answers.get(command, lambda: b"")()
        _send(client, u32(reply) + u32(tag) + body)

    def _create(self, client: socket.socket, content: bytes) -> bytes:
        place = content.index(b"\0", 10) + 1 + len(spec) + len(channel_map) + 5
        place += 1 if content[place : place + 1] == b"N" else content.index(b"\0", place) - place + 1
        (longest,) = struct.unpack_from(">I", content, place + 1)
        (target,) = struct.unpack_from(">I", content, place + 7)
        target = min(target, longest, rate * frame_size // 5) // frame_size * frame_size
        with self._lock:
            stream = Stream(client, len(self.streams), target)
            self.streams.append(stream)
        buffers = u32(4 * target) + u32(target) + u32(0) + u32(target // 8)
        return (
            u32(stream.channel)
            + u32(stream.channel)
            + u32(target)
            + buffers
            + spec
            + channel_map
            + u32(0)
            + text(device)
            + flag(False)
        )

    def _latency(self, content: bytes) -> bytes:
        channel = struct.unpack_from(">I", content, 11)[0]
        stamp = content[15:24]
        now = time.time()
        remote = b"T" + struct.pack(">II", int(now), int(now % 1 * 1e6))
        with self._lock:
            stream = self.streams[channel]
            written, read = stream.written, len(stream.heard)
            is_playing = stream.is_playing
        places = b"r" + struct.pack(">q", written) + b"r" + struct.pack(">q", read)
        return usec(0) + usec(0) + flag(is_playing) + stamp + remote + places

    def _play(self) -> None:
        """Hears as many samples as time has passed, and asks for as many again."""
        before = time.monotonic()
        while True:
            time.sleep(period_s)
            passed = int((time.monotonic() - before) * rate)
            before += passed / rate
            with self._lock:
                streams = [stream for stream in self.streams if stream.is_playing]
                for stream in streams:
                    self._hear(stream, passed * frame_size)

    def _hear(self, stream: Stream, size: int) -> None:
        heard = stream.waiting[:size]
        stream.heard += heard
        stream.times.append((time.monotonic(), len(stream.heard) // frame_size))
        del stream.waiting[: len(heard)]
        missing = stream.target - len(stream.waiting) - stream.asked
        if missing >= stream.target // 8:
            stream.asked += missing
            with contextlib.suppress(OSError):
                _send(stream.client, u32(request_more) + u32(control) + u32(stream.channel) + u32(missing))


def _exactly(client: socket.socket, size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        part = client.recv(size - len(content))
        if not part:
            raise EOFError
        content += part
    return bytes(content)


def _send(client: socket.socket, body: bytes) -> None:
    client.sendall(struct.pack(">5I", len(body), control, 0, 0, 0) + body)


def environment(folder: Path) -> dict[str, str]:
    """What makes libpulse and Qt use the server in a folder."""
    cookie = folder / "cookie"
    cookie.write_bytes(bytes(256))
    return {"PULSE_SERVER": f"unix:{folder / 'socket'}", "PULSE_COOKIE": str(cookie), "QT_AUDIO_BACKEND": "pulseaudio"}


if __name__ == "__main__":
    server = PulseServer(Path(sys.argv[1]))
    print("listening", flush=True)
    sys.stdin.read()
    server.finish()
