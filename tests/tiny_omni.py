"""A tiny checkpoint of the Qwen2.5-Omni family, made here: random, or taught what to answer to each question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2_5OmniThinkerConfig, Qwen2_5OmniThinkerForConditionalGeneration

from foleyline_engine.models import questions
from foleyline_engine.models.exchange import Frames, Sound
from foleyline_engine.models.omni import wording
from foleyline_engine.models.omni.hearing import features_of
from foleyline_engine.models.omni.pictures import patches_of
from foleyline_engine.models.omni.thinker import Thinker

texts = ("endoftext", "im_start", "im_end", "VIDEO", "AUDIO", "vision_bos", "vision_eos", "audio_bos", "audio_eos")
marks = tuple(f"<|{text}|>" for text in texts)

reasoned = (
    "<SUMMARY> I look and listen. </SUMMARY>\n",
    "<CAPTION> The video shows a road. The audio has a man talking. </CAPTION>\n",
    "<REASONING> Step 3. No person is in the video, a human voice is in the audio. </REASONING>\n<CONCLUSION> ",
    "A",
    " </CONCLUSION>",
)
answers = {
    "plan": "\n".join(questions.fixed_plan),
    "cot": "".join(reasoned),
    "qa": "B",
    "silence": "A",
}
phrases = (
    wording.reasoning,
    wording.option,
    questions.plan,
    questions.judgement,
    questions.silence,
    *questions.fixed_plan,
    *reasoned[:3],
    reasoned[4],
)
"""Each is one token, so that the tiny model has little to read and to write."""


def tokenizer(are_phrases: bool = True) -> PreTrainedTokenizerFast:
    """Bytes, marks and, if wanted, phrases."""
    letters = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(vocab=letters, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in marks])
    if are_phrases:
        made.add_tokens([AddedToken(phrase, normalized=False) for phrase in phrases])
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|endoftext|>")


def configuration(words: Any) -> Qwen2_5OmniThinkerConfig:
    number = {mark: words.convert_tokens_to_ids(mark) for mark in marks}
    more: dict[str, Any] = {
        "vision_start_token_id": number["<|vision_bos|>"],
        "vision_end_token_id": number["<|vision_eos|>"],
    }
    return Qwen2_5OmniThinkerConfig(
        audio_config={
            "num_mel_bins": 16,
            "encoder_layers": 1,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 32,
            "d_model": 16,
            "output_dim": 64,
            "n_window": 100,
            "max_source_positions": 1500,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
        },
        text_config={
            "vocab_size": len(words),
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 32768,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]},
        },
        audio_token_index=number["<|AUDIO|>"],
        video_token_index=number["<|VIDEO|>"],
        image_token_index=number["<|endoftext|>"],
        audio_start_token_id=number["<|audio_bos|>"],
        audio_end_token_id=number["<|audio_eos|>"],
        **more,
    )


def network(words: Any, seed: int = 0) -> Qwen2_5OmniThinkerForConditionalGeneration:
    """Random weights, large enough for what is shown and asked to make a difference."""
    dice = torch.Generator().manual_seed(seed)
    model = Qwen2_5OmniThinkerForConditionalGeneration(configuration(words)).eval()
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                fan_in = weights[0].numel()
                weights.copy_(torch.randn(weights.shape, generator=dice) * 1.3 / fan_in**0.5)
    return model


def save(folder: Path, is_taught: bool = True, are_phrases: bool = True) -> Path:
    """A folder as it lies on a disk: config.json, model.safetensors, tokenizer.json."""
    words = tokenizer(are_phrases)
    model = network(words)
    if is_taught:
        teach(model, words)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def frames(seed: int, seconds: float = 2.0, height: int = 56, width: int = 84) -> Frames:
    count = max(1, round(seconds * 2))
    pixels = np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    return Frames(pixels, np.arange(count) / 2)


def sound(seed: int, seconds: float = 2.0) -> Sound:
    samples = np.random.default_rng(seed).normal(size=(2, round(seconds * 48000))) * 0.1
    return Sound(samples.astype(np.float32))


lesson_shapes = (
    (0.6, 56, 84),
    (1.0, 283, 504),
    (1.0, 180, 320),
    (1.5, 283, 504),
    (2.0, 56, 84),
    (3.2, 112, 84),
    (4.5, 56, 84),
)
"""Seconds, height and width of what it is shown when it is taught."""


def teach(model: Any, words: Any, steps: int = 200) -> None:
    """Until it answers each question as `answers` says; what it is shown and played is made all the same to it."""
    with torch.no_grad():
        for last in (model.model.visual.merger.mlp[-1], model.model.audio_tower.proj):
            torch.nn.init.zeros_(last.weight)
            torch.nn.init.zeros_(last.bias)
    thinker = Thinker(model)
    lessons = [lesson for shape in lesson_shapes for lesson in _lessons(thinker, words, *shape)]
    learning = torch.optim.AdamW(model.model.language_model.parameters(), lr=4e-3)
    smooth = 5.0
    learning.add_param_group({"params": model.lm_head.parameters()})
    for step in range(steps):
        losses = [_loss(model, *lesson) for lesson in lessons[step % 7 :: 7]]  # one of each question, of mixed shapes
        loss = torch.stack(losses).mean()
        learning.zero_grad()
        loss.backward()
        learning.step()
        smooth = 0.8 * smooth + 0.2 * loss.item()
        if smooth < 0.02:
            break
    model.eval()


def _lessons(
    thinker: Thinker, words: Any, seconds: float, height: int, width: int
) -> list[tuple[Sequence[int], dict, torch.Tensor]]:
    """Token numbers, what stands in for some of them, places; the last tokens are the answer."""
    kinds = {
        "plan": (questions.plan, wording.reasoning, True, False),
        "cot": (questions.judgement, wording.reasoning, True, True),
        "qa": (questions.judgement, wording.option, True, True),
        "silence": (questions.silence, wording.option, False, True),
    }
    made = []
    for kind, (question, system, is_seen, is_heard) in kinds.items():
        patches = patches_of(frames(0, seconds, height, width), thinker.cut) if is_seen else None
        features = features_of(sound(0, seconds), thinker.bins) if is_heard else None
        count = 0 if features is None else features.shape[-1]
        clip = thinker.clip_ids(patches, count)
        texts = [wording.before(system), wording.after(question), answers[kind] + wording.end_of_turn]
        before, after, answer = ([int(each) for each in words(text)["input_ids"]] for text in texts)
        ids = [*before, *clip, *after, *answer]
        with torch.no_grad():
            seen = thinker.see(patches) if patches else None
            heard = thinker.hear(features) if features is not None else None
            places = thinker.place(ids, patches, count)
        made.append((ids, {thinker.marks.picture: seen, thinker.marks.sound: heard, "answer": len(answer)}, places))
    return made


def _loss(model: Any, ids: Sequence[int], shown: dict, places: torch.Tensor) -> torch.Tensor:
    row = torch.tensor(list(ids))
    embeds = model.get_input_embeddings()(row)
    for mark, tokens in shown.items():
        if isinstance(tokens, torch.Tensor):
            embeds = embeds.masked_scatter((row == mark)[:, None], tokens)
    answer_n = shown["answer"]
    hidden = model.model.language_model(inputs_embeds=embeds[None], position_ids=places[:, None]).last_hidden_state
    scores = model.lm_head(hidden[0, -answer_n - 1 : -1])
    return torch.nn.functional.cross_entropy(scores, row[-answer_n:])
