"""Step 4's level rule against golden files: levels within tolerance, ratio and decision exact."""

import io

import numpy as np
import pytest
import soundfile

from foleyline.errors import FoleyError
from foleyline_engine import silence

stated = {"rms": 1e-6, "db": 1e-3}
"""For files whose header has no tolerance of their own."""


def sound_of(golden, name, case):
    if "uses" in case:
        return as_pcm16(golden.tensor(case["uses"].split()[0]))
    return golden.tensor(f"in.{name}")


def as_pcm16(sound):
    file = io.BytesIO()
    soundfile.write(file, sound.T, 44100, subtype="PCM_16", format="WAV")
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0].T


@pytest.mark.golden("silence", "level")
def test_level_rule(golden):
    defaults = golden.facts.get("defaults", {})
    limits = stated | golden.facts.get("tolerance", {})
    for name, case in golden.facts["cases"].items():
        sound = sound_of(golden, name, case)
        if "error" in case:
            with pytest.raises(FoleyError, match="E-SOUND"):
                silence.measure(sound)
            continue
        measured = silence.measure(sound, defaults.get("silence_thresh", -50), defaults.get("duration_thresh", 0.9))
        assert (measured.ratio, measured.is_silent) == (case["ratio"], case["is_silent"]), name
        compare(golden, name, measured, limits)
        for other in case.get("other_thresholds", []):
            again = silence.measure(sound, other.get("silence_thresh", -50), other.get("duration_thresh", 0.9))
            assert (again.ratio, again.is_silent) == (other["ratio"], other["is_silent"]), (name, other)


def compare(golden, name, measured, limits):
    if f"out.{name}.rms" in golden.names:
        np.testing.assert_allclose(
            measured.rms, golden.tensor(f"out.{name}.rms"), rtol=limits["rms"], atol=0, err_msg=name
        )
    if f"out.{name}.db" in golden.names:
        np.testing.assert_allclose(
            measured.db, golden.tensor(f"out.{name}.db"), rtol=0, atol=limits["db"], err_msg=name
        )
