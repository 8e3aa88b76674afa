"""A panel without a window, for bridges to start: links, keeps the timeline, places what its folder says, logs.

Usage: panel.py FOLDER [--mailbox FOLDER]. FOLDER/sounds.json: a list of paths, each a sound of 12 frames. FOLDER/stay:
is there where it does not end by itself. FOLDER/cut_after_s: when to tear the pipe, seconds after placing has begun.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline_plugin.hosts.bridge import Asked, BridgeHost, Event, Lost, parent
from foleyline_plugin.hosts.host import Lane, Placing, Sound
from foleyline_plugin.hosts.pointing import keep
from foleyline_plugin.hosts.wire import Pipe


class Panel:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lost = asyncio.Event()

    def log(self, line: str) -> None:
        with (self.folder / "log.txt").open("a", encoding="utf8") as file:
            file.write(line + "\n")

    def hear(self, event: Event) -> None:
        if isinstance(event, Asked):
            self.log(f"asked: {event.what}")
        if isinstance(event, Lost):
            self.log(f"lost: {event.reason}")
            self.lost.set()

    def cut(self, host: BridgeHost, after_s: float) -> None:
        """Closes both ends of the pipe as if something had torn it, while this process lives on."""
        time.sleep(after_s)
        lines = host.link._lines
        assert isinstance(lines, Pipe)
        for stream in (lines._writer, lines._reader):
            os.close(stream.fileno())  # pyright: ignore[reportAttributeAccessIssue]

    async def work(self, host: BridgeHost) -> None:
        self.log(f"linked: {(await host.identify()).title}")
        timeline = await host.timeline()
        self.log(f"kept: {keep(timeline, self.folder / 'kept')}")
        paths = json.loads((self.folder / "sounds.json").read_text(encoding="utf8"))
        sounds = [
            Sound(f"s{n}:clean", n % 2, f"Sound {n}", path, (timeline.start + 12 * n, 12), 0, 12)
            for n, path in enumerate(paths)
        ]
        lanes = (Lane("FLY 1"), Lane("FLY 1 VOX", enabled=False))
        bin_names = ("Foley", timeline.name)
        placing = Placing(timeline.id, timeline.rate, timeline.start, "b", bin_names, lanes, sounds)
        if (self.folder / "cut_after_s").exists():
            after_s = float((self.folder / "cut_after_s").read_text(encoding="utf8"))
            threading.Thread(target=self.cut, args=(host, after_s), daemon=True).start()
        self.log("placing")
        placed = await host.place(placing)
        self.log(f"placed: {len(placed.found)}")


async def main() -> None:
    panel = Panel(Path(sys.argv[1]))
    mailbox = Path(sys.argv[3]) if sys.argv[2:3] == ["--mailbox"] else None
    host = parent(panel.hear, mailbox)
    print("what a library prints does not reach the bridge")
    try:
        await panel.work(host)
    except FoleyError as problem:
        panel.log(f"problem: {problem}")
        await panel.lost.wait()
    if not panel.lost.is_set() and (panel.folder / "stay").exists():
        await panel.lost.wait()
    await host.close()
    panel.log("closed")


if __name__ == "__main__":
    asyncio.run(main())
