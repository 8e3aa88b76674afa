"""A take that was made before the editor had a word on its voices: steps 0 to 2 are gone on with, not run again."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb

from . import takes
from .models.exchange import Model, Sound

kept_steps = (pb.preparing, pb.planning, pb.generating, pb.judging)


@dataclass(frozen=True)
class Earlier:
    """take: as it was written; coarse: what step 1 had made, read back from its file bit for bit."""

    take: pb.Take
    coarse: Sound

    @property
    def steps(self) -> list[pb.StepNote]:
        """The notes of the steps that need not be run again."""
        return [note for note in self.take.steps if note.step in kept_steps]

    @property
    def cues(self) -> list[pb.Cue]:
        """Of the first sound; a take that was made again tells only those of its second one."""
        return [] if self.take.outcome == pb.regenerated else list(self.take.cues)


def find(request: pb.GenerateRequest, models: Sequence[Model]) -> Earlier | None:
    """The same request's take without the editor's word; None where there is none that was judged."""
    before = pb.GenerateRequest()
    before.CopyFrom(request)
    before.ClearField("voices")
    take = takes.find(before, request_id(before), models)
    if take is None or take.verdict.option == pb.not_asked:
        return None
    return Earlier(take, read(Path(request.out_dir) / take.with_voices.path))


def read(path: Path) -> Sound:
    """A sound file of ours: 24-bit samples, float32 [channels, samples]."""
    with wave.open(str(path), "rb") as file:
        content = np.frombuffer(file.readframes(file.getnframes()), np.uint8)
        channels, rate = file.getnchannels(), file.getframerate()
    whole = np.zeros((content.size // 3, 4), np.uint8)
    whole[:, 1:] = content.reshape(-1, 3)
    samples = whole.view("<i4").reshape(-1, channels).T.astype(np.float32) / np.float32(1 << 31)
    return Sound(np.ascontiguousarray(samples), rate)
