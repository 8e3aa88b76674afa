"""Text to token numbers and back: the prompt that every question stands in, its marks, and when an answer ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import Qwen2Tokenizer

system = "You are a helpful assistant."
turn, end_of_turn, end_of_text = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
before = f"{turn}system\n{system}{end_of_turn}\n{turn}user\n"
"""What stands before the pictures and the sound of any clip."""
written_limit = 2048
conclusion, end_of_conclusion = "<CONCLUSION>", "</CONCLUSION>"


def after(question: str) -> str:
    """What stands between a clip and the answer."""
    return f"\n{question}{end_of_turn}\n{turn}assistant\n"


class Words:
    """One checkpoint's vocabulary. Pieces of a prompt are turned into tokens apart from one another."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def ids(self, text: str) -> list[int]:
        """Without a mark put before or after."""
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def text(self, ids: Sequence[int]) -> str:
        """Marks of turns left out."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def letter_ids(self, letter: str) -> tuple[int, ...]:
        """The tokens that write an option's letter, alone or with the space before it."""
        written = [self.ids(text) for text in (letter, f" {letter}")]
        return tuple(dict.fromkeys(ids[0] for ids in written if len(ids) == 1))

    @property
    def end(self) -> int:
        return self.tokenizer.convert_tokens_to_ids(end_of_turn)


@dataclass(frozen=True)
class Rules:
    """How answers are written: the likeliest token each time.

    ends: tokens that end an answer. penalty: what a token's score is divided by once the answer holds it.
    """

    ends: frozenset[int]
    penalty: float = 1.0


def rules(words: Words, generation: dict[str, Any]) -> Rules:
    """From a checkpoint's generation_config.json; its penalty counts although nothing is drawn by chance."""
    stated = generation.get("eos_token_id")
    ends = {words.end, *(stated if isinstance(stated, list) else [] if stated is None else [stated])}
    return Rules(frozenset(ends), float(generation.get("repetition_penalty") or 1.0))


def read_words(folder: Path) -> Words:
    return Words(Qwen2Tokenizer.from_pretrained(folder, local_files_only=True))


def read_generation(folder: Path) -> dict[str, Any]:
    file = folder / "generation_config.json"
    return json.loads(file.read_text(encoding="utf8")) if file.is_file() else {}


def bytewise() -> Words:
    """A vocabulary of single bytes, for models with random weights."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(256 + number) for number in range(len(rest))]
    tokenizer = Qwen2Tokenizer(vocab={letter: number for number, letter in enumerate(letters)}, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": [turn, end_of_turn]})
    return Words(tokenizer)
