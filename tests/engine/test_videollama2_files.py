"""VideoLLaMA2's checkpoint as files: sharded, damaged, of another model, in fewer bits, and on to a judgement."""

import json
from fractions import Fraction

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from foleyline.errors import FoleyError
from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine import pipeline, requests
from foleyline_engine.journey import Journey
from foleyline_engine.models import catalog, installed
from foleyline_engine.models.checkpoint import WeightsMismatch
from foleyline_engine.models.exchange import Frames, Judged, JudgeJob, Sound
from foleyline_engine.models.videollama2 import files, quantizing, shards, weights
from foleyline_engine.models.videollama2.configuration import Configuration, ConfigurationRefused, of
from foleyline_engine.models.videollama2.judge import VideoLLaMA2
from foleyline_engine.models.videollama2.posing import view
from foleyline_engine.models.videollama2.words import bytewise, read_words, rules
from foleyline_engine.stages import Stages

torch.set_num_threads(1)

language = {
    "vocab_size": 264,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 8192,
}
tower = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": 28,
}
ears = {"embed": 8, "layers": 1, "heads": 2, "hidden": 16, "conv": 8, "conv_groups": 2, "buckets": 32, "farthest": 80}
stated = {
    "model_type": "videollama2_qwen2",
    "mm_projector_type": "stc_connector_v35",
    "mm_projector_a_type": "mlp2x_gelu",
    "mm_hidden_size_a": 16,
    "num_frames": 4,
    "vision_config": tower,
    "audio_config": ears,
    **language,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A checkpoint as it is published: in shards, with an index and all else that its program reads."""
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    monkeypatch.delenv(installed.random_weights, raising=False)
    folder = tmp_path / files.folders["cot"]
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(stated))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [5, 6], "repetition_penalty": 1.05}))
    bytewise().tokenizer.save_pretrained(folder)
    drawn = shards.Drawn(weights.published_shapes(configuration()), torch.bfloat16)
    keys, where = list(drawn), {}
    for number in range(3):
        name = f"model-{number + 1:05d}-of-00003.safetensors"
        some = {key: drawn[key] for key in keys[number::3]}
        save_file(some, folder / name)
        where |= dict.fromkeys(some, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    return folder


def configuration():
    return of(stated)


def job():
    pixels = np.random.default_rng(1).integers(0, 256, (16, 28, 28, 3), dtype=np.uint8)
    samples = np.random.default_rng(2).standard_normal((2, 96000)).astype(np.float32) / 10
    return JudgeJob(Sound(samples), {view: Frames(pixels, np.arange(16) / 8)}, (), lambda: None)


def test_from_files_to_a_judgement(folder):
    made = VideoLLaMA2(limit=6)
    made.ready()
    (judged,) = made.judge([job()])
    assert isinstance(judged, Judged)
    assert judged.text
    one = made.reasoner("cot")
    assert one.pictures == 4
    assert one.rules.penalty == 1.05
    assert one.rules.ends == {5, 6, one.words.end}
    assert one.parts.get("language").dtype == torch.bfloat16
    assert one.parts.get("hearing").tower.layer_norm.weight.dtype == torch.float32


async def test_the_four_steps_with_it(folder, monkeypatch, movie, clip, tmp_path):
    """By its name in a request: asked for its plan, judging, heard on silence where voices are removed anyway."""
    judge = catalog.judge("videollama2")
    assert isinstance(judge, VideoLLaMA2)
    monkeypatch.setattr(judge, "made", {})
    monkeypatch.setattr(judge, "limit", 6)
    path = movie(tmp_path / "a.mp4", [Fraction(k, 25) for k in range(50)])
    request = pb.GenerateRequest(
        clip=clip(path, 0, 50),
        seed=1,
        out_dir=str(tmp_path / "out"),
        generator="scratch",
        judge="videollama2",
        separator="fill",
        silence="mllm",
        planning=pb.plan_asked,
        voices=pb.voices_removed_anyway,
        fallback=pb.rep,
    )
    requests.check(request)
    stages, events = Stages(), []
    try:
        take = await pipeline.run(Journey(request, request_id(request), events.append), stages)
    finally:
        stages.close()
    one = judge.reasoner("cot")
    assert (one.encoding.sights, one.encoding.hearings) == (1, 2)
    assert take.plan_origin == pb.replaced_plan
    assert take.verdict.option == pb.undecided
    assert take.verdict.model == "videollama2 2.1-7B-AV"
    assert set(take.verdict.scores) == {"A_at_once", "B_at_once"}
    assert take.terms == [judge.terms]
    answers = {note.step: note.answer for note in take.steps}
    assert answers[pb.planning]
    assert answers[pb.checking]
    assert {event.written.step for event in events if event.HasField("written")} >= {pb.planning, pb.judging}


def test_what_is_read_is_what_is_in_the_files(folder):
    drawn, read = shards.Drawn(weights.published_shapes(configuration()), torch.bfloat16), shards.Shards(folder)
    assert set(read) == set(drawn)
    assert read.shapes == drawn.shapes
    assert all(torch.equal(read[key], drawn[key]) for key in list(drawn)[::17])


def test_a_checkpoint_of_pytorch_files_is_taken(folder):
    tensors = {key: tensor.clone() for key, tensor in shards.Shards(folder).items()}
    for file in [*folder.glob("*.safetensors"), folder / "model.safetensors.index.json"]:
        file.unlink()
    keys = list(tensors)
    for number in (0, 1):
        torch.save({key: tensors[key] for key in keys[number::2]}, folder / f"pytorch_model-{number}.bin")
    read = shards.Shards(folder)
    assert set(read) == set(keys)
    assert all(torch.equal(read[key], tensors[key]) for key in keys[::17])
    weights.hold_to(read, configuration())


def test_a_shard_that_is_not_there_is_named(folder):
    (folder / "model-00002-of-00003.safetensors").unlink()
    with pytest.raises(WeightsMismatch, match=r"model-00002-of-00003\.safetensors"):
        shards.Shards(folder)
    assert not files.is_here("cot")
    with pytest.raises(FoleyError) as refused:
        VideoLLaMA2().ready()
    assert refused.value.code == "E-WEIGHTS"
    assert "videollama2-cot" in refused.value.facts["command"]


def test_a_damaged_shard_is_named(folder):
    (folder / "model-00002-of-00003.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0nothing of the kind")
    with pytest.raises(WeightsMismatch, match="model-00002-of-00003"):
        files.checkpoint("cot")


def test_a_tensor_in_two_files_is_refused(folder):
    save_file({"lm_head.weight": torch.zeros(264, 64)}, folder / "model-00004-of-00003.safetensors")
    (folder / "model.safetensors.index.json").unlink()
    with pytest.raises(WeightsMismatch, match=r"lm_head\.weight is in more than one file"):
        shards.Shards(folder)


def test_a_tensor_too_many_is_refused(folder):
    save_file({"model.unknown": torch.zeros(1)}, folder / "model-00004-of-00003.safetensors")
    (folder / "model.safetensors.index.json").unlink()
    with pytest.raises(WeightsMismatch, match=r"model\.unknown is not known"):
        files.checkpoint("cot")


@pytest.mark.parametrize(
    "other", [{"mm_projector_type": "stc_connector"}, {"model_type": "qwen2_vl"}, {"mm_projector_a_type": "linear"}]
)
def test_another_kind_of_model_is_refused(folder, other):
    (folder / "config.json").write_text(json.dumps(stated | other))
    with pytest.raises(ConfigurationRefused, match=next(iter(other.values()))):
        files.checkpoint("cot")


def test_a_config_that_is_no_json_is_refused(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(WeightsMismatch, match=r"config\.json"):
        files.checkpoint("cot")


def test_the_config_counts():
    assert of({}).pictures == 8
    assert of({"num_frames": 64}).pictures == 32
    assert of({"rope_theta": 5e5}).language["rope_theta"] == 5e5
    assert of({"rope_parameters": {"rope_theta": 7e5}}).language["rope_theta"] == 7e5
    assert of({"rope_theta": 6e5}).qwen2().to_dict()["rope_parameters"]["rope_theta"] == 6e5
    assert of({}) == Configuration(pictures=8)


def test_random_weights_at_full_size_only_where_allowed(tmp_path, monkeypatch):
    """Nothing of the 17 GB is drawn before it is used."""
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    monkeypatch.delenv(installed.random_weights, raising=False)
    with pytest.raises(FoleyError) as refused:
        files.checkpoint("cot")
    assert refused.value.code == "E-WEIGHTS"
    monkeypatch.setenv(installed.random_weights, "1")
    assert VideoLLaMA2().label() == "videollama2 2.1-7B-AV (random weights)"
    made = files.checkpoint("cot")
    assert len(made.tensors) == 1156
    assert made.tensors["model.layers.3.self_attn.k_proj.weight"].float().std() == pytest.approx(3584**-0.5, rel=0.05)
    assert made.tensors["model.norm.weight"].eq(1).all()


def test_words_of_a_folder_are_the_same(folder):
    own, read = bytewise(), read_words(folder)
    text = "<|im_start|>user\nIs there a voice-over? <|im_end|>"
    assert read.ids(text) == own.ids(text)
    assert own.ids(text)[0] == own.tokenizer.convert_tokens_to_ids("<|im_start|>")
    assert read.text(read.ids("Step1: Generate ✓")) == "Step1: Generate ✓"
    assert rules(read, {}).ends == {read.end}
    assert rules(read, {"eos_token_id": 3}).ends == {3, read.end}


def test_fewer_bits_need_bitsandbytes(folder, monkeypatch):
    monkeypatch.setattr(quantizing, "package", "a_package_that_nobody_has")
    monkeypatch.setenv(files.bits_named, "4")
    with pytest.raises(FoleyError) as refused:
        files.checkpoint("cot").language()
    assert refused.value.code == "E-MISSING"
    with pytest.raises(FoleyError) as refused:
        VideoLLaMA2().ready()
    assert refused.value.code == "E-MISSING"
    assert VideoLLaMA2().label() == "videollama2 2.1-7B-AV (4 bits)"
    monkeypatch.setenv(files.bits_named, "5")
    with pytest.raises(FoleyError) as refused:
        files.checkpoint("cot")
    assert refused.value.code == "E-MISSING"


def test_as_many_bits_as_there_is_memory_for(monkeypatch):
    monkeypatch.delenv(files.bits_named, raising=False)
    cuda = torch.device("cuda")
    monkeypatch.setattr(quantizing, "is_available", lambda: True)
    for free, bits in ((24e9, 16), (16e9, 8), (9e9, 4), (2e9, 4)):
        monkeypatch.setattr(files.memory, "free", lambda device, free=free: free)
        assert files.bits(cuda) == bits
    assert files.bits(torch.device("cpu")) == 16
    monkeypatch.setattr(quantizing, "is_available", lambda: False)
    assert files.bits(cuda) == 16
