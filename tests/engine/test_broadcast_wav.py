"""The files as others read them: soundfile, wavinfo, ffprobe."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
import wavinfo

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import broadcast_wav, timing, whole_file
from foleyline_engine.models.exchange import Sound

film = Fraction(24000, 1001)


def some_sound(seconds: float = 1.0, channels: int = 2, level: float = 0.2) -> Sound:
    dice = np.random.default_rng(3)
    return Sound((dice.normal(size=(channels, round(seconds * 48000))) * level).clip(-1, 1).astype(np.float32))


def write(path, sound: Sound, **changes) -> None:
    given = {
        "description": "AI generated Foley: Küche",
        "originator": "Foleyline",
        "reference": "3f9a1c2b",
        "created_s": 1_700_000_000,
        "time_reference": 172_972_805,
        "coding_history": "A=PCM,F=48000,W=24,M=stereo,T=scratch 1",
        "ixml": "<BWFXML/>",
    }
    broadcast_wav.write(path, sound, **{**given, **changes})


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def asked(clip) -> pb.GenerateRequest:
    shot = clip("/shots/a.mov", 0, 48, film, record_start=86400 + 130, head_handle=12, tail_handle=12)
    shot.name = "Sh \x07012 <&> “🎬”"
    return pb.GenerateRequest(
        clip=shot, prompt="gravel", negative_prompt="music", generator="scratch", seed=7, take=2, out_dir="/secret"
    )


def test_read_back(tmp_path) -> None:
    path, sound = tmp_path / "a.wav", some_sound(1.00002)
    write(path, sound)
    facts = soundfile.info(path)
    assert (facts.samplerate, facts.channels, facts.subtype, facts.frames) == (48000, 2, "PCM_24", 48001)
    values, _ = soundfile.read(path, dtype="float64")
    assert np.abs(values.T - sound.samples).max() <= 2 / (1 << 23)
    bext = wavinfo.WavInfoReader(str(path)).bext
    assert bext is not None
    assert bext.description.startswith("AI generated Foley: Kuche")
    assert (bext.originator, bext.originator_ref) == ("Foleyline", "3f9a1c2b")
    assert (bext.originator_date, bext.originator_time) == ("2023-11-14", "22:13:20")
    assert (bext.time_reference, bext.version) == (172_972_805, 2)
    assert "T=scratch 1" in bext.coding_history


def test_bext_carries_the_loudness(tmp_path) -> None:
    write(tmp_path / "a.wav", some_sound(4.0))
    bext = wavinfo.WavInfoReader(str(tmp_path / "a.wav")).bext
    assert bext is not None
    measured = broadcast_wav.measure_all(some_sound(4.0))
    assert bext.loudness_value == pytest.approx(measured.integrated_lufs, abs=0.006)
    assert bext.max_true_peak == pytest.approx(measured.true_peak_dbtp, abs=0.006)


def test_chunks_fill_the_file_exactly(tmp_path) -> None:
    for count in (47999, 48000):
        write(tmp_path / "a.wav", some_sound(count / 48000, channels=1), ixml="<BWFXML>odd</BWFXML>")
        content = (tmp_path / "a.wav").read_bytes()
        assert int.from_bytes(content[4:8], "little") == len(content) - 8
        place, names = 12, []
        while place < len(content):
            names.append(content[place : place + 4])
            size = int.from_bytes(content[place + 4 : place + 8], "little")
            place += 8 + size + size % 2
        assert place == len(content) and names == [b"bext", b"iXML", b"fmt ", b"data"]


def test_same_take_same_bytes(tmp_path) -> None:
    for name in ("a.wav", "b.wav"):
        write(tmp_path / name, some_sound())
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_dither_is_triangular_and_unbiased(tmp_path) -> None:
    value = 1000.3 / (1 << 23)
    write(tmp_path / "a.wav", Sound(np.full((1, 200_000), value, np.float32)))
    steps = soundfile.read(tmp_path / "a.wav", dtype="int32")[0] / 256
    assert steps.mean() == pytest.approx(1000.3, abs=0.01)
    assert steps.var() == pytest.approx(2 / 12 + 1 / 12, abs=0.01)


def test_silence_stays_silence_and_24_bit_stays_bit_exact(tmp_path) -> None:
    half = some_sound()
    half.samples[:, :24000] = 0
    write(tmp_path / "half.wav", half)
    assert not soundfile.read(tmp_path / "half.wav", dtype="int32")[0][:24000].any()
    whole = np.random.default_rng(1).integers(-(1 << 23), 1 << 23, (2, 48000))
    write(tmp_path / "exact.wav", Sound((whole / (1 << 23)).astype(np.float32)))
    assert (soundfile.read(tmp_path / "exact.wav", dtype="int32")[0] // 256 == whole.T).all()


def test_full_scale_is_kept_and_more_is_refused(tmp_path) -> None:
    write(tmp_path / "a.wav", Sound(np.array([[1.0, -1.0, 0.5]], np.float32)))
    steps = soundfile.read(tmp_path / "a.wav", dtype="int32")[0] // 256
    assert steps.tolist() == [(1 << 23) - 1, -(1 << 23), 1 << 22]
    for value in (1.0001, -1.5, np.nan, np.inf):
        with pytest.raises(ValueError, match="full scale"):
            write(tmp_path / "b.wav", Sound(np.array([[0.0, value]], np.float32)))
    with pytest.raises(ValueError, match="44100"):
        write(tmp_path / "b.wav", Sound(np.zeros((1, 10), np.float32), 44100))
    assert names(tmp_path) == ["a.wav"]


def test_ixml(tmp_path, asked) -> None:
    stamp = timing.time_reference(asked.clip)
    text = broadcast_wav.ixml(asked, models=["scratch 1.0", "fill 1.0"], note="voices removed")
    write(tmp_path / "a.wav", some_sound(), ixml=text, time_reference=stamp)
    read = wavinfo.WavInfoReader(str(tmp_path / "a.wav")).ixml
    assert read is not None
    assert (read.project, read.take) == ("Reel 2", "2")
    root = ElementTree.fromstring(text.partition("\n")[2])
    speed = {child.tag: child.text for child in root.find("SPEED") or []}
    assert speed["TIMECODE_RATE"] == "24000/1001" and speed["TIMECODE_FLAG"] == "NDF"
    high, low = (int(speed[f"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_{part}"] or "") for part in ("HI", "LO"))
    assert (high << 32) + low == stamp == (86400 + 118) * 2002
    assert root.findtext("SCENE") == "Sh \ufffd012 <&> “🎬”"
    assert "AI generated: scratch 1.0, fill 1.0" in root.findtext("NOTE", "")
    assert [track.findtext("NAME") for track in root.iter("TRACK")] == ["Foley L", "Foley R"]
    user = json.loads(root.findtext("USER", ""))
    assert user["request"]["negative_prompt"] == "music" and "out_dir" not in user["request"]


def test_drop_frame_is_said(asked) -> None:
    asked.clip.drop_frame = True
    assert "<TIMECODE_FLAG>DF<" in broadcast_wav.ixml(asked, models=["x"])


def test_ffprobe_reads_the_time_reference(tmp_path) -> None:
    write(tmp_path / "a.wav", some_sound())
    command = ["ffprobe", "-v", "error", "-show_entries", "format_tags=time_reference,comment", "-of", "json"]
    told = subprocess.run([*command, tmp_path / "a.wav"], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout)["format"]["tags"]["time_reference"] == "172972805"
    assert not told.stderr


def code_of(call) -> str:
    with pytest.raises(FoleyError) as problem:
        call()
    return problem.value.code


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "E-DISK"), (errno.EDQUOT, "E-DISK"), (errno.EROFS, "E-OUT")]
)
def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path, monkeypatch, number, code) -> None:
    def fail(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(whole_file.os, "fsync", fail)
    assert code_of(lambda: write(tmp_path / "a.wav", some_sound())) == code
    assert names(tmp_path) == []


def test_folder_that_is_a_file(tmp_path) -> None:
    (tmp_path / "file").write_text("x")
    assert code_of(lambda: write(tmp_path / "file" / "a.wav", some_sound())) == "E-OUT"


def test_drafts_of_a_crash_are_cleared_away(tmp_path) -> None:
    path = tmp_path / "a.wav"
    killed = iter([b"x"])
    with pytest.raises(KeyboardInterrupt):
        whole_file.write(path, (interrupt(part) for part in killed))
    assert names(tmp_path) == []
    (tmp_path / f".{whole_file.draft_key(path)}-00000000.part").write_bytes(b"half")
    write(path, some_sound())
    assert names(tmp_path) == ["a.wav"]


def interrupt(part: bytes) -> bytes:
    raise KeyboardInterrupt
