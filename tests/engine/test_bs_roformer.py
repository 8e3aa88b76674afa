"""BS-RoFormer as a separator, with small random networks and plain stand-ins: plans, streams, channels, refusals."""

import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from tests.engine.roformers import Halves, job, keep_on, made, noise, only, reading, second, text, tiny, voice_of

from foleyline.errors import Cancelled, FoleyError
from foleyline_engine.models.bs_roformer import chunks, configuration, weights
from foleyline_engine.models.bs_roformer.demixing import Voice
from foleyline_engine.models.bs_roformer.ledger import Ledger
from foleyline_engine.models.bs_roformer.published import bs_roformer
from foleyline_engine.models.bs_roformer.reference import batches
from foleyline_engine.models.bs_roformer.stream import parts
from foleyline_engine.models.exchange import Separated, Stretch, untold


@pytest.mark.parametrize(
    ("seconds", "ours", "theirs"), [(2, 1, 1), (4, 1, 1), (8, 1, 2), (8.011, 1, 5), (10, 1, 5), (12, 2, 5), (60, 8, 17)]
)
def test_forwards_of_both_plans(seconds, ours, theirs):
    chunk_n, length_n = bs_roformer.chunk_n, round(seconds * bs_roformer.rate)
    plan = chunks.plan(length_n, chunk_n)
    border = chunk_n // 2
    bordered = length_n + 2 * border if length_n > 2 * border else length_n
    assert len(plan.starts) == ours
    assert sum(len(starts) for starts, _ in batches(bordered, chunk_n, bs_roformer.reference)) == theirs


@pytest.mark.parametrize("share", [0, 0.01, 0.1, 0.7])
@pytest.mark.parametrize("length_n", [0, 1, 999, 1000, 1250, 1251, 1999, 5432, 100_001])
def test_a_plan_covers_the_sound_once(length_n, share):
    plan = chunks.plan(length_n, 1000, share)
    assert (plan.starts[0], plan.length_n) == (0, length_n)
    steps = np.diff(plan.starts)
    assert plan.size_n <= 1250 and (steps > 0).all()
    assert (plan.size_n - steps >= 1000 * min(share, chunks.most_share)).all()
    assert (plan.size_n <= 2 * steps + 1).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize("rate", [8000, 48000, 11025])
@pytest.mark.parametrize("stereo", [True, False])
def test_half_is_left_of_every_channel(channels, rate, stereo):
    """Aligned to the sample and at its level: a sound that the network halves is halved."""
    length_n = rate * 2 + 7
    times = np.arange(length_n) / rate
    mix = np.stack([0.3 * np.sin(2 * np.pi * (150 + 90 * i) * times + i) for i in range(channels)]).astype(np.float32)
    found, _ = made(Halves(stereo))
    rest = only(found.separate([job(mix, rate)])).sound
    assert (rest.samples.shape, rest.samples.dtype, rest.rate) == (mix.shape, np.float32, rate)
    away = rate // 20
    assert np.abs(rest.samples - mix / 2)[:, away:-away].max() < 2e-4


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("length_n", [0, 1, 31, 33, 500, 4000, 5001, 17_000])
def test_any_length_comes_back(length_n, published):
    network = weights.network(None, tiny.size)
    found, _ = made(network, as_published=published)
    if published and not length_n:
        return
    mix = noise(2, length_n)
    rest = only(found.separate([job(mix)])).sound.samples
    assert rest.shape == mix.shape and np.isfinite(rest).all()


@torch.inference_mode()
def test_the_rest_is_the_mix_less_the_voice():
    voice, mix = Voice(weights.network(None, tiny.size), tiny), noise(2, 9000)
    found = list(parts(voice, reading(lambda: [mix], second, 9000)))
    assert np.array_equal(np.concatenate([each.mix for each in found], axis=1), mix)
    assert all(np.array_equal(each.rest, each.mix - each.voice) for each in found)
    assert any(each.voice.any() for each in found)


@torch.inference_mode()
@pytest.mark.parametrize("rate", [second, 6000])
def test_blocks_of_any_size_give_the_same(rate):
    voice, mix = Voice(weights.network(None, tiny.size), tiny), noise(2, 17_001)
    whole = [
        np.concatenate([each.rest for each in parts(voice, reading(lambda n=n: cut(mix, n), rate, 17_001))], axis=1)
        for n in (123, 17_001)
    ]
    assert np.allclose(whole[0], whole[1], atol=1e-6)


def cut(mix, block_n):
    return (mix[:, start : start + block_n] for start in range(0, mix.shape[-1], block_n))


@torch.inference_mode()
def test_a_joint_is_between_what_its_chunks_say():
    """Chunks of a stand-in that answers alike everywhere are joined without a seam."""
    found, network = made()
    mix = noise(2, 30_000)
    rest = only(found.separate([job(mix)])).sound.samples
    assert len(network.calls) > 5 and np.allclose(rest, mix / 2, atol=1e-7)


def test_batches_give_the_same():
    mix = noise(2, 30_000)
    network = weights.network(None, tiny.size)
    rests = [only(made(network, batch=batch)[0].separate([job(mix)])).sound.samples for batch in (1, 4)]
    assert np.allclose(*rests, atol=1e-6)
    found, stand_in = made(batch=4)
    found.separate([job(mix)])
    assert stand_in.calls[0][0] == 4


def test_digital_silence_costs_nothing():
    mix = np.zeros((2, 40_000), np.float32)
    mix[:, -3000:] = noise(2, 3000)
    found, network = made()
    rest = only(found.separate([job(mix)])).sound.samples
    assert len(network.calls) <= 2 and not rest[:, :30_000].any()


@pytest.mark.parametrize("rate", [second, 48_000])
def test_only_the_voiced_stretches_are_touched(rate):
    mix = noise(2, 20 * rate)
    voiced = [Stretch(4.0, 5.0), Stretch(12.0, 12.5)]
    found, network = made()
    rest = only(found.separate([job(mix, rate, voiced, only_voiced=True)])).sound.samples
    touched = np.flatnonzero((rest != mix).any(axis=0)) / rate
    reach = chunks.margin_s + chunks.fade_s
    inside = [(touched >= part.start_s - reach) & (touched <= part.end_s + reach) for part in voiced]
    assert np.any(inside, axis=0).all() and all(each.any() for each in inside)
    assert sum(call[-1] for call in network.calls) < 8.5 * second
    middle = slice(round(4.1 * rate), round(4.9 * rate))
    if rate == second:
        assert np.allclose(rest[:, middle], mix[:, middle] / 2, atol=1e-6)


def test_nothing_voiced_is_nothing_done():
    mix = noise(2, 9000)
    found, network = made()
    done = only(found.separate([job(mix, only_voiced=True)]))
    assert np.array_equal(done.sound.samples, mix) and not network.calls and not done.removed


def tone(seconds):
    return (np.full((2, 2 * second), 0.1, np.float32) for _ in range(seconds))


def test_what_a_long_sound_holds_in_memory():
    """Fifteen minutes as much as one; a stand-in for the network, its rate another than the sound's."""
    longer = configuration.parse(text.replace("chunk_size: 4000", "chunk_size: 32000"))
    tracemalloc.start()
    peaks = []
    for minutes in (1, 1, 15):
        asked = reading(lambda n=minutes: tone(60 * n), 2 * second, minutes * 60 * 2 * second)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        assert sum(each.rest.shape[-1] for each in parts(voice_of(Halves(), longer), asked)) == asked.length_n
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    assert peaks[2] < 1.2 * peaks[1], peaks


def test_cancelling_stops_one_job_at_its_next_chunk():
    asked = []

    def check():
        asked.append(1)
        if len(asked) > 40:
            raise Cancelled

    found, network = made()
    first, next_one = found.separate([job(noise(2, 400_000), check=check), job(noise(2, 3000))])
    assert isinstance(first, Cancelled) and isinstance(next_one, Separated)
    assert len(network.calls) < 30


@torch.inference_mode()
def test_a_forward_asks_all_along():
    asked = []
    weights.network(None, tiny.size)(torch.randn(1, 2, 4000), lambda: asked.append(1))
    assert len(asked) >= 2 * tiny.size.depth + 1


def test_progress_is_told_chunk_by_chunk():
    shares = []
    found, network = made()
    found.separate([job(noise(2, 40_000), progress=shares.append)])
    assert len(shares) == len(network.calls) > 5
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_progress_within_a_chunk():
    shares = []
    deep = configuration.parse(text.replace("depth: 1\n  stereo", "depth: 4\n  stereo"))
    found, _ = made(weights.network(None, deep.size), deep)
    found.separate([job(noise(2, 4000), progress=shares.append)])
    assert shares == [0.25, 0.5, 0.75, 1.0, 1.0]


def test_two_sounds_at_once_go_through_the_network_in_turn():
    found, network = made()
    inside, most = [], []

    def forward(sounds, check, told=untold, halves=network.forward):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.002)
        inside.pop()
        return halves(sounds, check)

    network.forward = forward
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda seed: found.separate([job(noise(2, 30_000, seed))]), range(3), timeout=60))
    assert set(most) == {1} and len(most) > 20
    for seed, (answer,) in enumerate(answers):
        assert isinstance(answer, Separated)
        assert np.allclose(answer.sound.samples, noise(2, 30_000, seed) / 2, atol=1e-6)


def test_whoever_waits_for_the_network_can_be_cancelled():
    def check():
        raise Cancelled

    found, _ = made()
    with found.voice().turn:
        (answer,) = found.separate([job(noise(2, 3000), check=check)])
    assert isinstance(answer, Cancelled)


def test_values_that_are_no_numbers():
    mix = noise(2, 9000)
    mix[1, 8500] = np.nan
    (answer,) = made()[0].separate([job(mix)])
    assert isinstance(answer, FoleyError) and (answer.code, answer.facts["sample"]) == ("E-SOUND", "8500")


def test_numbers_and_places_of_what_was_removed():
    ledger = Ledger(1000)
    mix, voice = np.full((2, 4000), 0.1), np.zeros((2, 4000))
    voice[:, 1000:2000] = 0.09
    voice[:, 3000:3020] = 0.09
    for start in range(0, 4000, 333):
        places = slice(start, start + 333)
        ledger.add(mix[:, places], voice[:, places], (mix - voice)[:, places])
    removal = ledger.removal()
    assert list(removal.stretches) == [Stretch(1.0, 2.0)]
    assert removal.drop_db == pytest.approx(20, abs=0.1)


def test_the_take_is_told_in_words_and_numbers():
    done = only(made()[0].separate([job(noise(2, 16_000))]))
    assert "2.0 s of voices" in done.text and "0.0-2.0 s" in done.text and "6.0 dB" in done.text
    assert done.numbers["removed_energy_db"] == pytest.approx(6.02, abs=0.01)
    assert list(done.removed) == [Stretch(0.0, 2.0)]


def test_the_voice_among_several_stems():
    stems = text.replace("num_stems: 1", "num_stems: 2").replace("[vocals, other]", "[drums, Vocals]")
    found = configuration.parse(stems.replace("target_instrument: vocals", "target_instrument: null"))
    assert (found.stem, found.is_voice) == (1, True)
    network = weights.network(None, found.size)
    sounds = torch.randn(1, 2, 4000)
    with torch.inference_mode():
        assert torch.equal(Voice(network, found)(sounds, keep_on), network(sounds)[:, 1])


def test_a_network_for_the_rest_gives_the_voice_as_what_is_missing():
    found = configuration.parse(text.replace("target_instrument: vocals", "target_instrument: other"))
    with torch.inference_mode():
        voice = voice_of(Halves(share=0.9), found)(torch.ones(1, 2, 100), keep_on)
    assert torch.allclose(voice, torch.full((1, 2, 100), 0.1))


def test_a_network_that_wants_one_level_hears_it_and_answers_at_the_sounds_own():
    found = configuration.parse(text.replace("batch_size: 4", "batch_size: 4, normalize: true"))
    mix = noise(2, 3000) + 0.2
    rest = only(made(Halves(share=1.0), found)[0].separate([job(mix)])).sound.samples
    assert np.allclose(rest, (mix - (mix - mix.mean())), atol=1e-4)


@torch.inference_mode()
def test_lower_precision_is_near():
    """What CUDA computes in half precision, here in the one that the processor has."""
    network, sounds = weights.network(None, tiny.size), torch.randn(1, 2, 4000)
    exact = network(sounds)
    with torch.autocast("cpu", torch.bfloat16):
        lower = network(sounds)
    assert lower.dtype == torch.float32
    assert float((lower - exact).norm() / exact.norm()) < 0.03


@pytest.mark.gpu
def test_cuda_gives_what_the_processor_gives():
    network, mix = weights.network(None, tiny.size), noise(2, 30_000)
    found, _ = made(network)
    on_cuda = only(found.separate([job(mix)])).sound.samples
    with torch.inference_mode():
        voice = Voice(network.cpu(), tiny)
        found = list(parts(voice, reading(lambda: [mix], second, mix.shape[-1])))
    exact = np.concatenate([each.rest for each in found], axis=1)
    assert np.linalg.norm(on_cuda - exact) / np.linalg.norm(exact) < 0.01
