"""Judges that write, from the command line to the take: a real engine, tiny models of the published classes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tests import tiny_omni

from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.models.omni import choice
from foleyline_engine.models.videollama2 import files, shards, weights
from foleyline_engine.models.videollama2.configuration import of
from foleyline_engine.models.videollama2.words import bytewise
from foleyline_plugin import request

pytestmark = pytest.mark.timeout(280)

tiny_videollama2 = {
    "model_type": "videollama2_qwen2",
    "mm_projector_type": "stc_connector_v35",
    "mm_projector_a_type": "mlp2x_gelu",
    "mm_hidden_size_a": 16,
    "num_frames": 4,
    "vision_config": {
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "image_size": 28,
    },
    "audio_config": {
        "embed": 8,
        "layers": 1,
        "heads": 2,
        "hidden": 16,
        "conv": 8,
        "conv_groups": 2,
        "buckets": 32,
        "farthest": 80,
    },
    "vocab_size": 264,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 8192,
}


def save_videollama2(folder: Path) -> None:
    """A checkpoint with random weights, whose answers end soon for many tokens end them."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(tiny_videollama2))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": list(range(0, 264, 5))}))
    bytewise().tokenizer.save_pretrained(folder)
    drawn = shards.Drawn(weights.published_shapes(of(tiny_videollama2)), torch.bfloat16)
    save_file({key: drawn[key] for key in drawn}, folder / "model.safetensors")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_omni.save(folder / "omni" / "taught")
    save_videollama2(folder / files.folders["cot"])
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory, shelf) -> dict[str, str]:
    """An engine of its own, whose models lie in `shelf`."""
    return os.environ | {
        "FOLEYLINE_RUNTIME": str(tmp_path_factory.mktemp("runtime")),
        "FOLEYLINE_MODELS": str(shelf),
        choice.which: "taught",
        "FOLEYLINE_IDLE": "5",
        "OMP_NUM_THREADS": "1",
        "SOURCE_DATE_EPOCH": "1700000000",
    }


def notes(take: dict, step: str) -> dict:
    return next(note for note in take["steps"] if note["step"] == step)


def test_the_open_judge_plans_judges_and_hears_silence(foleyline, movie, tmp_path):
    path = movie(tmp_path / "road.mp4", seconds=1)
    asked = (path, "--handles", "0", "--judge", "omni", "--silence", "mllm", "--fallback", "rm")
    ran = foleyline(*asked, "--json")
    assert ran.code == 0, ran.err + ran.out
    take = ran.clips[0]["take"]
    assert (take["plan_origin"], take["plan"]) == ("agreed_plan", tiny_omni.answers["plan"])
    verdict = take["verdict"]
    assert (verdict["option"], verdict["mode"], verdict["model"]) == ("yes", "cot", "omni 1 (taught)")
    assert verdict["text"] == tiny_omni.answers["cot"]
    assert verdict["scores"]["A_after_reasoning"] > 0.5
    assert take["outcome"] == "silent_on_purpose"
    assert notes(take, "checking")["answer"] == "A"
    assert any("licence of taught" in term for term in take["terms"])
    events = [json.loads(line) for line in ran.out.splitlines()]
    written = [event for event in events if event["event"] == "written"]
    assert {event["step"] for event in written} <= {"planning", "judging", "checking"}
    assert all(tiny_omni.answers["cot"].startswith(event["text"]) for event in written if event["step"] == "judging")

    kept = foleyline(*asked, "--voices", "keep").clips[0]["take"]
    assert (kept["outcome"], kept["verdict"]) == ("kept_by_editor", verdict)
    assert kept["with_voices"]["sha256"] == take["with_voices"]["sha256"] or kept["steps"][2] == take["steps"][2]


def test_modes_and_plans_by_choice(foleyline, movie, tmp_path):
    path = movie(tmp_path / "road.mp4", seconds=1)
    ran = foleyline(path, "--judge", "omni", "--judge-mode", "qa", "--plan", "ask")
    assert ran.code == 0, ran.err + ran.out
    take = ran.clips[0]["take"]
    assert (take["plan_origin"], take["verdict"]["text"], take["verdict"]["option"]) == ("written_plan", "B", "no")
    assert (take["verdict"]["mode"], take["verdict"].get("missing")) == ("qa", [])
    assert set(take["verdict"]["scores"]) == {"A_at_once", "B_at_once"}


def test_clips_are_judged_side_by_side(foleyline, movie, cut, tmp_path):
    source = cut([movie(tmp_path / f"{name}.mp4", seconds=1) for name in "abcd"], frames=20)
    ran = foleyline(source, "--judge", "omni", "--run", "s3", "--plan", "fixed")
    assert ran.code == 0, ran.err + ran.out
    assert {clip["take"]["verdict"]["text"] for clip in ran.clips} == {tiny_omni.answers["cot"]}
    assert {clip["take"]["plan_origin"] for clip in ran.clips} == {"fixed_plan"}


@pytest.mark.parametrize("compat", [(), ("--judge-compat",)])
def test_videollama2_decides_nothing_with_what_cannot_be_read(foleyline, movie, tmp_path, compat):
    path = movie(tmp_path / "road.mp4", seconds=1)
    ran = foleyline(path, "--judge", "videollama2", "--voices", "remove", "--silence", "mllm", *compat)
    assert ran.code == 0, ran.err + ran.out
    take = ran.clips[0]["take"]
    assert take["plan_origin"] == "replaced_plan"
    assert take["verdict"]["option"] == "undecided"
    assert set(take["verdict"]["scores"]) >= {"A_at_once", "B_at_once"}
    assert any("level rule decided" in note for note in take["notes"])
    assert any("not for commercial use" in term for term in take["terms"])
    assert "not for commercial use" in ran.out
    judged = foleyline(path, "--judge", "videollama2", *compat).clips[0]["take"]
    assert judged["outcome"] == "to_decide"


def test_what_a_judge_cannot_be_asked_is_told_at_once(foleyline, movie, tmp_path):
    path = movie(tmp_path / "road.mp4", seconds=1)
    ran = foleyline(path, "--silence", "mllm")
    assert ran.code != 0
    assert ran.codes == ["E-REQUEST"]
    assert "cannot say whether a sound is silent" in ran.out


def test_every_choice_of_the_contract_can_be_made():
    assert set(request.judge_modes.values()) == set(pb.JudgeMode.values())
    assert set(request.plannings.values()) == set(pb.Planning.values())
    assert set(request.voices.values()) == set(pb.Voices.values())
