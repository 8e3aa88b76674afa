"""Step 0: the four steps in their fixed order, and what a model's own wording of them amounts to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .models.questions import fixed_plan

canonical = fixed_plan
text = "\n".join(canonical)
"""The strings that the paper's model was trained on."""

Status = Literal["ok", "repaired", "fallback"]

_numbered = re.compile(r"\bstep[ \t]*[-_#.]?[ \t]*(\d{1,3})(?!\d)", re.IGNORECASE)
_sentence = re.compile(r"[^.!?;]+")
_voice = re.compile(r"voice|speech|narrat|vocal")
_wordings = (
    (4, re.compile(r"\bsilen")),
    (3, re.compile(r"\b(?:remov|delet|separat|strip|suppress|tak(?:e|ing) out)")),
    (2, re.compile(r"\b(?:determin|detect|decid|judg|whether|check|identif|contain)")),
    (1, re.compile(r"\b(?:generat|creat|produc|synthesi)")),
)
_about_voices = (2, 3)


@dataclass(frozen=True)
class Plan:
    """steps: what is run, always the canonical four, for step 2 decides the branch and the order is fixed.

    recognized: step numbers found in the text, in order of first appearance. status: ok where the text is the
    canonical plan and nothing else, repaired where at least one step was recognized, fallback where none was.
    """

    steps: tuple[str, ...]
    recognized: tuple[int, ...]
    status: Status

    @property
    def text(self) -> str:
        return "\n".join(self.steps)


def parse(text: str) -> Plan:
    """Read a model's plan. Never raises."""
    recognized = tuple(dict.fromkeys(_step_numbers(text)))
    if text.split() == " ".join(canonical).split():
        return Plan(canonical, recognized, "ok")
    return Plan(canonical, recognized, "repaired" if recognized else "fallback")


def _step_numbers(text: str) -> Iterator[int]:
    for line in text.splitlines():
        numbers = [int(number) for number in _numbered.findall(line)]
        if numbers:
            yield from (number for number in numbers if 1 <= number <= len(canonical))
        else:
            yield from filter(None, map(_step_by_wording, _sentence.findall(line)))


def _step_by_wording(sentence: str) -> int | None:
    """The step that an unnumbered sentence describes. 1 and 4 speak of audio, 2 and 3 of voices in it."""
    words = sentence.lower()
    speaks_of_voices = bool(_voice.search(words))
    if not speaks_of_voices and not re.search(r"audio|sound", words):
        return None
    for number, wording in _wordings:
        if wording.search(words) and (number not in _about_voices or speaks_of_voices):
            return number
    return None
