"""Thumbnails of clips, a few at a time, those asked for last first: they are what the editor looks at now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from ..engine import Lost
from .events import Event, Pictured
from .link import Link

width, height = 128, 72
at_once = 2
most_waiting = 64
timeout_s = 20.0


class Pictures:
    """Used in the desk's thread alone."""

    def __init__(self, link: Link, tell: Callable[[Event], None]) -> None:
        self._link = link
        self._tell = tell
        self._wanted: dict[str, pb.Clip] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, key: str, clip: pb.Clip) -> None:
        """Told as Pictured; one that has waited too long is dropped and may be asked for again."""
        self._wanted.pop(key, None)
        self._wanted[key] = clip
        if len(self._wanted) > most_waiting:
            oldest = next(iter(self._wanted))
            del self._wanted[oldest]
            self._tell(Pictured(oldest, -1, -1, b""))
        if len(self._tasks) < at_once:
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        while self._wanted:
            key, clip = self._wanted.popitem()
            try:
                async with asyncio.timeout(timeout_s):
                    reply = await (await self._link.reach()).thumbnail(clip, width, height)
            except (FoleyError, Lost, TimeoutError):
                self._tell(Pictured(key, 0, 0, b""))
            else:
                self._tell(Pictured(key, reply.width, reply.height, reply.rgb))
