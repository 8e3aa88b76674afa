"""The two files of a clip's stems, written side by side: names, time stamps and notes, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from foleyline import version
from foleyline.v1 import engine_pb2 as pb

from . import naming, takes
from .journey import Journey
from .media import broadcast_wav, loudness, timing
from .media.growing_wav import Growing, growing

kinds = {"DX": "dialogue", "ME": "music and effects"}


@dataclass
class StemFiles:
    """Both files of one clip, dialogue first."""

    clip: Journey
    paths: Sequence[Path]
    grown: list[Growing] = field(default_factory=list)

    def add(self, dialogue: np.ndarray, rest: np.ndarray) -> None:
        """The next samples of both, whole steps of 24 bits [channels, n]."""
        for file, steps in zip(self.grown, (dialogue, rest), strict=True):
            file.add(steps)

    def take(self, outcome: pb.Outcome) -> pb.Take:
        """What is told of them once they are written; the steps are still to be added."""
        clip = self.clip
        dialogue, rest = (self._file(path, grown) for path, grown in zip(self.paths, self.grown, strict=True))
        return pb.Take(
            request=clip.request,
            request_id=clip.request_id,
            dialogue=dialogue,
            without_voices=rest,
            verdict=clip.verdict,
            outcome=outcome,
            notes=clip.notes,
            terms=clip.terms,
            media_stamp=takes.media_stamp(clip.request.clip.media),
        )

    def _file(self, path: Path, grown: Growing) -> pb.SoundFile:
        return pb.SoundFile(
            path=f"{path.parent.name}/{path.name}",
            sha256=takes.sha256_of(path),
            samples=grown.written_n,
            sample_rate=broadcast_wav.delivery_rate,
            channels=2,
            time_reference=timing.time_reference(self.clip.request.clip),
            loudness=loudness.told(grown.loudness),
        )


@contextmanager
def writing(clip: Journey, model: str) -> Iterator[StemFiles]:
    """Files that are there once the block is left, and neither of them where it is left by an error.

    Raises E-LONG, E-DISK, E-OUT.
    """
    folder = takes.audio_folder(Path(clip.request.out_dir))
    names = naming.stem_names(clip.request, clip.request_id, kinds)
    files = StemFiles(clip, [folder / name for name in names])
    shape = (2, timing.length_n(clip.request.clip))
    dialogue, rest = (_told(clip, model, kind) for kind in kinds)
    with growing(files.paths[0], shape, **dialogue) as first, growing(files.paths[1], shape, **rest) as second:
        files.grown = [first, second]
        yield files


def _told(clip: Journey, model: str, kind: str) -> dict[str, Any]:
    request = clip.request
    what = f"{kinds[kind]} stem of the production sound"
    history = (
        f"A=PCM,F=48000,W=24,M=stereo,T=production sound parted by {model}, seed {request.seed}\r\n"
        f"A=PCM,F=48000,W=24,M=stereo,T=Foleyline {version}, TPDF dither where there is a voice\r\n"
    )
    return {
        "description": f"{what.capitalize()}: {request.clip.name}",
        "originator": takes.originator,
        "reference": clip.request_id,
        "created_s": request.created_s,
        "time_reference": timing.time_reference(request.clip),
        "coding_history": history,
        "ixml": broadcast_wav.ixml(
            request,
            models=[model],
            terms=clip.terms,
            note=what,
            tracks=(f"{kind} L", f"{kind} R"),
            disclosed="AI separated",
        ),
    }
