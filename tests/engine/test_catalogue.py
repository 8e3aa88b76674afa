"""The catalogue as it is delivered, others that cannot be right, and what is known of files that lie here."""

from __future__ import annotations

import re

import pytest

from foleyline.errors import FoleyError
from foleyline_engine.models import catalog, installed, published, records
from foleyline_engine.models.published import Weights, catalogue
from foleyline_engine.shelf import answers, bill

pytestmark = pytest.mark.timeout(30)
known = catalogue()
files = [part for part in known.parts.values() if isinstance(part, Weights)]
licence = "[licence.l]\nname = 'L'\ncommercial = 'unclear'\nterms = 't'\n"


@pytest.fixture(autouse=True)
def empty_shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv(installed.random_weights, raising=False)


@pytest.mark.parametrize("file", files, ids=lambda file: file.path)
def test_every_file_says_where_it_is_how_large_and_under_which_licence(file):
    assert file.place or file.release
    assert file.url.startswith("https://") and (not file.release or file.release.startswith("https://github.com/"))
    assert file.size > 100_000 and file.terms.terms and file.licence
    for kind, digits in file.sums.items():
        assert re.fullmatch(r"[0-9a-f]+", digits) and len(digits) == {"md5": 32, "sha256": 64}[kind]
    assert any(file in model.parts for model in known.models.values())


@pytest.mark.parametrize("model", known.models.values(), ids=lambda model: model.name)
def test_every_model_says_what_it_is_for_and_what_it_needs(model):
    assert model.step in published.steps and model.purpose
    assert model.memory_gb and all(0 < need < 100 for need in model.memory_gb.values())
    assert len({part.path for part in model.parts}) == len(model.parts) >= 1


def test_no_model_that_forbids_money_hides_it():
    forbidding = {
        model.name
        for model in known.models.values()
        if any(part.terms.commercial == "forbidden" for part in model.parts)
    }
    starts = ("mmaudio", "foleycrafter", "videollama2", "qwen2.5-omni-3b")
    assert {name for name in known.models if name.startswith(starts)} == forbidding


def test_models_that_can_be_chosen_and_need_weights_are_in_it():
    needing_none = {"scratch", "evidence", "fill", "roformer"}
    for step in published.steps:
        published_ones = {model.runs_as for model in known.models.values() if model.step == step}
        assert set(catalog.names(step)) - needing_none <= published_ones


def test_there_is_something_to_take_for_every_machine():
    for step in published.steps:
        rows = [each for each in known.recommended if each.step == step]
        assert [each.memory_gb for each in rows] == sorted(each.memory_gb for each in rows)
        assert rows[0].memory_gb == 0 and rows[0].model in catalog.names(step)
        for each in rows[1:]:
            assert min(known.model(each.model).memory_gb.values()) <= each.memory_gb


@pytest.mark.parametrize("model", known.models.values(), ids=lambda model: model.name)
def test_a_model_that_is_not_here_says_name_size_licence_and_command(model):
    with pytest.raises(FoleyError) as raised:
        installed.check(model.name, model.parts)
    facts = raised.value.facts
    assert raised.value.code == "E-WEIGHTS" and facts["name"] == model.name
    assert facts["command"] == f"foleyline models fetch {model.name}"
    assert re.fullmatch(r"\d+\.\d GB", facts["size"]) and all(part.licence in facts["licence"] for part in model.parts)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[file.a]\nhub = 'o/n'\nat = 'a'\nabout = 1\nlicence = 'none'", "none"),
        (f"{licence}[file.'../a']\nurl = 'https://x'\nabout = 1\nlicence = 'l'", "plain"),
        ("[model.m]\nstep = 'dance'\npurpose = 'p'\nfiles = []", "dance"),
        ("[model.m]\nstep = 'judge'\npurpose = 'p'\nfiles = ['gone']", "gone"),
        ("[model", "Expected"),
        ("[licence.l]\nname = 1\nnothing = 2", "nothing"),
    ],
)
def test_a_catalogue_of_ones_own_that_cannot_be_right(tmp_path, monkeypatch, text, words):
    path = tmp_path / "own.toml"
    path.write_text(text)
    monkeypatch.setenv(published.other_catalogue, str(path))
    with pytest.raises(FoleyError) as raised:
        answers.listed()
    assert raised.value.code == "E-CATALOGUE" and words in raised.value.facts["reason"]


@pytest.mark.parametrize("path", ["/a", "../a", "a/../b", "a/./b", "", ".", "a//b", "C:/a", "a\\b", "a/"])
def test_paths_stay_inside(path):
    with pytest.raises(ValueError, match="plain path"):
        published.inside(path)


def test_how_a_file_stands():
    file = Weights("a/b.pth", 10, files[0].terms, is_exact=True)
    path = installed.folder() / file.path
    path.parent.mkdir(parents=True)
    assert bill.item(file).state == "absent"
    records.part(path).write_bytes(b"12345")
    assert (bill.item(file).state, bill.item(file).here, bill.item(file).missing_n) == ("partial", 5, 5)
    path.write_bytes(b"0123456789")
    assert bill.item(file).state == "unchecked"
    records.write(path, records.Record(10, path.stat().st_mtime_ns, "5" * 64, is_learned=True))
    assert bill.item(file).state == "whole" and not bill.item(file).missing_n
    path.write_bytes(b"0123456")
    assert bill.item(file).state == "damaged" and bill.item(file).missing_n == 10
    with pytest.raises(FoleyError, match="E-HASH"):
        installed.check("model", [file])
    records.place(path).write_text("no record")
    assert records.read(path) is None


def test_shared_files_are_counted_once():
    names = ["mmaudio-large-44k", "mmaudio-large-44k-v2"]
    models = [known.model(name) for name in names]
    both = bill.of(models, bill.known(part for model in models for part in model.parts))
    assert len(both.items) == 7 and 14.8e9 < both.missing_n < 14.9e9
    assert [each.commercial for each in both.licences] == ["forbidden", "unclear", "allowed"]
