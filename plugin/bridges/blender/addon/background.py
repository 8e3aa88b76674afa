"""Work that needs nothing of Blender, done in a thread of its own so that the editor's program stays at hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any

waiting = "waiting"
"""What a slice yields that can do nothing before something else is done."""

at_once_s = 0.001

Rest = Callable[[], None]


def run(work: Callable[[Rest], Any]) -> Generator[Any, None, Any]:
    """Yields until the work is done; its result, or what it raised.

    work is given a function to call often: Python runs one thread at a time, and Blender's own drawing is Python.
    """
    done = threading.Event()
    outcome: list[Any] = [None, None]

    def body() -> None:
        try:
            outcome[0] = work(_rests())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            outcome[1] = error
        done.set()

    threading.Thread(target=body, name="foleyline work", daemon=True).start()
    while not done.wait(0):
        yield waiting
    if outcome[1] is not None:
        raise outcome[1]
    return outcome[0]


def _rests() -> Rest:
    began_s = time.perf_counter()

    def rest() -> None:
        nonlocal began_s
        if time.perf_counter() - began_s > at_once_s:
            time.sleep(at_once_s)
            began_s = time.perf_counter()

    return rest
