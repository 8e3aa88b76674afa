"""A 500-clip timeline read, planned and placed, models apart; and memory against the number of clips."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from foleyline.identity import request_id
from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin import request
from foleyline_plugin.hosts import otio_file
from foleyline_plugin.placing import Placement, place
from foleyline_plugin.timeline import read_clips, with_handles

from .material import timeline


def rows(footage: Path) -> Iterator[tuple[str, str, str, str]]:
    del footage
    for clips in (500, 2000):
        seconds, megabytes = _apart(clips)
        bound = "≤ 2 s" if clips == 500 else ""
        yield f"{clips} clips: read, plan, place, write", f"{seconds:.2f} s", f"{megabytes:.0f} MB in all", bound


def _apart(clips: int) -> tuple[float, float]:
    """In a process of its own, so that memory is this run's."""
    command = [sys.executable, "-m", "benchmarks.timeline", str(clips)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1])


def measure(clips: int) -> float:
    """Seconds for a timeline of so many one-second clips, from its file to the file with lanes."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        media = folder / "shot.mov"
        media.touch()
        path = timeline(folder / "cut.otio", [media], rate=Fraction(24000, 1001), frames=24, clips=clips)
        start = time.perf_counter()
        (cut,) = otio_file.read(path, media_folder=folder)
        spotted = read_clips(cut, folder)
        framed = [with_handles(each, 12) for each in spotted if not each.problem]
        requests = list(request.build(request.default(folder, 0), framed))
        placed = place(cut, [Placement(_take(asked), folder) for asked in requests])
        otio_file.write(placed, folder / "cut_foley.otio")
        seconds = time.perf_counter() - start
        assert len(requests) == clips
        return seconds


def _take(asked: pb.GenerateRequest) -> pb.Take:
    job = request_id(asked)
    file = pb.SoundFile(path=f"audio/{job}.wav", samples=48048, sample_rate=48000, channels=2)
    return pb.Take(request=asked, request_id=job, with_voices=file, without_voices=file)


if __name__ == "__main__":
    print(measure(int(sys.argv[1])), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
