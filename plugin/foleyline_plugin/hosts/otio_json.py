"""What must hold of OTIO's JSON before OTIO's own reader may see it: that one ends the whole process on some files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any, NoReturn

import opentimelineio as otio

from foleyline.errors import FoleyError

# Recursion in OTIO 0.18 takes stack and quadratic time; a hundred nested timelines are far below.
deepest = 400

# Ten thousand clips with all a host notes of them make some 200 thousand; parsing takes 3 s and 200 MB a million.
most_parts = 2_000_000

known_versions: dict[str, int] = otio.core.type_version_map()


def check(text: str, name: str) -> None:
    """Raises FoleyError E-OTIO for what is no OTIO document, nests too deep or refers to itself, and E-SCHEMA
    for an object newer than is known here, which OTIO would refuse without saying which."""
    if text.count("{") + text.count("[") > most_parts:
        _refuse(name, f"it has more than {most_parts:,} parts")
    try:
        document = json.loads(text)
    except RecursionError:
        _refuse(name, "it nests too deep")
    except ValueError as error:
        _refuse(name, f"it is not whole or not JSON ({error})")
    if not isinstance(document, dict) or not isinstance(document.get("OTIO_SCHEMA"), str):
        _refuse(name, "it is not an OpenTimelineIO file")
    _check_references(document, name)


def _check_references(document: dict[str, Any], name: str) -> None:
    """Objects may name others by id; in a circle those make OTIO's reader or its caller recur without end."""
    links: dict[str, set[str]] = {}
    for enclosing, target in _references(document, name):
        links.setdefault(enclosing, set()).add(target)
    try:
        TopologicalSorter(links).prepare()
    except CycleError:
        _refuse(name, "it contains itself")


def _references(document: dict[str, Any], name: str) -> Iterator[tuple[str, str]]:
    """Pairs of ids: an object, and one that is named or defined inside it."""
    waiting: list[tuple[Any, str, int]] = [(document, "", 0)]
    while waiting:
        node, enclosing, depth = waiting.pop()
        if depth > deepest:
            _refuse(name, "it nests too deep")
        if isinstance(node, dict):
            _check_schema(str(node.get("OTIO_SCHEMA", "")), name)
            if str(node.get("OTIO_SCHEMA", "")).startswith("SerializableObjectRef"):
                yield enclosing, str(node.get("id"))
            if "OTIO_REF_ID" in node:
                yield enclosing, str(node["OTIO_REF_ID"])
                enclosing = str(node["OTIO_REF_ID"])
        children = node.values() if isinstance(node, dict) else node
        waiting.extend((child, enclosing, depth + 1) for child in children if isinstance(child, dict | list))


def _check_schema(schema: str, name: str) -> None:
    kind, _, version = schema.rpartition(".")
    known = known_versions.get(kind)
    if known is not None and version.isdecimal() and int(version) > known:
        raise FoleyError("E-SCHEMA", name=name, schema=schema)


def _refuse(name: str, reason: str) -> NoReturn:
    raise FoleyError("E-OTIO", name=name, reason=reason)
