"""The words an editor reads for what the contract counts: steps, outcomes, verdicts."""

from __future__ import annotations

from foleyline.v1 import engine_pb2 as pb

steps = {
    pb.waiting: "waiting",
    pb.preparing: "reading the picture",
    pb.planning: "planning",
    pb.generating: "generating",
    pb.judging: "judging",
    pb.removing: "removing voices",
    pb.checking: "checking for silence",
    pb.regenerating: "generating again",
    pb.writing: "writing files",
}

outcomes = {
    pb.as_generated: "as generated",
    pb.voices_removed: "voices removed",
    pb.silent_on_purpose: "silent on purpose",
    pb.original_kept: "original kept",
    pb.regenerated: "generated again without voices",
    pb.to_decide: "to decide",
    pb.kept_by_editor: "voices kept by the editor",
}

options = {
    pb.undecided: "the answer could not be read",
    pb.yes: "voice-over found",
    pb.no1: "no people, no voices",
    pb.no2: "people seen, the voices may be theirs",
    pb.no3: "people seen, no voices",
    pb.not_asked: "not judged",
    pb.no: "no voice-over",
}

plans = {
    pb.fixed_plan: "the fixed plan",
    pb.agreed_plan: "the fixed plan, as the judge would have written it",
    pb.written_plan: "the judge's plan",
    pb.repaired_plan: "the fixed plan, as the judge's was not whole",
    pb.replaced_plan: "the fixed plan, as the judge wrote none",
}

scores = {
    "A_at_once": "voice-over, before any reasoning",
    "B_at_once": "no voice-over, before any reasoning",
    "A_after_reasoning": "voice-over, after the reasoning",
    "B_after_reasoning": "no voice-over, after the reasoning",
}
"""What a judge's own figures are of; each is a share of all that it could have written there."""


def step(number: pb.Step) -> str:
    return steps.get(number, "working")


def name(request: pb.GenerateRequest) -> str:
    """Clip and take, e.g. `Sh 012 T1`."""
    return f"{' '.join(request.clip.name.split())} T{request.take}"


def result(take: pb.Take) -> str:
    """One line on what became of a take: `voices removed (voice-over found), -23.0 LUFS`."""
    if take.HasField("dialogue"):
        return f"dialogue {_level(take.dialogue)}, M&E {_level(take.without_voices)}"
    level = _level(take.without_voices) if take.HasField("without_voices") else "no file without voices"
    return f"{outcomes[take.outcome]} ({options[take.verdict.option]}), {level}"


def _level(file: pb.SoundFile) -> str:
    if file.loudness.HasField("integrated_lufs"):
        return f"{file.loudness.integrated_lufs:.1f} LUFS"
    return "below the loudness gate"
