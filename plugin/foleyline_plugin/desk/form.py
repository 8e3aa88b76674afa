"""What the editor asks for, before it is frozen into requests: one message that is the template of all of them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import json_format

from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb

from .. import request
from ..job import Version

most_seed = 99_999

standing_models = ("scratch", "evidence", "fill", "level")
roles = ("generator", "judge", "separator", "silence")


def fresh_template() -> pb.GenerateRequest:
    template = request.default(Path(), 0)
    template.negative_prompt = "voices, music"
    template.seed = secrets.randbelow(most_seed) + 1
    return template


@dataclass
class Form:
    """template: what every request of the next press of Generate shares. The rest is the panel's own."""

    template: pb.GenerateRequest = field(default_factory=fresh_template)
    takes: int = 1
    is_seed_locked: bool = False
    handles: int = request.default_handles
    version: Version = Version.both

    @property
    def left_out(self) -> list[str]:
        return [word.strip() for word in self.template.negative_prompt.split(",") if word.strip()]

    def leave_out(self, words: Sequence[str]) -> None:
        self.template.negative_prompt = ", ".join(dict.fromkeys(word.strip() for word in words if word.strip()))

    @property
    def detects_voices(self) -> bool:
        return self.template.run in (pb.s3, pb.s4)

    def use_models(self, names: Mapping[str, str]) -> None:
        for role, name in names.items():
            setattr(self.template, role, name)

    def next_seed(self) -> None:
        """Another seed for the next press, unless the editor holds on to this one."""
        if not self.is_seed_locked:
            self.template.seed = secrets.randbelow(most_seed) + 1

    def kept(self) -> dict[str, Any]:
        """As it is remembered."""
        told = json_format.MessageToDict(self.template, preserving_proto_field_name=True)
        return {
            "template": told,
            "takes": self.takes,
            "is_seed_locked": self.is_seed_locked,
            "handles": self.handles,
            "version": str(self.version),
        }


def remembered(kept: Mapping[str, Any]) -> Form:
    """The form as it was left; a fresh one where that cannot be read."""
    form = Form()
    try:
        json_format.ParseDict(kept["template"], form.template, ignore_unknown_fields=True)
        form.takes = min(99, max(1, int(kept["takes"])))
        form.is_seed_locked = bool(kept["is_seed_locked"])
        form.handles = min(600, max(0, int(kept["handles"])))
        form.version = Version(kept["version"])
    except (KeyError, TypeError, ValueError, json_format.ParseError):
        return Form()
    return form


def clip_key(clip: pb.Clip) -> str:
    """What a clip is known by when the timeline is read again: where it lies does not count."""
    media = clip.media.path or clip.media.sequence.prefix
    return f"{clip.track}|{clip.name}|{Path(media).name}|{clip.source_range.start.value}"


def requests_of(
    form: Form, clips: Sequence[pb.Clip], out_dir: Path, directions: Mapping[str, str], taken: Mapping[str, int]
) -> list[pb.GenerateRequest]:
    """The frozen jobs of one press of Generate.

    directions: clips, by `clip_key`, that have one of their own. taken: the highest take number of each so far.
    """
    template = pb.GenerateRequest()
    template.CopyFrom(form.template)
    template.out_dir, template.created_s = str(out_dir), request.now_s()
    asked = []
    for each in request.build(template, clips, form.takes):
        key = clip_key(each.clip)
        each.prompt = directions.get(key) or each.prompt
        each.take += taken.get(key, 0)
        asked.append(each)
    return asked


def kind_of(asked: pb.GenerateRequest) -> str:
    """The same for two requests that differ in the take's number alone, and so would sound the same."""
    same = pb.GenerateRequest()
    same.CopyFrom(asked)
    same.ClearField("take")
    return request_id(same)


def again_without_voices(job_request: pb.GenerateRequest, take: int) -> pb.GenerateRequest:
    """The same clip once more, with human voices left out from the start."""
    asked = pb.GenerateRequest()
    asked.CopyFrom(job_request)
    words = [word.strip() for word in asked.negative_prompt.split(",") if word.strip()]
    asked.negative_prompt = ", ".join(dict.fromkeys([*words, "human voice"]))
    asked.take, asked.created_s = take, request.now_s()
    return asked
