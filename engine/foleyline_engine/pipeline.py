"""The four steps of DeepSound-V1 for one clip, as in Figure 2 of the paper.

Each stage is awaited; what stands behind it (a batcher here, a remote deployment elsewhere) is not known here.
"""

from __future__ import annotations

from foleyline.v1 import engine_pb2 as pb

from .journey import Journey
from .models.exchange import Sound
from .stages import Stages

human_voice = "human voice"


async def run(clip: Journey, stages: Stages) -> pb.Take:
    """Steps 0 to 4; the take's two files are written when it returns."""
    request = clip.request
    if request.run == pb.stems:
        return await stages.stems.make(clip)
    if before := await stages.go_on(clip):
        plan, coarse = before
    else:
        await stages.prepare(clip)
        plan = await stages.plan(clip)
        coarse = await first_sound(clip, stages)
        if request.run in (pb.direct, pb.direct_neg):
            return await stages.write(clip, plan, coarse, coarse, pb.as_generated)
        clip.verdict = await stages.judge(clip, coarse, plan)

    if request.voices == pb.voices_kept:
        return await stages.write(clip, plan, coarse, coarse, pb.kept_by_editor)
    if request.voices != pb.voices_removed_anyway and clip.verdict.option != pb.yes:
        is_read = clip.verdict.option != pb.undecided
        return await stages.write(clip, plan, coarse, coarse, pb.as_generated if is_read else pb.to_decide)

    fine = await stages.separate(clip, coarse)
    outcome = pb.voices_removed
    if request.run == pb.s4 and await stages.is_silent(clip, fine):
        fine, outcome = await fall_back(clip, stages, coarse)
    return await stages.write(clip, plan, coarse, fine, outcome)


async def first_sound(clip: Journey, stages: Stages) -> Sound:
    """Step 1: made from the picture, or the clip's own production sound."""
    request = clip.request
    if request.source == pb.production:
        return await stages.production(clip)
    leave_out = request.negative_prompt
    if request.run == pb.direct_neg:
        leave_out = ", ".join(filter(None, [leave_out, human_voice]))
    return await stages.generate(clip, pb.generating, leave_out)


async def fall_back(clip: Journey, stages: Stages, coarse: Sound) -> tuple[Sound | None, pb.Outcome]:
    """Step 4 found silence: leave it empty (rm), keep the original (rep) or generate again (neg)."""
    match clip.request.fallback:
        case pb.rm:
            return None, pb.silent_on_purpose
        case pb.rep:
            return coarse, pb.original_kept
        case _:
            await stages.prepare(clip)
            return await stages.generate(clip, pb.regenerating, human_voice), pb.regenerated
