"""A panel without a window, for bridges to start: links, keeps the timeline, places what its folder says, logs.

Usage: panel.py FOLDER [--mailbox FOLDER]. FOLDER/sounds.json: a list of paths, each a sound of 12 frames.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline_plugin.hosts.bridge import BridgeHost, Event, Lost, parent
from foleyline_plugin.hosts.host import Lane, Placing, Sound
from foleyline_plugin.hosts.pointing import keep


class Panel:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lost = asyncio.Event()

    def log(self, line: str) -> None:
        with (self.folder / "log.txt").open("a", encoding="utf8") as file:
            file.write(line + "\n")

    def hear(self, event: Event) -> None:
        if isinstance(event, Lost):
            self.log(f"lost: {event.reason}")
            self.lost.set()

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
