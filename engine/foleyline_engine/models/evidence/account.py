"""What was seen and heard, told in the four tagged sections of the paper's model. It tells what was measured only."""

from __future__ import annotations

from ..exchange import Stretch
from .people import People
from .voices import Voices

rule = "if a human voice is heard while no person is in the video, there is a voice-over; otherwise there is none"
most_told = 8


def write(people: People, voices: Voices, length_s: float) -> str:
    """The answer, in a form that `foleyline_engine.verdict` reads back as the same case. length_s: of the sound."""
    is_voice_over = bool(voices.stretches) and not people.are_seen
    return "\n\n".join(
        [
            f"<SUMMARY> {_summary(people, length_s)} </SUMMARY>",
            f"<CAPTION> {_picture(people)} {_sound(voices, length_s)} </CAPTION>",
            f"<REASONING> {_reasoning(people, voices, is_voice_over)} </REASONING>",
            f"<CONCLUSION> {'A' if is_voice_over else 'B'} </CONCLUSION>",
        ]
    )


def _summary(people: People, length_s: float) -> str:
    return (
        f"I looked for faces and figures in {_count(len(people.times_s), 'picture')} of the video "
        f"and listened for human voices in {length_s:.1f} s of audio."
    )


def _picture(people: People) -> str:
    if not people.are_seen:
        return (
            f"The video: no face or figure was found in {_count(len(people.times_s), 'picture')}, "
            f"{clock(people.times_s[0])} to {clock(people.times_s[-1])}; a face that is covered or turned far away, "
            "or a hand alone, cannot be found this way."
        )
    return " ".join(f"The video: {_kind(people, kind)}." for kind in people.kinds)


def _kind(people: People, kind: str) -> str:
    pictures = people.pictures_with(kind)
    first_s, last_s = people.times_s[pictures[0]], people.times_s[pictures[-1]]
    span = f"at {clock(first_s)}" if first_s == last_s else f"{clock(first_s)} to {clock(last_s)}"
    return f"a {kind} in {len(pictures)} of {_count(len(people.times_s), 'picture')}, {span}"


def _sound(voices: Voices, length_s: float) -> str:
    if not voices.stretches:
        return f"The audio: no voice was heard; the highest probability of speech is {voices.highest:.2f}."
    told = ", ".join(_span(part) for part in voices.stretches[:most_told])
    rest = len(voices.stretches) - most_told
    more = f" and {_count(rest, 'more stretch', 'more stretches')}" if rest > 0 else ""
    share = voices.seconds / max(length_s, 1e-9)
    return f"The audio: a voice for {voices.seconds:.1f} s, {share:.0%} of it, {told}{more}."


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
    tenths = round(float(time_s) * 10)
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _span(part: Stretch) -> str:
    return f"{clock(part.start_s)} to {clock(part.end_s)}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
