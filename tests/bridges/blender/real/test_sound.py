"""Where sound is heard: placed over the bridge, saved, opened again, mixed down, and looked for sample by sample."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foleyline.timing import samples
from foleyline_plugin.hosts.bridge import BridgeHost
from foleyline_plugin.hosts.host import Lane, Placing, Sound

from .test_conformance import bridged

rates = ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
frames = 40
handle = 12
at = 7
"""Frames into what is used of a take at which its click lies; not at its first sample, which Blender may drop."""


def click(path: Path, rate: Fraction, level: float = 0.5) -> str:
    """A stereo take with handles, one click of a sample in it. Blender plays stereo at its own level."""
    sound = np.zeros((samples(handle + frames + handle, rate), 2))
    sound[samples(handle + at, rate)] = level
    soundfile.write(path, sound, 48000, subtype="PCM_24")
    return str(path)


def placing(timeline, folder: Path, rate: Fraction, starts: list[int], shift: int = 0) -> Placing:
    sounds = [
        Sound(
            id=f"t{n}:{kind}",
            lane=lane,
            name=f"T{n} {kind}",
            path=click(folder / f"{n} {kind}.wav", rate, level),
            record=(start, frames),
            first=handle,
            frames=handle + frames + handle,
            shift=shift,
            notes={"why": "Nobody speaks.", "take": f"t{n}"},
        )
        for n, start in enumerate(starts)
        for lane, (kind, level) in enumerate((("clean", 0.5), ("vox", 0.25)))
    ]
    lanes = [Lane("FLY 1"), Lane("FLY 1 VOX", enabled=False)]
    return Placing(timeline.id, rate, timeline.start, "b1", ("Foley",), lanes, sounds)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("rate", rates)
async def test_a_click_is_heard_at_its_sample(blender, relay, movie, tmp_path, rate):
    exact, first = Fraction(rate), 1
    starts = [37, 37 + frames, 60 + 2 * frames]
    clip = {"channel": 1, "start": first, "frames": 30, "name": "Sh 010", "source": 0, "path": str(movie(rate, 240))}
    async with bridged(blender, relay, tmp_path, rate=rate, first=first, clips=[clip]) as lines:
        host = BridgeHost(lines, lambda event: None)
        placed = await host.place(wanted := placing(await host.timeline(), tmp_path, exact, starts))
        assert (len(placed.found), list(placed.left), list(placed.differences)) == (6, [], [])
        await host.close()
    kept = blender.do("mixing", file=str(tmp_path / "cut.blend"), wav=str(tmp_path / "mix.wav"), last=300)
    assert [(name, start, end) for name, _, _, start, end, _ in kept] == sorted(
        (sound.name, sound.record[0], sound.record[0] + frames) for sound in wanted.sounds
    )
    assert {(lane, is_muted) for _, lane, is_muted, *_ in kept} == {("FLY 1", False), ("FLY 1 VOX", True)}
    assert {notes["notes"]["why"] for *_, notes in kept} == {"Nobody speaks."}
    check_clicks(tmp_path / "mix.wav", [heard(start, first, exact) for start in starts])


def heard(start: int, first: int, rate: Fraction) -> Fraction:
    """The mix's sample, exact, at which the click of a take belongs that is used from frame start on.

    Blender's timeline begins at frame 0; it mixes from the whole sample in which the scene's first frame begins.
    """
    return (start - handle) * 48000 / rate + samples(handle + at, rate) - floor(first * 48000 / rate)


def check_clicks(wav: Path, expected: list[Fraction]) -> None:
    """Each within a sample of where it belongs, at unity, on both sides; nothing of the muted lane."""
    mix, mixed_at = soundfile.read(wav, always_2d=True)
    assert mixed_at == 48000
    loud = np.flatnonzero(np.abs(mix).max(axis=1) > 0.1)
    clusters = np.split(loud, np.flatnonzero(np.diff(loud) > 8) + 1)
    peaks = [int(cluster[np.abs(mix[cluster, 0]).argmax()]) for cluster in clusters]
    assert len(peaks) == len(expected)
    for peak, exact in zip(peaks, expected, strict=True):
        assert abs(peak - exact) <= 1
    assert mix[peaks] == pytest.approx(np.full((len(peaks), 2), 0.5), abs=0.01)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("shift", (333, -250))
async def test_a_shift_of_less_than_a_frame_is_heard_where_the_version_has_it(blender, relay, movie, tmp_path, shift):
    rate = Fraction(25)
    clip = {"channel": 1, "start": 1, "frames": 30, "name": "Sh 010", "source": 0, "path": str(movie("25", 240))}
    async with bridged(blender, relay, tmp_path, rate="25", first=1, clips=[clip]) as lines:
        host = BridgeHost(lines, lambda event: None)
        can = (await host.identify()).can
        placed = await host.place(placing(await host.timeline(), tmp_path, rate, [37], shift))
        await host.close()
    assert ("shift" in can) == (blender.kind != "3.4")
    told = [(each.what, each.asked, each.found) for each in placed.differences]
    assert told == ([] if "shift" in can else [("shift", shift, 0)] * 2)
    blender.do("mixing", file=str(tmp_path / "cut.blend"), wav=str(tmp_path / "mix.wav"), last=100)
    check_clicks(tmp_path / "mix.wav", [heard(37, 1, rate) + (shift if "shift" in can else 0)])


@pytest.mark.timeout(400)
@pytest.mark.parametrize("rate", ("24", "25", "30000/1001"))
async def test_a_click_at_the_takes_own_start_is_heard(blender, relay, movie, tmp_path, rate):
    """Frames 37 and 60, without handles, where every host is measured."""
    exact = Fraction(rate)
    sounds = []
    for n, start in enumerate((37, 60)):
        sound = np.zeros((samples(20, exact), 2))
        sound[1:4] = 0.5
        soundfile.write(tmp_path / f"{n}.wav", sound, 48000, subtype="PCM_24")
        sounds.append(Sound(f"t{n}:clean", 0, f"T{n}", str(tmp_path / f"{n}.wav"), (start, 20), 0, 20))
    clip = {"channel": 1, "start": 0, "frames": 30, "name": "Sh 010", "source": 0, "path": str(movie(rate, 240))}
    async with bridged(blender, relay, tmp_path, rate=rate, first=0, clips=[clip]) as lines:
        host = BridgeHost(lines, lambda event: None)
        seen = await host.timeline()
        lanes = [Lane("FLY 1")]
        placed = await host.place(Placing(seen.id, exact, seen.start, "b", ("Foley",), lanes, sounds))
        assert len(placed.found) == 2
        await host.close()
    blender.do("mixing", file=str(tmp_path / "cut.blend"), wav=str(tmp_path / "mix.wav"), last=100)
    mix, _ = soundfile.read(tmp_path / "mix.wav", always_2d=True)
    heard = np.flatnonzero(np.abs(mix[:, 0]) > 0.1)
    for start in (37, 60):
        exactly = start * 48000 / exact + 1
        near = heard[np.abs(heard - float(exactly)) < 200]
        assert near.size and abs(near[0] - exactly) <= 1
