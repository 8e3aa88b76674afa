"""Work that needs nothing of Blender, done in a thread of its own so that the editor's program stays at hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

waiting = "waiting"
"""What a slice yields that can do nothing before something else is done."""

at_once_s = 0.001
turn = threading.Lock()
"""Held by a thread of ours while it runs Python."""

Rest = Callable[[], None]


class Unwanted(BaseException):
    """Nobody waits for the work any more."""


@contextmanager
def still() -> Iterator[None]:
    """No work of ours runs meanwhile.

    Blender's operators let other threads run Python and, asked for the context, take any thread that does for their
    own: with work going on beside an undo push, Blender 3.4 ended in that work once in some hundred times.
    """
    with turn:
        yield


def run(work: Callable[[Rest], Any]) -> Generator[Any, None, Any]:
    """Yields until the work is done; its result, or what it raised. Closed before, it ends the work.

    work is given a function to call often: Python runs one thread at a time, and Blender's own drawing is Python.
    """
    done, unwanted = threading.Event(), threading.Event()
    outcome: list[Any] = [None, None]

    def body() -> None:
        try:
            with turn:
                outcome[0] = work(_rests(unwanted))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            outcome[1] = error
        done.set()

    threading.Thread(target=body, name="foleyline work", daemon=True).start()
    try:
        while not done.wait(0):
            yield waiting
    finally:
        unwanted.set()
    if outcome[1] is not None:
        raise outcome[1]
    return outcome[0]


def _rests(unwanted: threading.Event) -> Rest:
    began_s = time.perf_counter()

    def rest() -> None:
        nonlocal began_s
        if unwanted.is_set():
            raise Unwanted
        if time.perf_counter() - began_s > at_once_s:
            turn.release()
            try:
                time.sleep(at_once_s)
            finally:
                turn.acquire()
            began_s = time.perf_counter()

    return rest
