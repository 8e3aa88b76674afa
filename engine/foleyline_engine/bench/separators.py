"""What BS-RoFormer costs, our chunks against the reference's: `foleyline-engine bench separators`.

Networks have random weights, which cost what trained ones do. `--mix` and `--voice` measure what overlaps are worth
with a checkpoint of one's own (folder `roformer` among the models).
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor

from foleyline_engine.models.bs_roformer import chunks, configuration, reference, separator, weights
from foleyline_engine.models.bs_roformer.configuration import Configuration
from foleyline_engine.models.bs_roformer.demixing import Channels, Voice, demix
from foleyline_engine.models.bs_roformer.network import sound_of, spectrum
from foleyline_engine.models.bs_roformer.published import bs_roformer, mel_band_roformer
from foleyline_engine.models.bs_roformer.resampling import resample
from foleyline_engine.models.bs_roformer.stream import parts
from foleyline_engine.models.exchange import PartJob, Stretch
from foleyline_engine.models.fill.separator import Fill

lengths_s = (4.0, 8.0, 8.011, 10.0, 60.0)
shares = (0.0, 0.0125, 0.025, 0.05, 0.1, 0.15, 0.25)
published = {"bs-roformer": bs_roformer, "mel-band-roformer": mel_band_roformer}
tiny = """
audio: {chunk_size: 352800, sample_rate: 44100}
model: {dim: 8, depth: 1, stereo: true, time_transformer_depth: 1, freq_transformer_depth: 1, heads: 1, dim_head: 8,
  freqs_per_bands: [1025], stft_n_fft: 2048, stft_hop_length: 441, stft_win_length: 2048, stft_normalized: false,
  mask_estimator_depth: 1}
"""


def keep_on() -> None:
    """A check that never stops the work."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="foleyline-engine bench separators", description=__doc__)
    parser.add_argument("--model", choices=published, default="bs-roformer")
    parser.add_argument("--depth", type=int, help="blocks of the network, all of them by default")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seconds", type=float, nargs="*", default=[8.011], help="lengths that are run")
    parser.add_argument("--memory", action="store_true", help="of an hour against a minute: fill, and a tiny network")
    parser.add_argument("--held", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--mix", type=Path)
    parser.add_argument("--voice", type=Path)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    if asked.held:
        stream(asked.held[0], float(asked.held[1]))
    elif asked.mix:
        tell_overlaps(asked.mix, asked.voice)
    elif asked.memory:
        tell_memory()
    else:
        tell_costs(published[asked.model], asked.depth, asked.seconds)
    return 0


@torch.inference_mode()
def tell_costs(of: Configuration, depth: int | None, seconds: list[float]) -> None:
    tell_forwards(of)
    of = dataclasses.replace(of, size=dataclasses.replace(of.size, depth=depth or of.size.depth))
    voice = Voice(weights.network(None, of.size), of)
    print(f"random weights, depth {of.size.depth}, {torch.get_num_threads()} threads")
    tell_block(voice)
    for length_s in seconds:
        mix = torch.randn(2, round(length_s * of.rate)) * 0.1
        ours, ours_cpu = timed(lambda mix=mix: run_ours(voice, mix))
        theirs, theirs_cpu = timed(lambda mix=mix: run_theirs(voice, mix))
        print(
            f"{length_s:7.3f} s  ours {ours:.1f} s (processor {ours_cpu:.1f} s)  reference {theirs:.1f} s"
            f" (processor {theirs_cpu:.1f} s)  {ours / theirs:.2f} x ({ours_cpu / theirs_cpu:.2f} x)"
        )


def tell_forwards(of: Configuration) -> None:
    print("length      ours             reference          forwards  sound computed")
    for length_s in lengths_s:
        length_n = round(length_s * of.rate)
        plan = chunks.plan(length_n, of.chunk_n)
        count = len(plan.starts)
        theirs = reference_forwards(length_n, of)
        ours_s, theirs_s = count * plan.size_n / of.rate, theirs * of.chunk_n / of.rate
        print(
            f"{length_s:7.3f} s  {count:3d} ({ours_s:6.1f} s)  {theirs:3d} ({theirs_s:6.1f} s)"
            f"  {count / theirs:8.2f} x  {ours_s / theirs_s:.2f} x"
        )


def reference_forwards(length_n: int, of: Configuration) -> int:
    border = of.chunk_n - of.chunk_n // of.reference.overlaps
    if 0 < 2 * border < length_n:
        length_n += 2 * border
    return sum(len(starts) for starts, _ in reference.batches(length_n, of.chunk_n, of.reference))


def tell_block(voice: Voice) -> None:
    """One block along time and across bands on a whole chunk, and what the transforms around all blocks cost."""
    network, of = voice.network, voice.configuration
    sound = torch.randn(1, network.size.channels, of.chunk_n) * 0.1
    seen = spectrum(sound, network.size.spectrum)
    tokens = torch.randn(1, seen.shape[1], len(network.size.bins), network.size.dim)
    block = min(timed(lambda: network.through(network.layers[0], tokens, [], keep_on)) for _ in range(2))
    forward, forward_cpu = timed(lambda: network(sound))
    _, transforms = timed(
        lambda: sound_of(spectrum(sound, network.size.spectrum)[:, None], network.size.spectrum, None)
    )
    print(
        f"one chunk {forward:.2f} s (processor {forward_cpu:.2f} s), one block of it {block[0]:.2f} s"
        f" (processor {block[1]:.2f} s), both transforms {transforms / forward_cpu:.2%}"
    )


def run_ours(voice: Voice, mix: Tensor) -> None:
    whole(voice, mix, chunks.overlap_share)


def whole(voice: Voice, mix: Tensor, share: float) -> Tensor:
    plan = chunks.plan(mix.shape[-1], voice.configuration.chunk_n, share)
    channels = Channels(len(mix), voice.network.size.channels)
    made = demix(voice, lambda start, end: mix[:, start:end], plan, channels, 1, keep_on)
    return torch.cat(list(made), dim=-1)


def run_theirs(voice: Voice, mix: Tensor) -> Tensor:
    of = voice.configuration
    return reference.demix(lambda sounds: voice(sounds, keep_on), mix, of.chunk_n, of.reference)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of the processor, which other programs do not lengthen."""
    start, start_cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - start_cpu


@torch.inference_mode()
def tell_overlaps(mix_path: Path, voice_path: Path) -> None:
    """Signal to distortion of the voice, in all and near the joints, for each overlap and for the reference."""
    voice = separator.own_voice()
    of = voice.configuration
    mix, truth = (read(path, of.rate) for path in (mix_path, voice_path))
    print("overlap       forwards  voice SDR, and within 0.1 s of a joint")
    for share in shares:
        plan = chunks.plan(mix.shape[-1], of.chunk_n, share)
        near = near_joints(plan, of.rate)
        made = whole(voice, mix, share)
        beside = sdr(truth[:, near], made[:, near])
        print(f"{share:9.2%}  {len(plan.starts):8d}  {sdr(truth, made):6.2f} dB  {beside:6.2f} dB")
    rows = Channels(len(mix), voice.network.size.channels).rows(mix)
    made = torch.stack([run_theirs(voice, row) for row in rows]).mean(1)
    print(f"reference  {reference_forwards(mix.shape[-1], of):8d}  {sdr(truth, made):6.2f} dB")


def read(path: Path, rate: int) -> Tensor:
    samples, own_rate = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(resample(np.ascontiguousarray(samples.T), own_rate, rate))


def near_joints(plan: chunks.Plan, rate: int) -> Tensor:
    near = torch.zeros(plan.length_n, dtype=torch.bool)
    reach = rate // 10
    for start, before in zip(plan.starts[1:], plan.starts, strict=False):
        middle = (start + before + plan.size_n) // 2
        near[middle - reach : middle + reach] = True
    return near


def sdr(truth: Tensor, made: Tensor) -> float:
    return float(10 * torch.log10(truth.square().sum() / (truth - made).square().sum()))


def tell_memory() -> None:
    """Each in a process of its own: the most that it ever held."""
    for name in ("fill", "roformer"):
        peaks = []
        for minutes in ("1", "60"):
            command = [sys.executable, "-m", "foleyline_engine.bench.separators", "--threads", "1"]
            told = subprocess.run([*command, "--held", name, minutes], capture_output=True, text=True, check=True)
            peaks.append(int(told.stdout))
            print(f"{name}, {minutes} min of 48 kHz stereo: {peaks[-1] / 1024:.0f} MB at most")
        print(f"{peaks[1] / peaks[0]:.2f} x")


def stream(name: str, minutes: float) -> None:
    """A sound with a voice of two seconds in every ten, nothing kept of what comes out."""
    noise = np.random.default_rng(0).normal(0, 0.1, (2, 48000)).astype(np.float32)
    seconds = round(60 * minutes)
    voiced = [Stretch(at, at + 2.0) for at in range(3, seconds, 10)]
    job = PartJob(lambda: (noise for _ in range(seconds)), 48000, 2, seconds * 48000, voiced, 0, keep_on)
    of = configuration.parse(tiny)
    made = Fill().part(job).parts if name == "fill" else parts(Voice(weights.network(None, of.size), of), job)
    for _ in made:
        pass
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
