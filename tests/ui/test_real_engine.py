"""The window over a real engine process with its built-in models, and that process killed under six clips."""

from __future__ import annotations

import os
import signal
import subprocess

import opentimelineio as otio
import pytest
import soundfile

from foleyline_plugin import engine
from foleyline_plugin.desk.settings import Settings
from foleyline_plugin.ui.app import open_window

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def film(tmp_path):
    """A timeline of six clips of one moving picture."""
    movie = tmp_path / "A001.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "9", "-pix_fmt", "yuv420p"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *source, str(movie)], check=True)
    timeline = otio.schema.Timeline("film", global_start_time=otio.opentime.RationalTime(90000, 25))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for n in range(6):
        span = otio.opentime.TimeRange(otio.opentime.RationalTime(n * 36, 25), otio.opentime.RationalTime(25 + n, 25))
        track.append(otio.schema.Clip(f"Sh {n + 1:03d}", otio.schema.ExternalReference(str(movie)), span))
    timeline.tracks.append(track)
    path = tmp_path / "film.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


@pytest.fixture
def window(qapp, monkeypatch):
    monkeypatch.setenv("FOLEYLINE_IDLE", "20")
    Settings(language="en").save()
    made = open_window(qapp)
    made.show()
    made.desk.start()
    yield made
    made.close()
    made.desk.stop()
    engine.stop()


def test_six_clips_an_engine_that_is_killed_and_lanes_in_the_end(window, film, qtbot):
    lamps = []
    window.board.engine_changed.connect(lambda: lamps.append(str(window.board.engine.state)))
    window.desk.open(film)
    qtbot.waitUntil(lambda: window.model.rowCount() == 6, timeout=60000)
    qtbot.waitUntil(lambda: window.model.picture(0) is not None, timeout=60000)
    window.commands.generate()
    qtbot.waitUntil(lambda: window.takes.review.list.takes.rowCount() >= 1, timeout=60000)
    os.kill(window.board.engine.hello.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: window.takes.review.list.takes.rowCount() == 6, timeout=60000)
    assert {"lost", "starting"} & set(lamps[lamps.index("ready") :]), "the lamp tells of it"
    assert window.takes.problems.list.takes.rowCount() == 0
    window.commands.place_all()
    qtbot.waitUntil(lambda: window.takes.placed.list.takes.rowCount() == 6, timeout=60000)
    out = film.parent / "Foley" / "film"
    qtbot.waitUntil(window.notice.isVisible, timeout=60000)
    written = otio.adapters.read_from_file(str(out / "film_foley.otio"))
    lanes = {track.name: track for track in written.tracks if track.name.startswith("FLY")}
    assert list(lanes) == ["FLY 1", "FLY 1 VOX"] and [lane.enabled for lane in lanes.values()] == [True, False]
    clips = list(lanes["FLY 1"].find_clips())
    assert [clip.name for clip in clips] == [f"Sh {n:03d} T1" for n in range(1, 7)]
    for clip in clips:
        assert soundfile.info(clip.media_reference.target_url).samplerate == 48000
    takes = list((out / ".foleyline" / "takes").iterdir())
    assert len(takes) == 6
    assert not [path for path in out.rglob("*") if path.name.endswith(".part")]
    assert out.joinpath("audio").is_dir()
