"""The panel's sentences in the editor's language. English is written where it is shown; others are tables by it."""

from __future__ import annotations

from collections.abc import Mapping

from .german import german
from .german_problems import german_problems
from .review.german import german as review_german

tables: Mapping[str, Mapping[str, str]] = {"en": {}, "de": {**german, **review_german}}
problems: Mapping[str, Mapping[str, str]] = {"de": german_problems}
names = {"en": "English", "de": "Deutsch"}

_language = "en"


def choose(language: str) -> None:
    """By its two letters; one that there is no table for is English."""
    global _language  # one language a process, chosen before the first window
    _language = language if language in tables else "en"


def chosen() -> str:
    return _language


def tr(english: str, **facts: object) -> str:
    """The sentence in the chosen language, its {names} filled in."""
    text = tables[_language].get(english, english)
    return text.format(**facts) if facts else text


def count(number: int, one: str, many: str) -> str:
    """`one` or `many` in the chosen language, with {n} filled in."""
    return tr(one if number == 1 else many, n=number)


def problem(code: str, english: str) -> str:
    """A problem's sentence in the chosen language, its {facts} still in it."""
    return problems.get(_language, {}).get(code, english)
