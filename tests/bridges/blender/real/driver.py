"""Runs inside Blender, or a Python with bpy: does what the tests leave as orders in a folder.

    … driver.py FOLDER     with the add-on's folder and this one's on sys.path

An order is `N.json`: {"do": name of a module beside this one, …}; its answer `N.done`. `stop` ends it all. With a user
interface Blender's own timer works the orders off, without one this loop does what the timer would.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import faulthandler
import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

here = Path(__file__).parent
folder = Path(sys.argv[-1])
sys.path[:0] = [str(folder / "addon"), str(here)]
faulthandler.enable()

import bpy  # noqa: E402


class Orders:
    """Those that have begun are worked off side by side, a step of each at a time."""

    def __init__(self) -> None:
        self._number = 0
        self._works: dict[int, Any] = {}

    def step(self) -> bool:
        """False when there is no more to do."""
        while (order := self._next()) is not None:
            if order["do"] == "stop":
                return False
            module = importlib.import_module(order.pop("do"))
            self._works[self._number] = module.run(**order)
        for number, work in list(self._works.items()):
            self._advance(number, work)
        return True

    def _advance(self, number: int, work: Any) -> None:
        try:
            next(work)
        except StopIteration as end:
            self._answer(number, {"result": end.value})
        except BaseException:  # noqa: BLE001 - told to the test
            self._answer(number, {"fault": traceback.format_exc()})

    def _next(self) -> dict | None:
        path = folder / f"{self._number + 1}.json"
        if not path.exists():
            return None
        self._number += 1
        return json.loads(path.read_text())

    def _answer(self, number: int, told: dict) -> None:
        del self._works[number]
        part = folder / f"{number}.part"
        part.write_text(json.dumps(told))
        part.rename(folder / f"{number}.done")


orders = Orders()


def tick() -> float | None:
    if orders.step():
        return 0.01
    bpy.ops.wm.quit_blender()
    return None


if bpy.app.background:
    while orders.step():
        time.sleep(0.002)
    sys.stdout.flush()
    # A plain exit hangs for ever in some builds after sounds were used.
    os._exit(0)
else:
    bpy.context.preferences.view.show_splash = False
    bpy.app.timers.register(tick, persistent=True)
