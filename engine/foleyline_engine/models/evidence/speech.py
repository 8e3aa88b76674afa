"""Speech probability of a mono sound, by the network that ships in the package `silero_vad`.

The package itself is not imported: that would load torch. Only its file is read, and run by onnxruntime.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime

from foleyline.errors import FoleyError

speech_rate = 16000
frame_n = 512
context_n = 64
state_n = 128
file_name = "silero_vad_16k_sequence.onnx"


class Speech:
    """A running listener: hand it the sound piece by piece, in whole frames but for the last one.

    The network sees frames of 512 samples behind the last 64 of the one before and carries an LSTM state.
    """

    def __init__(self) -> None:
        self._context = np.zeros(context_n, dtype=np.float32)
        self._state = (np.zeros((1, 1, state_n), np.float32), np.zeros((1, 1, state_n), np.float32))

    def hear(self, samples: np.ndarray) -> np.ndarray:
        """float32 [n] at 16 kHz -> probability of speech, float32 [ceil(n / 512)]; a short end is zero-padded."""
        count = -(-len(samples) // frame_n)
        if not count:
            return np.zeros(0, dtype=np.float32)
        line = np.concatenate(
            [self._context, samples, np.zeros(count * frame_n - len(samples), np.float32)],
            dtype=np.float32,
        )
        frames = np.lib.stride_tricks.sliding_window_view(line, context_n + frame_n)[::frame_n]
        hidden, cell = self._state
        probability, hidden, cell = _session().run(
            ["speech_probs", "hn", "cn"], {"input": np.ascontiguousarray(frames), "h": hidden, "c": cell}
        )
        self._state = (np.asarray(hidden), np.asarray(cell))
        self._context = line[-context_n:]
        return np.asarray(probability)


@cache
def _session() -> onnxruntime.InferenceSession:
    """One network for all threads; runs share it safely since their state is their own."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(_path(), options, providers=["CPUExecutionProvider"])


def _path() -> Path:
    found = importlib.util.find_spec("silero_vad")
    places = list(found.submodule_search_locations or []) if found else []
    for place in places:
        path = Path(place) / "data" / file_name
        if path.is_file():
            return path
    raise FoleyError("E-INSTALL", part="silero-vad", file=file_name)
