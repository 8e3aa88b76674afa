"""The built-in separator of step 3: cuts voiced stretches out and lays room tone of the same take over them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from foleyline.errors import FoleyError

from ..exchange import Account, Parted, Parting, PartJob, Separator, Stretch
from .ahead import tones_of
from .patch import Patch
from .stretches import Cut, cuts_of

loudest_drop_db = 120.0


@dataclass
class Tally:
    """Energies are sums of squares over the cuts and channels, before and after."""

    before: float = 0.0
    after: float = 0.0
    silent: int = 0

    @property
    def drop_db(self) -> float:
        if not self.before:
            return 0.0
        if not self.after:
            return loudest_drop_db
        return min(10 * math.log10(self.before / self.after), loudest_drop_db)


class Fill(Separator):
    """Needs no download. Outside of the cuts every sample stays what it was; the same seed gives the same tone."""

    name = "fill"
    version = "1"

    def part(self, job: PartJob) -> Parting:
        filling = Filling(job)
        return Parting(filling.parts(), filling.account)


class Filling:
    """One sound on its way through. It is read twice: once ahead, for the room tone behind a cut."""

    def __init__(self, job: PartJob) -> None:
        self.job = job
        self.cuts = cuts_of(job.voiced, job.length_n, job.rate)
        self.tally = Tally()

    def parts(self) -> Iterator[Parted]:
        job, done = self.job, 0
        patches = self._patches()
        patch = next(patches, None)
        for mix in job.blocks():
            job.check()
            _check_numbers(mix, done)
            rest, end = mix.copy(), done + mix.shape[-1]
            while patch and patch.cut.start < end:
                self._lay(patch, mix, rest, done)
                if patch.cut.end > end:
                    break
                patch = next(patches, None)
            done = end
            yield Parted(rest, mix - rest, mix)
            job.progress(done / job.length_n)

    def _patches(self) -> Iterator[Patch]:
        job = self.job
        for cut, tones in zip(self.cuts, tones_of(job, self.cuts), strict=True):
            self.tally.silent += tones is None
            yield Patch(cut, tones, job)

    def _lay(self, patch: Patch, mix: np.ndarray, rest: np.ndarray, at: int) -> None:
        """Over as much of a cut as lies in a block that begins at sample `at`."""
        first, last = max(patch.cut.start, at) - at, min(patch.cut.end - at, mix.shape[-1])
        rest[:, first:last] = patch.over(mix[:, first:last])
        self.tally.before += _energy(mix[:, first:last])
        self.tally.after += _energy(rest[:, first:last])

    def account(self) -> Account:
        rate, cuts, tally = self.job.rate, self.cuts, self.tally
        removed_s = sum(cut.end - cut.start for cut in cuts) / rate
        numbers = {
            "removed_s": removed_s,
            "stretches_n": float(len(cuts)),
            "silent_stretches_n": float(tally.silent),
            "removed_energy_db": tally.drop_db,
        }
        removed = [Stretch(cut.start / rate, cut.end / rate) for cut in cuts]
        return Account(_told(cuts, removed_s, tally), numbers, removed)


def _check_numbers(mix: np.ndarray, at: int) -> None:
    if not np.isfinite(mix).all():
        raise FoleyError("E-SOUND", sample=at + int(np.flatnonzero(~np.isfinite(mix).all(axis=0))[0]))


def _energy(samples: np.ndarray) -> float:
    return float(np.sum(np.square(samples, dtype=np.float64)))


def _told(cuts: Sequence[Cut], removed_s: float, tally: Tally) -> str:
    if not cuts:
        return "No stretches with voices were named, so nothing was removed."
    stretches = f"{len(cuts)} stretch{'es' if len(cuts) > 1 else ''}"
    if not tally.after:
        return f"{removed_s:.1f} s in {stretches} were cut out. The rest of the take leaves silence there."
    text = f"{removed_s:.1f} s in {stretches} were replaced, {tally.drop_db:.1f} dB below what was there."
    if tally.silent:
        return f"{text} {tally.silent} of them got silence, for lack of room tone nearby."
    return f"{text} Room tone was made from the rest of the take."
