"""What the FCPXML reader gets wrong in silence: fractional rates, speed changes, what is switched off, the start."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from xml.etree import ElementTree

import opentimelineio as otio

from foleyline.errors import FoleyError

time_value = re.compile(r"(\d+)(?:/(\d+))?s")
clip_tags = ("clip", "asset-clip", "ref-clip")

Look = tuple[str, Fraction]
"""How a clip is told apart here: its name and its length in whole hundredths of a second."""


def parse(text: str, name: str) -> ElementTree.Element:
    """Raises FoleyError E-OTIO for what is no FCPXML or has fractional rates, whose clips its reader shifts."""
    try:
        document = ElementTree.fromstring(text)
    except (ElementTree.ParseError, RecursionError, ValueError) as error:
        raise FoleyError("E-OTIO", name=name, reason=f"it is not whole or not XML ({error})") from None
    if document.tag != "fcpxml":
        raise FoleyError("E-OTIO", name=name, reason="it is not an FCPXML file")
    for described in document.iter("format"):
        duration = _seconds(described.get("frameDuration", ""))
        if not duration or (1 / duration).denominator != 1:
            spoken = f"of {float(1 / duration):.5g} frames per second" if duration else "without a rate"
            reason = f"FCPXML can be read at whole frame rates only, and it has a format {spoken}"
            raise FoleyError("E-OTIO", name=name, reason=reason)
    return document


def restore(document: ElementTree.Element, timelines: Sequence[otio.schema.Timeline]) -> None:
    """Puts the start timecode back, and marks clips whose speed changes or which are switched off.

    The reader keeps no link from its clips to the elements, so both go by name and length; of clips that look
    alike all are marked.
    """
    for project, timeline in zip(document.iter("project"), timelines, strict=False):
        sequence = project.find("sequence")
        start = _seconds(sequence.get("tcStart", "")) if sequence is not None else None
        rate = _rate_of(timeline)
        if start and rate:
            timeline.global_start_time = otio.opentime.RationalTime(float(start * round(rate)), rate)
    retimed, disabled = _looks(document)
    for timeline in timelines:
        for item in timeline.find_children(otio.core.Item):
            look = _look_of(item)
            if look in retimed:
                item.effects.append(otio.schema.TimeEffect(name="Speed"))
            if look in disabled:
                item.enabled = False


def _looks(document: ElementTree.Element) -> tuple[set[Look], set[Look]]:
    names = {media.get("id"): media.get("name") for media in document.iter("media")}
    retimed, disabled = set(), set()
    for element in (element for tag in clip_tags for element in document.iter(tag)):
        name = names.get(element.get("ref")) if element.tag == "ref-clip" else element.get("name")
        look = (name or "", _hundredths(_seconds(element.get("duration", "")) or Fraction(0)))
        if element.find("timeMap") is not None:
            retimed.add(look)
        if element.get("enabled") == "0":
            disabled.add(look)
    return retimed, disabled


def _look_of(item: otio.core.Item) -> Look | None:
    if item.source_range is None or isinstance(item, otio.schema.Gap):
        return None
    duration = item.source_range.duration
    return item.name, _hundredths(Fraction(duration.value) / Fraction(duration.rate))


def _hundredths(seconds: Fraction) -> Fraction:
    return Fraction(round(seconds * 100), 100)


def _rate_of(timeline: otio.schema.Timeline) -> float | None:
    clips = timeline.find_clips()
    return next((clip.source_range.duration.rate for clip in clips if clip.source_range), None)


def _seconds(text: str) -> Fraction | None:
    found = time_value.fullmatch(text)
    return Fraction(int(found[1]), int(found[2] or 1)) if found and int(found[2] or 1) else None
