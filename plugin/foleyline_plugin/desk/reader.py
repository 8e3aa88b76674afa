"""The process in which timelines are read and written, started once and again when one of them ended it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from foleyline.errors import FoleyError

Answer = TypeVar("Answer")


class Reader:
    """Used in the desk's thread alone."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def start(self) -> None:
        """Starts the process beside everything else, so that the first timeline does not wait for it."""
        self._started().submit(_load)

    def stop(self) -> None:
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def ask(self, name: str, work: Callable[..., Answer], *arguments: object) -> Answer:
        """What the work comes to there. Raises what it raises, E-OTIO where it ended the process."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._started(), work, *arguments)
        except BrokenProcessPool:
            self._pool = None
            raise FoleyError("E-OTIO", name=name, reason="reading it came to a sudden end") from None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_end_with_panel)
        return self._pool


def _end_with_panel() -> None:
    """A panel that is killed cannot end its reader; the reader sees to that itself."""

    def wait() -> None:
        if panel := multiprocessing.parent_process():
            panel.join()
            os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def _load() -> None:
    from .. import inputs, placing

    del inputs, placing
