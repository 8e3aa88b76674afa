"""MMAudio as a generator: five published variants, clips of any length, several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from foleyline.errors import FoleyError

from .. import installed
from ..exchange import Frames, Generated, GenerateJob, Generator, Sound, View, delivery_rate, within
from ..memory import gigabyte, total
from ..residency import Parts, shrinking
from . import files, flow, preprocessing, windows
from .conditions import Conditions, Features
from .denoising import Clip, denoise
from .encoders import Encoders, Recent, Seen, Shown, clip_view, every_clip_view, every_sync_view, sync_view
from .loading import loaders, shared_encoders, sizes
from .network import Network
from .resampling import resample
from .vae import VAE
from .variants import Lengths, Variant, clip_rate, sync_rate, variants, window_s
from .vocoder import Vocoder

channels = 2
"""Of a take; MMAudio hears and makes one, which stands in the middle."""

at_once = 8
"""Clips in one call on CUDA, and windows in one batch of the network; halved where memory is short."""
small_device, chunk_n = 12 * gigabyte, 690
"""Devices below this get smaller batches to begin with. chunk_n: mel frames that the vocoder makes at once."""

seen_share = {False: (0.85, 0.93), True: (0.3, 0.9)}
"""What is done of a clip once its picture is seen, and once it is denoised, by the clock; elsewhere and on CUDA."""

turn = threading.Lock()
"""Of all variants: they share the encoders and the device."""


class MMAudio(Generator):
    """One variant. Only one call computes at a time; what is in one call is computed together."""

    version = "1"
    terms = "MMAudio's published weights are CC BY-NC 4.0: not for commercial use."
    is_parallel = False
    views = (clip_view, sync_view)

    def __init__(self, name: str, own: Parts | None = None, encoders: Encoders | None = None) -> None:
        self.name = name
        self.variant: Variant = variants[name]
        self.parts = own or Parts(loaders(self.variant), sizes=sizes(self.variant))
        self.own_encoders = encoders
        self.empty: Recent[Conditions] = Recent(32)
        self.batch = at_once if self.parts.device.type == "cuda" else 1

    def label(self) -> str:
        return f"{super().label()} with random weights" if self.is_random else super().label()

    @property
    def is_random(self) -> bool:
        return bool(installed.absent(files.needed(self.variant)))

    @property
    def encoders(self) -> Encoders:
        return self.own_encoders or shared_encoders()

    def views_for(self, mmaudio_compat: bool) -> Sequence[View]:
        return (every_clip_view, every_sync_view) if mmaudio_compat else self.views

    def ready(self) -> None:
        installed.check(self.name, files.needed(self.variant))

    def generate(self, jobs: Sequence[GenerateJob]) -> list[Generated | Exception]:
        """Raises E-WEIGHTS where the variant is not installed."""
        self.ready()
        with turn, torch.inference_mode():
            clips = [self._begin(job) for job in jobs]
            for alike, bucket in buckets(jobs, clips):
                self._denoise(alike, bucket)
            return [self._finish(job, clip) for job, clip in zip(jobs, clips, strict=True)]

    def _begin(self, job: GenerateJob) -> Clip | Exception:
        """A clip with its conditions and its noise, or what stopped it."""
        try:
            job.check()
            clip_frames, sync_frames = (job.frames[view] for view in self.views_for(job.mmaudio_compat))
            layout, clip_index, sync_index = self._pick(job, clip_frames, sync_frames)
            shown = Shown(clip_frames, clip_index), Shown(sync_frames, sync_index)
            seen = self.encoders.pictures(*shown, job.check, within(job.progress, 0, self._shares[0]))
            job.check()
            return self._clip(job, layout, seen)
        except FoleyError as problem:
            return self._advised(problem)
        except Exception as problem:  # noqa: BLE001 - answered in this job's place
            return problem

    def _pick(
        self, job: GenerateJob, clip_frames: Frames, sync_frames: Frames
    ) -> tuple[windows.Layout, np.ndarray, np.ndarray]:
        duration_s, rate = Fraction(job.length_n, delivery_rate), self.variant.rate
        if job.mmaudio_compat:
            picked = preprocessing.pick_as_published(clip_frames.times_s, float(duration_s))
            return windows.as_published(float(picked.duration_s), rate), picked.clip, picked.sync
        layout = windows.lay_out(duration_s, rate)
        clip_index = preprocessing.on_screen(clip_frames.times_s, clip_rate, layout.clip_n)
        return layout, clip_index, preprocessing.on_screen(sync_frames.times_s, sync_rate, layout.sync_n)

    def _clip(self, job: GenerateJob, layout: windows.Layout, seen: Seen) -> Clip:
        text, away = self.encoders.text(job.prompt), self.encoders.text(job.negative_prompt)
        with self.parts.use("network") as network:
            wanted = [
                network.project(in_window(seen, text, window, layout.size), layout.size) for window in layout.windows
            ]
            unwanted = self._unwanted(network, job.negative_prompt, away, layout.size)
            noise = flow.draw([job.seed], layout.latent_n, network.size.latent_dim)[0]
            told = within(job.progress, *self._shares)
            return Clip(layout, wanted, [unwanted] * len(wanted), noise.to(self.parts.device), job.check, told)

    @property
    def _shares(self) -> tuple[float, float]:
        return seen_share[self.parts.device.type == "cuda"]

    def _unwanted(self, network: Network, text: str, states: Tensor, size: Lengths) -> Conditions:
        """Depends on nothing but the weights, the lengths and the negative prompt."""
        return self.empty.get((text, size), lambda: network.project(Features(text=states), size))

    def _denoise(self, alike: GenerateJob, clips: Sequence[Clip]) -> None:
        noises = [each.latent for each in clips]

        def run(batch: int) -> None:
            for each, noise in zip(clips, noises, strict=True):
                each.begin(noise)
            with self.parts.use("network") as network:
                denoise(network, clips, alike.steps, alike.guidance, batch)

        most = at_once if total(self.parts.device) >= small_device else at_once // 4
        try:
            shrinking(run, most, self.parts.room, self.name)
        except FoleyError as problem:
            for each in clips:
                each.stopped = self._advised(problem)

    def _advised(self, problem: FoleyError) -> FoleyError:
        """Where memory is short: which smaller one would do."""
        if problem.code != "E-VRAM":
            return problem
        names = list(variants)
        smaller = names[max(0, names.index(self.name) - 1)]
        return FoleyError("E-VRAM", **problem.facts | {"smaller": smaller if smaller != self.name else "scratch"})

    def _finish(self, job: GenerateJob, clip: Clip | Exception) -> Generated | Exception:
        if isinstance(clip, Exception):
            return clip
        if clip.stopped is not None:
            return clip.stopped
        try:
            samples = self._decode(clip.latent, job.check)
        except Exception as problem:  # noqa: BLE001 - answered in this job's place
            return problem
        sound = to_length(resample(samples.float().cpu(), self.variant.rate.hz, delivery_rate), job.length_n)
        return Generated(
            Sound(sound.expand(channels, -1).numpy()),
            text=self._told(len(clip.wanted)),
            numbers=_numbers(job, clip),
            notes=["Made with random weights: noise, for measuring only."] if self.is_random else (),
        )

    def _decode(self, latent: Tensor, check: Callable[[], None]) -> Tensor:
        """[latents, channels] to samples [1, n] at the variant's own rate."""
        check()
        vae: VAE
        with self.parts.use("vae") as vae:
            mel = vae.decode_in_chunks(latent.T[None])
        check()
        vocoder: Vocoder
        with self.parts.use("vocoder") as vocoder:
            return shrinking(lambda chunk: vocoder.in_chunks(mel, chunk, check)[0], chunk_n, self.parts.room, self.name)

    def _told(self, count: int) -> str:
        how = "in one piece" if count == 1 else f"in {count} overlapping windows of {window_s} s"
        if self.is_random:
            return f"{self.name} with random weights, {how}: noise, for measuring only."
        return f"{self.name}, {how}. Its published weights are for non-commercial use."


def _numbers(job: GenerateJob, clip: Clip) -> dict[str, float]:
    return {
        "steps_n": job.steps,
        "guidance": job.guidance,
        "windows_n": len(clip.wanted),
        "made_s": job.length_n / delivery_rate,
    }


def to_length(samples: Tensor, length_n: int) -> Tensor:
    """Trimmed; as published a sound can be shorter than its clip, and silence follows it."""
    return F.pad(samples[:, :length_n], (0, max(0, length_n - samples.shape[-1])))


def in_window(seen: Seen, text: Tensor, window: windows.Window, size: Lengths) -> Features:
    first = 8 * window.sync
    return Features(seen.clip[window.clip : window.clip + size.clip], seen.sync[first : first + size.sync], text)


def buckets(jobs: Sequence[GenerateJob], clips: Sequence[Clip | Exception]) -> list[tuple[GenerateJob, list[Clip]]]:
    """Clips whose windows have the same lengths, so that nothing has to be padded, and that are denoised alike; with
    each group the first of its jobs.
    """
    found: dict[tuple[Lengths, int, float], tuple[GenerateJob, list[Clip]]] = {}
    for job, each in zip(jobs, clips, strict=True):
        if isinstance(each, Clip):
            found.setdefault((each.layout.size, job.steps, job.guidance), (job, []))[1].append(each)
    return list(found.values())


class Small16k(MMAudio):
    def __init__(self) -> None:
        super().__init__("mmaudio-small-16k")


class Small44k(MMAudio):
    def __init__(self) -> None:
        super().__init__("mmaudio-small-44k")


class Medium44k(MMAudio):
    def __init__(self) -> None:
        super().__init__("mmaudio-medium-44k")


class Large44k(MMAudio):
    def __init__(self) -> None:
        super().__init__("mmaudio-large-44k")


class Large44kV2(MMAudio):
    def __init__(self) -> None:
        super().__init__("mmaudio-large-44k-v2")
