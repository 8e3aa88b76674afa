"""What a request must be before any work is done for it; a client's mistake is told in its own words."""

from __future__ import annotations

import math
from pathlib import Path

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import questioning, stems
from .models import catalog

longest_text = 4000
longest_handle_s = 60
most_steps = 1000
most_guidance = 100


def check(request: pb.GenerateRequest) -> None:
    """Raises E-REQUEST, E-MODEL, E-MISSING, E-RATE, E-EMPTY or E-LONG for a request that cannot be run."""
    _check_models(request)
    _check_times(request.clip)
    if request.run not in pb.Run.values() or request.fallback not in pb.Fallback.values():
        raise FoleyError("E-REQUEST", reason="its run or fallback is not one of the contract")
    if request.source not in pb.Source.values():
        raise FoleyError("E-REQUEST", reason="its source is not one of the contract")
    if request.run == pb.stems:
        stems.check(request)
    _check_denoising(request)
    _check_judge(request)
    if not Path(request.out_dir).is_absolute():
        raise FoleyError("E-REQUEST", reason="its output folder is not an absolute path")
    if max(len(request.prompt), len(request.negative_prompt)) > longest_text:
        raise FoleyError("E-REQUEST", reason=f"its direction is longer than {longest_text} characters")


def _check_models(request: pb.GenerateRequest) -> None:
    catalog.check_name("generator", request.generator)
    catalog.check_name("judge", request.judge)
    catalog.check_name("separator", request.separator)
    catalog.check_name("silence", request.silence)


def _check_denoising(request: pb.GenerateRequest) -> None:
    if request.HasField("steps") and not 1 <= request.steps <= most_steps:
        raise FoleyError("E-REQUEST", reason=f"its steps are not between 1 and {most_steps}")
    if request.HasField("guidance") and not 0 <= request.guidance <= most_guidance:
        raise FoleyError("E-REQUEST", reason=f"its guidance is not between 0 and {most_guidance}")


def _check_judge(request: pb.GenerateRequest) -> None:
    for name, kind in (("judge_mode", pb.JudgeMode), ("planning", pb.Planning), ("voices", pb.Voices)):
        if getattr(request, name) not in kind.values():
            raise FoleyError("E-REQUEST", reason=f"its {name} is not one of the contract")
    if questioning.judges(request):
        questioning.check(request, catalog.judge(request.judge))


def _check_times(clip: pb.Clip) -> None:
    for time in (clip.record_range.start, clip.record_range.duration, clip.source_range.start):
        if time.rate_num <= 0 or time.rate_den <= 0:
            raise FoleyError("E-RATE", name=clip.name, rate=f"{time.rate_num}/{time.rate_den}")
    if clip.record_range.duration.value <= 0:
        raise FoleyError("E-EMPTY", name=clip.name)
    if clip.HasField("time_scalar") and not math.isfinite(clip.time_scalar):
        raise FoleyError("E-SPEED", name=clip.name)
    rate = clip.record_range.duration.rate_num / clip.record_range.duration.rate_den
    if not (0 <= clip.head_handle <= longest_handle_s * rate and 0 <= clip.tail_handle <= longest_handle_s * rate):
        raise FoleyError("E-REQUEST", reason=f"its handles are not between 0 and {longest_handle_s} seconds")
