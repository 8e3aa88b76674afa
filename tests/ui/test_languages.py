"""Every sentence of the panel has a German one, with the same facts in it, and neither is cut where room is scarce."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from foleyline_plugin import errors
from foleyline_plugin.ui import text

root = Path(text.__file__).parent
facts = re.compile(r"\{(\w+)\}")
functions = {"tr", "count"}


def literals() -> Iterator[tuple[str, str]]:
    """Sentences that are handed to tr and count, and the file they stand in."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in functions:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value, path.name


sentences = dict(literals())


@pytest.mark.parametrize("language", [code for code in text.tables if code != "en"])
def test_every_sentence_is_translated_with_its_facts(language):
    table = text.tables[language]
    missing = {sentence: where for sentence, where in sentences.items() if sentence not in table}
    assert not missing
    for english, other in table.items():
        assert set(facts.findall(english)) == set(facts.findall(other)), english
        assert english.count("&") == other.count("&"), english


@pytest.mark.parametrize("language", text.problems)
def test_every_problem_is_translated_with_facts_it_has(language):
    table = text.problems[language]
    assert table.keys() == errors.sentences.keys()
    for code, sentence in table.items():
        assert set(facts.findall(sentence)) <= set(facts.findall(errors.sentences[code])), code


@pytest.mark.parametrize("language", text.tables)
def test_no_sentence_shouts(language):
    for english, other in text.tables[language].items():
        assert "!" not in english + other


def test_an_unknown_language_is_english():
    text.choose("xx")
    assert text.chosen() == "en" and text.tr("Place") == "Place"
    text.choose("de")
    assert text.tr("take {n}", n=2) == "Take 2" and text.count(2, "{n} clip", "{n} clips") == "2 Clips"
    text.choose("en")
