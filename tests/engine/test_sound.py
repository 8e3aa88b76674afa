"""A clip's own sound: placed to the sample, as long as the take, silent where there is none."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from av.audio.frame import AudioFrame

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.media import timing
from foleyline_engine.media.sound import read_sound

samples = Path(__file__).parents[3] / "shared" / "samples" / "footage"


def proceed() -> None:
    """The check of a clip that is wanted to the end."""


@cache
def noise(seconds: float, rate: int, channels: int = 1) -> np.ndarray:
    """[samples, channels], band-limited, different everywhere: its place is found by correlation."""
    dice = np.random.default_rng(5)
    spectrum = np.fft.rfft(dice.normal(size=(round(seconds * rate), channels)), axis=0)
    spectrum[int(len(spectrum) * 12000 / (rate / 2)) :] = 0
    wave = np.fft.irfft(spectrum, n=round(seconds * rate), axis=0)
    return (0.25 * wave / wave.std()).clip(-0.9, 0.9)


def offset_n(heard: np.ndarray, expected: np.ndarray) -> int:
    """How many samples later than expected a sound is heard."""
    size = 1 << (len(heard) + len(expected)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(expected, size))
    place = int(np.fft.irfft(product, size).argmax())
    return place if place < size // 2 else place - size


@pytest.fixture(scope="module")
def talkie(tmp_path_factory, ffmpeg):
    """Makes movies of 8 s with the noise as their sound."""
    folder = tmp_path_factory.mktemp("talkie")

    def make(name: str, rate: int, *codec: str, fps: str = "25") -> Path:
        if (folder / name).exists():
            return folder / name
        wave = folder / f"{rate}.wav"
        soundfile.write(wave, noise(8, rate), rate, subtype="FLOAT")
        picture = ("-f", "lavfi", "-i", f"testsrc2=s=64x48:r={fps}:d=8", "-c:v", "libx264", "-bf", "2", "-g", "60")
        ffmpeg(*picture[:4], "-i", wave, *picture[4:], *codec, folder / name)
        return folder / name

    return make


@pytest.mark.parametrize(
    ("name", "rate", "codec"),
    [
        ("pcm48.mov", 48000, ("-c:a", "pcm_s16le")),
        ("pcm44.mov", 44100, ("-c:a", "pcm_s24le")),
        ("pcm96.mkv", 96000, ("-c:a", "pcm_f32le")),
        ("pcm44.mkv", 44100, ("-c:a", "pcm_s16le")),
        ("aac48.mp4", 48000, ("-c:a", "aac", "-b:a", "192k")),
        ("aac44.mp4", 44100, ("-c:a", "aac", "-b:a", "192k")),
        ("aac44.mkv", 44100, ("-c:a", "aac", "-b:a", "192k")),
        ("aac48.ts", 48000, ("-c:a", "aac", "-b:a", "192k")),
        ("mp3.mp4", 44100, ("-c:a", "libmp3lame", "-b:a", "192k")),
        ("opus.mp4", 48000, ("-c:a", "libopus", "-b:a", "160k")),
        ("ac3.mp4", 48000, ("-c:a", "ac3", "-b:a", "192k")),
        ("pcm.mxf", 48000, ("-c:v", "mpeg2video", "-c:a", "pcm_s16le")),
        ("pcm.avi", 44100, ("-c:v", "mpeg4", "-bf", "0", "-c:a", "pcm_s16le")),
    ],
)
@pytest.mark.parametrize("start", [0, 110])
def test_sound_lies_where_its_picture_does(talkie, clip, name, rate, codec, start) -> None:
    path = talkie(name, rate, *codec)
    heard = read_sound(clip(path, start, 50), proceed)
    assert heard.samples.shape == (2, 96000) and heard.samples.dtype == np.float32
    assert (heard.samples[0] == heard.samples[1]).all()
    expected = noise(8, 48000)[:, 0] if rate == 48000 else resampled(noise(8, rate)[:, 0], rate)
    # Transport streams and Matroska's milliseconds state times less finely than samples.
    slack = {"ts": 2}.get(name[-2:], 1)
    found = offset_n(heard.samples[0], expected[start * 1920 : start * 1920 + 96000])
    assert abs(found) <= slack


def resampled(wave: np.ndarray, rate: int) -> np.ndarray:
    """By Fourier transform: exact for what is band-limited and long."""
    count = len(wave) * 48000 // rate
    spectrum = np.fft.rfft(wave)
    return np.fft.irfft(spectrum, n=count) * count / len(wave)


def test_clicks_are_found_to_the_sample(tmp_path, clip, ffmpeg) -> None:
    wave = np.zeros((48000 * 4, 2))
    clicks = [0, 1, 12345, 95999, 96000, 48000 * 4 - 1]
    wave[clicks] = 0.5
    soundfile.write(tmp_path / "a.wav", wave, 48000, subtype="PCM_24")
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=64x48:r=24000/1001:d=4",
        "-i",
        tmp_path / "a.wav",
        "-c:a",
        "copy",
        tmp_path / "a.mov",
    )
    rate = Fraction(24000, 1001)
    heard = read_sound(clip(tmp_path / "a.mov", 0, 48, rate, head_handle=12, tail_handle=12), proceed)
    head = timing.head_n(clip("", 0, 48, rate, head_handle=12))
    assert head == 24024 and heard.samples.shape[1] == 72 * 2002
    found = np.flatnonzero(np.abs(heard.samples[0]) > 0.1)
    assert found.tolist() == [click + head for click in clicks if click + head < 72 * 2002]


@pytest.mark.parametrize("cut", ["0.52", "2.0"])
def test_edit_lists_move_sound_with_the_picture(talkie, clip, ffmpeg, cut) -> None:
    path = talkie("long.mp4", 48000, "-c:a", "aac", "-b:a", "192k")
    edited = path.with_name(f"edited{cut}.mp4")
    ffmpeg("-ss", cut, "-i", path, "-c", "copy", "-avoid_negative_ts", "disabled", edited)
    heard = read_sound(clip(edited, 25, 50), proceed).samples[0]
    begin = round((float(cut) + 1) * 48000)
    assert abs(offset_n(heard, noise(8, 48000)[begin : begin + 96000, 0])) <= 1


@pytest.mark.parametrize("ending", ["mkv", "ts"])
def test_sound_that_begins_before_or_after_the_picture(talkie, clip, ffmpeg, ending) -> None:
    path = talkie("late.mov", 48000, "-c:a", "pcm_s16le")
    late = path.with_name(f"late.{ending}")
    for shift in ("0.4", "-0.4"):
        codec = "aac" if ending == "ts" else "copy"
        ffmpeg(
            "-i",
            path,
            "-itsoffset",
            shift,
            "-i",
            path,
            "-map",
            "0:v",
            "-map",
            "1:a",
            "-c:v",
            "copy",
            "-c:a",
            codec,
            late,
        )
        heard = read_sound(clip(late, 25, 50), proceed).samples[0]
        begin = round((1 - float(shift)) * 48000)
        assert abs(offset_n(heard, noise(8, 48000)[begin : begin + 96000, 0])) <= (2 if ending == "ts" else 1)


def test_silence_outside_of_the_media(talkie, clip) -> None:
    path = talkie("pcm48.mov", 48000, "-c:a", "pcm_s16le")
    heard = read_sound(clip(path, 5, 193, head_handle=10, tail_handle=10), proceed).samples
    assert heard.shape == (2, 213 * 1920)
    assert not heard[:, : 5 * 1920].any() and heard[:, 5 * 1920 : 6 * 1920].any()
    assert heard[:, -9 * 1920 : -8 * 1920].any() and not heard[:, -8 * 1920 :].any()


def test_gaps_in_time_are_silence(tmp_path, clip) -> None:
    wave = (noise(4, 48000)[:, 0] * 32767).astype(np.int16)
    path = tmp_path / "gap.mka"
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=48000, layout="mono")
        for begin in range(0, 192000, 1600):
            if 48000 <= begin < 72000:
                continue
            frame = AudioFrame.from_ndarray(wave[None, begin : begin + 1600], format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, begin, Fraction(1, 48000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    heard = read_sound(clip(path, 0, 100), proceed).samples[0]
    expected = wave[:192000] / 32768
    expected[48000:72000] = 0
    assert np.abs(heard - expected).max() < 1e-4


def test_peaks_beyond_full_scale_stay(tmp_path, clip) -> None:
    loud = noise(1, 48000, 2) * 8
    soundfile.write(tmp_path / "loud.wav", loud, 48000, subtype="FLOAT")
    heard = read_sound(clip(tmp_path / "loud.wav", 0, 25), proceed).samples
    assert np.abs(heard).max() > 2 and np.abs(heard.T - loud).max() < 1e-5


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("mono", [[1.0], [1.0]]),
        ("stereo", [[1, 0], [0, 1]]),
        ("5.1", [[1, 0, 0.7071, 0, 0.7071, 0], [0, 1, 0.7071, 0, 0, 0.7071]]),
        ("5.1(side)", [[1, 0, 0.7071, 0, 0.7071, 0], [0, 1, 0.7071, 0, 0, 0.7071]]),
        ("quad", [[1, 0, 0.7071, 0], [0, 1, 0, 0.7071]]),
    ],
)
def test_downmix(tmp_path, clip, layout, expected) -> None:
    count = len(expected[0])
    wave = (noise(1, 48000, count) * 16000).astype(np.int16)
    path = tmp_path / "mix.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000, layout=layout)
        frame = AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    heard = read_sound(clip(path, 0, 25), proceed).samples
    assert np.abs(heard - np.array(expected) @ (wave.T / 32768)).max() < 1e-3


def problem(asked: pb.Clip) -> str:
    with pytest.raises(FoleyError) as raised:
        read_sound(asked, proceed)
    return raised.value.code


def test_what_cannot_be_read(talkie, movie, tmp_path, clip) -> None:
    path = talkie("pcm48.mov", 48000, "-c:a", "pcm_s16le")
    silent = movie(tmp_path / "silent.mp4", [Fraction(index, 25) for index in range(10)])
    sequence = pb.ImageSequence(prefix="/shots/a.", suffix=".exr", count=10, rate_num=24, rate_den=1)
    assert problem(clip(path, 0, 50, time_scalar=2.0)) == "E-SPEED"
    assert problem(clip(path, 0, 50, time_scalar=-1.0)) == "E-SPEED"
    assert problem(clip(silent, 0, 5)) == "E-NOSOUND"
    assert problem(clip("", 0, 5, media=pb.Media(sequence=sequence))) == "E-NOSOUND"
    assert problem(clip(path, 0, 25 * 60 * 31)) == "E-LONG"
    assert problem(clip(tmp_path / "gone.mov", 0, 5)) == "E-MEDIA"


def test_speed_of_one_is_no_speed_change(talkie, clip) -> None:
    path = talkie("pcm48.mov", 48000, "-c:a", "pcm_s16le")
    assert read_sound(clip(path, 0, 5, time_scalar=1.0), proceed).samples.any()


def test_file_that_breaks_off(talkie, clip) -> None:
    path = talkie("fast.mp4", 48000, "-c:a", "aac", "-movflags", "+faststart")
    cut = path.with_name("cut.mp4")
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert read_sound(clip(cut, 0, 20), proceed).samples.any()
    assert problem(clip(cut, 150, 40)) == "E-FORMAT"


@pytest.mark.skipif(not samples.is_dir(), reason="sample footage lies beside the repository")
def test_real_footage(clip) -> None:
    silent = read_sound(clip(samples / "peppers_silent_track.mp4", 0, 219, Fraction(24000, 1001)), proceed)
    assert silent.samples.shape == (2, 219 * 2002) and not silent.samples.any()
    anvil = read_sound(clip(samples / "anvil_hits.mp4", 0, 120, Fraction(2997, 100)), proceed).samples
    assert np.abs(anvil).max() > 0.9
    assert problem(clip(samples / "tennis_no_audio.mp4", 0, 100, Fraction(30))) == "E-NOSOUND"
