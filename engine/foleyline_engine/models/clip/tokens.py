"""CLIP's byte-pair tokens as open_clip makes them: lower case, 77 of them, padded with 0. Standard library only."""

from __future__ import annotations

import gzip
import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

start_word, end_word = "<start_of_text>", "<end_of_text>"
merge_n = 49152 - 256 - 2
"""Merges that the vocabulary has room for; a longer list's rest is not used."""
straight = str.maketrans({"‘": "'", "’": "'", "‛": "'", "ʼ": "'", "“": '"', "”": '"', "‟": '"', "＂": '"'})
contractions = re.compile(r"'(?:s|t|re|ve|m|ll|d)")
typographic = re.compile("[\ufb00-\ufb06\uff01-\uff5e\u3000]")


class Tokenizer:
    """Holds the vocabulary that a list of merges makes: bytes, bytes at a word's end, merges, start and end."""

    def __init__(self, merges: Sequence[tuple[str, str]]) -> None:
        letters = list(byte_letters().values())
        words = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges)]
        self.ids = {word: number for number, word in enumerate([*words, start_word, end_word])}
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._pieces = lru_cache(4096)(self._split)

    @staticmethod
    def read(path: Path) -> Tokenizer:
        """From `merges.txt`, or the same gzipped: one pair a line after a line of version."""
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = content.decode().split("\n")[1 : merge_n + 1]
        return Tokenizer([(first, second) for first, _, second in (line.partition(" ") for line in lines if line)])

    def __call__(self, text: str, length: int = 77) -> list[int]:
        """Start, the text's tokens, end, then zeros; a text that is too long loses its rest, not the end."""
        found = [self.ids[start_word], *self._tokens(cleaned(text)), self.ids[end_word]]
        if len(found) > length:
            found = [*found[: length - 1], self.ids[end_word]]
        return found + [0] * (length - len(found))

    def _tokens(self, text: str) -> Iterator[int]:
        letters = byte_letters()
        for word in words(text):
            if word in (start_word, end_word):
                yield self.ids[word]
            else:
                yield from (self.ids[piece] for piece in self._pieces("".join(letters[b] for b in word.encode())))

    def _split(self, word: str) -> tuple[str, ...]:
        """The merge of lowest rank first, wherever it occurs, until none applies."""
        pieces = [*word[:-1], f"{word[-1]}</w>"]
        while len(pieces) > 1:
            best = min(pairwise(pieces), key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            pieces = merged(pieces, best)
        return tuple(pieces)


def merged(pieces: Sequence[str], pair: tuple[str, str]) -> list[str]:
    joined: list[str] = []
    at = 0
    while at < len(pieces):
        together = tuple(pieces[at : at + 2]) == pair
        joined.append("".join(pieces[at : at + 2]) if together else pieces[at])
        at += 2 if together else 1
    return joined


@lru_cache(1)
def byte_letters() -> Mapping[int, str]:
    """A printable letter for every byte, in the vocabulary's order: printable bytes first, then the others."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {byte: chr(256 + index) for index, byte in enumerate(others)}


def cleaned(text: str) -> str:
    """As before training: quotes straightened, wide letters and ligatures plain, entities resolved, lower case."""
    text = html.unescape(html.unescape(_fixed(text)))
    return " ".join(text.split()).lower()


def _fixed(text: str) -> str:
    if "<" not in text:
        text = html.unescape(text)
    text = typographic.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text.translate(straight))
    text = "".join(letter for letter in text if letter in "\t\n\r\f" or unicodedata.category(letter) != "Cc")
    return unicodedata.normalize("NFC", text)


def words(text: str) -> Iterator[str]:
    """Runs of letters, single digits, runs of anything else, contractions and the two special words."""
    at = 0
    while at < len(text):
        special = next((word for word in (start_word, end_word) if text.startswith(word, at)), None)
        found = special or _contraction(text, at) or _run(text, at)
        if not found.isspace():
            yield found
        at += len(found)


def _contraction(text: str, at: int) -> str | None:
    found = contractions.match(text, at)
    return found[0] if found else None


def _run(text: str, at: int) -> str:
    kind = _kind(text[at])
    end = at + 1
    while kind != "digit" and end < len(text) and _kind(text[end]) == kind:
        end += 1
    return text[at:end]


def _kind(letter: str) -> str:
    if letter.isspace():
        return "space"
    category = unicodedata.category(letter)[0]
    return {"L": "letter", "N": "digit"}.get(category, "other")
