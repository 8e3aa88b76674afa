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


def step(number: pb.Step) -> str:
    return steps.get(number, "working")


def name(request: pb.GenerateRequest) -> str:
    """Clip and take, e.g. `Sh 012 T1`."""
    return f"{' '.join(request.clip.name.split())} T{request.take}"


def result(take: pb.Take) -> str:
    """One line on what became of a take: `voices removed (voice-over found), -23.0 LUFS`."""
    heard = take.without_voices if take.HasField("without_voices") else None
    if heard is None:
        level = "no file without voices"
    elif heard.loudness.HasField("integrated_lufs"):
        level = f"{heard.loudness.integrated_lufs:.1f} LUFS"
    else:
        level = "below the loudness gate"
    return f"{outcomes[take.outcome]} ({options[take.verdict.option]}), {level}"
