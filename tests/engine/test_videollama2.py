"""VideoLLaMA2 as a judge, with small random models in place of the published one: what is read, shared and written."""

import itertools
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from foleyline.errors import Cancelled, FoleyError
from foleyline_engine.models import questions
from foleyline_engine.models.exchange import Frames, Heard, Judged, JudgeJob, PlanJob, Planned, SilenceJob, Sound
from foleyline_engine.models.videollama2 import files, shards, weights
from foleyline_engine.models.videollama2 import reasoner as reasoning
from foleyline_engine.models.videollama2.asking import Answered, Asked, Listening
from foleyline_engine.models.videollama2.beats import BeatsSize
from foleyline_engine.models.videollama2.configuration import Configuration
from foleyline_engine.models.videollama2.encoding import Clip
from foleyline_engine.models.videollama2.judge import VideoLLaMA2
from foleyline_engine.models.videollama2.posing import Posing, every_view, view
from foleyline_engine.models.videollama2.reading import Reader
from foleyline_engine.models.videollama2.windows import as_one, windows
from foleyline_engine.models.videollama2.words import Rules, after, before, bytewise
from foleyline_engine.models.videollama2.writing import write

torch.set_num_threads(1)

cpu = torch.device("cpu")
tiny = Configuration(
    language={
        "vocab_size": 264,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 8192,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e6,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "use_sliding_window": False,
    },
    vision={
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "image_size": 56,
        "patch_size": 14,
        "hidden_act": "gelu_pytorch_tanh",
        "layer_norm_eps": 1e-6,
    },
    audio=BeatsSize(16, 8, 16, 1, 2, 16, conv=8, conv_groups=2, buckets=32, farthest=80, classes=3),
)
sight_n, hearing_n = 8 * 2 * 2, 187 * 8
"""Tokens of a clip's pictures and of its sound."""
limit = 16


class Legible(shards.Drawn):
    """Writes nothing but ASCII, which turns into the same tokens again."""

    def __getitem__(self, key):
        tensor = super().__getitem__(key)
        if key == "lm_head.weight":
            tensor[94:] = 0
        return tensor * (4 if "embed" in key else 1)


def reasoner(answers):
    drawn = Legible(weights.published_shapes(tiny), seed=7 if answers == "qa" else 0)
    return files.Checkpoint(None, drawn, tiny, cpu, torch.float32).reasoner()


def judge(has_qa=False):
    return VideoLLaMA2(reasoner, lambda: has_qa, limit)


def frames(seed=1, seconds=2.0, rate=8.0):
    pixels = np.random.default_rng(seed).integers(0, 256, (round(seconds * rate), 56, 56, 3), dtype=np.uint8)
    return Frames(pixels, np.arange(len(pixels)) / rate)


def sound(seed=1, seconds=2.0):
    samples = np.random.default_rng(seed).standard_normal((2, round(seconds * 48000))) / 10
    return Sound(samples.astype(np.float32))


def wanted():
    """The check of a clip that nobody cancels."""


def plan_job(seed=1, **other):
    return PlanJob({view: frames(seed), every_view: frames(seed, rate=24.0)}, wanted, **other)


def judge_job(seed=1, sound_seed=None, seconds=2.0, **other):
    shown = {view: frames(seed, seconds), every_view: frames(seed, seconds, 24.0)}
    job = JudgeJob(sound(sound_seed or seed, seconds), shown, (), wanted)
    return replace(job, **other)


def good(found, kind):
    """Answers, none of which is a problem."""
    assert all(isinstance(each, kind) for each in found), found
    return found


def plans(made, *jobs):
    return good(made.plan(jobs), Planned)


def verdicts(made, *jobs):
    return good(made.judge(jobs), Judged)


def silences(made, *jobs):
    return good(made.is_silent(jobs), Heard)


def answers(one, *asked):
    return good(one.ask(asked), Answered)


def test_every_question_is_answered():
    made = judge()
    (planned,) = plans(made, plan_job())
    (judged,) = verdicts(made, judge_job())
    (heard,) = silences(made, SilenceJob(sound(), wanted))
    assert isinstance(planned, Planned)
    assert isinstance(judged, Judged)
    assert isinstance(heard, Heard)
    assert planned.text
    assert judged.text
    assert heard.text
    assert not planned.is_expected
    assert judged.numbers["heard_s"] == 2.0
    assert set(judged.scores) == {"A_at_once", "B_at_once"}
    assert all(0 < score < 1 for score in judged.scores.values())
    assert set(judged.numbers) >= {"A_if_concluded_probability", "B_if_concluded_probability"}


def test_the_same_again_and_in_another_process_of_the_same_weights():
    first, second = (verdicts(judge(), judge_job())[0] for _ in range(2))
    assert first == second


def test_a_clip_is_encoded_and_read_once_for_all_questions():
    made = judge()
    plans(made, plan_job())
    one = made.reasoner("cot")
    assert (one.encoding.sights, one.encoding.hearings) == (1, 0)
    before_n = len(one.words.ids("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"))
    plan_n = len(one.words.ids(f"\n{questions.plan}<|im_end|>\n<|im_start|>assistant\n"))
    judgement_n = len(one.words.ids(f"\n{questions.judgement}<|im_end|>\n<|im_start|>assistant\n"))
    assert one.read_n == before_n + sight_n + plan_n
    verdicts(made, judge_job(mode="qa"))
    assert (one.encoding.sights, one.encoding.hearings) == (1, 1)
    assert one.read_n == before_n + sight_n + plan_n + hearing_n + judgement_n
    verdicts(made, judge_job(mode="qa"))
    assert (one.encoding.sights, one.encoding.hearings) == (1, 1)
    assert one.read_n == before_n + sight_n + plan_n + hearing_n + 2 * judgement_n
    verdicts(made, judge_job(sound_seed=5, mode="qa"))
    assert (one.encoding.sights, one.encoding.hearings) == (1, 2)


def test_sharing_changes_no_answer():
    shared, alone = judge(), judge()
    plans(shared, plan_job())
    verdicts(shared, judge_job(sound_seed=3))
    assert verdicts(shared, judge_job())[0] == verdicts(alone, judge_job())[0]


def test_where_nothing_can_be_kept_answers_are_the_same():
    made, usual = judge(), judge()
    made.reasoner("cot").pasts.room = made.reasoner("cot").encoding.tokens.room = 0
    assert plans(made, plan_job()) == plans(usual, plan_job())
    assert verdicts(made, judge_job(), judge_job(2)) == verdicts(usual, judge_job(), judge_job(2))
    assert not made.reasoner("cot").pasts.held


def test_where_memory_runs_out_fewer_are_written_at_once(monkeypatch):
    tried = []

    def scarce(reader, answers, rules):
        tried.append(len(answers))
        if len(answers) > 1:
            raise torch.OutOfMemoryError
        write(reader, answers, rules)

    monkeypatch.setattr(reasoning, "write", scarce)
    jobs = [judge_job(seed) for seed in (1, 2, 3)]
    made = verdicts(judge(), *jobs)
    monkeypatch.undo()
    assert [each.text for each in made] == [each.text for each in verdicts(judge(), *jobs)]
    assert tried == [3, 1, 1, 1]


def test_work_of_plan_and_judgement_against_asking_from_scratch():
    shared = judge()
    plans(shared, plan_job())
    verdicts(shared, judge_job())
    verdicts(shared, judge_job(mode="qa"))
    scratch = []
    for ask in (
        lambda made: plans(made, plan_job()),
        lambda made: verdicts(made, judge_job()),
        lambda made: verdicts(made, judge_job(mode="qa")),
    ):
        made = judge()
        ask(made)
        scratch.append(made.reasoner("cot"))
    one = shared.reasoner("cot")
    assert one.encoding.sights + one.encoding.hearings == 2
    assert sum(each.encoding.sights + each.encoding.hearings for each in scratch) == 5
    assert one.read_n <= 0.6 * sum(each.read_n for each in scratch)


def test_side_by_side_as_alone():
    jobs = [judge_job(seed) for seed in (1, 2, 3)] + [judge_job(4, seconds=3.0)]
    alone = [verdicts(judge(), job)[0] for job in jobs]
    made = judge()
    together = verdicts(made, *jobs)
    assert [each.text for each in together] == [each.text for each in alone]
    assert len({each.text for each in together}) > 2
    for one, other in zip(together, alone, strict=True):
        assert one.scores == pytest.approx(other.scores, rel=1e-4)


def test_side_by_side_takes_less_than_half_the_passes():
    jobs = [judge_job(seed) for seed in (1, 2, 3, 4)]
    alone, together, passes = judge(), judge(), []
    for made in (alone, together):
        language = made.reasoner("cot").parts.get("language")
        language.model.register_forward_hook(lambda module, inputs, output, made=made: passes.append(made))
    for job in jobs:
        verdicts(alone, job)
    verdicts(together, *jobs)
    assert passes.count(together) <= passes.count(alone) / 2


def test_scores_that_are_no_numbers_are_no_answer():
    """In float16 the published model writes nothing but exclamation marks."""
    made = judge()
    made.reasoner("cot").parts.get("language").lm_head.weight[3] = torch.nan
    with pytest.raises(FloatingPointError):
        made.judge([judge_job()])


@pytest.mark.parametrize("after", [0, 1, 4, 16])
def test_who_is_not_wanted_stops_alone(after):
    looked = []

    def check():
        looked.append(1)
        if len(looked) > after:
            raise Cancelled

    jobs = [judge_job(1), judge_job(2, check=check), judge_job(3)]
    first, second, third = judge().judge(jobs)
    assert isinstance(second, Cancelled)
    assert good([first, third], Judged) == verdicts(judge(), jobs[0]) + verdicts(judge(), jobs[2])
    assert len(looked) == after + 1


def test_looks_between_tokens_whether_it_is_wanted():
    looked = []
    made = judge()
    verdicts(made, judge_job(check=lambda: looked.append(1)))
    encoded = len(looked)
    assert encoded > limit
    looked.clear()
    verdicts(made, judge_job(check=lambda: looked.append(1)))
    assert limit < len(looked) < encoded


def test_progress_and_text_grow():
    shares, texts = [], []
    (judged,) = verdicts(judge(), judge_job(progress=shares.append, tell=texts.append))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > limit
    assert len(texts) == limit + 1
    assert texts[-1] == judged.text
    assert all(len(shorter) <= len(longer) for shorter, longer in itertools.pairwise(texts))


def ending(one, asked, at_least=4):
    """Makes the model's answer end where a letter comes that it did not write before; what is written then."""
    (answered,) = answers(one, asked)
    place = next(n for n in range(at_least, len(answered.text)) if answered.text[n] not in answered.text[:n])
    one.rules = Rules(frozenset({one.words.end, *one.words.ids(answered.text[place])}))
    return answered.text[:place]


def test_an_expected_text_is_agreed_to_in_one_pass():
    made = judge()
    one = made.reasoner("cot")
    expected = ending(one, made_of(plan_job()))
    steps = one.written_n
    (agreed,) = plans(made, plan_job(expected=expected))
    assert agreed.is_expected
    assert agreed.text == expected
    assert one.written_n == steps
    assert agreed.numbers["agreed_tokens_n"] == len(expected) + 1
    assert agreed.numbers["expected_log_probability"] < 0
    (written,) = plans(made, plan_job())
    assert written.text == expected
    assert not written.is_expected


def test_writing_goes_on_where_the_expected_text_differs():
    made = judge()
    one = made.reasoner("cot")
    would = ending(one, made_of(plan_job()))
    for expected in (would[:3] + "~~~", "~" + would, would + "~", would[:-1], "~"):
        (written,) = plans(made, plan_job(expected=expected))
        assert written.text == would, expected
        assert not written.is_expected
        assert written.numbers["agreed_tokens_n"] == shared_n(would, expected)


def shared_n(one, other):
    return next(n for n in range(len(one) + 1) if one[: n + 1] != other[: n + 1] or n == len(one))


def made_of(job):
    """The question as it is posed."""
    return Posing(tiny.pictures, limit, compat=False).plan(job)[0]


def test_likelihood_of_a_text_is_the_product_over_its_tokens():
    one = reasoner("cot")
    clip, text = made_of(plan_job()).clip, "Step1"
    found = one.likelihood(clip, questions.plan, text)
    by_hand = 0.0
    reader = Reader(one.parts.get("language"))
    past, _ = reader.read(torch.cat([reader.embed(one.words.ids(before)), one.encoding.pictures(clip, wanted)]))
    ids = one.words.ids(after(questions.plan))
    for token in [*one.words.ids(text), one.words.end]:
        past, scores = reader.read(reader.embed(ids), past)
        by_hand += float(scores[0].log_softmax(-1)[token])
        ids = [token]
    assert found.count == len(text) + 1
    assert found.log == pytest.approx(by_hand, rel=1e-4)


def test_a_penalty_of_the_checkpoint_counts_in_agreeing_too():
    made = judge()
    one = made.reasoner("cot")
    one.generation["repetition_penalty"] = 1.5
    (written,) = plans(made, plan_job())
    (agreed,) = plans(made, plan_job(expected=written.text))
    assert agreed.numbers["agreed_tokens_n"] == limit


def test_writing_stops_behind_the_last_tag():
    one = reasoner("cot")
    asked = made_of(plan_job())
    (whole,) = answers(one, asked)
    stop = whole.text[5:8]
    (stopped,) = answers(one, replace(asked, stop=stop.swapcase()))
    end = whole.text.upper().index(stop.upper()) + len(stop)
    assert stopped.text == whole.text[:end]
    assert not stopped.is_cut
    assert whole.is_cut


def test_judging_stops_there_and_as_published_it_does_not():
    posed = [
        Posing(tiny.pictures, limit, compat).judgement(judge_job(), is_option=False)[0] for compat in (False, True)
    ]
    assert [each.stop for each in posed] == [questions.last_tag, ""]


class Written:
    """What a model would have written, token by token, with the scores it would have had."""

    def __init__(self, text):
        self.words = bytewise()
        self.listening = Listening(self.words, Asked(Clip(), "", wanted, has_options=True), self.letters, [])
        self.number = 0
        for token in self.words.ids(text):
            self.number += 1
            self.listening(token, torch.zeros(1))

    def letters(self, scores):
        return {"A": float(self.number), "B": 0.0}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<SUMMARY> A B </SUMMARY><CONCLUSION> A </CONCLUSION>", 38),
        ("<CONCLUSION>B</CONCLUSION>", 13),
        ("<conclusion> the answer: (a) </conclusion>", None),
        ("<CONCLUSION> A </CONCLUSION> <CONCLUSION> B </CONCLUSION>", 43),
        ("<CONCLUSION> neither </CONCLUSION>", None),
        ("A", None),
    ],
)
def test_letters_are_scored_where_the_last_conclusion_stands(text, place):
    expected = questions.letter_place(text)
    assert place is None or expected == place - 1
    found = Written(text).listening.concluded()
    assert found == ({} if expected is None else {"A": expected + 1.0, "B": 0.0})


def test_options_alone():
    made = judge()
    (judged,) = verdicts(made, judge_job(mode="qa"))
    likelier = max("AB", key=lambda letter: judged.scores[f"{letter}_at_once"])
    assert judged.text == likelier
    assert judged.numbers["written_tokens_n"] == 0
    with_qa = judge(has_qa=True)
    (judged,) = verdicts(with_qa, judge_job(mode="qa"))
    assert list(with_qa.made) == ["qa"]
    assert judged.numbers["written_tokens_n"] > 0
    verdicts(with_qa, judge_job())
    assert list(with_qa.made) == ["qa", "cot"]


def test_as_published_the_last_second_is_not_heard():
    made = judge()
    ours, theirs = (verdicts(made, judge_job(seconds=10.0, compat=compat))[0] for compat in (False, True))
    assert (ours.numbers["heard_s"], theirs.numbers["heard_s"]) == (10.0, 9.0)
    late = sound(1, 10.0)
    late.samples[:, -47500:] = 0
    for compat, is_same in ((False, False), (True, True)):
        posing = Posing(tiny.pictures, limit, compat)
        job = judge_job(seconds=10.0, compat=compat)
        heard = [posing.judgement(each, is_option=False)[0].clip.heard for each in (job, replace(job, sound=late))]
        assert (heard[0] == heard[1]) == is_same


def test_a_long_take_is_asked_about_in_pieces():
    made = judge()
    shares, texts = [], []
    (judged,) = verdicts(made, judge_job(seconds=64.0, progress=shares.append, tell=texts.append))
    assert judged.numbers["windows_n"] == 3
    assert judged.numbers["heard_s"] == pytest.approx(64.0, abs=1e-3)
    assert made.reasoner("cot").encoding.hearings == 3
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert texts[-1].count("s to ") == 3
    (heard,) = silences(made, SilenceJob(sound(1, 64.0), wanted))
    assert heard.numbers["windows_n"] == 3


def answered(conclusion):
    return Answered(f"<CONCLUSION> {conclusion} </CONCLUSION>", after_reasoning={"A": 0.5, "B": 0.5}, written_n=3)


@pytest.mark.parametrize(
    ("letters", "decisive", "deciding"),
    [("BAB", "A", 1), ("BBB", "A", 0), ("B?B", "A", 1), ("?AB", "A", 1), ("AAB", "B", 2), ("AAA", "B", 0)],
)
def test_one_piece_decides_and_stands_last(letters, decisive, deciding):
    answers = [answered(letter) for letter in letters]
    made = as_one(windows(90.0), answers, decisive, is_bare=False)
    assert made.text.endswith(answers[deciding].text)
    is_read = letters[deciding] != "?"
    assert made.text.count("<CONCLUSION>") == (3 if is_read else 1)
    assert (
        as_one(windows(90.0), [Answered(letter) for letter in letters], decisive, is_bare=True).text
        == letters[deciding]
    )


def test_a_sound_that_is_no_number_is_refused():
    job = judge_job()
    job.sound.samples[1, 7] = np.nan
    refused, made = judge().judge([job, judge_job(2)])
    assert isinstance(refused, FoleyError)
    assert (refused.code, refused.facts["sample"]) == ("E-SOUND", "7")
    assert isinstance(made, Judged)


@pytest.mark.timeout(60)
def test_one_at_a_time_whoever_asks():
    made, found = judge(), {}

    def ask(seed):
        found[seed] = verdicts(made, judge_job(seed))[0].text

    threads = [threading.Thread(target=ask, args=[seed]) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=50)
    assert found == {seed: verdicts(judge(), judge_job(seed))[0].text for seed in (1, 2)}
