"""Builds the frozen parameters of the jobs, the one place where a request is made."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from foleyline.v1 import engine_pb2 as pb

default_seed = 42
default_handles = 12
default_steps = 25
default_guidance = 4.5

runs = {"direct": pb.direct, "direct-neg": pb.direct_neg, "s3": pb.s3, "s4": pb.s4}
fallbacks = {"rm": pb.rm, "rep": pb.rep, "neg": pb.neg}
sources = {"picture": pb.picture, "production": pb.production}
judge_modes = {"cot": pb.cot, "qa": pb.qa}
plannings = {"check": pb.plan_checked, "ask": pb.plan_asked, "fixed": pb.plan_fixed}
voices = {"judge": pb.voices_judged, "keep": pb.voices_kept, "remove": pb.voices_removed_anyway}


def default(out_dir: Path, created_s: int) -> pb.GenerateRequest:
    """The defaults: built-in models, all four steps, and the numbers that DeepSound-V1 uses."""
    return pb.GenerateRequest(
        generator="scratch",
        judge="evidence",
        separator="fill",
        silence="level",
        seed=default_seed,
        steps=default_steps,
        guidance=default_guidance,
        out_dir=str(out_dir),
        created_s=created_s,
    )


def build(template: pb.GenerateRequest, clips: Iterable[pb.Clip], takes: int = 1) -> Iterator[pb.GenerateRequest]:
    """One request a take, clip by clip. Take n of a clip has the seed that was chosen plus n - 1."""
    for clip in clips:
        for take in range(1, takes + 1):
            request = pb.GenerateRequest()
            request.CopyFrom(template)
            request.clip.CopyFrom(clip)
            request.take = take
            request.seed = template.seed + take - 1
            yield request


def now_s() -> int:
    """Seconds since 1970, or the moment that a reproducible build asks for."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
