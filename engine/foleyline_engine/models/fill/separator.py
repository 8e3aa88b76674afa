"""The built-in separator of step 3: cuts voiced stretches out and lays room tone of the same take over them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..exchange import Check, Separated, SeparateJob, Separator, Sound
from .stretches import Cut, cuts_of, frames_near
from .tone import Tone, frame_length, measure, synthesize

fade_s = 0.015
fewest_frames = 3
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

    def separate(self, jobs: Sequence[SeparateJob]) -> list[Separated | Exception]:
        return [_attempt(job) for job in jobs]


def _attempt(job: SeparateJob) -> Separated | Exception:
    try:
        return _separate(job)
    except Exception as problem:  # noqa: BLE001 - the answer in this job's place; the other jobs run on
        return problem


def _separate(job: SeparateJob) -> Separated:
    samples, rate = job.sound.samples, job.sound.rate
    out = samples.copy()
    cuts = cuts_of(job.voiced, samples.shape[-1], rate)
    tally = Tally()
    for cut in cuts:
        job.check()
        tones = _tones(samples, cut, cuts, rate)
        _replace(out, cut, tones, rate, job.seed, job.check)
        tally.before += _energy(samples, cut, job.check)
        tally.after += _energy(out, cut, job.check)
        tally.silent += tones is None
    removed_s = sum(cut.end - cut.start for cut in cuts) / rate
    numbers = {
        "removed_s": removed_s,
        "stretches_n": float(len(cuts)),
        "silent_stretches_n": float(tally.silent),
        "removed_energy_db": tally.drop_db,
    }
    return Separated(Sound(out, rate), _told(cuts, removed_s, tally), numbers)


def _tones(samples: np.ndarray, cut: Cut, cuts: Sequence[Cut], rate: int) -> tuple[Tone, Tone] | None:
    """Room tone before and after a cut; one stands in for the other, None where neither side has enough."""
    sides = [frames_near(cut, cuts, samples.shape[-1], rate, frame_length(rate), side) for side in (-1, 1)]
    tones = [measure(samples, starts, rate) if len(starts) >= fewest_frames else None for starts in sides]
    before, after = tones[0] or tones[1], tones[1] or tones[0]
    return (before, after) if before and after else None


def _replace(out: np.ndarray, cut: Cut, tones: tuple[Tone, Tone] | None, rate: int, seed: int, check: Check) -> None:
    """Write over a cut in place, with equal-power fades inside of it; without a tone the middle is silence."""
    fade_n = min(round(fade_s * rate), (cut.end - cut.start) // 2)
    into = _fade(fade_n) if cut.start > 0 else np.zeros(0)
    back = _fade(fade_n)[::-1] if cut.end < out.shape[-1] else np.zeros(0)
    head = out[:, cut.start : cut.start + len(into)] * into
    foot = out[:, cut.end - len(back) : cut.end] * back
    at = cut.start
    for block in synthesize(tones, cut.end - cut.start, rate, (seed, cut.start), check) if tones else ():
        out[:, at : at + block.shape[1]] = block
        at += block.shape[1]
    out[:, at : cut.end] = 0.0
    out[:, cut.start : cut.start + len(into)] *= _fade(len(into))[::-1]
    out[:, cut.end - len(back) : cut.end] *= _fade(len(back))
    out[:, cut.start : cut.start + len(into)] += head
    out[:, cut.end - len(back) : cut.end] += foot


def _fade(count: int) -> np.ndarray:
    """Falling quarter of a cosine; with its mirror image the powers sum to 1."""
    return np.cos((np.arange(count) + 0.5) / max(count, 1) * np.pi / 2).astype(np.float32)


def _energy(samples: np.ndarray, cut: Cut, check: Check) -> float:
    block = 1 << 20
    total = 0.0
    for start in range(cut.start, cut.end, block):
        check()
        total += float(np.sum(np.square(samples[:, start : min(start + block, cut.end)], dtype=np.float64)))
    return total


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
