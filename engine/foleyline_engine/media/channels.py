"""Decoded audio of any layout and sample format to float stereo."""

from __future__ import annotations

import numpy as np
from av import AudioFrame

# ITU-R BS.775: centre and surrounds at -3 dB, the effects channel left out.
down = 0.5**0.5
gains = {
    "FL": (1.0, 0.0), "FR": (0.0, 1.0), "FC": (down, down), "LFE": (0.0, 0.0),
    "BL": (down, 0.0), "BR": (0.0, down), "SL": (down, 0.0), "SR": (0.0, down),
    "BC": (down * down, down * down), "FLC": (1.0, 0.0), "FRC": (0.0, 1.0), "DL": (1.0, 0.0), "DR": (0.0, 1.0),
}  # fmt: skip


def stereo(frame: AudioFrame) -> np.ndarray:
    """float32 [2, samples]; mono goes to both sides, values beyond full scale stay as they are."""
    channels = _planar(frame)
    if len(channels) == 1:
        return np.repeat(channels, 2, axis=0)
    matrix = _matrix([channel.name for channel in frame.layout.channels], len(channels))
    return channels if len(channels) == 2 and (matrix == np.eye(2)).all() else matrix @ channels


def _matrix(names: list[str], count: int) -> np.ndarray:
    if count == 2 or not any(name in gains for name in names):
        # Discrete tracks of a recorder: the first two are the ones that editors listen to.
        return np.eye(2, count, dtype=np.float32)
    return np.array([gains.get(name, (0.0, 0.0)) for name in names], np.float32).T


def _planar(frame: AudioFrame) -> np.ndarray:
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    return np.ascontiguousarray(_as_float(values))


def _as_float(values: np.ndarray) -> np.ndarray:
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - 128) / 128
    if values.dtype.kind == "i":
        return values.astype(np.float32) / np.float32(-float(np.iinfo(values.dtype).min))
    return values.astype(np.float32)
