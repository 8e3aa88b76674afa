"""Reads a direction ("footsteps on gravel, jacket cloth, no wind") into a mix of families. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from foleyline_engine.models.scratch import vocabulary as words
from foleyline_engine.models.scratch.mix import Mix, Voice, families, neutral

token_pattern = re.compile(r"(?<!\S)-(?=\w)|[^\W_]+(?:['’-][^\W_]+)*|[,;.:/|+&()\[\]\n!?_]|\s-+\s")
category_pattern = re.compile(r"([A-Z]{3,6})([A-Z][a-z]+)?")
step_back = 0.6  # of everything else, when one family is to lead
later_is_quieter = 0.94  # from each family named to the next


@dataclass
class Part:
    """What a direction says about one family."""

    family: str
    variants: list[str] = field(default_factory=list)
    weight: float = 1.0
    size: float = 1.0
    hardness: float = 1.0
    leads: bool = False

    def bear(self, manner: str) -> None:
        """A manner, or with "not " before it its opposite."""
        plain = manner.removeprefix("not ")
        weight, size, hardness = words.manners[plain]
        turn = 1.0 if plain == manner else -1.0
        self.weight *= weight**turn
        self.size *= size**turn
        self.hardness *= hardness**turn
        self.leads = self.leads or manner in words.leading

    def take(self, variant: str) -> None:
        if variant and variant not in self.variants:
            self.variants.append(variant)


@dataclass
class Reading:
    """What has been read so far. shunned_materials: left out of every family that has them."""

    wanted: dict[str, Part] = field(default_factory=dict)
    shunned: set[str] = field(default_factory=set)
    shunned_materials: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)

    def want(self, family: str) -> Part:
        return self.wanted.setdefault(family, Part(family))


def read_direction(prompt: str, negative_prompt: str = "") -> Mix:
    """The families that a prompt asks for, less what it and the negative prompt refuse.

    A prompt in which no family is named gives the neutral mix.
    """
    reading = Reading()
    for clause, is_refused in clauses(prompt):
        read_refusal(reading, clause) if is_refused else read_wish(reading, clause)
    for clause, _ in clauses(negative_prompt):
        read_refusal(reading, clause)
    voices = balanced(reading.wanted) if reading.wanted else neutral
    left = tuple(refused(voice, reading) for voice in voices)
    return Mix(left, tuple(dict.fromkeys(reading.unknown)), directed=bool(reading.wanted))


def clauses(text: str) -> Iterator[tuple[list[str], bool]]:
    """The text cut where a thought ends, each piece with whether it is a refusal."""
    clause: list[str] = []
    negator = ""
    for token, following in with_next(token_pattern.findall(unicodedata.normalize("NFKC", text))):
        word = token.casefold().replace("’", "'")
        if is_negator(word, following) or token == "-":
            yield clause, bool(negator)
            clause, negator = [], word
        elif is_break(word) and not (negator == "without" and word == "and"):
            yield clause, bool(negator)
            clause, negator = [], ""
        elif negator == "-" and clause:
            yield clause, True
            clause, negator = [token], ""
        else:
            clause.append(token)
    yield clause, bool(negator)


def with_next(tokens: Iterable[str]) -> Iterator[tuple[str, str]]:
    return pairwise([*tokens, ""])


def is_negator(word: str, following: str) -> bool:
    return word in words.negators and not (word == "not" and following.casefold() in words.after_not)


def is_break(word: str) -> bool:
    return word in words.breaks or not any(character.isalnum() for character in word)


def forms(word: str) -> Iterator[str]:
    """The word and what it may be an inflection of, likeliest first."""
    yield word
    if word in words.not_inflected:
        return
    for ending, others in (("ies", ("y",)), ("es", ("", "e")), ("s", ("",)), ("'s", ("",))):
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            yield from (word[: -len(ending)] + other for other in others)
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3:
            yield from (stem, stem + "e")
            if stem[-1] == stem[-2]:
                yield stem[:-1]


def find(word: str, table: dict[str, words.Sense]) -> words.Sense:
    return next((table[form] for form in forms(word) if form in table), ())


def category(token: str) -> words.Sense:
    """The sense of a Universal Category System identifier such as WATRSplsh, nothing for other words."""
    match = category_pattern.fullmatch(token)
    if not match:
        return ()
    exact = words.category_ids.get(token)
    return exact or words.category_prefixes.get(match[1], ())


def parts_of(tokens: Iterable[str]) -> Iterator[str]:
    """Compounds ("metal-on-wood") in their parts, unless the whole is a word."""
    for token in tokens:
        word = token.casefold()
        is_whole = "-" not in token or find(word, words.family_words) or word in words.manners
        yield from [token] if is_whole else token.split("-")


def read_wish(reading: Reading, clause: list[str]) -> None:
    """Families first named here take the manners before them; what follows the last family is its own too."""
    manners: list[str] = []
    materials: list[tuple[str, str]] = []
    named: list[Part] = []
    negated = ""
    for token in parts_of(clause):
        word = token.casefold().replace("’", "'")
        sense = category(token) or find(word, words.family_words)
        if word in words.manners:
            manners.append(negated + word)
            negated = ""
        elif sense:
            named.extend(name_families(reading, sense, manners))
            manners = []
        elif material := find(word, words.material_words):
            materials.extend(material)
        elif word == "not":
            negated = "not "
        elif is_remarkable(word):
            reading.unknown.append(word)
    settle(reading, named, materials, manners)


def name_families(reading: Reading, sense: words.Sense, manners: list[str]) -> Iterator[Part]:
    """The families of one word, each given the word's variant and the manners that stood before it."""
    for family, variant in sense:
        part = reading.want(family)
        part.take(variant)
        for manner in manners:
            part.bear(manner)
        yield part


def settle(reading: Reading, named: list[Part], materials: list[tuple[str, str]], manners: list[str]) -> None:
    """Materials go to the clause's families, else to earlier ones, else they stand for a family of their own."""
    for family, material in materials:
        takers = [part for part in named if material in words.accepted.get(part.family, ())]
        earlier = [part for part in reading.wanted.values() if material in words.accepted.get(part.family, ())]
        for part in takers or earlier[-1:] or [reading.want(family)]:
            part.take(material)
            named = named or [part]
    for manner in manners:
        for part in named[-1:]:
            part.bear(manner)


def read_refusal(reading: Reading, clause: list[str]) -> None:
    """A material with impacts ("no metal hits") or alone refuses the material; a family refuses itself."""
    refused_families: set[str] = set()
    materials: set[str] = set()
    for token in parts_of(clause):
        word = token.casefold().replace("’", "'")
        sense = category(token) or find(word, words.family_words)
        material = find(word, words.material_words)
        for family, variant in sense:
            (materials if variant and family == "impacts" else refused_families).add(
                variant if variant and family == "impacts" else family
            )
        materials.update(variant for _, variant in material)
        if not sense and not material and is_remarkable(word) and not is_absent(word):
            reading.unknown.append(word)
    reading.shunned |= refused_families - ({"impacts"} if materials else set())
    reading.shunned_materials |= materials if refused_families <= {"impacts"} else set()


def is_absent(word: str) -> bool:
    return any(form in words.absent for form in forms(word))


def is_remarkable(word: str) -> bool:
    """Whether a word that was not understood is worth telling back."""
    known = words.plain | words.breaks | words.negators | words.after_not | words.carrying_on | words.manners.keys()
    return any(character.isalpha() for character in word) and not any(form in known for form in forms(word))


def balanced(wanted: dict[str, Part]) -> tuple[Voice, ...]:
    """Voices in the families' own order; earlier named is a little louder, what leads is louder than the rest."""
    leads = any(part.leads for part in wanted.values())
    voices = {
        part.family: Voice(
            part.family,
            weight=min(part.weight, 2.0) * later_is_quieter**place * (step_back if leads and not part.leads else 1.0),
            variants=tuple(part.variants),
            size=min(max(part.size, 0.3), 3.0),
            hardness=min(max(part.hardness, 0.3), 2.5),
        )
        for place, part in enumerate(wanted.values())
    }
    return tuple(voices[family] for family in families if family in voices)


def refused(voice: Voice, reading: Reading) -> Voice:
    """The voice without what is refused; silent where nothing of it is left."""
    left = tuple(variant for variant in voice.variants if variant not in reading.shunned_materials)
    nothing_left = bool(voice.variants) and not left
    return replace(voice, variants=left, removed=voice.family in reading.shunned or nothing_left)
