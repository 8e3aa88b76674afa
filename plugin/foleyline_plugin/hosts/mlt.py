"""An OTIO timeline as MLT XML, which `melt`, Shotcut and Kdenlive play: one playlist a track, whole frames throughout.

Every stack becomes a tractor, nested ones too, so nothing is flattened. Sounds add up, pictures lie over one another.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as Xml

import opentimelineio as otio

from foleyline.errors import FoleyError
from foleyline.timing import round_half_up
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin.media import Finder, is_still
from foleyline_plugin.nesting import is_enabled, speed_of
from foleyline_plugin.timeline import reel_of
from foleyline_plugin.timing import fraction_of, rate_of

Played = tuple[str, int]  # a producer's id and the first frame of it that is played

slowest, fastest = 0.01, 20.0  # what MLT's timewarp takes
clear = "#00000000"
forbidden = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


def write(
    timeline: otio.schema.Timeline, path: Path, base: Path | None = None, size: tuple[int, int] = (1920, 1080)
) -> list[FoleyError]:
    """Writes the timeline to `path`, whole or not at all, and answers why what was left blank is blank.

    base: folder that relative media names start from; by default the one `path` lies in. size: of the picture.
    Transitions become cuts, positions are rounded to the timeline's frames, and its global start is left out: MLT
    counts from 0. Media of unknown available range are taken to begin at 0. Raises FoleyError E-RATE or E-TIME where
    the timeline has no usable time base, OSError.
    """
    document = Document(reel_of(timeline).exact, base or path.parent)
    document.add_profile(size)
    document.add_stack(timeline.tracks, "black")
    document.root.set("title", forbidden.sub("", timeline.name))
    unfinished = path.with_name(f"{path.name}.part")
    try:
        Xml.ElementTree(document.root).write(unfinished, "utf-8", xml_declaration=True)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return document.problems


class Document:
    """The XML while it grows; `problems` says what was left blank."""

    def __init__(self, rate: Fraction, base: Path) -> None:
        self.rate = rate
        self.finder = Finder(base)
        self.problems: list[FoleyError] = []
        self.root = Xml.Element("mlt", {"LC_NUMERIC": "C"})
        self.count = 0

    def add_profile(self, size: tuple[int, int]) -> None:
        aspect = Fraction(*size)
        facts = {
            "width": size[0],
            "height": size[1],
            "progressive": 1,
            "sample_aspect_num": 1,
            "sample_aspect_den": 1,
            "display_aspect_num": aspect.numerator,
            "display_aspect_den": aspect.denominator,
            "frame_rate_num": self.rate.numerator,
            "frame_rate_den": self.rate.denominator,
            "colorspace": 709,
        }
        Xml.SubElement(self.root, "profile", {key: str(value) for key, value in facts.items()})

    def add_stack(self, stack: otio.schema.Stack, ground: str) -> str:
        """Answers the tractor's id. `ground` is the color under the lowest picture."""
        children = [child for child in stack if isinstance(child, otio.core.Item)]
        lanes = [self.add_lane(child) for child in children]
        length = max([1, *(length for _, length in lanes)])
        below = self.add_producer(length, resource=ground, mlt_service="color")
        tractor = self.element("tractor", 0, length)
        Xml.SubElement(tractor, "track", {"producer": below})
        for child, (lane, _) in zip(children, lanes, strict=True):
            Xml.SubElement(tractor, "track", {"producer": lane, "hide": hidden_of(child)})
        for number, child in enumerate(children, start=1):
            for blend in blends_of(child):
                transition = self.element("transition", 0, length)
                add_properties(transition, a_track="0", b_track=str(number), always_active="1", **blend)
                tractor.append(transition)
        self.root.append(tractor)
        return tractor.attrib["id"]

    def add_lane(self, child: otio.core.Item) -> tuple[str, int]:
        """A playlist for what lies in a stack, a track with all of its items or one item alone, and its length."""
        if not isinstance(child, otio.schema.Track):
            return self.add_playlist(child.name, [child], otio.schema.TrackKind.Video)
        lane, length = self.add_playlist(child.name, items_of(child), child.kind)
        if child.source_range is None:
            return lane, length
        first, length = (
            round_half_up(self.frames(edge)) for edge in (child.source_range.start_time, child.source_range.duration)
        )
        trimmed = self.element("playlist")
        add_entry(trimmed, (lane, first), length)
        self.root.append(trimmed)
        return trimmed.attrib["id"], length

    def add_playlist(self, name: str, items: list[otio.core.Item], kind: str) -> tuple[str, int]:
        playlist = self.element("playlist")
        add_properties(playlist, title=forbidden.sub("", name))
        lengths = self.lengths_of(items)
        for item, length in zip(items, lengths, strict=True):
            played = self.played(item, length, kind) if length else None
            if played:
                add_entry(playlist, played, length)
            elif length:
                Xml.SubElement(playlist, "blank", {"length": str(length)})
        self.root.append(playlist)
        return playlist.attrib["id"], sum(lengths)

    def played(self, item: otio.core.Item, length: int, kind: str) -> Played | None:
        """None where nothing plays; the reason, if it is one, goes to the problems."""
        if isinstance(item, otio.schema.Gap) or not is_enabled(item):
            return None
        try:
            if isinstance(item, otio.schema.Clip):
                return self.clip(item, length, kind)
            return self.nested(item)
        except FoleyError as problem:
            self.problems.append(FoleyError(problem.code, **{"name": item.name, **problem.facts}))
            return None

    def nested(self, item: otio.core.Item) -> Played:
        """Raises FoleyError E-SPEED: MLT changes the speed of files only."""
        if speed_of(item) != 1:
            raise FoleyError("E-SPEED")
        if not isinstance(item, otio.schema.Stack):
            return self.add_lane(item)[0], 0
        first = self.frames(item.source_range.start_time) if item.source_range else Fraction(0)
        return self.add_stack(item, clear), round_half_up(first)

    def clip(self, clip: otio.schema.Clip, length: int, kind: str) -> Played | None:
        """Raises FoleyError with what keeps the clip from being played."""
        reference, media = self.finder.find(clip)
        speed = speed_of(clip)
        if media.HasField("sequence") and speed != 1:
            raise FoleyError("E-SPEED")
        first = Fraction(0) if is_still(media) else self.first_frame(clip, reference)
        source = self.source_of(media)
        if kind == otio.schema.TrackKind.Audio:
            return None if speed == 0 else self.sped(source | {"video_index": "-1"}, first, length, speed)
        if speed == 0:
            frozen = source | {"mlt_service": "hold", "frame": str(round_half_up(first))}
            return self.add_producer(length, **frozen), 0
        return self.sped(source | {"audio_index": "-1"}, first, length, speed)

    def sped(self, source: dict[str, str], first: Fraction, length: int, speed: Fraction) -> Played:
        """Raises FoleyError E-SPEED."""
        if speed == 1:
            start = round_half_up(first)
            return self.add_producer(start + length, **source), start
        if not slowest <= abs(speed) <= fastest:
            raise FoleyError("E-SPEED")
        start = round_half_up(first / abs(speed))
        warped = source | {"resource": f"{float(speed)}:{source['resource']}", "mlt_service": "timewarp"}
        # Backward, timewarp counts down from its last frame.
        return self.add_producer(start + length, **warped), start if speed > 0 else 0

    def first_frame(self, clip: otio.schema.Clip, reference: otio.core.MediaReference) -> Fraction:
        """Frames of the timeline between the media's first picture and the clip's. Raises FoleyError E-RANGE."""
        start = self.frames(clip.trimmed_range().start_time)
        if reference.available_range is not None:
            start -= self.frames(reference.available_range.start_time)
        if start < 0:
            raise FoleyError("E-RANGE")
        return start

    def source_of(self, media: pb.Media) -> dict[str, str]:
        """Raises FoleyError E-FORMAT for what MLT has no words for."""
        properties = self.sequence(media.sequence) if media.HasField("sequence") else {"resource": media.path}
        if forbidden.search(properties["resource"]):
            raise FoleyError("E-FORMAT", reason="its name has characters that MLT files cannot hold")
        return properties

    def sequence(self, sequence: pb.ImageSequence) -> dict[str, str]:
        every = self.rate / Fraction(sequence.rate_num, sequence.rate_den)
        if sequence.step not in (0, 1) or every.denominator != 1 or "%" in sequence.prefix + sequence.suffix:
            raise FoleyError("E-FORMAT", reason="MLT cannot count its pictures as the timeline does")
        pattern = f"{sequence.prefix}%0{max(1, sequence.padding)}d{sequence.suffix}"
        # qimage would be the loader's choice; it shows one and the same picture throughout (7.12).
        return {"resource": f"{pattern}?begin:{sequence.first_number}", "mlt_service": "pixbuf", "ttl": str(every)}

    def add_producer(self, length: int, **properties: str) -> str:
        producer = self.element("producer", 0, length)
        add_properties(producer, length=str(length), **properties)
        self.root.append(producer)
        return producer.attrib["id"]

    def element(self, tag: str, first: int | None = None, length: int = 0) -> Xml.Element:
        self.count += 1
        span = {} if first is None else {"in": str(first), "out": str(first + length - 1)}
        return Xml.Element(tag, {"id": f"{tag}{self.count}", **span})

    def lengths_of(self, items: list[otio.core.Item]) -> list[int]:
        """Whole frames whose sum never drifts from the sum of the exact lengths."""
        ends = [Fraction(0)]
        for item in items:
            ends.append(ends[-1] + self.length_of(item))
        edges = [round_half_up(end) for end in ends]
        return [end - begin for begin, end in pairwise(edges)]

    def length_of(self, item: otio.core.Item) -> Fraction:
        try:
            return self.frames(item.trimmed_range().duration)
        except otio.exceptions.CannotComputeAvailableRangeError:
            self.problems.append(FoleyError("E-LENGTH", name=item.name))
        except FoleyError as problem:
            self.problems.append(FoleyError(problem.code, **{"name": item.name, **problem.facts}))
        return Fraction(0)

    def frames(self, time: otio.opentime.RationalTime) -> Fraction:
        return fraction_of(time.value) / rate_of(time.rate) * self.rate


def items_of(track: otio.schema.Track) -> list[otio.core.Item]:
    """Without transitions, which take no room."""
    return [child for child in track if isinstance(child, otio.core.Item)]


def hidden_of(child: otio.core.Item) -> str:
    """Which of a lane's picture and sound are not played, in MLT's words."""
    if not is_enabled(child):
        return "both"
    if isinstance(child, otio.schema.Track):
        return {otio.schema.TrackKind.Video: "audio", otio.schema.TrackKind.Audio: "video"}.get(child.kind, "both")
    return ""


def blends_of(child: otio.core.Item) -> list[dict[str, str]]:
    hidden = hidden_of(child)
    mix = {"mlt_service": "mix", "sum": "1"}
    lay_over = {"mlt_service": "composite", "fill": "1", "progressive": "1"}
    return {"audio": [lay_over], "video": [mix], "": [lay_over, mix]}.get(hidden, [])


def add_entry(playlist: Xml.Element, played: Played, length: int) -> None:
    producer, first = played
    facts = {"producer": producer, "in": str(first), "out": str(first + length - 1)}
    Xml.SubElement(playlist, "entry", facts)


def add_properties(element: Xml.Element, **properties: str) -> None:
    for name, text in properties.items():
        Xml.SubElement(element, "property", {"name": name}).text = text
