"""What is open for the take under review: its sound files and its pictures, each in a thread of its own."""

from __future__ import annotations

from pathlib import Path

from foleyline.v1 import engine_pb2 as pb

from .loading import Loading
from .marks import Marks
from .player import Player
from .screening import Screening


class Session:
    """One take. Begun once what it tells is listened to; a closed one says nothing any more."""

    def __init__(self, take: pb.Take, out_dir: Path, movie: Path | None, marks: Marks, box: tuple[int, int]) -> None:
        self.take, self.marks = take, marks
        self.loading = Loading(take, out_dir, marks.times.length_n)
        self.screening = Screening(take.request.clip, movie, box)

    def begin(self) -> None:
        self.loading.start()
        self.screening.start()

    def close(self) -> None:
        self.loading.close()
        self.screening.close()


class Threads:
    """All that runs beside the window, so that it can be ended when the window is gone. Knows no widget."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.session: Session | None = None

    def replace(self, session: Session | None) -> None:
        if self.session:
            self.session.close()
        self.session = session

    def close(self) -> None:
        self.replace(None)
        self.player.close()
