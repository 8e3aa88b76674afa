"""Every problem that is raised anywhere has its sentence, its facts, and its place in the documents."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from foleyline.errors import FoleyError
from foleyline_plugin.errors import sentence, sentences

root = Path(__file__).parents[2]
sources = [path for folder in ("engine", "plugin", "proto") for path in (root / folder).rglob("*.py")]
raised = {code for path in sources for code in re.findall(r"\"(E-[A-Z]+)\"", path.read_text(encoding="utf8"))}


def test_every_code_that_is_raised_has_a_sentence():
    assert raised - set(sentences) == set()


def test_no_sentence_is_for_nobody():
    used = {code for path in sources if path.name != "errors.py" for code in _codes(path)}
    assert set(sentences) - used == set()


def _codes(path: Path) -> list[str]:
    return re.findall(r"E-[A-Z]+", path.read_text(encoding="utf8"))


@pytest.mark.parametrize("code", sentences)
def test_a_sentence_blames_nobody_and_reads_to_its_end(code):
    text = sentences[code]
    assert "!" not in text and "unknown error" not in text.lower() and "must" not in text.split()
    assert text.endswith((".", "}."))
    facts = {name: "something" for _, name, _, _ in string.Formatter().parse(text) if name}
    told = sentence(FoleyError(code, **facts))
    assert told.startswith(f"{code}: ") and "{" not in told and "(" not in told.replace("(something)", "")[:1]


def test_facts_that_are_missing_or_strange_do_not_break_the_sentence():
    assert "(name)" in sentence(FoleyError("E-MEDIA"))
    assert "\n" not in sentence(FoleyError("E-MEDIA", name="a\nb {name} \x00"))


@pytest.mark.parametrize("code", sentences)
def test_every_code_is_an_anchor_in_the_documents(code):
    assert f"\n## {code}\n" in (root / "docs/problems.md").read_text(encoding="utf8")
