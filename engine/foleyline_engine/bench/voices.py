"""How well the built-in judge and separator do: `python -m foleyline_engine.bench.voices FOOTAGE_DIR`.

Real clips are judged as they are; then speech by espeak-ng is mixed in at 0 dB at known places, looked for and removed.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import soundfile
import soxr
from av.container import InputContainer

from foleyline_engine import verdict
from foleyline_engine.models.evidence import people
from foleyline_engine.models.evidence.judge import Evidence
from foleyline_engine.models.evidence.voices import listen
from foleyline_engine.models.exchange import Frames, Judged, JudgeJob, Separated, SeparateJob, Sound, Stretch
from foleyline_engine.models.fill.separator import Fill

rate = 48000
speakers = ("en-us", "en-us+f3", "en-gb+m3", "de", "fr+f4")
sentences = ("Hello there, can you hear me?", "The weather will be fine tomorrow.", "Put it over there, please.")
bed_of_silence_db = -30.0
"""Level of speech that is mixed into a clip without sound."""


@dataclass
class Score:
    """Errors in milliseconds, found minus true. covered and left: shares of the speech's length."""

    covered: list[float] = field(default_factory=list)
    starts_ms: list[float] = field(default_factory=list)
    ends_ms: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    def told(self) -> str:
        if not self.covered:
            return "no room beside the clip's own voices"
        found = np.mean(np.array(self.covered) >= 0.5)
        parts = [f"found {found:.0%} of {len(self.covered)}", f"covered {np.mean(self.covered):.0%}"]
        for name, errors in (("start", self.starts_ms), ("end", self.ends_ms)):
            if errors:
                spread = np.percentile(np.abs(errors), 90)
                parts.append(f"{name} {np.median(errors):+.0f} ms, 90 % within {spread:.0f} ms")
        parts.append(f"voice left after the fill {np.mean(self.left):.1%}")
        return "; ".join(parts)


def keep_on() -> None:
    """A check that never stops the work."""


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="foleyline_engine.bench.voices", description=__doc__)
    parser.add_argument("footage", type=Path, help="folder with movie files")
    footage: Path = parser.parse_args(arguments).footage
    cv2.setNumThreads(1)
    for path in sorted(footage.glob("*.mp4")):
        frames, sound = read(path)
        print(path.name)
        print("  as it is:", judged(frames, sound))
        voiced = listen(sound, keep_on).stretches
        print("  with speech at 0 dB:", mixed(sound, voiced).told())


def judged(frames: Frames, sound: Sound) -> str:
    job = JudgeJob(sound, {people.view: frames}, (), keep_on)
    Evidence().judge([job])
    start = time.thread_time()
    answer = Evidence().judge([job])[0]
    seconds = time.thread_time() - start
    if not isinstance(answer, Judged):
        raise answer
    line = verdict.line(verdict.message(answer, ""))
    counts = " ".join(f"{name}={value:.2f}" for name, value in answer.numbers.items())
    return f"{line} {counts}; {sound.seconds / seconds:.1f} x real time on one core"


def mixed(sound: Sound, voiced: tuple[Stretch, ...]) -> Score:
    score = Score()
    places = np.random.default_rng(1)
    for speech in speeches(sound.samples.shape[-1] - rate):
        at = int(places.integers(rate // 2, sound.samples.shape[-1] - len(speech) - rate // 4))
        true = Stretch(at / rate, (at + len(speech)) / rate)
        around = Stretch(true.start_s - 0.5, true.end_s + 0.5)
        if not any(overlap(around, part) for part in voiced):
            measure(score, mix(sound, speech, at), true)
    return score


def measure(score: Score, sound: Sound, true: Stretch) -> None:
    found = listen(sound, keep_on).stretches
    length_s = true.end_s - true.start_s
    touching = [part for part in found if overlap(true, part)]
    score.covered.append(sum(overlap(true, part) for part in touching) / length_s)
    if touching:
        score.starts_ms.append(1000 * (touching[0].start_s - true.start_s))
        score.ends_ms.append(1000 * (touching[-1].end_s - true.end_s))
    done = Fill().separate([SeparateJob(sound, found, 1, keep_on)])[0]
    if not isinstance(done, Separated):
        raise done
    score.left.append(sum(overlap(true, part) for part in listen(done.sound, keep_on).stretches) / length_s)


def overlap(one: Stretch, other: Stretch) -> float:
    return max(min(one.end_s, other.end_s) - max(one.start_s, other.start_s), 0.0)


def mix(sound: Sound, speech: np.ndarray, at: int) -> Sound:
    """Speech over the sound at `at`, in the middle, as loud as what is there."""
    out = sound.samples.copy()
    there = out[:, at : at + len(speech)]
    level = float(np.sqrt(np.mean(there**2))) or 10 ** (bed_of_silence_db / 20)
    there += speech * (level / np.sqrt(np.mean(speech**2)))
    return Sound(out, sound.rate)


def speeches(most_n: int) -> Iterator[np.ndarray]:
    for speaker in speakers:
        for sentence in sentences:
            yield say(sentence, speaker)[:most_n]


def say(sentence: str, speaker: str) -> np.ndarray:
    """float32 [n] at 48 kHz, from the first sound to the last."""
    spoken = subprocess.run(["espeak-ng", "-v", speaker, "--stdout", sentence], capture_output=True, check=True)
    samples, from_rate = soundfile.read(io.BytesIO(spoken.stdout), dtype="float32")
    samples = soxr.resample(samples, from_rate, rate)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1]


def read(path: Path) -> tuple[Frames, Sound]:
    """Gray pictures as the judge wants them, and 48 kHz stereo: silence as long as the picture where there is none."""
    with av.open(str(path)) as movie:
        pictures, times_s = _pictures(movie)
    with av.open(str(path)) as movie:
        samples = _samples(movie) if movie.streams.audio else np.zeros((2, round(times_s[-1] * rate)), np.float32)
    return Frames(pictures, times_s), Sound(samples)


def _pictures(movie: InputContainer) -> tuple[np.ndarray, np.ndarray]:
    step = 1 / (people.view.rate or Fraction(1))
    pictures, times_s = [], []
    for frame in movie.decode(video=0):
        if Fraction(frame.time or 0) >= len(pictures) * step:
            scale = people.view.width / max(frame.width, frame.height)
            size = (round(frame.width * scale), round(frame.height * scale))
            pictures.append(cv2.resize(frame.to_ndarray(format="gray"), size, interpolation=cv2.INTER_AREA))
            times_s.append(float(frame.time or 0))
    return np.stack(pictures), np.array(times_s)


def _samples(movie: InputContainer) -> np.ndarray:
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=rate)
    blocks = [block.to_ndarray() for frame in movie.decode(audio=0) for block in resampler.resample(frame)]
    blocks += [block.to_ndarray() for block in resampler.resample(None)]
    return np.concatenate(blocks, axis=1)


if __name__ == "__main__":
    main(sys.argv[1:])
