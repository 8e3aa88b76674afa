"""One panel for one user of Resolve: a second press of the menu entry shows the panel that is open already."""

import os
import sys
from typing import Any, Optional


class Single:
    """Holds a lock while this script lives. Python's and Lua's entries share it."""

    def __init__(self, folder: str) -> None:
        self._lock_path = os.path.join(folder, "running")
        self._wish_path = os.path.join(folder, "show")
        self._file: Optional[Any] = None

    def is_first(self) -> bool:
        """True as well where nothing can be written, so that nobody can tell."""
        try:
            self._file = open(self._lock_path, "a")  # noqa: SIM115 - open as long as it is held
        except PermissionError:
            return not (sys.platform == "win32" and os.path.exists(self._lock_path))
        except OSError:
            return True
        if not self._is_locked(self._file.fileno()):
            return False
        self.is_asked()
        return True

    def _is_locked(self, number: int) -> bool:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        if self._file:
            self._file.close()

    def ask(self) -> None:
        """Asks the script that was first to show its panel."""
        try:
            open(self._wish_path, "w").close()
        except OSError as error:
            print("Foleyline: the panel is open already, and could not be asked to show itself: %s." % error)

    def is_asked(self) -> bool:
        """Whether somebody has asked since this was last asked."""
        try:
            os.remove(self._wish_path)
        except OSError:
            return False
        return True
