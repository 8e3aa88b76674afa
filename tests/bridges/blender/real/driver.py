"""Runs inside Blender, or a Python with bpy: does what the tests leave as orders in a folder, one at a time.

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
    def __init__(self) -> None:
        self._number = 0
        self._work: Any = None

    def step(self) -> bool:
        """False when there is no more to do."""
        if self._work is None:
            order = self._next()
            if order is None:
                return True
            if order["do"] == "stop":
                return False
            self._work = self._begin(order)
        try:
            next(self._work)
        except StopIteration as end:
            self._answer({"result": end.value})
        except BaseException:  # noqa: BLE001 - told to the test
            self._answer({"fault": traceback.format_exc()})
        return True

    def _begin(self, order: dict) -> Any:
        module = importlib.import_module(order.pop("do"))
        return module.run(**order)

    def _next(self) -> dict | None:
        path = folder / f"{self._number + 1}.json"
        if not path.exists():
            return None
        self._number += 1
        return json.loads(path.read_text())

    def _answer(self, told: dict) -> None:
        self._work = None
        part = folder / f"{self._number}.part"
        part.write_text(json.dumps(told))
        part.rename(folder / f"{self._number}.done")


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
    bpy.app.timers.register(tick, persistent=True)
