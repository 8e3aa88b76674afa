"""Measures the built-in generator's cues against the onsets of the real sound: python -m foleyline_engine.bench.cues FOLDER."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np

from foleyline_engine.bench import onsets
from foleyline_engine.models.exchange import Frames
from foleyline_engine.models.scratch.action import Action
from foleyline_engine.models.scratch.seeing import look, view

noted_s = {
    "anvil_hits.mp4": (0.53, 1.02, 2.29, 3.24),
    "baby_book_voice.mp4": (5.02, 5.70, 7.81, 8.04),
}
"""Visible sound events that a person noted, in seconds."""

heading = f"{'clip':28} {'against':8} {'true':>4} {'cues':>4} {'hit':>4} {'prec':>5} {'rec':>5} {'F1':>5} {'chance':>6} {'ratio':>5}"


def read_picture(path: Path) -> Frames:
    """Gray pictures within the generator's view, by presentation time from the first."""
    with av.open(str(path)) as clip:
        pictures = [(float(frame.time or 0), _shrink(frame)) for frame in clip.decode(clip.streams.video[0])]
    times_s = np.array([time_s for time_s, _ in pictures])
    return Frames(np.stack([pixels for _, pixels in pictures]), times_s - times_s[0])


def _shrink(frame: av.VideoFrame) -> np.ndarray:
    scale = min(view.width / frame.width, view.height / frame.height)
    size = {"width": round(frame.width * scale), "height": round(frame.height * scale)}
    return frame.reformat(**size, format="gray", interpolation="AREA").to_ndarray()


def read_sound(path: Path) -> np.ndarray:
    """float32 [samples], mono at 16 kHz; empty where the clip has none."""
    with av.open(str(path)) as clip:
        if not clip.streams.audio:
            return np.zeros(0, np.float32)
        resampler = av.AudioResampler(format="flt", layout="mono", rate=onsets.rate)
        frames = [*clip.decode(clip.streams.audio[0]), None]
        return np.concatenate([out.to_ndarray().ravel() for frame in frames for out in resampler.resample(frame)])


def rows(path: Path) -> Iterator[str]:
    """The table's lines for one clip."""
    frames = read_picture(path)
    seconds = float(frames.times_s[-1]) + 1 / 25
    started = time.perf_counter()
    action = look(frames, seconds, lambda: None)
    pace = len(frames.times_s) / (time.perf_counter() - started)
    found_s = cues_of(action)
    heard_s = onsets.find_onsets(read_sound(path))
    if len(heard_s):
        yield _row(path.name, "heard", found_s, list(heard_s), seconds)
    if path.name in noted_s:
        yield _row(path.name, "noted", found_s, noted_s[path.name], seconds)
    if not len(heard_s):
        yield f"{path.name:28} silent        {len(found_s):4}"
    yield f"{'':28} {pace:.0f} pictures/s; cues at " + " ".join(f"{time_s:.2f}" for time_s in found_s)


def cues_of(action: Action) -> list[float]:
    return [contact.time_s for contact in action.contacts if contact.kind != "cut"]


def _row(name: str, against: str, found_s: Sequence[float], true_s: Sequence[float], seconds: float) -> str:
    fit = onsets.compare(found_s, true_s, seconds)
    return (
        f"{name:28} {against:8} {len(true_s):4} {len(found_s):4} {fit.matched:4} {fit.precision:5.2f} "
        f"{fit.recall:5.2f} {fit.f1:5.2f} {fit.chance:6.2f} {fit.over_chance:5.2f}"
    )


def main(folder: str) -> None:
    print(heading)
    for path in sorted(Path(folder).glob("*.mp4")):
        for row in rows(path):
            print(row)


if __name__ == "__main__":
    main(sys.argv[1])
