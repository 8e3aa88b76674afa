"""Step 3 with published weights: what the network hears as voice is taken from the mix, and nothing else is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from safetensors import SafetensorError

from foleyline.errors import FoleyError

from .. import installed
from ..checkpoint import WeightsMismatch, read
from ..exchange import Separated, SeparateJob, Separator, Sound
from ..published import file
from . import reference, weights
from .configuration import Configuration, ConfigurationRefused
from .configuration import read as read_configuration
from .demixing import Channels, Voice
from .ledger import Ledger, Removal
from .published import bs_roformer, bs_roformer_path, mel_band_roformer, mel_band_roformer_path
from .resampling import resample
from .stream import Asked, Parted, part

most_told = 6
own_folder = "roformer"
block_s = 1.0


@dataclass(frozen=True)
class Options:
    """as_published: the reference's chunks instead of ours. only_voiced: nothing is touched but the stretches that the
    judge named. batch: chunks computed together, None for one on the processor and four on CUDA.
    """

    as_published: bool = False
    only_voiced: bool = False
    batch: int | None = None


class RoFormerSeparator(Separator):
    """One network, made when first asked for. Only one call computes at a time."""

    version = "1"

    def __init__(self, name: str, make: Callable[[], Voice], is_random: Callable[[], bool] = lambda: False) -> None:
        self.name = name
        self.make = make
        self.is_random = is_random
        self.options = Options()
        self.turn = threading.Lock()
        self.made: Voice | None = None

    def separate(self, jobs: Sequence[SeparateJob]) -> list[Separated | Exception]:
        """Raises E-WEIGHTS where the network is not installed."""
        with self.turn:
            return [self._attempt(self.voice(), job) for job in jobs]

    def voice(self) -> Voice:
        """The network, on the device that computes."""
        if self.made is None:
            self.made = self.make().to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
        return self.made

    def _attempt(self, voice: Voice, job: SeparateJob) -> Separated | Exception:
        try:
            return self._separate(voice, job)
        except Exception as problem:  # noqa: BLE001 - the answer in this job's place; the other jobs run on
            return problem

    def _separate(self, voice: Voice, job: SeparateJob) -> Separated:
        samples, rate = job.sound.samples, job.sound.rate
        rest, ledger, done = np.empty_like(samples), Ledger(rate), 0
        for each in self.parts(voice, job):
            end = done + each.rest.shape[-1]
            rest[:, done:end] = each.rest
            ledger.add(each.mix, each.voice, each.rest)
            done = end
        removal = ledger.removal()
        return Separated(Sound(rest, rate), self._told(removal), _numbers(removal), removal.stretches)

    def parts(self, voice: Voice, job: SeparateJob) -> Iterator[Parted]:
        if self.options.as_published:
            yield as_published(voice, job)
            return
        sound = job.sound
        batch = self.options.batch or (4 if voice.device.type == "cuda" else 1)
        only = job.voiced if self.options.only_voiced else None
        asked = Asked(sound.rate, len(sound.samples), sound.samples.shape[-1], job.check, only, batch)
        with torch.inference_mode():
            yield from part(voice, blocks(sound), asked)

    def _told(self, removal: Removal) -> str:
        if self.is_random():
            return f"{self.name} with random weights: noise, for measuring only."
        count = len(removal.stretches)
        if not count:
            return f"{self.name} heard no voice that could be taken out."
        places = ", ".join(f"{each.start_s:.1f}-{each.end_s:.1f} s" for each in removal.stretches[:most_told])
        more = f" and {count - most_told} more" if count > most_told else ""
        return (
            f"{self.name} took {removal.seconds:.1f} s of voices out ({places}{more}), which leaves "
            f"{removal.drop_db:.1f} dB less energy there. Level and timing are kept."
        )


def blocks(sound: Sound) -> Iterator[np.ndarray]:
    step = max(1, round(block_s * sound.rate))
    for start in range(0, sound.samples.shape[-1], step):
        yield sound.samples[:, start : start + step]


@torch.inference_mode()
def as_published(voice: Voice, job: SeparateJob) -> Parted:
    """The reference's chunks; only the voice changes its rate."""
    configuration, sound = voice.configuration, job.sound
    heard = resample(sound.samples, sound.rate, configuration.rate)
    channels = Channels(len(heard), voice.network.size.channels)
    run = reference.normalized if configuration.normalizes else reference.demix
    rows = [
        run(lambda chunks: voice(chunks, job.check), row, configuration.chunk_n, configuration.reference)
        for row in channels.rows(torch.from_numpy(heard))
    ]
    made = resample(channels.back(torch.stack(rows)).numpy(), configuration.rate, sound.rate)
    made = made[:, : sound.samples.shape[-1]]
    return Parted(sound.samples - made, made, sound.samples)


def _numbers(removal: Removal) -> dict[str, float]:
    return {
        "removed_s": removal.seconds,
        "stretches_n": float(len(removal.stretches)),
        "removed_energy_db": removal.drop_db,
        "voice_db": removal.voice_db,
    }


def _published(name: str, configuration: Configuration, file: installed.Weights) -> Voice:
    installed.check(name, [file])
    path = installed.folder() / file.path
    return Voice(weights.network(read(path) if path.is_file() else None, configuration.size), configuration)


class BsRoformer(RoFormerSeparator):
    def __init__(self) -> None:
        super().__init__(
            "bs-roformer",
            lambda: _published(self.name, bs_roformer, file(bs_roformer_path)),
            lambda: bool(installed.absent([file(bs_roformer_path)])),
        )


class MelBandRoformer(RoFormerSeparator):
    def __init__(self) -> None:
        super().__init__(
            "mel-band-roformer",
            lambda: _published(self.name, mel_band_roformer, file(mel_band_roformer_path)),
            lambda: bool(installed.absent([file(mel_band_roformer_path)])),
        )


class OwnRoformer(RoFormerSeparator):
    """Any other checkpoint of the family: a YAML file and the weights of the same name in the folder `roformer`."""

    def __init__(self) -> None:
        super().__init__("roformer", own_voice)


def own_voice() -> Voice:
    """Raises E-CHECKPOINT where there is not exactly one configuration, or where it or its weights are refused."""
    folder = installed.folder() / own_folder
    found = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if len(found) != 1:
        raise FoleyError("E-CHECKPOINT", folder=folder, reason=f"it holds {len(found)} configurations and not 1")
    files = [found[0].with_suffix(suffix) for suffix in (".safetensors", ".ckpt", ".pth", ".pt", ".chpt")]
    path = next((file for file in files if file.is_file()), None)
    if path is None:
        raise FoleyError("E-CHECKPOINT", folder=folder, reason=f"there are no weights beside {found[0].name}")
    try:
        configuration = read_configuration(found[0])
        return Voice(weights.network(read(path), configuration.size), configuration)
    except (ConfigurationRefused, WeightsMismatch, SafetensorError, RuntimeError, OSError, EOFError) as problem:
        raise FoleyError("E-CHECKPOINT", folder=folder, reason=problem) from problem
