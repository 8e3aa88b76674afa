"""Measures the built-in generator's cues against the onsets of the real sound.

python -m foleyline_engine.bench.cues FOLDER
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.bench import onsets
from foleyline_engine.bench.onsets import Agreement
from foleyline_engine.media.picture import read_frames
from foleyline_engine.models.exchange import Frames
from foleyline_engine.models.scratch.action import Action
from foleyline_engine.models.scratch.seeing import look, view

noted_s = {
    "anvil_hits.mp4": (0.53, 1.02, 2.29, 3.24),
    "baby_book_voice.mp4": (5.02, 5.70, 7.81, 8.04),
}
"""Visible sound events that a person noted, in seconds."""

heading = "clip                         against  true cues  hit  prec   rec    F1 chance ratio"


def read_picture(path: Path) -> Frames:
    """All of a clip's pictures as the generator asks for them, times from the clip's first."""
    return read_frames(_whole(path), (view,), lambda: None)[view]


def _whole(path: Path) -> pb.Clip:
    with av.open(str(path)) as media:
        stream = media.streams.video[0]
        rate, count = stream.average_rate or Fraction(25), stream.frames
    start, length = (
        pb.RationalTime(value=value, rate_num=rate.numerator, rate_den=rate.denominator) for value in (0, count)
    )
    whole = pb.TimeRange(start=start, duration=length)
    return pb.Clip(name=path.name, media=pb.Media(path=str(path)), source_range=whole, record_range=whole)


def read_sound(path: Path) -> np.ndarray:
    """float32 [samples], mono at 16 kHz; empty where the clip has none."""
    with av.open(str(path)) as clip:
        if not clip.streams.audio:
            return np.zeros(0, np.float32)
        resampler = av.AudioResampler(format="flt", layout="mono", rate=onsets.rate)
        frames = [*clip.decode(clip.streams.audio[0]), None]
        return np.concatenate([out.to_ndarray().ravel() for frame in frames for out in resampler.resample(frame)])


def measure(path: Path) -> Iterator[tuple[str, Agreement | None]]:
    """The table's lines for one clip, each with the agreement it tells."""
    frames = read_picture(path)
    seconds = float(frames.times_s[-1]) + 1 / 25
    started = time.thread_time()
    found_s = cues_of(look(frames, seconds, lambda: None))
    pace = len(frames.times_s) / (time.thread_time() - started)
    references = {"heard": onsets.find_onsets(read_sound(path)).tolist(), "noted": list(noted_s.get(path.name, ()))}
    for against, true_s in references.items():
        if true_s:
            fit = onsets.compare(found_s, true_s, seconds)
            yield _row(path.name, against, len(true_s), len(found_s), fit), fit if against == "heard" else None
    times = " ".join(f"{time_s:.2f}" for time_s in found_s)
    yield f"{path.name:28} {pace:.0f} pictures/s; {len(found_s)} cues: {times}", None


def cues_of(action: Action) -> list[float]:
    return [contact.time_s for contact in action.contacts if contact.kind != "cut"]


def _row(name: str, against: str, true: int, found: int, fit: Agreement) -> str:
    return (
        f"{name:28} {against:8} {true:4} {found:4} {fit.matched:4} {fit.precision:5.2f} "
        f"{fit.recall:5.2f} {fit.f1:5.2f} {fit.chance:6.2f} {fit.over_chance:5.2f}"
    )


def main(folder: str) -> None:
    print(heading)
    fits: list[Agreement] = []
    for path in sorted(Path(folder).glob("*.mp4")):
        for row, fit in measure(path):
            print(row)
            fits += [fit] if fit else []
    if fits:
        f1, chance = (float(np.mean([getattr(fit, name) for fit in fits])) for name in ("f1", "chance"))
        print(f"{'mean of the clips with sound':28} heard {f1:31.2f} {chance:6.2f} {f1 / chance if chance else 0:5.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
