"""Names of a take's files: one pattern, safe everywhere, readable."""

from __future__ import annotations

import unicodedata

import pytest

from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.naming import file_names, stem

some_id = "3f9a1c2b" * 4


def request(
    name: str = "Sh012", prompt: str = "gravel walk", reel: str = "Reel 2", take: int = 1
) -> pb.GenerateRequest:
    return pb.GenerateRequest(clip=pb.Clip(name=name, reel=reel), prompt=prompt, take=take)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (request(), "FOLYMisc_Gravel Walk Sh012 T1_AIGEN_REEL2_3f9a1c2b"),
        (request(prompt="", take=3), "FOLYMisc_Sh012 T3_AIGEN_REEL2_3f9a1c2b"),
        (request("A014_C003.mov", "steps, cloth, keys"), "FOLYMisc_Steps A014 C003 T1_AIGEN_REEL2_3f9a1c2b"),
        (request("", "", ""), "FOLYMisc_Clip T1_AIGEN_REEL_3f9a1c2b"),
        (request("a/../b\\c:d*e?f", ""), "FOLYMisc_a b c d e f T1_AIGEN_REEL2_3f9a1c2b"),
        (request("\"quoted\" 'x'\nnew\tline\x00", ""), "FOLYMisc_quoted x new line T1_AIGEN_REEL2_3f9a1c2b"),
        (request("Küche 厨房 🎬", ""), "FOLYMisc_Küche 厨房 T1_AIGEN_REEL2_3f9a1c2b"),
        (request("CON", "", "NUL"), "FOLYMisc_CON T1_AIGEN_NUL_3f9a1c2b"),
    ],
)
def test_pattern(asked, expected) -> None:
    assert stem(asked, some_id) == expected
    assert file_names(asked, some_id) == (f"{expected}.wav", f"{expected}-VOX.wav")


@pytest.mark.parametrize("text", ["x" * 300, "語" * 200, "é" * 255, "🎬" * 99, "wort " * 60, "e\u0301" * 200, ". . ."])
@pytest.mark.parametrize("where", ["name", "prompt", "reel"])
def test_safe_and_short_enough(text, where) -> None:
    for name in file_names(request(**{where: text}), some_id):
        assert len(name.encode()) <= 255 and name == unicodedata.normalize("NFC", name)
        assert not set(name) & set('<>:"/\\|?*') and name.isprintable()
        assert name.count("_") == 4 and not name.startswith(("-", ".", " ")) and "  " not in name


def test_composed_and_decomposed_names_are_one() -> None:
    assert stem(request("e\u0301"), some_id) == stem(request("\u00e9"), some_id)
