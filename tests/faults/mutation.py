"""Valid inputs made wrong: bytes changed, and JSON and text with values where nobody expects them."""

from __future__ import annotations

import copy
import json
import random
import re
from typing import Any

odd: list[Any] = [
    None,
    True,
    0,
    -1,
    1,
    2**31,
    -(2**63),
    2**70,
    0.5,
    -0.0,
    1e-300,
    1e300,
    float("nan"),
    float("inf"),
    "",
    "\0",
    "🎬" * 50,
    "/dev/zero",
    "file:///%00",
    "Clip.1",
    "RationalTime.1",
    "Stack.99",
    [],
    {},
    [[]],
    {"OTIO_SCHEMA": "Timeline.1"},
    {"OTIO_SCHEMA": "Gap.1"},
    {"OTIO_SCHEMA": "RationalTime.1", "value": 1, "rate": 0},
]
number = re.compile(rb"\d+")
numbers = [b"0", b"-1", b"99999999999999999999", b"1e999", b"0/0", b"1/0", b"", b"24000/1001", b"99:99:99:99", b"\xff"]


def bytes_of(content: bytes, chance: random.Random) -> bytes:
    """Some bytes turned, left out, doubled or put in; or some of its numbers made odd."""
    made = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(made) + 1)
        match chance.randrange(5):
            case 0:
                made[place : place + 1] = chance.randbytes(1)
            case 1:
                del made[place : place + chance.randint(1, 200)]
            case 2:
                made[place:place] = made[place : place + chance.randint(1, 200)]
            case 3:
                made[place:place] = chance.randbytes(chance.randint(1, 20))
            case _:
                made = with_odd_number(made, chance)
    return bytes(made)


def with_odd_number(content: bytearray, chance: random.Random) -> bytearray:
    found = list(number.finditer(content))
    if found:
        span = chance.choice(found).span()
        content[slice(*span)] = chance.choice(numbers)
    return content


def json_of(document: Any, chance: random.Random) -> bytes:
    """One to five members anywhere in it replaced, taken away or moved elsewhere."""
    made = copy.deepcopy(document)
    for _ in range(chance.randint(1, 5)):
        places = list(members(made))
        if not places:
            break
        holder, key = chance.choice(places)
        match chance.randrange(4):
            case 0:
                del holder[key]
            case 1:
                other, where = chance.choice(places)
                holder[key] = copy.deepcopy(other[where]) if where in keys(other) else None
            case _:
                holder[key] = copy.deepcopy(chance.choice(odd))
    return json.dumps(made).encode()


def keys(holder: Any) -> Any:
    return holder if isinstance(holder, dict) else range(len(holder))


def members(document: Any) -> Any:
    """Every place in nested lists and objects, as the holder and the key."""
    waiting = [document]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, dict | list):
            for key in keys(holder):
                yield holder, key
                waiting.append(holder[key])
