"""The whole model against golden files: tokens, what is read, what is written, and the batch that is learned from."""

import pytest
import torch

from foleyline_engine.models.videollama2 import assembly, weights
from foleyline_engine.models.videollama2.growing import Growing, ahead_n
from foleyline_engine.models.videollama2.reading import Reader
from foleyline_engine.models.videollama2.words import Rules
from foleyline_engine.models.videollama2.writing import Answer, write

exact = 2e-4
modes = ("av", "v", "a", "text")


class Whole:
    """The model of one golden file, its inputs and what it makes of them."""

    def __init__(self, reading, configuration):
        published = reading.weights()
        weights.hold_to(published, configuration)
        self.reader = Reader(weights.reader(published, configuration))
        self.sight = weights.sight(published, configuration)
        self.hearing = weights.hearing(published, configuration)
        self.video = self.sight(reading.tensor("in.video"))
        self.audio = self.hearing(reading.tensor("in.fbank")[0])
        self.before, self.after = reading.tensor("in.text_before"), reading.tensor("in.text_after")
        self.end = configuration.language["vocab_size"] - 1

    def tokens(self, mode):
        """Pictures before sound."""
        clips = {"av": [self.video, self.audio], "v": [self.video], "a": [self.audio]}
        return torch.cat(clips[mode]) if mode in clips else None

    def embeds(self, mode):
        mark = assembly.audio if mode == "a" else assembly.video
        place = [] if mode == "text" else [torch.tensor([mark])]
        ids = torch.cat([self.before, *place, self.after])
        return assembly.assemble(ids, self.reader.embed, self.tokens(mode))

    def written(self, past, scores, count, penalty=1.0):
        answer = Answer(past, scores, count, lambda: None, lambda token, scores: False)
        write(self.reader, [answer], Rules(frozenset({self.end}), penalty))
        return answer.ids


@pytest.fixture
def whole(reading, sizes):
    with torch.inference_mode():
        yield Whole(reading, sizes["whole"](reading.stated("config")))


@pytest.mark.golden("videollama2", "full_model")
def test_tokens(reading, whole):
    reading.close("video_tokens", whole.video[None], exact)
    reading.close("audio_tokens", whole.audio[None], exact)


@pytest.mark.golden("videollama2", "full_model")
@pytest.mark.parametrize("mode", modes)
def test_what_is_read(reading, whole, mode):
    embeds = whole.embeds(mode)
    reading.close(f"{mode}.inputs_embeds", embeds[None], exact)
    _, scores = whole.reader.read(embeds, kept=8)
    reading.close(f"{mode}.logits_last8", scores[None], exact)


@pytest.mark.golden("videollama2", "full_model")
@pytest.mark.parametrize("mode", modes)
def test_what_is_written(reading, whole, mode):
    wanted = reading.tensor(f"out.{mode}.greedy").tolist()
    past, scores = whole.reader.read(whole.embeds(mode))
    assert whole.written(past, scores[-1], len(wanted)) == wanted


@pytest.mark.golden("videollama2", "full_model")
def test_a_penalty_counts_what_is_written_alone(reading, whole):
    past, scores = whole.reader.read(whole.embeds("av"))
    names = [name for name in reading.golden.names if "repetition_penalty" in name]
    assert names
    for name in names:
        wanted = reading.tensor(name).tolist()
        assert whole.written(past, scores[-1], len(wanted), float(name.rpartition("_")[2])) == wanted


@pytest.mark.golden("videollama2", "full_model")
def test_read_in_pieces(reading, whole):
    """Text and pictures, then sound, then the question: as questions of one clip share what was read."""
    wanted = reading.tensor("out.av.greedy").tolist()
    first, _ = whole.reader.read(torch.cat([whole.reader.embed(whole.before), whole.video]))
    second, _ = whole.reader.read(whole.audio, first)
    past, scores = whole.reader.read(whole.reader.embed(whole.after), second, kept=8)
    reading.close("av.logits_last8", scores[None], exact)
    assert whole.written(past, scores[-1], len(wanted)) == wanted
    past, scores = whole.reader.read(whole.reader.embed(whole.after), first)
    assert whole.written(past, scores[-1], len(wanted)) == reading.tensor("out.v.greedy").tolist()


@pytest.mark.golden("videollama2", "full_model")
def test_side_by_side(reading, whole):
    """Clips of different lengths in one batch write what each writes alone."""
    count = len(reading.tensor("out.av.greedy"))
    answers = []
    for mode in modes:
        past, scores = whole.reader.read(whole.embeds(mode))
        answers.append(Answer(past, scores[-1], count, lambda: None, lambda token, scores: False))
    write(whole.reader, answers, Rules(frozenset({whole.end})))
    assert [answer.ids for answer in answers] == [reading.tensor(f"out.{mode}.greedy").tolist() for mode in modes]


@pytest.mark.golden("videollama2", "full_model")
def test_a_batch_to_learn_from(reading, whole):
    ids, mask, labels = (reading.tensor(f"in.batch.{name}") for name in ("input_ids", "attention_mask", "labels"))
    clips = [whole.tokens("av"), whole.sight(reading.tensor("in.batch.video1"))]
    made = assembly.batch(ids, mask, labels, whole.reader.embed, clips)
    assert made.mask.long().tolist() == reading.tensor("out.batch.attention_mask").tolist()
    assert made.labels.tolist() == reading.tensor("out.batch.labels").tolist()
    reading.close("batch.embeds_norm", made.embeds.norm(dim=-1), exact)
    found = whole.reader.language(inputs_embeds=made.embeds, attention_mask=made.mask.long(), labels=made.labels)
    reading.close("batch.loss", found.loss[None], exact)


@pytest.mark.golden("videollama2", "full_model")
def test_rows_are_cut_to_what_they_need(reading, whole):
    several = [whole.reader.read(whole.embeds(mode))[0] for mode in modes]
    joined = Growing.of([each.layers for each in several])
    assert joined.lengths == [each.length for each in several]
    shortest = joined.lengths.index(min(joined.lengths))
    alone = joined.rows([shortest])
    assert alone.mask(1) is None
    for layer, (keys, values) in zip(alone.cache.layers, several[shortest].layers, strict=True):
        assert torch.equal(layer.keys, keys)
        assert torch.equal(layer.values, values)


@pytest.mark.golden("videollama2", "full_model")
def test_answers_outgrow_the_room_that_was_kept_ahead(reading, whole):
    """Written on from one another's tokens, the scores are those of reading it all at once."""
    past, scores = whole.reader.read(whole.embeds("v"))
    ids = torch.arange(3, 3 + 2 * ahead_n + 5) % whole.end
    growing = Growing.of([past.layers])
    for token in ids.tolist():
        scores = whole.reader.step([token], growing)
    _, wanted = whole.reader.read(torch.cat([whole.embeds("v"), whole.reader.embed(ids)]))
    assert (scores - wanted).abs().max() < exact
    assert past.length == growing.lengths[0] - len(ids)
