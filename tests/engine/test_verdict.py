"""What a judge's answer amounts to: sections verbatim, the option, and nothing guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foleyline.v1 import engine_pb2 as pb
from foleyline_engine import verdict, wording
from foleyline_engine.models.exchange import Judged, Stretch

tags = st.sampled_from(
    [f"{'<' + slash}{name}>" for name in verdict.section_names for slash in ("", "/")]
    + ["Step 3.", " A ", "B.", "Yes", "No", "no person", "a voice", "The answer is", "\n", "<conclusion>"]
)
answers = st.one_of(st.text(), st.lists(st.one_of(tags, st.text(max_size=8)), max_size=12).map("".join))


@settings(max_examples=10_000, deadline=None)
@given(answers)
def test_no_answer_breaks_it(text):
    read = verdict.parse(text)
    assert read.text == text
    assert all(body is None or body in text for body in read.sections.values())
    assert read.option in pb.Option.values()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("A", "yes"),
        ("(B)", "no"),
        ("**A**", "yes"),
        ("Option A", "yes"),
        ("answer: b", "no"),
        ("A - Yes", "yes"),
        ("No, there is none", "no"),
        ("The answer is: Yes", "yes"),
        ("No voice-over", "no"),
        ("A or B", "undecided"),
        ("A. Yes or B. No", "undecided"),
        ("A man is talking", "undecided"),
        ("It is a dog.", "undecided"),
        ("No person is visible", "undecided"),
        ("The answer is not A", "undecided"),
        ("The audio contains no voice-over.", "undecided"),
    ],
)
def test_bare_answer(text, answer):
    assert verdict.parse(text).answer == answer


@pytest.mark.parametrize(
    ("statement", "person", "voice"),
    [
        ("There is neither a person in the video nor a voice in the audio.", False, False),
        ("The video does not show any people, but a man is talking in the audio.", False, True),
        ("Is there a person in the video? No. Is there a voice in the audio? Yes.", False, True),
        ("Person: yes. Voice: no.", True, False),
        ("A person is not visible while speech is audible.", False, True),
        ("People are visible and a human voice is heard.", True, True),
        ("There is a person in the video; no human voice can be heard in the audio.", True, False),
        ("If a voice is heard and no person is seen, there is a voice-over.", None, None),
        ("A car drives by.", None, None),
    ],
)
def test_claims(statement, person, voice):
    assert wording.claims(statement) == (person, voice)


def answer_of(third_step, letter):
    return (
        "<SUMMARY> s </SUMMARY><CAPTION> c </CAPTION>"
        f"<REASONING> Step 3. {third_step} Step 4. So. </REASONING><CONCLUSION> {letter} </CONCLUSION>"
    )


@pytest.mark.parametrize(
    ("third_step", "letter", "option"),
    [
        ("No person is seen, a voice is heard.", "A", pb.yes),
        ("No person is seen, no voice is heard.", "B", pb.no1),
        ("A person is seen, a voice is heard.", "B", pb.no2),
        ("A person is seen, no voice is heard.", "B", pb.no3),
        ("No person is seen, a voice is heard.", "B", pb.undecided),
        ("A person is seen, a voice is heard.", "?", pb.undecided),
    ],
)
def test_option(third_step, letter, option):
    assert verdict.parse(answer_of(third_step, letter)).option == option


def test_message_carries_everything():
    text = answer_of("No person is seen, a voice is heard.", "A").replace("<CAPTION> c </CAPTION>", "")
    made = verdict.message(Judged(text, [Stretch(1.0, 2.5)], scores={"A_at_once": 0.25}), "stub 1")
    assert made == pb.Verdict(
        option=pb.yes,
        model="stub 1",
        text=text,
        summary="s",
        reasoning="Step 3. No person is seen, a voice is heard. Step 4. So.",
        conclusion="A",
        missing=["CAPTION"],
        voiced=[pb.Stretch(start_s=1.0, end_s=2.5)],
        scores={"A_at_once": 0.25},
        warnings=["missing_section"],
    )
    assert verdict.stretches(made) == [Stretch(1.0, 2.5)]
    assert "1.0 to 2.5 s" in verdict.line(made)


def test_a_bare_option_lacks_no_sections():
    made = verdict.message(Judged("A"), "stub 1", pb.qa)
    assert (made.option, made.mode, list(made.missing), list(made.warnings)) == (pb.yes, pb.qa, [], [])
    assert verdict.line(made) == "Voice-over: yes."
    unread = verdict.message(Judged("perhaps"), "stub 1", pb.qa)
    assert unread.option == pb.undecided
    assert "no_verdict" in unread.warnings


def test_the_line_says_what_the_reasoning_says():
    def line(third_step):
        return verdict.line(verdict.message(Judged(answer_of(third_step, "A")), "stub 1"))

    assert line("No person is seen, a voice is heard.").endswith("Voices are heard and nobody is seen.")
    assert line("A person is seen, a voice is heard.").endswith("Its reasoning says otherwise.")
    assert line("Hm.") == "Voice-over: yes."


@pytest.mark.parametrize("option", pb.Option.values())
def test_every_option_has_a_line(option):
    assert verdict.line(pb.Verdict(option=option)).endswith(".")
