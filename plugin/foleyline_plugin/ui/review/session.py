"""What is open for the take under review: its sound files and its pictures, each in a thread of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from foleyline.v1 import engine_pb2 as pb

from .loading import Loading
from .marks import Marks
from .player import Player
from .post import Post
from .screening import Screening


class Session:
    """One take. Begun once its post is listened to; a closed one says nothing any more.

    name: who tells, in the post. Not the session itself, which would keep all its pictures for as long.
    """

    def __init__(
        self, take: pb.Take, out_dir: Path, movie: Path | None, marks: Marks, box: tuple[int, int], post: Post
    ) -> None:
        self.name = object()
        tell = partial(post.tell, self.name)
        self.loading = Loading(take, out_dir, marks.times.length_n, tell)
        self.screening = Screening(take.request.clip, movie, box, tell)

    def begin(self) -> None:
        self.loading.start()
        self.screening.start()

    def close(self) -> None:
        self.loading.close()
        self.screening.close()

    def join(self) -> None:
        """Waits for both threads, but not for a disk that does not answer."""
        self.loading.join()
        self.screening.join()


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
        session = self.session
        self.replace(None)
        if session:
            session.join()
        self.player.close()
