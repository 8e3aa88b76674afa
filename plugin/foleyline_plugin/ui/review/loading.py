"""Opens a take's two files and has them analyzed, all in a thread of its own: a slow disk holds up nobody."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from foleyline.timing import delivery_rate
from foleyline.v1 import engine_pb2 as pb

from .analysis import draw
from .wave_file import Silence, Sound, Unreadable, WaveFile

Tell = Callable[..., None]


@dataclass(frozen=True)
class Missing:
    """A file of the take that cannot be heard. reason: empty where it is not there."""

    name: str
    reason: str = ""


class Loading:
    """Versions are numbered as in the player: 0 with voices, 1 without.

    Tells `opened` with both sounds, silence for one that is not there; `missed` with a version and what is Missing;
    `drawn` with a version and its Drawing, first the wave alone.
    """

    def __init__(self, take: pb.Take, out_dir: Path, length_n: int, tell: Tell) -> None:
        self._files = take.with_voices, take.without_voices
        self._out_dir, self._length_n, self._tell = out_dir, length_n, tell
        self._is_stopped = threading.Event()
        self._open: list[WaveFile] = []
        self._thread = threading.Thread(target=self._work, name="review sound files", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stops what still goes on and has the files closed."""
        self._is_stopped.set()

    def join(self) -> None:
        """Waits for the thread, but not for a disk that does not answer."""
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _work(self) -> None:
        sounds = [self._sound(version, file) for version, file in enumerate(self._files)]
        self._say("opened", *sounds)
        draw(sounds, delivery_rate, self._is_stopped, partial(self._say, "drawn"))
        self._is_stopped.wait()
        for file in self._open:
            file.close()

    def _sound(self, version: int, file: pb.SoundFile) -> Sound:
        if not file.path:
            return Silence(self._length_n)
        path = self._out_dir / file.path
        try:
            if not Path(os.path.normpath(path)).is_relative_to(os.path.normpath(self._out_dir)):
                raise FileNotFoundError(path)
            sound = WaveFile(path)
        except FileNotFoundError:
            missing = Missing(path.name)
        except (OSError, Unreadable) as problem:
            missing = Missing(path.name, str(getattr(problem, "strerror", None) or problem))
        else:
            self._open.append(sound)
            if sound.rate == delivery_rate:
                return sound
            missing = Missing(path.name, f"{sound.rate} Hz")
        self._say("missed", version, missing)
        return Silence(self._length_n)

    def _say(self, what: str, *rest: object) -> None:
        if not self._is_stopped.is_set():
            self._tell(what, *rest)
