"""Plays a take on the default device as the panel does: `listening.py WITH_VOICES WITHOUT_VOICES DEVICE_LEAVES`."""

from __future__ import annotations

import os
import signal
import sys
import time
from fractions import Fraction
from pathlib import Path

from PyQt6.QtCore import QCoreApplication, QTimer

from foleyline_plugin.ui.review.player import Player
from foleyline_plugin.ui.review.times import TakeTimes
from foleyline_plugin.ui.review.wave_file import WaveFile

rate = Fraction(24000, 1001)
switched_after_ms = 150
played_ms = 1500


def main(with_voices: str, without_voices: str, leaves: str) -> None:
    app, player = QCoreApplication([]), Player()
    player.told.connect(lambda trouble: print("told", trouble.value, flush=True))
    player.load(TakeTimes(rate, 86400, 0, 120, 0, False), None)
    player.hand(WaveFile(Path(with_voices)), WaveFile(Path(without_voices)))
    switching = QTimer()
    switching.timeout.connect(player.swap)
    switching.start(switched_after_ms)
    player.moved.connect(lambda: print("at", time.monotonic(), player.position, flush=True))
    player.play(1.0)
    if leaves != "0":
        QTimer.singleShot(played_ms // 4, lambda: os.kill(int(leaves), signal.SIGKILL))
    QTimer.singleShot(played_ms if leaves == "0" else 3 * played_ms, app.quit)
    app.exec()
    print("position", player.position, flush=True)
    player.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
