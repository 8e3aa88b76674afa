"""Step 3 with published weights: what the network hears as voice is taken from the mix, and nothing else is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError

from foleyline.errors import FoleyError

from .. import installed
from ..checkpoint import WeightsMismatch, read
from ..exchange import Account, Parted, Parting, PartJob, Separator
from ..published import file
from . import reference, weights
from .configuration import Configuration, ConfigurationRefused
from .configuration import read as read_configuration
from .demixing import Channels, Voice
from .ledger import Ledger, Removal
from .published import bs_roformer, bs_roformer_path, mel_band_roformer, mel_band_roformer_path
from .resampling import resample
from .stream import parts

most_told = 6
own_folder = "roformer"
endings = (".safetensors", ".ckpt", ".pth", ".pt", ".chpt")


@dataclass(frozen=True)
class Options:
    """as_published: the reference's chunks instead of ours. batch: chunks computed together, None for one on the
    processor and four on CUDA.
    """

    as_published: bool = False
    batch: int | None = None


class RoFormerSeparator(Separator):
    """One network, made when first asked for."""

    version = "1"
    is_parallel = False
    finds_voices = True

    def __init__(self, name: str, make: Callable[[], Voice]) -> None:
        self.name = name
        self.make = make
        self.options = Options()
        self.making = threading.Lock()
        self.made: Voice | None = None

    @property
    def is_random(self) -> bool:
        return False

    def label(self) -> str:
        return f"{super().label()} with random weights" if self.is_random else super().label()

    def part(self, job: PartJob) -> Parting:
        """Raises E-WEIGHTS or E-CHECKPOINT where the network is not installed."""
        self.ready()
        ledger = Ledger(job.rate)
        return Parting(self._counted(job, ledger), lambda: self._account(ledger.removal()))

    def voice(self) -> Voice:
        """The network, on the device that computes."""
        with self.making:
            if self.made is None:
                self.made = self.make().to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
            return self.made

    def _counted(self, job: PartJob, ledger: Ledger) -> Iterator[Parted]:
        for each in self._parts(self.voice(), job):
            ledger.add(each.mix, each.voice, each.rest)
            yield each

    def _parts(self, voice: Voice, job: PartJob) -> Iterator[Parted]:
        if self.options.as_published:
            return iter([as_published(voice, job)])
        return parts(voice, job, self.options.batch or (4 if voice.device.type == "cuda" else 1))

    def _account(self, removal: Removal) -> Account:
        return Account(self._told(removal), _numbers(removal), removal.stretches)

    def _told(self, removal: Removal) -> str:
        if self.is_random:
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


@torch.inference_mode()
def as_published(voice: Voice, job: PartJob) -> Parted:
    """The reference's chunks of the whole sound; only the voice changes its rate."""
    configuration = voice.configuration
    mix = np.concatenate([np.zeros((job.channels, 0), np.float32), *job.blocks()], axis=1)
    heard = resample(mix, job.rate, configuration.rate)
    channels = Channels(job.channels, voice.network.size.channels)
    run = reference.normalized if configuration.normalizes else reference.demix
    rows = [
        run(lambda chunks: voice(chunks, job.check), row, configuration.chunk_n, configuration.reference)
        for row in channels.rows(torch.from_numpy(heard))
    ]
    made = resample(channels.back(torch.stack(rows)).numpy(), configuration.rate, job.rate)[:, : mix.shape[-1]]
    return Parted(mix - made, made, mix)


def _numbers(removal: Removal) -> dict[str, float]:
    return {
        "removed_s": removal.seconds,
        "stretches_n": float(len(removal.stretches)),
        "removed_energy_db": removal.drop_db,
        "voice_db": removal.voice_db,
    }


class Published(RoFormerSeparator):
    """A checkpoint that is known by name. path: of its file, among the models."""

    def __init__(self, name: str, configuration: Configuration, path: str) -> None:
        super().__init__(name, self._make)
        self.configuration = configuration
        self.path = path
        licence = file(path).terms
        if licence.commercial != "allowed":
            self.terms = f"Weights of {name} ({licence.name}): {licence.terms}."

    @property
    def is_random(self) -> bool:
        return bool(installed.absent([file(self.path)]))

    def ready(self) -> None:
        installed.check(self.name, [file(self.path)])

    def _make(self) -> Voice:
        path = installed.folder() / self.path
        state = read(path) if path.is_file() else None
        return Voice(weights.network(state, self.configuration.size), self.configuration)


class BsRoformer(Published):
    def __init__(self) -> None:
        super().__init__("bs-roformer", bs_roformer, bs_roformer_path)


class MelBandRoformer(Published):
    def __init__(self) -> None:
        super().__init__("mel-band-roformer", mel_band_roformer, mel_band_roformer_path)


class OwnRoformer(RoFormerSeparator):
    """Any other checkpoint of the family: a YAML file and the weights of the same name in the folder `roformer`."""

    def __init__(self) -> None:
        super().__init__("roformer", own_voice)
        self.stamp = ""

    def label(self) -> str:
        """With the checkpoint's own name, so that a take tells which it was."""
        try:
            return f"{super().label()} ({own_files()[1].stem})"
        except FoleyError:
            return super().label()

    def ready(self) -> None:
        own_files()

    def voice(self) -> Voice:
        """Of the files that lie there now; others may have taken their place."""
        facts = [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in own_files()]
        with self.making:
            if self.stamp != str(facts):
                self.made, self.stamp = None, str(facts)
        return super().voice()


def own_files() -> tuple[Path, Path]:
    """Configuration and weights. Raises E-CHECKPOINT where there is not exactly one configuration with its weights."""
    folder = installed.folder() / own_folder
    found = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if len(found) != 1:
        raise FoleyError("E-CHECKPOINT", folder=folder, reason=f"it holds {len(found)} configurations and not 1")
    path = next((each for each in map(found[0].with_suffix, endings) if each.is_file()), None)
    if path is None:
        raise FoleyError("E-CHECKPOINT", folder=folder, reason=f"there are no weights beside {found[0].name}")
    return found[0], path


def own_voice() -> Voice:
    """Raises E-CHECKPOINT where the files are not there, or are refused."""
    described, path = own_files()
    try:
        configuration = read_configuration(described)
        return Voice(weights.network(read(path), configuration.size), configuration)
    except (ConfigurationRefused, WeightsMismatch, SafetensorError, RuntimeError, OSError, EOFError) as problem:
        raise FoleyError("E-CHECKPOINT", folder=path.parent, reason=problem) from problem
