"""The sentences of the panel: what was decided, why, and what was then done. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from foleyline.v1 import engine_pb2 as pb

from .. import text
from ..text import tr
from .times import TakeTimes

most_spans = 3
numbered = {pb.generating: "1\u00a0", pb.judging: "2\u00a0", pb.removing: "3\u00a0", pb.checking: "4\u00a0"}


def headline(verdict: pb.Verdict) -> str:
    """`Voice-over: yes`."""
    return {
        pb.yes: tr("Voice-over: yes"),
        pb.undecided: tr("Voice-over: to decide"),
        pb.not_asked: tr("Voice-over: not judged"),
    }.get(verdict.option, tr("Voice-over: no"))


def reason(verdict: pb.Verdict) -> str:
    return {
        pb.yes: tr("Voices are heard and nobody is seen."),
        pb.no1: tr("No people and no voices."),
        pb.no2: tr("People are seen, so the voices may be theirs."),
        pb.no3: tr("People are seen and no voices are heard."),
        pb.no: tr("The answer does not say why."),
        pb.not_asked: tr("This take was made without that step."),
        pb.undecided: tr("The answer could not be read. The sound is kept as generated, so you decide."),
    }[verdict.option]


def voices(verdict: pb.Verdict, times: TakeTimes) -> str:
    """Where voices were heard, in record timecode; empty where nowhere."""
    spans = [f"{times.clock(part.start_s)} - {times.clock(part.end_s)}" for part in verdict.voiced]
    if not spans:
        return ""
    told = tr("Voice at {spans}", spans=", ".join(spans[:most_spans]))
    more = len(spans) - most_spans
    return told + (" " + text.count(more, "and {n} more", "and {n} more") if more > 0 else "") + "."


def judge(take: pb.Take) -> str:
    """Model and time of the verdict: `model evidence 1, 0.1 s`."""
    if take.verdict.option == pb.not_asked or not take.verdict.model:
        return ""
    seconds = [note.seconds for note in take.steps if note.step == pb.judging]
    told = tr("model {name}", name=take.verdict.model)
    return f"{told}, {_seconds(seconds[-1])}" if seconds else told


def done(take: pb.Take) -> str:
    """What was then done, as a chain: `voices removed → not silent (loudest -23.1 dB) → kept`."""
    removed = tr("voices removed, as you said") if _is_overruled(take) else tr("voices removed")
    silent, sounding = _checked(take, tr("silent")), _checked(take, tr("not silent"))
    judged = [tr("nothing had to be removed")] if take.verdict.option != pb.not_asked else []
    links = {
        pb.as_generated: [*judged, tr("kept as generated")],
        pb.voices_removed: [removed, *sounding, tr("kept")],
        pb.silent_on_purpose: [removed, *silent, tr("left empty, as asked: silent on purpose")],
        pb.original_kept: [removed, *silent, tr("original kept, as asked")],
        pb.regenerated: [removed, *silent, tr("generated again without voices")],
        pb.to_decide: [tr("nothing was removed"), tr("kept as generated until you decide")],
        pb.kept_by_editor: [tr("voices kept, as you said")],
    }
    return tr("Then: {chain}", chain=" → ".join(links.get(take.outcome, [tr("kept as generated")])))


def _is_overruled(take: pb.Take) -> bool:
    return take.request.voices == pb.voices_removed_anyway


def _checked(take: pb.Take, finding: str) -> list[str]:
    """What step 4 found, with its level; nothing where it was not run."""
    if not any(note.step == pb.checking for note in take.steps):
        return []
    loudest = _number(take, pb.checking, "loudest_db")
    return [finding if loudest is None else f"{finding} ({tr('loudest')} {loudest:.1f} dB)"]


def steps(take: pb.Take) -> str:
    """`1 generated  2 judged  3 voices removed  4 checked   0.5 s in all`."""
    names = {
        pb.generating: tr("production sound read") if take.request.source == pb.production else tr("generated"),
        pb.judging: tr("judged"),
        pb.removing: tr("voices removed"),
        pb.checking: tr("checked"),
        pb.regenerating: tr("generated again"),
    }
    parts = [numbered.get(note.step, "") + names[note.step] for note in take.steps if note.step in names]
    total = sum(note.seconds for note in take.steps)
    return "   ".join([*parts, tr("{seconds} in all", seconds=_seconds(total))])


def account(note: pb.StepNote) -> str:
    """One step with all it found: what ran, for how long, its sentence, its numbers by their names, a judge's words."""
    head = ", ".join(part for part in (_step_name(note.step), note.model, _seconds(note.seconds)) if part)
    numbers = ", ".join(measure(name, value) for name, value in sorted(note.numbers.items()))
    return "\n".join(part for part in (head, note.text, numbers, note.answer) if part)


def measure(name: str, value: float) -> str:
    """A number with the unit that its name ends in: `removed_energy_db` 34 is `removed energy 34.0 dB`."""
    words, _, unit = name.rpartition("_")
    plain = words.replace("_", " ")
    if unit == "db":
        return f"{plain} {value:.1f} dB"
    if unit == "s":
        return f"{plain} {_seconds(value)}"
    if unit == "share":
        return f"{plain} share {value:.0%}"
    if unit == "n":
        return f"{plain} {value:.0f}"
    return f"{name.replace('_', ' ')} {value:.0f}" if value == int(value) else f"{name.replace('_', ' ')} {value:.2f}"


def scores(verdict: pb.Verdict) -> str:
    """The judge's own figures, where the message has any; empty where it has none."""
    if not verdict.scores:
        return ""
    listed = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in sorted(verdict.scores.items()))
    return tr("The judge's own figures, not checked against how often it is right: {listed}", listed=listed)


def odd(verdict: pb.Verdict) -> str:
    """What is odd about an answer; empty where nothing is."""
    listed = ", ".join(name.replace("_", " ") for name in verdict.warnings)
    return tr("Odd about the answer: {listed}", listed=listed) if listed else ""


def missing(verdict: pb.Verdict) -> str:
    """Which sections an answer lacks; empty where none, or where it was asked for the option alone."""
    if verdict.mode == pb.qa or not verdict.missing:
        return ""
    names = ", ".join(name.capitalize() for name in verdict.missing)
    return tr("Missing in the answer: {names}. All of it as written:", names=names)


def level(file: pb.SoundFile) -> str:
    """`-21.4 LUFS  -4.1 dBTP`."""
    loudness = file.loudness
    parts = []
    if loudness.HasField("integrated_lufs"):
        parts.append(f"{loudness.integrated_lufs:.1f} LUFS")
    elif file.path:
        parts.append(tr("below the loudness gate"))
    if loudness.HasField("true_peak_dbtp"):
        parts.append(f"{loudness.true_peak_dbtp:.1f} dBTP")
    return "  ".join(parts)


def described(name: str, file: pb.SoundFile, marks: Sequence[int], times: TakeTimes) -> str:
    """The waveform in words: duration, peak, loudness, how many voiced stretches and cues. marks: those two counts."""
    length = times.length_n / 48000
    voiced = text.count(marks[0], "{n} voiced stretch", "{n} voiced stretches")
    cues = text.count(marks[1], "{n} cue", "{n} cues")
    parts = [f"{length:.2f} s", level(file) or tr("no file"), voiced, cues]
    return f"{name}: " + ", ".join(parts)


def _step_name(step: pb.Step) -> str:
    return {
        pb.preparing: tr("picture read"),
        pb.planning: tr("planned"),
        pb.generating: tr("generated"),
        pb.judging: tr("judged"),
        pb.removing: tr("voices removed"),
        pb.checking: tr("checked for silence"),
        pb.regenerating: tr("generated again"),
        pb.writing: tr("files written"),
    }.get(step, "")


def _number(take: pb.Take, step: pb.Step, name: str) -> float | None:
    for note in take.steps:
        if note.step == step and name in note.numbers:
            return note.numbers[name]
    return None


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {value % 60:.0f} s"
