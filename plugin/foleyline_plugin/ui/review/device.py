"""The default sound device by way of QtMultimedia, which is only imported once something is to be heard."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from foleyline.timing import delivery_rate

from .output import ClockSink, Sink, Trouble, held_n

beyond_n = 1024
"""What a device holds beyond the buffer that Qt tells of: 1024 samples with Qt 6.11 over PulseAudio, and about that
elsewhere."""

stuck_s = 1.0

if TYPE_CHECKING:
    from PyQt6.QtMultimedia import QAudioDevice


def open_default() -> tuple[Sink, Trouble]:
    """The default device, or a clock where there is none or it does not take our samples."""
    try:
        from PyQt6.QtMultimedia import QMediaDevices
    except ImportError:  # a machine without a sound library
        return ClockSink(), Trouble.no_library
    device = QMediaDevices.defaultAudioOutput()
    if device.isNull():
        return ClockSink(), Trouble.no_device
    try:
        return DeviceSink(device), Trouble.none
    except OSError:
        return ClockSink(), Trouble.refused


class DeviceSink:
    """48 kHz stereo on a device, as float or, where it takes none, as 16 bits."""

    def __init__(self, device: QAudioDevice) -> None:
        """Raises OSError where the device takes neither."""
        from PyQt6.QtMultimedia import QAudioFormat, QAudioSink

        wanted = QAudioFormat()
        wanted.setSampleRate(delivery_rate)
        wanted.setChannelCount(2)
        wanted.setSampleFormat(QAudioFormat.SampleFormat.Float)
        self._is_float = device.isFormatSupported(wanted)
        if not self._is_float:
            wanted.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        self._frame_size = wanted.bytesPerFrame()
        self._put_n = 0
        self._heard = (0.0, time.monotonic())
        self._sink = QAudioSink(device, wanted)
        self._sink.setBufferSize(2 * held_n * self._frame_size)
        self._port = self._sink.start()
        self._check()

    def _check(self) -> None:
        from PyQt6.QtMultimedia import QAudio

        is_well = self._sink.error() in (QAudio.Error.NoError, QAudio.Error.UnderrunError)
        if self._port is None or not is_well or self._sink.state() == QAudio.State.StoppedState:
            raise OSError("the sound device is gone")

    def room(self) -> int:
        self._check()
        return self._sink.bytesFree() // self._frame_size

    def put(self, samples: np.ndarray) -> None:
        self._check()
        content = samples if self._is_float else np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2")
        written = self._port.write(content.tobytes()) if self._port else -1
        if written < 0:
            raise OSError("the sound device takes nothing more")
        self._put_n += written // self._frame_size

    def played(self) -> float:
        self._check()
        waiting = (self._sink.bufferSize() - self._sink.bytesFree()) / self._frame_size
        self._check_moves(self._put_n - waiting, waiting > 0)
        return max(0.0, self._put_n - waiting - beyond_n)

    def _check_moves(self, taken: float, has_more: bool) -> None:
        """Qt 6.11 does not tell that a sound server died; what it was given then waits for ever."""
        if taken != self._heard[0] or not has_more:
            self._heard = taken, time.monotonic()
        elif time.monotonic() - self._heard[1] > stuck_s:
            raise OSError("the sound device takes nothing more")

    def close(self) -> None:
        self._sink.stop()
