"""Autoencoders, vocoders and mel front ends against golden files, and chunks against the whole."""

import pytest
import torch

from foleyline_engine.models.mmaudio import mel

exact = 1e-5


def check_folded(reading, folded):
    """The files keep the first rows of some weights."""
    for name, wanted in reading.outputs("folded.").items():
        reading.close(name, folded[name.removeprefix("folded.")][: len(wanted)], exact)


@pytest.mark.golden("mmaudio", "vae")
@torch.inference_mode()
def test_autoencoder(reading, build):
    vae = build.vae(reading.config, reading.weights())
    check_folded(reading, vae.state_dict())
    mean, spread = vae.encode(reading.tensor("in.mel"))
    reading.close("enc.mean", mean, exact)
    reading.close("enc.logvar", spread, exact)
    reading.close("enc_odd.mean", vae.encode(reading.tensor("in.mel_odd"))[0], exact)
    reading.close("dec.mel", vae.decode(reading.tensor("in.z")), exact)
    reading.close("dec.mel_unscaled", vae.decoder(reading.tensor("in.z")), exact)


@pytest.mark.golden("mmaudio", "vae")
@torch.inference_mode()
def test_decoding_in_chunks_is_decoding(reading, build):
    vae = build.vae(reading.config, reading.weights()).without_encoder()
    latent = torch.randn(1, reading.config["embed_dim"], 230, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(vae.decode_in_chunks(latent, 70), vae.decode(latent), atol=1e-4)


@pytest.mark.golden("mmaudio", "voc16")
@torch.inference_mode()
def test_bigvgan(reading, build):
    check_vocoder(reading, build)


@pytest.mark.golden("mmaudio", "voc44")
@torch.inference_mode()
def test_bigvgan_v2(reading, build):
    check_vocoder(reading, build)


def check_vocoder(reading, build):
    published = reading.weights()
    vocoder = build.vocoder(reading.config, published)
    check_folded(reading, vocoder.state_dict())
    reading.close("audio", vocoder(reading.tensor("in.mel")), exact)
    renamed = {
        name.replace("weight_g", "parametrizations.weight.original0").replace(
            "weight_v", "parametrizations.weight.original1"
        ): tensor
        for name, tensor in published.items()
    }
    again = build.vocoder(reading.config, renamed)
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in vocoder.state_dict().items())
    mel = torch.randn(1, reading.config["num_mels"], 90, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(vocoder.in_chunks(mel, 40), vocoder(mel), atol=1e-5)


@pytest.mark.golden("mmaudio", "voc16")
@torch.inference_mode()
def test_folded_weights_compute_what_weight_norm_does(reading, build):
    published = reading.weights("conv_pre.")
    width, mels, kernel = published["weight_v"].shape
    layer = torch.nn.Conv1d(mels, width, kernel, padding=kernel // 2)
    torch.nn.utils.parametrizations.weight_norm(layer)
    layer.load_state_dict(
        {
            "bias": published["bias"],
            "parametrizations.weight.original0": published["weight_g"],
            "parametrizations.weight.original1": published["weight_v"],
        }
    )
    folded = build.vocoder(reading.config, reading.weights()).conv_pre
    mel = reading.tensor("in.mel")
    assert torch.allclose(folded(mel), layer(mel), atol=1e-5)


@pytest.mark.golden("mmaudio", "mel")
def test_mel(reading):
    size = {"16k": mel.mel_16k, "44k": mel.mel_44k}[reading.config["mode"]]
    reading.close("mel_basis", mel.filterbank(size), exact)
    reading.close("mel", mel.log_mel(reading.tensor("in.waveform"), size), exact)
