"""The iXML of a take: what a sound editor's tools read from it, the AI disclosure and the whole request."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from fractions import Fraction
from xml.etree import ElementTree

from google.protobuf.json_format import MessageToDict

from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import timing
from foleyline_engine.models.exchange import delivery_rate

# A sound file without a picture counts in samples, which is no speed of frames.
fastest_frames = 1000
not_in_xml = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def ixml(
    request: pb.GenerateRequest,
    *,
    models: Sequence[str],
    terms: Sequence[str] = (),
    note: str = "",
    tracks: Sequence[str] = ("Foley L", "Foley R"),
    disclosed: str = "AI generated",
) -> str:
    """The document as text.

    models: "name version" of each model that had a part. terms: what they forbid. note: for the sound editor.
    disclosed: what the models did.
    """
    root = ElementTree.Element("BWFXML")
    disclosure = " ".join([f"{disclosed}: {', '.join(models)}", *terms])
    notes = "; ".join(text for text in (request.prompt, note, disclosure) if text)
    _add(
        root,
        IXML_VERSION="2.10",
        PROJECT=request.clip.reel,
        SCENE=request.clip.name,
        TAKE=request.take or 1,
        TAPE=request.clip.reel,
        NOTE=notes,
    )
    _add_speed(root, request.clip)
    _add_tracks(root, tracks)
    _add(root, USER=_user(request, disclosure))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _add(parent: ElementTree.Element, **texts: object) -> None:
    for tag, text in texts.items():
        ElementTree.SubElement(parent, tag).text = not_in_xml.sub("\ufffd", str(text))


def _add_speed(root: ElementTree.Element, clip: pb.Clip) -> None:
    stamp = timing.time_reference(clip)
    speed = ElementTree.SubElement(root, "SPEED")
    if timing.record_rate(clip) < fastest_frames:
        rate = _fraction(timing.record_rate(clip))
        _add(speed, MASTER_SPEED=rate, CURRENT_SPEED=rate, TIMECODE_RATE=rate)
        _add(speed, TIMECODE_FLAG="DF" if clip.drop_frame else "NDF")
    _add(
        speed,
        FILE_SAMPLE_RATE=delivery_rate,
        AUDIO_BIT_DEPTH=24,
        DIGITIZER_SAMPLE_RATE=delivery_rate,
        TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI=stamp >> 32,
        TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO=stamp & 0xFFFFFFFF,
        TIMESTAMP_SAMPLE_RATE=delivery_rate,
    )


def _add_tracks(root: ElementTree.Element, tracks: Sequence[str]) -> None:
    listed = ElementTree.SubElement(root, "TRACK_LIST")
    _add(listed, TRACK_COUNT=len(tracks))
    for number, name in enumerate(tracks, 1):
        _add(ElementTree.SubElement(listed, "TRACK"), CHANNEL_INDEX=number, INTERLEAVE_INDEX=number, NAME=name)


def _user(request: pb.GenerateRequest, disclosure: str) -> str:
    """JSON: the disclosure and the request. Where and when it was asked are no part of what the take is."""
    content = pb.GenerateRequest()
    content.CopyFrom(request)
    content.ClearField("out_dir")
    content.ClearField("created_s")
    facts = {"disclosure": disclosure, "request": MessageToDict(content, preserving_proto_field_name=True)}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


def _fraction(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
