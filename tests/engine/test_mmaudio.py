"""MMAudio as a generator, with small random models in place of the published ones: layout, seeds, batches, joints."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from tests.tiny_mmaudio import job, name, tiny_encoders, tiny_parts

from foleyline.errors import Cancelled, FoleyError
from foleyline_engine.models import installed, residency
from foleyline_engine.models.clip import model as clip
from foleyline_engine.models.exchange import Frames, Generated
from foleyline_engine.models.mmaudio import denoising, files, flow, windows
from foleyline_engine.models.mmaudio.conditions import Features
from foleyline_engine.models.mmaudio.denoising import Clip, denoise
from foleyline_engine.models.mmaudio.encoders import Shown, clip_view
from foleyline_engine.models.mmaudio.generator import MMAudio
from foleyline_engine.models.mmaudio.resampling import resample
from foleyline_engine.models.mmaudio.variants import Lengths, lengths, rate_16k, rate_44k, variants

torch.set_num_threads(1)


@pytest.fixture
def generator(monkeypatch):
    monkeypatch.setenv(installed.random_weights, "1")
    return MMAudio(name, tiny_parts(), tiny_encoders())


@pytest.mark.parametrize("seconds", [0.5, 0.64, 1.0, 5.37, 8.0])
def test_length_to_the_sample(generator, seconds):
    (made,) = generator.generate([job(seconds)])
    assert made.sound.samples.shape == (2, round(seconds * 48000))
    assert np.isfinite(made.sound.samples).all()
    assert made.sound.samples.std() > 0


def test_who_asks_for_other_numbers_is_denoised_apart(generator):
    jobs = [job(1.0), job(1.0, steps=3), job(1.0, guidance=1.0), job(1.0, guidance=0.5), job(1.0)]
    made = generator.generate(jobs)
    for one, each in zip(jobs, made, strict=True):
        (alone,) = generator.generate([one])
        np.testing.assert_allclose(alone.sound.samples, each.sound.samples, atol=1e-4)
        assert each.numbers["steps_n"] == one.steps
        assert each.numbers["guidance"] == one.guidance
    for other in made[1:4]:
        assert np.abs(made[0].sound.samples - other.sound.samples).max() > 1e-3


def test_a_still_is_looked_at_once(generator, monkeypatch):
    looks: list[int] = []
    encode = clip.encode_pictures

    def counted(model, pixels, batch):
        looks.append(len(pixels))
        return encode(model, pixels, batch)

    monkeypatch.setattr(clip, "encode_pictures", counted)
    moving = job(3.0)
    shown = moving.frames[clip_view]
    pixels = shown.pixels.copy()
    pixels[4:20] = pixels[3]
    still = replace(moving, frames={**moving.frames, clip_view: Frames(pixels, shown.times_s)})
    generator.generate([still])
    assert sum(looks) == len(pixels) - 16
    looks.clear()
    index = np.arange(len(pixels))
    different, places = Shown(still.frames[clip_view], index).different()
    np.testing.assert_array_equal(pixels[different][places], pixels[index])


def test_progress_only_grows(generator):
    told = []
    generator.generate([job(2.0, progress=told.append)])
    assert told == sorted(told)
    assert len(told) > 20
    assert 0 <= told[0] < 0.1
    assert 0.9 < told[-1] <= 1


def test_low_memory_makes_the_same_take(generator, monkeypatch):
    monkeypatch.setenv(residency.low_memory_mode, "1")
    thrifty = MMAudio(name, tiny_parts(), tiny_encoders())
    (made,), (usual,) = thrifty.generate([job(1.0)]), generator.generate([job(1.0)])
    assert isinstance(made, Generated)
    np.testing.assert_array_equal(made.sound.samples, usual.sound.samples)
    assert generator.parts.loaded == ["network", "vae", "vocoder"]
    assert not thrifty.parts.loaded


def test_random_weights_say_so(generator):
    (made,) = generator.generate([job(1.0)])
    assert "random weights" in made.text
    assert any("random weights" in note for note in made.notes)
    assert "random weights" in generator.label()
    assert "not for commercial use" in generator.terms


def test_the_same_alone_and_in_company(generator):
    jobs = [job(1.0, seed=1), job(2.0, seed=2), job(1.0, seed=3, picture=5)]
    together = generator.generate(jobs)
    for one, made in zip(jobs, together, strict=True):
        (alone,) = generator.generate([one])
        np.testing.assert_allclose(alone.sound.samples, made.sound.samples, atol=1e-4)
    assert np.abs(together[0].sound.samples - together[2].sound.samples).max() > 1e-3


def test_a_second_take_runs_no_picture_encoder(generator):
    first, second = job(1.0, seed=1), job(1.0, seed=2, prompt="wind")
    generator.generate([first])
    assert generator.encoders.runs == 1
    generator.generate([second])
    assert generator.encoders.runs == 1
    generator.generate([job(1.0, picture=9)])
    assert generator.encoders.runs == 2


@pytest.mark.parametrize("after", [0, 5, 12])
def test_who_is_not_wanted_stops_alone(generator, after):
    calls = iter(range(1000))

    def check():
        if next(calls) >= after:
            raise Cancelled

    stopped, made = generator.generate([replace(job(1.0), check=check), job(1.0, seed=3)])
    assert isinstance(stopped, Cancelled)
    (alone,) = generator.generate([job(1.0, seed=3)])
    np.testing.assert_allclose(made.sound.samples, alone.sound.samples, atol=1e-4)


def test_not_installed_says_what_and_how(monkeypatch, tmp_path):
    monkeypatch.delenv(installed.random_weights, raising=False)
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    with pytest.raises(FoleyError) as raised:
        MMAudio(name, own=tiny_parts(), encoders=tiny_encoders()).generate([job(1.0)])
    facts = raised.value.facts
    assert raised.value.code == "E-WEIGHTS"
    assert "not for commercial use" in facts["licence"]
    assert (facts["name"], facts["size"]) == (name, "6.7 GB")
    assert name in facts["command"]


def test_every_variant_names_its_files():
    for each in variants.values():
        needed = files.needed(each)
        assert len({file.path for file in needed}) == len(needed) == 6
        assert all(file.size > 0 and file.url.startswith("https://") for file in needed)


@pytest.mark.parametrize("rate", [rate_16k, rate_44k])
@pytest.mark.parametrize("seconds", ["0.5", "3.3", "8", "10", "10.24", "10.25", "16", "30", "61.7", "600"])
def test_layout_covers_the_clip(rate, seconds):
    duration_s = Fraction(seconds)
    layout = windows.lay_out(duration_s, rate)
    assert layout.latent_n * rate.latent_n >= duration_s * rate.hz
    assert layout.duration_s < max(duration_s, windows.shortest_s) + windows.grid_s
    first = layout.windows[0]
    assert (first.latent, first.clip, first.sync) == (0, 0, 0)
    if len(layout.windows) > 1:
        assert layout.size == lengths(Fraction(8), rate)
        hops = np.diff([window.sync for window in layout.windows])
        assert (hops > 0).all()
        assert (hops <= windows.hop).all()
    for window in layout.windows:
        start_s = float(window.sync * windows.grid_s)
        assert abs(window.latent * rate.latent_n / rate.hz - start_s) <= 0.5 * rate.latent_n / rate.hz
        assert abs(window.clip / 8 - start_s) <= 0.5 / 8
    total = windows.laid([share[:, None] for share in windows.shares(layout)], layout)
    assert torch.allclose(total, torch.ones_like(total), atol=1e-6)


def long_latent(network, seconds, at_once=3):
    layout = windows.lay_out(Fraction(seconds), rate_16k)
    features = Features(text=torch.randn(77, 16, generator=torch.Generator().manual_seed(1)))
    wanted = [network.project(features, layout.size)] * len(layout.windows)
    unwanted = [network.project(Features(), layout.size)] * len(layout.windows)
    noise = flow.draw([5], layout.latent_n, network.size.latent_dim)[0]
    one = Clip(layout, wanted, unwanted, noise, lambda: None)
    with torch.inference_mode():
        denoise(network, [one], 4, 4.5, at_once)
    return one.latent, layout


def test_no_seam_at_the_joints():
    network = tiny_parts().get("network")
    latent, layout = long_latent(network, 30)
    level_db = 10 * torch.log10(latent.square().mean(1))
    for before, after in zip(layout.windows, layout.windows[1:], strict=False):
        begin, end = after.latent, before.latent + layout.size.latent
        inside = 10 * torch.log10(latent[begin:end].square().mean())
        outside = 10 * torch.log10(torch.cat([latent[begin - 40 : begin], latent[end : end + 40]]).square().mean())
        assert abs(float(inside - outside)) < 0.5
        for edge in (begin, end):
            step = level_db[edge - 30 : edge].mean() - level_db[edge : edge + 30].mean()
            assert abs(float(step)) < 0.5


def test_batches_and_prepared_steps_change_nothing(monkeypatch):
    network = tiny_parts().get("network")
    latent, _ = long_latent(network, 20)
    monkeypatch.setattr(denoising, "prepared_groups", 0)
    again, _ = long_latent(network, 20, at_once=1)
    assert torch.allclose(latent, again, atol=1e-4)


def test_one_window_is_the_plain_sample():
    network = tiny_parts().get("network")
    latent, layout = long_latent(network, 8)
    features = Features(text=torch.randn(77, 16, generator=torch.Generator().manual_seed(1)))
    noise = flow.draw([5], layout.latent_n, network.size.latent_dim)
    with torch.inference_mode():
        pair = [network.project(features, layout.size)], [network.project(Features(), layout.size)]
        plain = flow.sample(network, noise, *pair, 4, 4.5)[0]
    assert torch.allclose(latent, plain, atol=1e-5)


def test_time_stays_float32_when_the_network_is_lowered():
    lowered = tiny_parts().get("network").lower(torch.bfloat16)
    kept = tiny_parts().get("network")
    at = torch.tensor([0.04, 0.52, 0.96])
    assert torch.equal(lowered.t_embed(at), kept.t_embed(at))
    assert (lowered.dtype, lowered.latent_std.dtype) == (torch.bfloat16, torch.float32)
    with torch.inference_mode():
        made = [
            flow.sample(
                network,
                flow.draw([1], 63, 20),
                [network.project(Features(), Lengths(63, 16, 40))],
                [network.project(Features(text=torch.ones(77, 16)), Lengths(63, 16, 40))],
                2,
                2.0,
            )
            for network in (lowered, kept)
        ]
    assert (made[0] - made[1]).norm() / made[1].norm() < 0.05


@pytest.mark.parametrize("source", [16000, 44100])
@pytest.mark.parametrize("hz", [100.0, 1000.0, 6000.0])
def test_resampling_keeps_a_tone(source, hz):
    times_s = torch.arange(source, dtype=torch.float64) / source
    made = resample(torch.sin(2 * np.pi * hz * times_s).float()[None], source, 48000)[0]
    wanted = torch.sin(2 * np.pi * hz * torch.arange(48000, dtype=torch.float64) / 48000)
    assert len(made) == 48000
    assert (made - wanted)[4800:-4800].abs().max() < 1e-6


def test_as_published_it_is_8_seconds_less_one_tick(monkeypatch):
    monkeypatch.setenv(installed.random_weights, "1")
    published = MMAudio(name, tiny_parts(), tiny_encoders())
    pixels = np.zeros((200, 8, 8, 3), np.uint8)
    views = published.views_for(mmaudio_compat=True)
    shown = {view: Frames(pixels, np.arange(200) / 25) for view in views}
    given = replace(job(8.0, steps=1, mmaudio_compat=True), frames=shown)
    layout, clip_index, sync_index = published._pick(given, *given.frames.values())
    assert (layout.duration_s, len(clip_index), len(sync_index)) == (7.96, 63, 199)
    (made,) = published.generate([given])
    assert isinstance(made, Generated)
    assert made.sound.samples.shape[-1] == 8 * 48000
    assert not made.sound.samples[:, -900:].any()
