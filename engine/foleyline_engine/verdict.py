"""Step 2's answer: its four tagged sections verbatim, the option it names, what is missing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from foleyline.v1 import engine_pb2 as pb

from . import wording
from .models import questions
from .models.exchange import Judged, Stretch

section_names = questions.sections

Answer = Literal["yes", "no", "undecided"]
Label = Literal["Yes", "No1", "No2", "No3"]

labels: Mapping[tuple[bool, bool], Label] = {
    (False, True): "Yes",
    (False, False): "No1",
    (True, True): "No2",
    (True, False): "No3",
}
"""(people in the picture, voices in the sound) -> the paper's label (its figure 4)."""

_options: Mapping[Label, pb.Option] = {"Yes": pb.yes, "No1": pb.no1, "No2": pb.no2, "No3": pb.no3}

_tag = re.compile(rf"<\s*(/?)\s*({'|'.join(section_names)})\s*>", re.IGNORECASE)
_third_step = re.compile(r"\bstep\s*3\b(.*?)(?=\bstep\s*4\b|\Z)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Reading:
    """An answer as it was read.

    sections: name -> inner text, stripped, or None where absent or empty; of repeated ones the last.
    answer: yes for a voice-over. person, voice: what the reasoning states, None where it does not.
    label: None where answer, person and voice do not make one of the paper's four cases.
    consistent: False where the rule over person and voice contradicts the answer.
    """

    text: str
    sections: Mapping[str, str | None]
    answer: Answer
    person: bool | None
    voice: bool | None
    label: Label | None
    well_formed: bool
    consistent: bool
    warnings: frozenset[str]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in section_names if self.sections[name] is None)

    @property
    def option(self) -> pb.Option:
        """A "no" that its own reasoning contradicts is not trusted: undecided."""
        if self.answer == "yes":
            return pb.yes
        if self.label:
            return _options[self.label]
        return pb.no if self.answer == "no" and self.consistent else pb.undecided


@dataclass(frozen=True)
class _Section:
    name: str
    body: str
    is_closed: bool


@dataclass(frozen=True)
class _Tagged:
    """sections in the order they appear; outside: the text between and around them."""

    sections: Sequence[_Section]
    outside: str
    is_upper_case: bool

    def last(self, name: str) -> _Section | None:
        return next((section for section in reversed(self.sections) if section.name == name), None)


def parse(text: str) -> Reading:
    """Read a tagged answer, or a bare one ("A", "B. No") without tags. Never raises, never guesses."""
    tagged = _split(text)
    sections = {name: _body(tagged.last(name)) for name in section_names}
    answer = _answer(tagged, sections)
    person, voice = _claims(sections)
    expected = None if person is None or voice is None else labels[person, voice]
    consistent = answer == "undecided" or expected is None or (expected == "Yes") == (answer == "yes")
    warnings = _warnings(tagged, sections, answer, consistent)
    return Reading(
        text=text,
        sections=sections,
        answer=answer,
        person=person,
        voice=voice,
        label=expected if consistent and answer != "undecided" else None,
        well_formed=_is_well_formed(tagged),
        consistent=consistent,
        warnings=frozenset(warnings),
    )


def message(judged: Judged, model: str, mode: pb.JudgeMode = pb.cot) -> pb.Verdict:
    """The verdict as the contract has it. model: name and version of the judge; mode: how it was asked."""
    reading = parse(judged.text)
    is_bare = mode == pb.qa
    return pb.Verdict(
        option=reading.option,
        model=model,
        text=judged.text,
        missing=() if is_bare else reading.missing,
        voiced=[pb.Stretch(start_s=part.start_s, end_s=part.end_s) for part in judged.voiced],
        mode=mode,
        scores=judged.scores,
        warnings=sorted(reading.warnings - (_of_tags if is_bare else frozenset())),
        **{name.lower(): body or "" for name, body in reading.sections.items()},
    )


def stretches(verdict: pb.Verdict) -> list[Stretch]:
    """Where the judge heard voices, as models want it."""
    return [Stretch(part.start_s, part.end_s) for part in verdict.voiced]


_of_tags = frozenset({"missing_section", "answer_outside_conclusion"})
"""What is no fault in an answer that was asked for without tags."""

_lines: Mapping[pb.Option, str] = {
    pb.undecided: "The answer could not be read.",
    pb.yes: "Voice-over: yes.",
    pb.no1: "Voice-over: no. No people and no voices.",
    pb.no2: "Voice-over: no. People are seen and voices are heard.",
    pb.no3: "Voice-over: no. People are seen and no voices are heard.",
    pb.not_asked: "Voice-over: not asked.",
    pb.no: "Voice-over: no.",
}


def line(verdict: pb.Verdict) -> str:
    """The verdict in one line, with the stretches that voices were heard in."""
    told = [_lines[verdict.option], *_reasons(verdict)]
    spans = ", ".join(f"{part.start_s:.1f} to {part.end_s:.1f} s" for part in verdict.voiced)
    return " ".join([*told, f"Voices: {spans}."] if spans else told)


def _reasons(verdict: pb.Verdict) -> Iterator[str]:
    if "contradiction" in verdict.warnings:
        yield "Its reasoning says otherwise."
    elif verdict.option == pb.yes and parse(verdict.text).label == "Yes":
        yield "Voices are heard and nobody is seen."


def _split(text: str) -> _Tagged:
    """Cut the text at its tags; a section that is not closed runs to the next opening tag or the end."""
    sections: list[_Section] = []
    outside: list[str] = []
    opened: tuple[str, int] | None = None
    free_from = 0
    for tag in _tag.finditer(text):
        name, closes = tag[2].upper(), bool(tag[1])
        if closes and (opened is None or opened[0] != name):
            continue
        if opened:
            sections.append(_Section(opened[0], text[opened[1] : tag.start()], closes))
        else:
            outside.append(text[free_from : tag.start()])
        opened = None if closes else (name, tag.end())
        free_from = tag.end()
    if opened:
        sections.append(_Section(opened[0], text[opened[1] :], False))
    else:
        outside.append(text[free_from:])
    is_upper_case = all(tag[2].isupper() for tag in _tag.finditer(text))
    return _Tagged(sections, "\n".join(outside).strip(), is_upper_case)


def _body(section: _Section | None) -> str | None:
    return (section.body.strip() or None) if section else None


def _answer(tagged: _Tagged, sections: Mapping[str, str | None]) -> Answer:
    if not tagged.sections:
        return _only(wording.options(tagged.outside))
    named = wording.options(sections["CONCLUSION"] or "")
    if named:
        return _only(named)
    return _only(wording.stated_options("\n".join([sections["REASONING"] or "", tagged.outside])))


def _only(options: frozenset[str]) -> Answer:
    if len(options) != 1:
        return "undecided"
    return "yes" if "yes" in options else "no"


def _claims(sections: Mapping[str, str | None]) -> tuple[bool | None, bool | None]:
    """(person, voice) as the third step of the reasoning states them, else the caption."""
    steps = _third_step.findall(sections["REASONING"] or "")
    person, voice = wording.claims(steps[-1] if steps else "")
    if person is None or voice is None:
        seen, heard = wording.claims(sections["CAPTION"] or "")
        person, voice = seen if person is None else person, heard if voice is None else voice
    return person, voice


def _is_in_order(tagged: _Tagged) -> bool:
    last = [tagged.last(name) for name in section_names]
    places = [tagged.sections.index(section) for section in last if section]
    return places == sorted(places)


def _is_well_formed(tagged: _Tagged) -> bool:
    names = tuple(section.name for section in tagged.sections)
    whole = all(section.is_closed and section.body.strip() for section in tagged.sections)
    return names == section_names and whole and tagged.is_upper_case and not tagged.outside


def _warnings(tagged: _Tagged, sections: Mapping[str, str | None], answer: Answer, consistent: bool) -> list[str]:
    conclusion = sections["CONCLUSION"]
    names = [section.name for section in tagged.sections]
    is_bare_answer = not tagged.sections and answer != "undecided"
    found = {
        "missing_section": any(_is_missing(tagged.last(name)) for name in section_names),
        "unclosed_tag": not all(section.is_closed for section in tagged.sections),
        "wrong_order": not _is_in_order(tagged),
        "tag_case": not tagged.is_upper_case,
        "extra_text": bool(tagged.outside) and not is_bare_answer,
        "repeated_section": len(set(names)) < len(names),
        "verbose_conclusion": bool(wording.options(conclusion or ""))
        and answer != "undecided"
        and not wording.is_letter(conclusion or ""),
        "contradiction": not consistent,
        "no_verdict": answer == "undecided",
        "answer_outside_conclusion": answer != "undecided" and not wording.options(conclusion or ""),
    }
    return [name for name, is_so in found.items() if is_so]


def _is_missing(section: _Section | None) -> bool:
    """A tag that was just opened when the text ended is unclosed, not missing."""
    return section is None or (section.is_closed and not section.body.strip())
