"""A double of Resolve with the reference cut open, and a bridge that answers for it in a thread, over real pipes."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from foleyline_resolve.problems import Gone
from foleyline_resolve.seat import Seat
from foleyline_resolve.service import Service
from tests.bridges.reference import cut
from tests.bridges.resolve.double import Media, Studio
from tests.bridges.resolve.scripts import Script
from tests.bridges.resolve.timeline import Item, Track

from foleyline_plugin.hosts.bridge import BridgeHost, Event
from foleyline_plugin.hosts.wire import Pipe

media_frames = 240
rate_names = {Fraction(24): "24", Fraction(25): "25", Fraction(30000, 1001): "29.97", Fraction(24000, 1001): "23.976"}


def seat(rate: Fraction = Fraction(24), version: tuple[int, ...] = (21, 0, 4), **facts: Any) -> Studio:
    """The reference cut from 01:00:00:00, with an empty track of production sound below."""
    studio = Studio(version=version, rate=rate_names[rate], exact=rate, start=3600 * round(rate), **facts)
    assert studio.project is not None
    timeline = studio.project._timeline
    for name in ("V1", "V2"):
        track = Track(name)
        timeline._tracks["video"].append(track)
        for _, first, frames, clip, source in (each for each in cut if each[0] == name):
            media = Media(studio, f"/footage/{clip}.mov", media_frames, studio.rate, "01:00:00:00")
            item = Item(studio, media, studio.start + first, frames, source)
            item._item_name = clip
            track.items.append(item)
    timeline._tracks["audio"].append(Track("Production"))
    timeline._playhead = "01:00:00:00"
    return studio


class Answering:
    """The bridge in a thread: as in a menu script all of Resolve's API is called in that one thread."""

    def __init__(self, studio: Studio) -> None:
        self.faults: list[str] = []
        asked, self._asking = os.pipe()
        self._told, telling = os.pipe()
        self._reader = os.fdopen(asked, "rb")
        self._writer = os.fdopen(telling, "wb")
        self.service = Service(Seat(studio.resolve), self._send, self._check)
        self._is_waited_for = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def lines(self) -> Pipe:
        return Pipe(os.fdopen(self._told, "rb"), os.fdopen(self._asking, "wb"))

    def _send(self, line: bytes) -> None:
        try:
            self._writer.write(line)
            self._writer.flush()
        except (OSError, ValueError):
            raise Gone() from None

    def _check(self) -> None:
        if not self._is_waited_for:
            raise Gone()

    def forsake(self) -> None:
        """As if the panel had ended."""
        self._is_waited_for = False

    def _serve(self) -> None:
        try:
            while line := self._reader.readline():
                if not self.service.take(line):
                    break
        except Gone:
            pass
        self._writer.close()

    def join(self) -> None:
        self._thread.join(5)
        assert not self._thread.is_alive()


def ignore(event: Event) -> None:
    pass


@asynccontextmanager
async def host_of(
    studio: Studio, bridge: str = "python", tell: Callable[[Event], None] = ignore
) -> AsyncIterator[BridgeHost]:
    """The panel's end of a bridge to this double. At the end nothing outside the documented API was called.

    bridge: python, in a thread, or lua, in a process of its own.
    """
    answering = Script(studio) if bridge == "lua" else Answering(studio)
    host = BridgeHost(answering.lines(), tell)
    try:
        yield host
    finally:
        await host.close()
        answering.join()
        assert studio.book.violations == []


def lanes_of(studio: Studio) -> list[tuple[str, str, bool, list[tuple[int, int, str]]]]:
    """Name, kind, enabled and items (from the timeline's start) of each audio track that is ours."""
    assert studio.project is not None
    return [
        (
            track.name,
            track.kind,
            track.enabled,
            [
                (item._start - studio.start, item._end - item._start, Path(item._media._path).name)
                for item in track.items
                if item._media
            ],
        )
        for track in studio.project._timeline._tracks["audio"]
        if track.name != "Production"
    ]
