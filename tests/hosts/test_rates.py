"""Sample-exact takes at every rate, and the sound of clip 500 starts where its picture does."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest
import soundfile
from benchmarks.material import timeline as long_timeline
from wavinfo import WavInfoReader

from foleyline.v1 import engine_pb2 as pb
from foleyline_plugin import request
from foleyline_plugin.hosts import otio_file
from foleyline_plugin.placing import Placement, place
from foleyline_plugin.timeline import read_clips

rates = {
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
    "50": Fraction(50),
    "59.94": Fraction(60000, 1001),
    "60": Fraction(60),
}


def exact(frames: int, rate: Fraction) -> int:
    """Samples at 48 kHz, halves up."""
    return int(Fraction(frames * 48000) / rate + Fraction(1, 2))


@pytest.mark.parametrize("name", rates)
def test_takes_have_the_samples_that_range_and_handles_ask_for(name, foleyline, movie, cut, tmp_path):
    rate = rates[name]
    media = movie(tmp_path / "shot.mp4", rate=str(rate), seconds=2)
    frames = round(rate)
    source = cut([media] * 2, frames=frames, rate=float(rate), start=3600 * round(rate) + 1)
    ran = foleyline(source, "--handles", "7", "--run", "direct")
    assert ran.code == 0, ran.out + ran.err
    for clip in ran.clips:
        asked = clip["take"]["request"]["clip"]
        head, tail = asked.get("head_handle", 0), asked.get("tail_handle", 0)
        assert tail == 7
        path = ran.folder / clip["take"]["without_voices"]["path"]
        assert soundfile.info(path).frames == exact(frames + head + tail, rate)
        start = int(asked["record_range"]["start"]["value"]) - head
        bext = WavInfoReader(str(path)).bext
        assert bext is not None and bext.time_reference == exact(start, rate)


@pytest.mark.parametrize("name", rates)
def test_the_five_hundredth_take_lies_on_its_clip(name, tmp_path):
    rate = rates[name]
    media = tmp_path / "shot.mov"
    media.touch()
    path = long_timeline(tmp_path / "cut.otio", [media], rate=rate, frames=37, clips=500)
    (cut,) = otio_file.read(path)
    clips = [spotted.clip for spotted in read_clips(cut, tmp_path)]
    asked = list(request.build(request.default(tmp_path, 0), clips))
    sound = pb.SoundFile(path="audio/a.wav", samples=1, sample_rate=48000, channels=2)
    takes = [
        Placement(pb.Take(request=each, request_id=str(n), with_voices=sound, without_voices=sound), tmp_path)
        for n, each in enumerate(asked)
    ]
    placed = place(cut, takes)
    lane = next(track for track in placed.tracks if track.name == "FLY 1")
    last = list(lane.find_clips())[-1]
    where = last.transformed_time_range(last.trimmed_range(), placed.tracks)
    assert where.start_time == otio.opentime.RationalTime(499 * 37, float(rate))
    assert clips[-1].record_range.start.value == 3600 * round(float(rate)) + 499 * 37
