"""Autoencoders, vocoders and mel front ends against golden files, and chunks against the whole."""

import pytest
import torch

from foleyline_engine.models import checkpoint
from foleyline_engine.models.mmaudio import mel, weights
from foleyline_engine.models.mmaudio.vae import VAE
from foleyline_engine.models.mmaudio.vocoder import Vocoder, VocoderSize

exact = 1e-5


def vae_of(config, published):
    vae = VAE(config["data_dim"], config["hidden_dim"], config["embed_dim"])
    return checkpoint.load(vae, weights.fold_magnitudes(published))


def vocoder_of(config, published):
    size = VocoderSize(
        mels=config["num_mels"],
        rates=tuple(config["upsample_rates"]),
        kernels=tuple(config["upsample_kernel_sizes"]),
        v2=not config.get("use_tanh_at_final", True),
        width=config["upsample_initial_channel"],
        block_kernels=tuple(config["resblock_kernel_sizes"]),
        dilations=tuple(config["resblock_dilation_sizes"][0]),
    )
    return checkpoint.load(Vocoder(size), weights.fold_weight_norm(published))


def check_folded(reading, folded):
    """The files keep the first rows of some weights."""
    for name, wanted in reading.outputs("folded.").items():
        reading.close(name, folded[name.removeprefix("folded.")][: len(wanted)], exact)


@pytest.mark.golden("mmaudio", "vae")
@torch.inference_mode()
def test_autoencoder(reading):
    vae = vae_of(reading.config, reading.weights())
    check_folded(reading, vae.state_dict())
    mean, spread = vae.encode(reading.tensor("in.mel"))
    reading.close("enc.mean", mean, exact)
    reading.close("enc.logvar", spread, exact)
    reading.close("enc_odd.mean", vae.encode(reading.tensor("in.mel_odd"))[0], exact)
    reading.close("dec.mel", vae.decode(reading.tensor("in.z")), exact)
    reading.close("dec.mel_unscaled", vae.decoder(reading.tensor("in.z")), exact)


@pytest.mark.golden("mmaudio", "vae")
@torch.inference_mode()
def test_decoding_in_chunks_is_decoding(reading):
    vae = vae_of(reading.config, reading.weights()).without_encoder()
    latent = torch.randn(1, reading.config["embed_dim"], 230, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(vae.decode_in_chunks(latent, 70), vae.decode(latent), atol=1e-4)


@pytest.mark.golden("mmaudio", "voc16")
@torch.inference_mode()
def test_bigvgan(reading):
    check_vocoder(reading)


@pytest.mark.golden("mmaudio", "voc44")
@torch.inference_mode()
def test_bigvgan_v2(reading):
    check_vocoder(reading)


def check_vocoder(reading):
    published = reading.weights()
    vocoder = vocoder_of(reading.config, published)
    check_folded(reading, vocoder.state_dict())
    reading.close("audio", vocoder(reading.tensor("in.mel")), exact)
    renamed = {
        name.replace("weight_g", "parametrizations.weight.original0").replace(
            "weight_v", "parametrizations.weight.original1"
        ): tensor
        for name, tensor in published.items()
    }
    again = vocoder_of(reading.config, renamed)
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in vocoder.state_dict().items())
    mel = torch.randn(1, reading.config["num_mels"], 150, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(vocoder.in_chunks(mel, 60), vocoder(mel), atol=1e-5)


@pytest.mark.golden("mmaudio", "voc16")
@torch.inference_mode()
def test_folded_weights_compute_what_weight_norm_does(reading):
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
    folded = vocoder_of(reading.config, reading.weights()).conv_pre
    mel = reading.tensor("in.mel")
    assert torch.allclose(folded(mel), layer(mel), atol=1e-5)


@pytest.mark.golden("mmaudio", "mel")
def test_mel(reading):
    size = {"16k": mel.mel_16k, "44k": mel.mel_44k}[reading.config["mode"]]
    reading.close("mel_basis", mel.filterbank(size), exact)
    reading.close("mel", mel.log_mel(reading.tensor("in.waveform"), size), exact)
