"""What a judge that writes is asked in steps 0, 2 and 4, word for word, and how the scores of its options are named."""

from __future__ import annotations

import re
from collections.abc import Mapping

plan = "Generate high-quality audio from video step-by-step."
judgement = (
    "Given a video and its corresponding audio, determine whether the audio contains voice-over? "
    "Options: A. Yes, B. No. Choose A or B."
)
silence = "Given an audio, determine whether the audio is silent? Options: A. Yes, B. No. Choose A or B."
"""The paper asks this of a model and prints no wording; this one is after the judgement's."""

fixed_plan = (
    "Step1: Generate audio from video.",
    "Step2: Given a video and its generated audio, determine whether the audio contains voice-over.",
    "Step3: Remove voice-over from audio.",
    "Step4: Determine whether the audio is silent.",
)
"""What the paper's model was trained to answer to `plan`, one step a line."""

sections = ("SUMMARY", "CAPTION", "REASONING", "CONCLUSION")
last_tag = "</CONCLUSION>"
"""Nothing that is written after it is of use."""

conclusion = "<CONCLUSION>"
options = ("A", "B")

_letter = re.compile(r"<CONCLUSION>[\s(\[*\"']*(?:answer\s*[:=]?\s*|option\s*)?[\s(\[*\"']*([AB])\b", re.IGNORECASE)


def at_once(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Scores by option letter, read at the first token of an answer: the option without any reasoning."""
    return {f"{letter}_at_once": float(probabilities[letter]) for letter in options}


def after_reasoning(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Scores by option letter, read where the conclusion's letter was written: the option after the reasoning."""
    return {f"{letter}_after_reasoning": float(probabilities[letter]) for letter in options}


def letter_place(text: str) -> int | None:
    """Index in `text` of the option letter within its last conclusion; None where there is none to be scored."""
    found = list(_letter.finditer(text))
    return found[-1].start(1) if found else None
