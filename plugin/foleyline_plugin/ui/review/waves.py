"""Paints a sound's waveform and its spectrogram into pictures of a given size."""

from __future__ import annotations

import numpy as np
from PyQt6.QtGui import QColor, QImage

from .analysis import Peaks
from .colors import Colors

quietest_full = 0.01
"""A peak of -40 dBFS fills the height; what is quieter is not drawn louder than that."""


def scale_of(peaks: float) -> float:
    """Factor that lets a largest sample reach nine tenths of the half height."""
    return 0.9 / max(peaks, quietest_full)


def wave_image(peaks: Peaks, view: tuple[float, float], size: tuple[int, int], scale: float, color: QColor) -> QImage:
    """Premultiplied, transparent where there is no wave. view: samples of the take; size: device pixels."""
    width, height = size
    lowest, highest = (peaks.between(*view, width) * scale).T
    middle = (height - 1) / 2
    top = np.clip(np.round(middle - highest * middle), 0, height - 1)
    bottom = np.clip(np.round(middle - lowest * middle), 0, height - 1)
    rows = np.arange(height)[:, None]
    is_wave = (rows >= top) & (rows <= bottom)
    pixels = np.where(is_wave, np.uint32(color.rgba()), np.uint32(0))
    content = np.ascontiguousarray(pixels, np.uint32).tobytes()
    return QImage(content, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()


def mel_image(mel: np.ndarray, view: tuple[float, float], samples: int, colors: Colors) -> QImage:
    """The part of a spectrogram that lies in a view, a pixel a column and band."""
    columns = mel.shape[1]
    first = min(max(int(view[0] / samples * columns), 0), columns - 1)
    last = min(max(int(np.ceil(view[1] / samples * columns)), first + 1), columns)
    part = np.ascontiguousarray(mel[:, first:last])
    height, width = part.shape
    image = QImage(part.tobytes(), width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable(list(colors.heat))
    return image.copy()
