"""Pictures and sounds as the model wants them against golden files, and where ours differ on purpose."""

from fractions import Fraction

import av
import numpy as np
import pytest
import torch

from foleyline_engine.models.videollama2 import banks, hearing, pictures, resampling

rounding = 1e-4
same_share = 0.995
"""Of the cells of a filter bank; the others are one step of bfloat16 away."""
lsb = 1 / 32768


@pytest.mark.golden("videollama2", "video_preprocess")
def test_published_picking(reading):
    for case in reading.stated("uniform_sampling"):
        picked = pictures.pick_as_published(case["num_frames_of_video"], case["num_frames"])
        assert picked.tolist() == case["indices"], case


@pytest.mark.golden("videollama2", "video_preprocess")
def test_pixels(reading):
    frames, size = reading.tensor("in.frames_uint8").numpy(), reading.stated("size")
    made = {
        "pixel_values_inference": lambda count: pictures.pixels(frames, size),
        "pixel_values_pad_training": lambda count: pictures.pixels(frames, size, pad=True),
        "pixel_values_short_clip_padded_with_black": lambda count: pictures.pixels(
            pictures.with_black(frames, count), size
        ),
    }
    names = [name.removeprefix("out.") for name in reading.golden.names if name.startswith("out.")]
    assert names
    for name in names:
        reading.close(name, made[name](len(reading.tensor(f"out.{name}"))), rounding)


def test_black_pictures_follow_too_few():
    filled = pictures.with_black(np.full((2, 3, 4, 3), 9, np.uint8), 4)
    assert filled[:, 0, 0, 0].tolist() == [9, 9, 0, 0]


def test_ours_is_what_is_on_screen_in_the_middle_of_each_part():
    times_s = np.arange(240) / 24
    assert pictures.length_s(times_s) == pytest.approx(10.0)
    picked = pictures.pick(times_s, 16)
    assert picked.tolist() == [int(Fraction(2 * part + 1, 32) * 240) for part in range(16)]
    assert pictures.pick(times_s, 2, (0.5, 1.0)).tolist() == [150, 210]
    uneven = np.array([0.0, 0.1, 6.0])
    assert pictures.pick(uneven, 3).tolist() == [1, 1, 2]
    assert pictures.pick(np.array([0.0]), 3).tolist() == [0, 0, 0]


def close_in_steps(made, wanted, cells):
    """Each at most one step of bfloat16 away, and few at all."""
    assert made.shape == wanted.shape
    bits = [tensor.contiguous().view(torch.int16).int() for tensor in (made, wanted)]
    assert (made.sign() == wanted.sign()).all()
    steps = (bits[0] - bits[1]).abs()
    assert steps.max() <= 1
    assert (steps == 0).float().mean() >= cells


def cases(reading, is_file):
    return [case for case in reading.stated("cases") if ("route" in case) == is_file]


def sound_of(reading, case):
    """As the decoder gave it at 16 kHz, where that is known."""
    index = case["index"]
    if f"out.wave16k_mono{index}" in reading.golden.names:
        return reading.tensor(f"out.wave16k_mono{index}").float().flatten() * lsb
    wave = reading.tensor(f"in.wave{index}").numpy().T * lsb
    return resampling.mono(wave, case["sample_rate"], banks.rate)


@pytest.mark.golden("videollama2", "audio_preprocess")
def test_published_cuts_and_banks(reading):
    for case in cases(reading, is_file=False):
        sound, index = sound_of(reading, case), case["index"]
        cut = hearing.spans_as_published(len(sound))
        starts = [start_s * banks.rate for start_s, _ in case["clip_times"]]
        assert [start for start, _ in cut] == pytest.approx(starts, abs=1)
        assert sum(end - start for start, end in cut) == case["samples_concatenated"]
        made = hearing.of_pieces(sound, cut)
        assert [1, *made.shape] == case["fbank_shape"]
        rows = reading.tensor(f"in.fbank_row_index{index}").long()
        close_in_steps(made[rows], reading.tensor(f"out.fbank_rows{index}"), same_share)
        assert (made[case["rows_stored"] :] == case["remaining_rows_constant"]).all()


@pytest.mark.golden("videollama2", "audio_preprocess")
def test_banks_of_a_sound_alone(reading):
    for case in cases(reading, is_file=True):
        first = reading.tensor(f"in.audiofile{case['index']}")[:, 0].float() * lsb
        made = hearing.of_file(first)
        wanted = reading.tensor(f"out.audiofile_fbank_head{case['index']}")
        close_in_steps(made[: len(wanted)], wanted, same_share)
        assert (made[case["rows_stored"] :] == case["remaining_rows_constant"]).all()


@pytest.mark.golden("videollama2", "audio_preprocess")
def test_resampling_as_published(reading):
    for case in cases(reading, is_file=False):
        if f"out.wave16k_mono{case['index']}" in reading.golden.names:
            wave = reading.tensor(f"in.wave{case['index']}").numpy().T * lsb
            made = resampling.mono(wave, case["sample_rate"], banks.rate)
            wanted = reading.tensor(f"out.wave16k_mono{case['index']}").float().flatten() * lsb
            assert made.shape == wanted.shape
            assert (made - wanted).abs().max() <= 2 * lsb


@pytest.mark.parametrize("source_hz", [48000, 44100, 32000])
def test_resampling_as_ffmpeg(source_hz):
    samples = (np.random.default_rng(1).standard_normal((1, source_hz // 2 + 77)) / 10).astype(np.float32)
    converter = av.AudioResampler(format="flt", layout="mono", rate=banks.rate)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate = source_hz
    parts = [part.to_ndarray()[0] for part in [*converter.resample(frame), *converter.resample(None)]]
    made = resampling.resample(torch.from_numpy(samples[0]), source_hz, banks.rate).numpy()
    np.testing.assert_allclose(made, np.concatenate(parts), atol=1e-6)


@pytest.mark.parametrize("seconds", [0.4, 2.0, 2.3, 10.0, 16.0])
def test_ours_hears_to_the_end(seconds):
    length_n = round(seconds * banks.rate)
    cut = hearing.spans(length_n)
    assert len(cut) == 8
    assert cut[0][0] == 0
    assert cut[-1][1] == length_n
    assert hearing.seconds_heard(cut) == pytest.approx(seconds)


def test_the_published_rule_does_not():
    assert hearing.seconds_heard(hearing.spans_as_published(160000)) == 9.0


def test_longer_clips_in_more_pieces_as_long_as_there_is_room():
    assert hearing.seconds_heard(hearing.spans(29 * banks.rate)) == 29
    assert hearing.seconds_heard(hearing.spans(60 * banks.rate)) == 30
    assert hearing.of_pieces(torch.zeros(60 * banks.rate), hearing.spans(60 * banks.rate)).shape == (2998, 128)
