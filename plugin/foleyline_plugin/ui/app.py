"""Starts the panel: window first, engine and timelines beside it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PyQt6.QtCore import QLocale
from PyQt6.QtWidgets import QApplication

from ..desk import settings as kept
from ..desk.desk import Desk
from . import text, theme
from .board import Board
from .window import Window


def run(path: Path | None, out: Path | None) -> int:
    """Until the window is closed; the exit code."""
    os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Foleyline")
    window = open_window(application, out)
    window.show()
    window.desk.start()
    if path:
        window.desk.open(path)
    code = application.exec()
    window.desk.stop()
    window.settings.save()
    return code


def open_window(application: QApplication, out: Path | None = None, connect=None) -> Window:
    """The window over a desk that is not started yet. connect: how an engine is reached, the usual way unless said."""
    settings = kept.load()
    text.choose(settings.language or QLocale.system().name()[:2])
    theme.apply(application, settings.theme)
    board = Board()
    desk = Desk(board.tell, settings, out=out, **({"connect": connect} if connect else {}))
    return Window(desk, board, settings)
