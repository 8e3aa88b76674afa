"""The families of sound. Each renders its part of a scene onto the scene's canvas."""

from __future__ import annotations

from collections.abc import Callable

from foleyline_engine.models.scratch.families import (
    air,
    cloth,
    door,
    footsteps,
    handling,
    impacts,
    machines,
    water,
    whoosh,
)
from foleyline_engine.models.scratch.scene import Scene

renderers: dict[str, Callable[[Scene], None]] = {
    "footsteps": footsteps.render,
    "impacts": impacts.render,
    "door": door.render,
    "handling": handling.render,
    "splash": water.splash,
    "cloth": cloth.render,
    "whoosh": whoosh.render,
    "stream": water.stream,
    "rain": water.rain,
    "wind": air.wind,
    "fire": air.fire,
    "engine": machines.engine,
    "hum": machines.hum,
    "ambience": air.ambience,
}
