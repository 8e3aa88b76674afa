"""The bridge's sources: Python 3.6 with the standard library alone, and a double that knows what the reference says."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from pathlib import Path

import pytest
from tests.bridges.resolve.scripts import bridges
from tests.bridges.resolve.strict import contract

root = Path(__file__).parents[3]
sources = sorted([*(bridges / "foleyline_resolve").glob("*.py"), bridges / "menu" / "Foleyline.py"])
scripts = sorted([*(bridges / "lua").rglob("*.lua"), *(bridges / "menu").glob("*.lua")])

# What came to the standard library after 3.6, where the grammar does not tell.
too_new = re.compile(
    r"capture_output|\btext=True|dataclass|\.isascii\(|removeprefix|removesuffix|math\.(?:prod|dist|lcm)|"
    r"fromisoformat|from __future__ import annotations|asyncio\.run|breakpoint\(|missing_ok|walrus|nullcontext|"
    r"shlex\.join|time_ns|typing\.(?:Protocol|Literal|Final)"
)


@pytest.mark.parametrize("path", sources, ids=lambda path: path.name)
def test_python_is_that_of_3_6_and_needs_nothing(path):
    text = path.read_text(encoding="utf8")
    tree = ast.parse(text, feature_version=(3, 6))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names | {"foleyline_resolve"}
    assert too_new.findall(text) == []


@pytest.mark.parametrize("path", [*sources, *scripts], ids=lambda path: path.name)
def test_sources_are_short(path):
    assert len(path.read_text(encoding="utf8").splitlines()) <= 400


@pytest.mark.parametrize("path", scripts, ids=lambda path: path.name)
def test_lua_keeps_its_names_to_itself(path):
    """What a module sets without `local` is everybody's in the script's state."""
    text = re.sub(r"--[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|\[\[.*?\]\]", "", path.read_text(encoding="utf8"), flags=re.DOTALL)
    known = set(re.findall(r"\blocal (?:function )?(\w+)", text)) | {"package"}
    for names in re.findall(r"\blocal ([\w, ]+)", text):
        known |= {name.strip() for name in names.split(",")}
    for names in re.findall(r"\bfor ([\w, ]+) (?:in|=)|function[ \w.:]*\(([\w, .]*)\)", text):
        known |= {name.strip() for part in names for name in part.split(",")}
    assigned = set(re.findall(r"^\s*(\w+)(?:\s*,\s*\w+)*\s*=[^=]", text, re.MULTILINE))
    fields = set(re.findall(r"[{,]\s*(\w+)\s*=[^=]", text))
    assert assigned - known - fields == set()


def reference() -> list[Path]:
    named = filter(None, os.environ.get("FOLEYLINE_GOLDEN", "").split(os.pathsep))
    roots = [root.parent / "shared" / "reference", *map(Path, named)]
    return [path for folder in roots if (path := folder / "hosts" / "resolve_api_contract.json").is_file()]


def test_the_double_has_every_call_argument_and_version_of_the_reference():
    calls = {f"{kind}.{name}" for kind, methods in contract["objects"].items() for name in methods}
    assert len(calls) > 100
    for path in reference():
        told = json.loads(path.read_text(encoding="utf8"))
        assert calls == {f"{kind}.{name}" for kind, methods in told["objects"].items() for name in methods}
        for kind, methods in told["objects"].items():
            for name, facts in methods.items():
                ours = contract["objects"][kind][name]
                assert [shape(each) for each in ours] == [shape_there(each) for each in facts["overloads"]], name


def shape(overload: dict) -> tuple:
    return overload["since"], [
        (name, kind.removeprefix("*").removesuffix("?"), "?" in kind) for name, kind, *_ in overload["args"]
    ]


def shape_there(overload: dict) -> tuple:
    arguments = [(each["name"], each["type"], bool(each["optional"])) for each in overload["args"]]
    return overload["since_key"], arguments
