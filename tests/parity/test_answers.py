"""Plans and verdicts as models word them, against the cases that each golden root holds."""

import json

import pytest

from foleyline_engine import plan, verdict


def read_plan(text):
    read = plan.parse(text)
    return {
        "recognised": list(read.recognized),
        "plan": [int(step[4]) for step in read.steps],
        "status": read.status,
    }


def read_verdict(text):
    read = verdict.parse(text)
    return {
        "sections": dict(read.sections),
        "verdict": read.answer,
        "person": read.person,
        "voice": read.voice,
        "label": read.label,
        "well_formed": read.well_formed,
        "consistent": read.consistent,
        "warnings": sorted(read.warnings),
    }


readers = {"step0": read_plan, "step2_cot": read_verdict, "step2_qa": read_verdict}


@pytest.mark.golden_file("videollama2/parsing_cases.json")
def test_every_case(golden_path):
    differing = {}
    for case in json.loads(golden_path.read_text())["cases"]:
        read = readers[case["kind"]](case["output"])
        for field, expected in case["expected"].items():
            wanted = sorted(expected) if field == "warnings" else expected
            if field not in case.get("optional", []) and read[field] != wanted:
                differing[case["id"], field] = (wanted, read[field])
    assert not differing


@pytest.mark.golden_file("videollama2/parsing_cases.json")
def test_canonical_plan(golden_path):
    assert list(plan.canonical) == json.loads(golden_path.read_text())["canonical_plan"]
