"""The open judge, with a tiny model of its own class: against the stock classes, alone and in company."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests import tiny_omni
from transformers import Qwen2_5OmniProcessor, WhisperFeatureExtractor

from foleyline.errors import Cancelled, FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine import plan, questioning, verdict
from foleyline_engine.models import catalog, questions
from foleyline_engine.models.exchange import Heard, Judged, JudgeJob, PlanJob, Planned, SilenceJob, Sound
from foleyline_engine.models.omni import choice, hearing, layout, pictures, wording
from foleyline_engine.models.omni.judge import Omni, limits
from foleyline_engine.models.omni.thinker import Thinker

torch.set_num_threads(1)
pytestmark = pytest.mark.timeout(120)
asked_marks = layout.Marks(1, 2, 3, 4, 5, 6, a_second=25, chunk_s=2)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A models' folder with a taught checkpoint and one of random weights."""
    folder = tmp_path_factory.mktemp("models")
    tiny_omni.save(folder / "omni" / "taught")
    tiny_omni.save(folder / "omni" / "random", is_taught=False, are_phrases=False)
    return folder


@pytest.fixture
def open_judge(shelf, monkeypatch):
    def make(which: str) -> Omni:
        monkeypatch.setenv("FOLEYLINE_MODELS", str(shelf))
        monkeypatch.setenv(choice.which, which)
        return Omni()

    return make


def judging(seed: int, seconds: float = 2.0, **other: Any) -> JudgeJob:
    shown = {pictures.view: tiny_omni.frames(seed, seconds)}
    return JudgeJob(tiny_omni.sound(seed + 100, seconds), shown, plan.canonical, lambda: None, **other)


def planning(seed: int, expected: str = "", seconds: float = 2.0) -> PlanJob:
    return PlanJob({pictures.view: tiny_omni.frames(seed, seconds)}, lambda: None, expected)


def texts(found: list) -> list[str]:
    for each in found:
        if isinstance(each, Exception):
            raise each
    return [each.text for each in found]


@pytest.mark.parametrize("pairs", [0, 1, 3, 7])
@pytest.mark.parametrize("seconds", [1, 2])
@pytest.mark.parametrize("features", [0, 50, 333, 1000])
def test_tokens_stand_where_the_stock_processor_puts_them(pairs, seconds, features):
    if not pairs and not features:
        return
    sound = hearing.tokens(features) if features else 0
    ids = layout.clip_ids(asked_marks, pairs, 6, seconds, sound)
    if not (pairs and features):
        assert len(ids) == pairs * 6 + sound + 2
        return
    processor = SimpleNamespace(
        audio_bos_token="b",
        audio_eos_token="e",
        video_token="v",
        audio_token="a",
        video_processor=SimpleNamespace(merge_size=2),
        get_chunked_index=lambda *given: Qwen2_5OmniProcessor.get_chunked_index(processor, *given),  # type: ignore[arg-type]
    )
    stock = Qwen2_5OmniProcessor.replace_video_with_audio_token(
        processor,  # type: ignore[arg-type]
        {"video_grid_thw": torch.tensor([[pairs, 4, 6]]), "video_second_per_grid": [float(seconds)]},
        0,
        {"num_audio_tokens": [sound]},
        0,
        position_id_per_seconds=25,
        seconds_per_chunk=2.0,
    )
    told = {1: "v", 2: "a", 5: "b", 6: "e"}
    assert "".join(told[each] for each in ids[1:-1]) == stock
    assert (ids[0], ids[-1]) == (3, 4)


@pytest.mark.parametrize("seconds", [0.03, 0.5, 2.0, 3.217])
def test_features_are_those_of_the_stock_processor(seconds):
    sound = tiny_omni.sound(3, seconds)
    heard = hearing.features_of(sound, 128)
    wave = hearing.mono(sound)
    wave = np.pad(wave, (0, max(0, 1600 - len(wave))))
    extract: Any = WhisperFeatureExtractor(feature_size=128, chunk_length=30)
    stock = extract(wave, sampling_rate=16000, padding="max_length", return_attention_mask=True, return_tensors="np")
    count = int(stock["attention_mask"].sum())
    assert heard.shape == (128, count)
    np.testing.assert_allclose(heard, stock["input_features"][0][:, :count], atol=2e-4)


@pytest.mark.parametrize(("hz", "is_kept"), [(300, True), (6000, True), (9000, False), (15500, False)])
def test_only_what_16_khz_can_hold_is_heard(hz, is_kept):
    wave = np.sin(2 * np.pi * hz * np.arange(48000) / 48000).astype(np.float32)
    heard = hearing.mono(Sound(np.stack([wave, wave])))
    assert len(heard) == 16000
    wanted = np.sin(2 * np.pi * hz * np.arange(16000) / 16000) if is_kept else np.zeros(16000)
    assert np.abs(heard - wanted)[500:-500].max() < 2e-3


@pytest.mark.parametrize(("height", "width", "count"), [(56, 84, 4), (283, 504, 5), (504, 300, 1), (20, 500, 3)])
def test_patches_hold_the_pictures(height, width, count):
    cut = pictures.Cut()
    shown = tiny_omni.frames(1, count / 2, height, width)
    made = pictures.patches_of(shown, cut)
    pairs, down, across = made.grid
    assert (pairs, down % 2, across % 2, made.seconds) == ((count + 1) // 2, 0, 0, 1)
    assert abs(down * 14 - height) <= 14 or down == 2
    back = made.pixels.reshape(pairs, down // 2, across // 2, 2, 2, 3, 2, 14, 14).permute(0, 6, 5, 1, 3, 7, 2, 4, 8)
    picture = back.reshape(pairs * 2, 3, down * 14, across * 14)
    assert abs(float(picture.std()) - 1.0) < 0.5
    if (height, width) == (56, 84):
        plain = picture * torch.tensor(pictures.deviation).view(3, 1, 1) + torch.tensor(pictures.mean).view(3, 1, 1)
        np.testing.assert_allclose((plain * 255).permute(0, 2, 3, 1), shown.pixels, atol=0.01)


@pytest.mark.parametrize("seconds", [60, 120, 300])
def test_a_long_clip_is_seen_less_closely(seconds):
    shown = tiny_omni.frames(1, 4, 283, 504)
    long = replace(shown, pixels=np.broadcast_to(shown.pixels[:1], (seconds * 2, *shown.pixels.shape[1:])))
    made = pictures.patches_of(long, pictures.Cut())
    assert made.seconds == 2
    assert made.grid[0] == seconds / 2
    assert pictures.Cut().tokens(made.grid) <= pictures.most_tokens


def stock_answer(judge: Omni, job: Any, question: str, system: str, limit: int) -> tuple[list[int], torch.Tensor]:
    """Tokens by the stock class's own `generate` from the whole prompt, and the first token's probabilities."""
    words = judge.parts.get("words")
    thinker: Thinker = judge.parts.get("thinker")
    shown = job.frames[pictures.view] if hasattr(job, "frames") else None
    sound = getattr(job, "sound", None)
    given: dict[str, Any] = {}
    patches, count = None, 0
    if shown:
        patches = pictures.patches_of(shown, thinker.cut)
        given |= {
            "pixel_values_videos": patches.pixels,
            "video_grid_thw": torch.tensor([patches.grid]),
            "video_second_per_grid": torch.tensor([float(patches.seconds)]),
        }
    if sound:
        features = hearing.features_of(sound, thinker.bins)
        count = features.shape[-1]
        mask = torch.ones(1, count, dtype=torch.long)
        given |= {"input_features": features[None], "feature_attention_mask": mask}
    before, after = (words(text)["input_ids"] for text in (wording.before(system), wording.after(question)))
    row = torch.tensor([[*before, *thinker.clip_ids(patches, count), *after]])
    made: Any = thinker.model.generate(
        input_ids=row,
        attention_mask=torch.ones_like(row),
        use_audio_in_video=bool(shown and sound),
        max_new_tokens=limit,
        do_sample=False,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
        output_logits=True,
        return_dict_in_generate=True,
        **given,
    )
    return made.sequences[0, row.shape[1] :].tolist(), made.logits[0][0].softmax(-1)


@pytest.mark.parametrize("seconds", [1.0, 2.0, 4.7])
def test_answers_are_those_of_the_stock_class(open_judge, monkeypatch, seconds):
    judge = open_judge("random")
    for kind, limit in {"plan": 20, "cot": 24, "qa": 3, "silence": 5}.items():
        monkeypatch.setitem(limits, kind, limit)
    words = judge.parts.get("words")
    job = judging(11, seconds)
    silent = SilenceJob(job.sound, job.check)
    plans = PlanJob(job.frames, job.check)
    for kind, asked, question, system, ask in (
        ("plan", plans, questions.plan, wording.reasoning, judge.plan),
        ("cot", job, questions.judgement, wording.reasoning, judge.judge),
        ("qa", replace(job, mode="qa"), questions.judgement, wording.option, judge.judge),
        ("silence", silent, questions.silence, wording.option, judge.is_silent),
    ):
        stock, shares = stock_answer(judge, asked, question, system, limits[kind])
        (made,) = ask([asked])
        assert not isinstance(made, Exception), made
        assert made.text == words.decode(stock, skip_special_tokens=True).strip(), kind
        if kind != "plan":
            letters = words("AB")["input_ids"]
            assert [made.scores[f"{letter}_at_once"] for letter in "AB"] == pytest.approx(
                shares[letters].tolist(), rel=1e-3
            )


def test_an_unread_answer_is_asked_what_it_would_conclude(open_judge, monkeypatch):
    judge = open_judge("random")
    monkeypatch.setitem(limits, "cot", 12)
    judge.parts.get("thinker").model.lm_head.weight.data[94:] = 0  # ASCII alone: its text gives the same tokens again
    (made,), words = judge.judge([judging(1)]), judge.parts.get("words")
    assert isinstance(made, Judged)
    assert "A_after_reasoning" not in made.scores
    cut = made.numbers.get("unfinished_n", 0.0)
    assert cut == float(made.numbers["answer_tokens_n"] == 12)
    ids, _ = stock_answer(judge, judging(1), questions.judgement, wording.reasoning, 12)
    written = [each for each in ids if each != words.eos_token_id]
    followed = f"{wording.after(questions.judgement)}{words.decode(written)}{questions.conclusion}"
    assert words(words.decode(written))["input_ids"] == written
    monkeypatch.setattr(wording, "after", lambda question: followed)
    _, shares = stock_answer(judge, judging(1), questions.judgement, wording.reasoning, 1)
    for letter in "AB":
        wanted = float(shares[words(letter)["input_ids"][0]])
        assert made.numbers[f"{letter}_if_concluded_probability"] == pytest.approx(wanted, rel=1e-3)


def test_the_same_alone_and_in_company(open_judge, monkeypatch):
    judge = open_judge("random")
    monkeypatch.setitem(limits, "cot", 24)
    jobs = [judging(seed, seconds) for seed, seconds in ((1, 2.0), (2, 0.6), (3, 3.5), (4, 2.0))]
    together = judge.judge(jobs)
    assert texts(together) == [texts(judge.judge([job]))[0] for job in jobs]
    assert len(set(texts(together))) == 4


def test_company_takes_fewer_turns(open_judge, monkeypatch):
    judge = open_judge("taught")
    jobs = [judging(seed) for seed in range(4)]
    thinker: Thinker = judge.parts.get("thinker")
    turns = []
    read = thinker.read
    monkeypatch.setattr(thinker, "read", lambda *given: turns.append(1) or read(*given))
    together = texts(judge.judge(jobs))
    shared = len(turns)
    assert together == [text for job in jobs for text in texts(judge.judge([job]))]
    assert (len(turns) - shared) / shared >= 3


def test_a_clips_pictures_and_the_instructions_are_read_once(open_judge):
    judge = open_judge("random")
    judge.plan([planning(1, plan.text)])
    first = judge.read_n
    judge.judge([judging(1)])
    judge.judge([replace(judging(1), sound=tiny_omni.sound(9))])
    assert judge.seen_n == 1
    instructions = len(judge.parts.get("words")(wording.before(wording.reasoning))["input_ids"])
    assert first > instructions
    assert judge.read_n - first < 2 * instructions


def test_what_the_taught_one_says_is_read(open_judge):
    judge = open_judge("taught")
    told: list[str] = []
    shares: list[float] = []
    (judged,) = judge.judge([judging(21, tell=told.append, progress=shares.append)])
    assert isinstance(judged, Judged)
    message = verdict.message(judged, judge.label())
    assert message.option == pb.yes
    assert (message.summary, message.conclusion, list(message.missing)) == ("I look and listen.", "A", [])
    assert judged.scores["A_after_reasoning"] > 0.9 > judged.scores["A_at_once"]
    assert told[-1] == judged.text and all(judged.text.startswith(text) for text in told)
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1] < 1
    (option,) = judge.judge([judging(21, mode="qa")])
    assert isinstance(option, Judged)
    assert option.text == "B" and option.scores["B_at_once"] > 0.5
    (heard,) = judge.is_silent([SilenceJob(tiny_omni.sound(5), lambda: None)])
    assert isinstance(heard, Heard) and questioning.read_silence(heard) is True


def test_one_pass_agrees_with_what_would_be_written(open_judge):
    judge = open_judge("taught")
    (agreed,), (written,) = judge.plan([planning(3, plan.text)]), judge.plan([planning(3)])
    assert isinstance(agreed, Planned) and isinstance(written, Planned)
    assert agreed.is_expected and not written.is_expected
    assert agreed.text == written.text == plan.text
    other = plan.text.replace(plan.canonical[2], plan.canonical[3])
    mixed = judge.plan([planning(3, other), planning(4, other, seconds=3.0), planning(5, "A dog.")])
    assert texts(mixed) == [plan.text] * 3
    for each, agreed_n in zip(mixed, (4, 4, 0), strict=True):
        assert isinstance(each, Planned)
        assert not each.is_expected
        assert each.numbers["agreed_tokens_n"] == agreed_n


def test_scores_that_are_no_numbers_answer_nothing(open_judge):
    judge = open_judge("taught")
    judge.parts.get("thinker").model.lm_head.weight.data[:] = float("nan")
    found = [*judge.judge([judging(1), judging(2)]), *judge.plan([planning(1, plan.text)])]
    assert [type(each) for each in found] == [FloatingPointError] * 3


def test_nothing_is_written_after_the_conclusion(open_judge, monkeypatch):
    judge = open_judge("taught")
    monkeypatch.setattr(questions, "last_tag", "</CAPTION>")
    (judged,) = judge.judge([judging(1)])
    assert isinstance(judged, Judged)
    assert judged.text.endswith("</CAPTION>")


@pytest.mark.parametrize("after", [0, 2, 5])
def test_who_is_not_wanted_stops_alone(open_judge, after):
    judge = open_judge("taught")
    calls = iter(range(1000))

    def check():
        if next(calls) >= after:
            raise Cancelled

    stopped, made = judge.judge([replace(judging(1), check=check), judging(2)])
    assert isinstance(stopped, Cancelled)
    assert texts([made]) == texts(judge.judge([judging(2)]))
    (alone,) = judge.judge([replace(judging(1), check=check)])
    assert isinstance(alone, Cancelled)


def test_a_checkpoint_as_it_is_published(shelf, open_judge, tmp_path):
    """Its Thinker's names begin with `thinker.`, and what speaks lies beside it."""
    source, whole = shelf / "omni" / "taught", shelf / "omni" / "whole"
    whole.mkdir()
    for file in source.glob("tokenizer*"):
        (whole / file.name).write_bytes(file.read_bytes())
    state = {f"thinker.{name}": tensor for name, tensor in load_file(source / "model.safetensors").items()}
    save_file({**state, "talker.codec_head.weight": torch.zeros(2, 2)}, whole / "model.safetensors", {"format": "pt"})
    thinker_config = json.loads((source / "config.json").read_text())
    (whole / "config.json").write_text(json.dumps({"model_type": "qwen2_5_omni", "thinker_config": thinker_config}))
    job = judging(5)
    found = texts(open_judge("whole").judge([job]))
    assert found == texts(open_judge("taught").judge([job]))


def test_what_does_not_fit_is_refused_with_its_reason(shelf, open_judge):
    source, other = shelf / "omni" / "taught", shelf / "omni" / "other"
    other.mkdir()
    for file in source.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    state = load_file(source / "model.safetensors")
    whole = (source / "model.safetensors").read_bytes()
    for content, words in (
        ({name: tensor for name, tensor in state.items() if name != "lm_head.weight"}, "lm_head.weight"),
        ({**state, "model.norm.weight": torch.zeros(3)}, "model.norm.weight"),
        (whole[:-1000], ""),
        (b"", ""),
    ):
        if isinstance(content, bytes):
            (other / "model.safetensors").write_bytes(content)
        else:
            save_file(content, other / "model.safetensors", {"format": "pt"})
        with pytest.raises(FoleyError, match="E-JUDGE") as raised:
            open_judge("other").judge([judging(1)])
        assert words.rpartition("model.")[2] in raised.value.facts["reason"] != ""


@pytest.mark.parametrize("have", [1, 2])
def test_a_checkpoint_in_pieces_is_here_when_all_of_them_are(tmp_path, monkeypatch, have):
    monkeypatch.setenv(choice.which, str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "qwen2_5_omni"}')
    for number in range(have):
        (tmp_path / f"model-0000{number}.safetensors").write_bytes(b"")
    assert not choice.is_here()
    index = {"weight_map": {"a": "model-00000.safetensors", "b": "model-00001.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert choice.is_here() is (have == 2)


def test_the_checkpoint_is_this_machines_choice(shelf, monkeypatch, tmp_path):
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    monkeypatch.delenv(choice.which, raising=False)
    assert choice.folder() == tmp_path / "omni" / choice.default
    with pytest.raises(FoleyError) as raised:
        choice.check()
    assert raised.value.code == "E-WEIGHTS"
    assert "commercial use is allowed" in raised.value.facts["licence"]
    assert raised.value.facts["command"] == "foleyline models fetch qwen2.5-omni-7b"
    (tmp_path / "omni" / "mine").mkdir(parents=True)
    (tmp_path / "omni" / "mine" / "config.json").write_text('{"model_type": "qwen2"}')
    (tmp_path / "omni" / "mine" / "model.safetensors").write_bytes(b"")
    assert choice.folder().name == "mine"
    with pytest.raises(FoleyError, match="E-JUDGE"):
        choice.check()
    monkeypatch.setenv(choice.which, "nowhere")
    with pytest.raises(FoleyError, match="E-JUDGE"):
        choice.check()
    monkeypatch.setenv(choice.which, str(shelf / "omni" / "taught"))
    assert choice.folder() == shelf / "omni" / "taught"
    choice.check()


def test_fewer_bits_where_they_can_be_had(open_judge, monkeypatch):
    open_judge("taught")
    monkeypatch.setenv(choice.bits_wanted, "4")
    monkeypatch.setattr(choice, "packing_lacks", lambda: ["bitsandbytes"])
    with pytest.raises(FoleyError, match="E-MISSING") as raised:
        Omni().ready()
    assert raised.value.facts["reason"] == "not installed: bitsandbytes"
    assert "4 bits" in Omni().label()
    monkeypatch.setenv(choice.bits_wanted, "5")
    with pytest.raises(FoleyError, match="E-JUDGE"):
        Omni()


@pytest.mark.parametrize(("free_gb", "bits"), [(80, 16), (20.5, 8), (13, 4), (2, 4)])
def test_as_many_bits_as_there_is_memory_for(open_judge, monkeypatch, free_gb: float, bits: choice.Bits):
    open_judge("taught")
    monkeypatch.setattr(choice, "packing_lacks", list)
    monkeypatch.setattr(choice.memory, "free", lambda device: free_gb * 1e9)
    monkeypatch.setattr(choice.thinker, "weights_n", lambda folder: (8_930_000_000, 6_500_000_000))
    assert choice.bits(torch.device("cuda")) == bits
    assert choice.bits(torch.device("cpu")) == 16
    packing = choice.holding(torch.device("cuda"), bits).packing
    assert (packing is None) is (bits == 16)
    assert packing is None or "model.visual" in packing.llm_int8_skip_modules
    if packing is not None:
        assert packing.load_in_8bit is (bits == 8) and packing.load_in_4bit is (bits == 4)


def test_the_usual_checkpoint_may_be_used_commercially(monkeypatch, tmp_path):
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    monkeypatch.delenv(choice.which, raising=False)
    assert Omni().terms == ""
    monkeypatch.setenv(choice.which, "Qwen2.5-Omni-3B")
    assert "not for commercial use" in Omni().terms
    monkeypatch.setenv(choice.which, "other")
    assert "licence" in Omni().terms


def test_it_is_in_the_catalog():
    assert "omni" in catalog.names("judge")
    assert set(Omni.questions) == {"plan", "judgement", "silence"} and set(Omni.modes) == {"cot", "qa"}
