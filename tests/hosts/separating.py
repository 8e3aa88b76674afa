"""Small separators with weights made up so that what they take out is known, and movies with a narrator."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import soundfile
import torch
from safetensors.torch import save_file

from foleyline_engine.film import voice as narrator
from foleyline_engine.models.bs_roformer import configuration, weights

rate = 48000
described = """
audio: {chunk_size: 176400, sample_rate: 44100}
model: {dim: 8, depth: 1, stereo: true, time_transformer_depth: 1, freq_transformer_depth: 1, heads: 1, dim_head: 8,
  freqs_per_bands: !!python/tuple [1025], stft_n_fft: 2048, stft_hop_length: 441, stft_win_length: 2048,
  stft_normalized: false, mask_estimator_depth: 1}
training: {instruments: [vocals, other], target_instrument: vocals}
inference: {num_overlap: 2, batch_size: 4}
"""


def install(models: Path, share: float) -> None:
    """A checkpoint of one's own that takes this share of whatever it hears for voice."""
    network = weights.network(None, configuration.parse(described).size)
    state = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    key = "mask_estimators.0.to_freqs.0.0.0"
    mask, gate = state[f"{key}.bias"].view(2, -1)
    mask[0::2], mask[1::2] = share, 0.0
    gate[:] = 40.0
    state[f"{key}.weight"].zero_()
    folder = models / "roformer"
    folder.mkdir(parents=True)
    (folder / "made up.yaml").write_text(described)
    save_file({key: tensor.contiguous() for key, tensor in state.items()}, folder / "made up.safetensors")


def narrated(path: Path, room: float, seconds: float = 6.0, at_s: float = 1.5) -> tuple[float, float]:
    """A movie of a test card with a narrator over room noise of that level; from when to when is spoken, in seconds."""
    spoken = narrator.say(narrator.phrases[0].sounds.split(), seed=1) * (0.05 / narrator.voice_level)
    sound = hiss(round(seconds * rate)) * room
    first = round(at_s * rate)
    sound[first : first + len(spoken)] += spoken[:, None]
    wave = path.with_suffix(".wav")
    soundfile.write(wave, sound, rate, subtype="PCM_24")
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=160x90:rate=25:duration={seconds}"]
    command = ["ffmpeg", "-v", "error", "-y", *picture, "-i", wave, "-pix_fmt", "yuv420p", "-c:a", "pcm_s24le", path]
    subprocess.run([str(part) for part in command], check=True)
    return at_s, at_s + len(spoken) / rate


def hiss(length_n: int) -> np.ndarray:
    """[length_n, 2] up to 15 kHz, of RMS 1: all of it lies where a network at 44.1 kHz can hear it."""
    spectrum = np.fft.rfft(np.random.default_rng(3).normal(size=(length_n, 2)), axis=0)
    spectrum[15_000 * length_n // rate :] = 0
    sound = np.fft.irfft(spectrum, length_n, axis=0)
    return sound / sound.std()


torch.set_num_threads(1)
