"""Small networks of the family, plain stand-ins, and sounds to put through them."""

from typing import Any

import numpy as np
import torch

from foleyline_engine.models.bs_roformer import configuration, separator
from foleyline_engine.models.bs_roformer.demixing import Voice
from foleyline_engine.models.exchange import PartJob, Separated, SeparateJob, Sound, untold

torch.set_num_threads(1)

text = """
audio: {chunk_size: 4000, sample_rate: 8000, num_channels: 2, n_fft: 64}
model:
  dim: 16
  depth: 1
  stereo: true
  num_stems: 1
  time_transformer_depth: 1
  freq_transformer_depth: 1
  freqs_per_bands: !!python/tuple [2, 2, 4, 4, 8, 13]
  dim_head: 8
  heads: 2
  attn_dropout: 0.1
  stft_n_fft: 64
  stft_hop_length: 16
  stft_win_length: 64
  stft_normalized: false
  mask_estimator_depth: 2
training: {instruments: [vocals, other], target_instrument: vocals}
inference: {num_overlap: 2, batch_size: 4}
"""
tiny = configuration.parse(text)
second = 8000


class Halves(torch.nn.Module):
    """Stands in for a network: half of what it hears is voice. Counts its sounds."""

    def __init__(self, stereo=True, share=0.5):
        super().__init__()
        self.size = configuration.parse(text.replace("stereo: true", f"stereo: {str(stereo).lower()}")).size
        self.gain = torch.nn.Parameter(torch.tensor(share), requires_grad=False)
        self.calls = []

    def forward(self, sounds, check, told=untold):
        check()
        self.calls.append(tuple(sounds.shape))
        return sounds * self.gain


def keep_on():
    pass


def voice_of(network: Any, as_configured=tiny) -> Voice:
    return Voice(network, as_configured)


def noise(channels, length_n, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, (channels, length_n)).astype(np.float32)


def job(samples, rate=second, voiced=(), check=keep_on, **asked):
    return SeparateJob(Sound(samples, rate), voiced, 0, check, **asked)


def reading(blocks, rate, length_n, **asked):
    return PartJob(blocks, rate, 2, length_n, (), 0, keep_on, **asked)


def made(network=None, as_configured=tiny, **options):
    """A separator with the network, by default a stand-in, and what it was given to hear."""
    network = network or Halves()
    found = separator.RoFormerSeparator("tiny", lambda: voice_of(network, as_configured))
    found.options = separator.Options(**options)
    return found, network


def only(answers) -> Separated:
    (answer,) = answers
    assert isinstance(answer, Separated), answer
    return answer
