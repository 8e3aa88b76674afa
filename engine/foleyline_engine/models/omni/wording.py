"""What the model is told before it is asked: the paper's rule and its four tags, shown by one worked example.

The questions themselves are the paper's, word for word. A model that was not trained on them has to be told the rule.
"""

from __future__ import annotations

from .. import questions

turn, end_of_turn = "<|im_start|>", "<|im_end|>"

_rule = (
    "The rule: if a human voice is heard while no person is in the video, there is a voice-over; "
    "otherwise there is none."
)

_example = f"""\
<SUMMARY> I look for people in the video and listen for human voices in the audio, then I apply the rule. </SUMMARY>
<CAPTION> The video shows a man who chops wood in a yard. The audio has the blows of an axe and birds. </CAPTION>
<REASONING> Step 1. The judgement must follow a rule. Step 2. {_rule} Step 3. There is a person in the video, and \
there is no human voice in the audio. Step 4. So the audio does not contain voice-over. </REASONING>
<CONCLUSION> B </CONCLUSION>"""

_task = f"You check the sound of film clips for voice-over. {_rule}"

reasoning = (
    f"{_task}\n\n"
    "Asked to determine whether the audio contains voice-over, answer in four tagged sections and write nothing else. "
    "Tell what is seen and heard in this clip, not what is in the example. An answer on another clip:\n"
    f"{_example}\n\n"
    "Asked to generate audio step-by-step, answer with the steps alone, one a line:\n" + "\n".join(questions.fixed_plan)
)
"""For plans and for judgements with their reasoning."""

option = f"{_task}\n\nAsked to choose between options, answer with the letter of the option alone."
"""For judgements without it, and for silence."""


def before(system: str) -> str:
    """What stands before a clip; the same for all clips."""
    return f"{turn}system\n{system}{end_of_turn}\n{turn}user\n"


def after(question: str) -> str:
    """What stands between a clip and the answer."""
    return f"{question}{end_of_turn}\n{turn}assistant\n"
