"""Decodes the pictures around the playhead in a thread of its own and hands them out by frame of the take."""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtGui import QImage

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from . import times
from .loading import Tell

if TYPE_CHECKING:
    from .films import Film, Shown
    from .framing import Framing

ahead_frames = 12
"""Pictures made ready before they are needed."""
behind_frames = 48
"""Decoded at a time when playing backwards, so that a long group of pictures is not decoded for each one."""
worth_a_seek_s = 2.0
latest_s = 0.1
"""A picture is made at least this often on the way to one that is wanted, so that slow films still move."""
most_bytes = 96_000_000


class Gallery:
    """Converted pictures by their time in the source; the ones furthest from where they are wanted go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begins: list[float] = []
        self._held: dict[float, tuple[float, QImage]] = {}
        self._bytes = 0

    def find(self, source_s: float) -> QImage | None:
        with self._lock:
            place = bisect_right(self._begins, source_s) - 1
            if place < 0:
                return None
            end_s, image = self._held[self._begins[place]]
            return image if source_s < end_s else None

    def nearest(self, source_s: float) -> QImage | None:
        """The picture that begins closest to a moment, right or not."""
        with self._lock:
            if not self._begins:
                return None
            return self._held[min(self._begins, key=lambda begin_s: abs(max(begin_s, 0.0) - source_s))][1]

    def add(self, shown: Shown, image: QImage, wanted_s: float) -> None:
        with self._lock:
            if shown.begin_s not in self._held:
                self._begins.insert(bisect_right(self._begins, shown.begin_s), shown.begin_s)
                self._bytes += image.sizeInBytes()
            self._held[shown.begin_s] = shown.end_s, image
            while self._bytes > most_bytes and len(self._begins) > 1:
                self._drop(wanted_s)

    def _drop(self, wanted_s: float) -> None:
        first, last = self._begins[0], self._begins[-1]
        goes = 0 if wanted_s - max(first, 0) > last - wanted_s else -1
        _, image = self._held.pop(self._begins.pop(goes))
        self._bytes -= image.sizeInBytes()

    def clear(self) -> None:
        with self._lock:
            self._begins, self._held, self._bytes = [], {}, 0


class Screening:
    """The pictures of one take. Made, asked and closed by the window's thread; never blocks it.

    Tells `arrived` when another picture can be had, `failed` with the FoleyError that says why there is none.
    """

    def __init__(self, clip: pb.Clip, movie: Path | None, box: tuple[int, int], tell: Tell) -> None:
        self._tell = tell
        self._clip, self._movie = clip, movie
        self._gallery = Gallery()
        self._box = box
        self._framing: Framing | None = None
        self._playback: times.Playback | None = None
        self._shift_s = 0.0
        self._run: Iterator[Shown] | None = None
        self._at_s = math.inf
        self._shown_at = 0.0
        self._wanted: tuple[int, int] = (0, 1)
        self._frames = times.of(clip).frames
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, name="review picture", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def picture(self, frame: int) -> QImage | None:
        """What is on screen at a frame of the take, if it is ready."""
        return self._gallery.find(self._source_s(frame)) if self._playback else None

    def nearest(self, frame: int) -> QImage | None:
        """The best there is for a frame, for when decoding cannot keep up."""
        return self._gallery.nearest(self._source_s(frame)) if self._playback else None

    def want(self, frame: int, direction: int = 1) -> None:
        """The frame that is needed now; direction: which way playing goes on, -1 or 1."""
        with self._changed:
            if self._wanted != (frame, direction):
                self._wanted = frame, direction
                self._changed.notify()

    def fit(self, box: tuple[int, int]) -> None:
        """Other pictures for another size of the screen."""
        with self._changed:
            if box != self._box:
                self._box = box
                self._gallery.clear()
                self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._gallery.clear()

    def join(self) -> None:
        """Waits for the thread, but not for a disk that does not answer."""
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _source_s(self, frame: int) -> float:
        assert self._playback
        return self._playback.source_s(frame) + self._shift_s

    def _work(self) -> None:
        from . import films  # here, because what decodes is large and no window should wait for it

        try:
            film = films.open_film(self._clip.media, self._movie)
        except FoleyError as problem:
            self._say("failed", problem)
            return
        try:
            playback = times.playback(self._clip, film.start, film.rate)
            # A picture may say that it begins a little late; played backwards, its first moment is the one before's.
            self._shift_s = film.rounding_s if playback.speed >= 0 else -film.rounding_s - 1e-6
            self._playback = playback
            while (frame := self._next_missing()) is not None:
                self._decode(film, frame)
        except (FoleyError, *films.broken) as problem:
            self._say("failed", _as_ours(problem, self._name()))
        finally:
            film.close()
            if self._is_closed:
                self._gallery.clear()

    def _name(self) -> str:
        media = self._clip.media
        return (self._movie or Path(media.path or media.sequence.prefix)).name

    def _next_missing(self) -> int | None:
        """Waits for a frame that is wanted, or soon will be, and is not there; None when it is over."""
        with self._changed:
            while not self._is_closed:
                frame, direction = self._wanted
                for step in range(ahead_frames):
                    soon = frame + step * direction
                    if 0 <= soon < self._frames and self.picture(soon) is None:
                        return soon
                self._changed.wait()
        return None

    def _decode(self, film: Film, frame: int) -> None:
        """Decodes up to the frame, unless another one is wanted by then."""
        asked, framing = self._wanted, self._framed()
        target_s = self._source_s(frame)
        goes_back = (asked[1] < 0) != (self._source_s(1) < self._source_s(0))
        reach = self._source_s(1) - self._source_s(0)
        from_s = target_s - behind_frames * abs(reach) if goes_back else target_s
        for shown in self._pictures(film, from_s):
            self._at_s = shown.end_s
            if shown.end_s > from_s or time.monotonic() - self._shown_at > latest_s:
                self._shown_at = time.monotonic()
                self._gallery.add(shown, framing.image(shown.frame, shown.aspect), target_s)
                self._say("arrived")
            if target_s < shown.end_s or self._is_elsewhere(asked, framing):
                return
        raise FoleyError("E-FORMAT", name=self._name(), reason="its pictures cannot be decoded")

    def _framed(self) -> Framing:
        """Converts to the size that is wanted by now."""
        from .framing import Framing

        if self._framing is None or self._framing.box != self._box:
            self._framing = Framing(self._box)
        return self._framing

    def _pictures(self, film: Film, from_s: float) -> Iterator[Shown]:
        if self._run is None or not 0 <= from_s - self._at_s < worth_a_seek_s:
            self._run = film.run(from_s)
        return self._run

    def _is_elsewhere(self, asked: tuple[int, int], framing: Framing) -> bool:
        """Whether what is wanted by now is not on the way to what was asked for."""
        if self._is_closed or framing.box != self._box:
            return True
        frame, direction = self._wanted
        return direction != asked[1] or not 0 <= (frame - asked[0]) * direction <= 2 * ahead_frames

    def _say(self, what: str, *rest: object) -> None:
        if not self._is_closed:
            self._tell(what, *rest)


def _as_ours(problem: Exception, name: str) -> FoleyError:
    return problem if isinstance(problem, FoleyError) else FoleyError("E-FORMAT", name=name, reason=str(problem))
