"""The plan that a model words: the fixed four steps, whatever it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foleyline_engine import plan


@pytest.mark.parametrize(
    ("text", "recognized", "status"),
    [
        ("\n".join(plan.canonical), (1, 2, 3, 4), "ok"),
        ("\r\n\r\n".join(plan.canonical) + "\n", (1, 2, 3, 4), "ok"),
        ("\n".join(plan.canonical).replace("Step", "Step "), (1, 2, 3, 4), "repaired"),
        ("\n".join(line[7:] for line in plan.canonical), (1, 2, 3, 4), "repaired"),
        ("First generate audio. Check it for voices. Then remove the voice.", (1, 2, 3), "repaired"),
        ("Step 12: Dance.", (), "fallback"),
        ("A dog runs; waves sound in the background.", (), "fallback"),
    ],
)
def test_plan(text, recognized, status):
    read = plan.parse(text)
    assert (read.recognized, read.status, read.steps) == (recognized, status, plan.canonical)


@given(st.text())
def test_no_text_breaks_it(text):
    assert plan.parse(text).steps == plan.canonical
