"""What was seen and heard, told in the four tagged sections of the paper's model. It tells what was measured only."""

from __future__ import annotations

import numpy as np

from ..exchange import Stretch
from .people import People, memory_s
from .voices import Voices

rule = "if a human voice is heard while no person is in the video, there is a voice-over; otherwise there is none"
most_told = 8


def write(people: People, voices: Voices, length_s: float) -> str:
    """The answer, in a form that `foleyline_engine.verdict` reads back as the same case. length_s: of the sound."""
    is_voice_over = bool(voices.stretches) and not people.are_seen
    return "\n\n".join(
        [
            f"<SUMMARY> {_summary(people, voices, length_s)} </SUMMARY>",
            f"<CAPTION> {_picture(people)} {_sound(voices, length_s)} </CAPTION>",
            f"<REASONING> {_reasoning(people, voices, is_voice_over)} </REASONING>",
            f"<CONCLUSION> {'A' if is_voice_over else 'B'} </CONCLUSION>",
        ]
    )


def _summary(people: People, voices: Voices, length_s: float) -> str:
    first_s, last_s = people.times_s[0], people.times_s[-1]
    gap_s = _gap_s(people)
    apart = f" and at most {gap_s:.1f} s apart" if gap_s else ""
    pictures = _count(len(people.times_s), "picture")
    roughly = ""
    if not voices.stretches:
        roughly = (
            " As no voice was heard, I looked less closely: without a voice there is no voice-over, whoever is seen."
        )
    return (
        f"I listened for human voices in {length_s:.1f} s of audio and looked for faces and figures in {pictures} "
        f"of the video, {_between(first_s, last_s)}{apart}.{roughly} Times count from the start of the take."
    )


def _gap_s(people: People) -> float:
    return float(np.diff(people.times_s).max(initial=0.0))


def _picture(people: People) -> str:
    kept = [f"The video: {_kind(people, kind)}." for kind in people.kinds] or [_nobody(people)]
    return " ".join(kept + _still(people))


def _nobody(people: People) -> str:
    gap_s = _gap_s(people)
    short = f" Somebody seen for less than {gap_s:.1f} s can be missed." if gap_s > memory_s else ""
    return (
        f"The video: no face or figure was found in {_count(len(people.times_s), 'picture')}; a face that is small, "
        f"covered or turned far away, or a hand alone, cannot be found this way.{short}"
    )


def _kind(people: People, kind: str) -> str:
    seen = people.of_kind(kind)
    pictures = _count(len(people.times_s), "picture")
    return f"a {kind} in {len(people.pictures_with(kind))} of {pictures}, {_between(seen[0].time_s, seen[-1].time_s)}"


def _still(people: People) -> list[str]:
    """Sentences on what looks like people and is taken for things."""
    told = []
    for kind in sorted({seen.kind for seen in people.still}):
        seen = [each for each in people.still if each.kind == kind]
        pictures = _count(len({each.picture for each in seen}), "picture")
        span = _between(seen[0].time_s, seen[-1].time_s)
        told.append(f"A shape a little like a {kind} in {pictures}, {span}, never moved and was not counted.")
    return told


def _sound(voices: Voices, length_s: float) -> str:
    if not voices.stretches:
        return (
            f"The audio: no voice was heard; the highest probability of speech is {voices.highest:.2f}. "
            "Singing can be missed this way."
        )
    told = ", ".join(_span(part) for part in voices.stretches[:most_told])
    rest = len(voices.stretches) - most_told
    more = f" and {_count(rest, 'more stretch', 'more stretches')}" if rest > 0 else ""
    share = voices.seconds / max(length_s, 1e-9)
    return (
        f"The audio: a voice for {voices.seconds:.1f} s, {share:.0%} of it, {told}{more}; "
        f"the highest probability of speech is {voices.highest:.2f}."
    )


def _reasoning(people: People, voices: Voices, is_voice_over: bool) -> str:
    pictures = _count(len(people.times_s), "picture")
    seen = sorted({sighting.picture for sighting in people.sightings})
    person = f"A person was found in the video, in {len(seen)} of {pictures}"
    if not seen:
        person = f"No person was found in the video, in {pictures}"
    voice = f"a human voice was heard in the audio for {voices.seconds:.1f} s"
    if not voices.stretches:
        voice = f"no human voice was heard in the audio, at a highest probability of {voices.highest:.2f}"
    return (
        f"Step 1. The judgement must follow a rule. Step 2. The rule: {rule}. Step 3. {person}; {voice}. "
        f"Step 4. So the audio {'contains' if is_voice_over else 'does not contain'} voice-over."
    )


def clock(time_s: float) -> str:
    """Minutes, seconds and tenths from the take's first sample: 01:02.5."""
    tenths = int(float(time_s) * 10 + 0.5)
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _between(first_s: float, last_s: float) -> str:
    return f"at {clock(first_s)}" if clock(first_s) == clock(last_s) else f"{clock(first_s)} to {clock(last_s)}"


def _span(part: Stretch) -> str:
    return f"{clock(part.start_s)} to {clock(part.end_s)}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
