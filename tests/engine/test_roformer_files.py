"""Where a network of the family comes from: published files, files of one's own, what is refused and what is told."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tests.engine.roformers import job, noise, only, text, tiny

from foleyline.errors import FoleyError
from foleyline_engine.models import catalog, installed
from foleyline_engine.models.bs_roformer import configuration, separator, weights
from foleyline_engine.models.bs_roformer.configuration import ConfigurationRefused
from foleyline_engine.models.bs_roformer.published import bs_roformer, mel_band_roformer


@pytest.mark.parametrize("name", ["bs-roformer", "mel-band-roformer"])
def test_without_weights(name, tmp_path, monkeypatch):
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    monkeypatch.delenv(installed.random_weights, raising=False)
    found = catalog.separator(name)
    with pytest.raises(FoleyError) as caught:
        found.ready()
    assert caught.value.code == "E-WEIGHTS"
    assert caught.value.facts.keys() == {"name", "size", "licence", "command"}
    assert name in caught.value.facts["command"]
    (answer,) = found.separate([job(noise(2, 100))])
    assert isinstance(answer, FoleyError) and answer.code == "E-WEIGHTS"
    assert not found.is_parallel


@pytest.mark.parametrize(("name", "said"), [("bs-roformer", "no licence stated"), ("mel-band-roformer", "MIT")])
def test_what_a_take_says_of_its_weights(name, said, tmp_path, monkeypatch):
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    monkeypatch.setenv(installed.random_weights, "1")
    found = catalog.separator(name)
    found.ready()
    assert found.label() == f"{name} 1 with random weights"
    assert said in found.terms


def test_the_published_networks_are_as_large_as_said():
    for each, millions in ((bs_roformer, 159.76), (mel_band_roformer, 228.2)):
        with torch.device("meta"):
            network = weights.RoFormer(each.size)
        assert sum(weight.numel() for weight in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.05)


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    folder = tmp_path / separator.own_folder
    folder.mkdir()
    (folder / "mine.yaml").write_text(text)
    save_file(
        {key: tensor.contiguous() for key, tensor in weights.network(None, tiny.size).state_dict().items()},
        folder / "mine.safetensors",
    )
    return folder


def test_a_checkpoint_of_ones_own(own):
    rest = only(separator.OwnRoformer().separate([job(noise(2, 5000))])).sound.samples
    assert rest.shape == (2, 5000)


def test_a_checkpoint_that_takes_the_place_of_another_is_used(own):
    found = separator.OwnRoformer()
    before = only(found.separate([job(noise(2, 5000))])).sound.samples
    assert found.label() == "roformer 1 (mine)"
    (own / "mine.yaml").rename(own / "other.yaml")
    state = weights.network(None, tiny.size).state_dict()
    save_file({key: -tensor.contiguous() for key, tensor in state.items()}, own / "other.safetensors")
    assert found.label() == "roformer 1 (other)"
    assert not np.allclose(only(found.separate([job(noise(2, 5000))])).sound.samples, before, atol=1e-4)


def test_checkpoints_of_ones_own_that_are_refused(own):
    def refused(reason):
        (answer,) = separator.OwnRoformer().separate([job(noise(2, 100))])
        assert isinstance(answer, FoleyError)
        assert answer.code == "E-CHECKPOINT" and reason in answer.facts["reason"]

    (own / "mine.yaml").write_text(text.replace("dim: 16", "dim: 24"))
    refused("tensors differ")
    (own / "mine.safetensors").write_bytes(b"no tensors at all")
    refused("")
    (own / "mine.safetensors").unlink()
    refused("no weights beside mine.yaml")
    (own / "other.yaml").write_text(text)
    refused("2 configurations")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("!!python/tuple [2, 2, 4, 4, 8, 13]", "!!python/object/apply:os.system [echo]", "could not determine"),
        ("!!python/tuple", "!!python/name:os.system", "could not determine"),
        ("heads: 2", "heads: 2\n  use_pope: true", "use_pope is not known"),
        ("dim: 16", "dim: 100000", "dim is 100000"),
        ("dim: 16", "dim: true words", "is not what it should be"),
        ("  dim: 16\n", "", "'dim' is missing"),
        ("4, 8, 13]", "4, 8, 12]", "32 bins and the spectrum 33"),
        ("chunk_size: 4000", "chunk_size: 12", "12 is not a number from 64"),
        ("num_overlap: 2", "num_overlap: 0", "0 is not a number"),
        ("stft_hop_length: 16", "stft_hop_length: 0", "transform's sizes"),
        ("audio:", "{", ""),
        (text, "[1, 2]", "is not what it should be"),
    ],
)
def test_configurations_that_are_refused(old, new, reason):
    assert old in text
    with pytest.raises(ConfigurationRefused) as caught:
        configuration.parse(text.replace(old, new))
    assert reason in str(caught.value)


def test_a_file_too_large_for_a_configuration(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text("#" * (configuration.most_bytes + 1))
    with pytest.raises(ConfigurationRefused, match="too large"):
        configuration.read(path)
