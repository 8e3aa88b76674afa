"""What words of an answer amount to: the option they name, and whether people and voices are stated. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_mark = r"[\s\"'“”‘’(\[{*_`]*"
_no = r"no(?=\s*(?:$|[.,;:!?)\]}\"'”’*_`–—-]))"
_letter_end = r"(?=\s*(?:$|[.,:;!?)\]}\"'”’*_`/|–—])|\s+(?:or|and|yes|no)\b)"
_lead = r"(?:\b(?:answer|option|choice|verdict|is|choose|select|pick)\b|[:=])"

_letter = re.compile(r"^\W*([ab])\W*$", re.IGNORECASE)
_upper_letter = re.compile(rf"(?<!\bnot )(?<![\w'’-])([AB])(?![\w'’-]){_letter_end}")
_bracketed_letter = re.compile(r"[(\[]\s*([ab])\s*[)\]]", re.IGNORECASE)
_led_letter = re.compile(rf"{_lead}{_mark}([AB])(?![\w'’-])")
_led_small_letter = re.compile(rf"{_lead}{_mark}([ab])(?=\s*(?:$|[.,;:!?)\]]))", re.IGNORECASE)
_yes_word = re.compile(r"\byes\b", re.IGNORECASE)
_no_word = re.compile(rf"(?:^|(?<=[\s.,:;!?(\[\"'“*])){_no}|^\W*no\s+voice-?over\b", re.IGNORECASE)
_letters = (_upper_letter, _bracketed_letter, _led_letter, _led_small_letter)

_statement = re.compile(
    r"\b(?:(?:answer|option|choice|verdict|conclusion)\b(?:\s+(?:is|should|would|must|will|be|therefore|thus))*"
    rf"|(?:choose|select|pick)\b)\s*[:=,]?{_mark}(?:option\s+)?{_mark}"
    rf"(?:([AB])(?![\w'’-])(?!\s+(?:or|and)\b)|([ab])(?=\s*(?:$|[.,;:!?)\]]))|(yes)\b|({_no}))",
    re.IGNORECASE,
)

_question = re.compile(r"([^.?!:;\n]{1,200})[?:]\s*[\"'(*]*(yes|no)\b(?!-)", re.IGNORECASE)
_clause = re.compile(
    r"[.;,!?\n]|\b(?:but|while|whereas|and|however|although|though|yet|nor|with|without|who)\b|\bthat\b"
)
_general = re.compile(r"\b(?:whether|if|rule|when)\b")
_not_claims = re.compile(r"voice[-\s]?overs?")
_person = re.compile(
    r"\b(?:persons?|people|humans?|(?:wo)?m[ae]n|boys?|girls?|child(?:ren)?|kids?|bab(?:y|ies)|adults?|"
    r"some(?:one|body)|any(?:one|body)|no\s?one|nobody|lad(?:y|ies)|guys?|players?|figures?|faces?)\b"
)
_voiced = re.compile(
    r"\b(?:voices?|speech|speak(?:s|ing)?|spoken|talk(?:s|ing)?|narrat\w*|comment(?:s|ing|ary|ator)|dialog(?:ue)?s?|"
    r"conversations?|sing(?:s|ing)|shout(?:s|ing)?|whisper\w*)\b"
)
_human_voice = re.compile(r"\bhuman\s+(?=voice|speech|sound|vocal)")
_in_sound = re.compile(r"\b(?:audio|sounds?|soundtrack|hear|heard|audible|recording)\b")
_in_picture = re.compile(r"\b(?:video|visible|seen|see|shows?|shown|appears?|picture|frames?|image|screen|on-screen)\b")
_negation = re.compile(
    r"\b(?:no|not|never|neither|nor|none|no\s?one|nobody|nothing|without|cannot|absen(?:t|ce)|"
    r"lacks?|lacking|free of|devoid)\b|n['’]t\b"
)
_only = re.compile(r"\bonly\b")


def is_letter(text: str) -> bool:
    """Is the whole text one option letter, marks around it apart?"""
    return bool(_letter.match(text))


def options(text: str) -> frozenset[str]:
    """The options ("yes" for A, "no" for B) that a bare answer names: by letter, by word or by both.

    A lone letter counts where it is the whole text, where punctuation follows or where a word like
    "answer", "option", "is" or a colon leads; the article "A" does not. "No" before a noun does not.
    """
    whole = _letter.match(text)
    if whole:
        return frozenset({_by_letter(whole[1])})
    letters = {_by_letter(found) for pattern in _letters for found in pattern.findall(text)}
    words = {name for name, word in (("yes", _yes_word), ("no", _no_word)) if word.search(text)}
    return frozenset(letters | words)


def stated_options(text: str) -> frozenset[str]:
    """The options that explicit answer sentences name ("The answer is A", "I choose B")."""
    named = set()
    for match in _statement.finditer(text):
        letter = match[1] or match[2]
        if letter == "a" and match[1] and not match[2] and not _ends(text, match.end()):
            continue
        named.add(_by_letter(letter) if letter else ("yes" if match[3] else "no"))
    return frozenset(named)


def _ends(text: str, place: int) -> bool:
    return not re.match(r"\s*\w", text[place : place + 40])


def _by_letter(letter: str) -> str:
    return "yes" if letter.upper() == "A" else "no"


def claims(text: str) -> tuple[bool | None, bool | None]:
    """(person in the picture, voice in the sound) as a statement says; None where it does not.

    General rules ("if a voice is heard …") do not count. Where clauses differ, the one that finds
    somebody wins.
    """
    persons: list[bool] = []
    voices: list[bool] = []
    for clause, is_of_sound in _clauses(text):
        is_there = not _negation.search(clause)
        if _voiced.search(clause):
            voices.append(is_there)
        elif is_of_sound and _only.search(clause):
            voices.append(False)
        if _person.search(clause) and not is_of_sound:
            persons.append(is_there)
    return _any(persons), _any(voices)


def _any(found: list[bool]) -> bool | None:
    return any(found) if found else None


def _clauses(text: str) -> Iterator[tuple[str, bool]]:
    """Clauses in lower case, each with whether it speaks of the sound; that carries over in a sentence."""
    plain = _question.sub(lambda match: f"{'not ' if match[2].lower() == 'no' else ''}{match[1]}.", text)
    plain = _human_voice.sub("", _not_claims.sub("", plain.lower()))
    for sentence in re.split(r"[.;!?\n]", plain):
        is_of_sound = False
        for clause in _pieces(sentence):
            if _in_picture.search(clause):
                is_of_sound = False
            elif _in_sound.search(clause):
                is_of_sound = True
            if not _general.search(sentence):
                yield clause, is_of_sound


def _pieces(sentence: str) -> Iterator[str]:
    """Cut at joints; the joint stays with what follows it, so "without" and "nor" still deny."""
    start = 0
    for joint in _clause.finditer(sentence):
        yield sentence[start : joint.start()]
        start = joint.start()
    yield sentence[start:]
