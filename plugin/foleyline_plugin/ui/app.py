"""Starts the panel: window first, engine and timelines beside it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PyQt6.QtCore import QLocale
from PyQt6.QtWidgets import QApplication

from .. import engine
from ..desk import settings as kept
from ..desk.desk import Desk
from ..desk.link import Connect
from ..desk.program import Open
from ..hosts.bridge import BridgeHost
from ..hosts.mailbox import Mailbox
from ..hosts.wire import Lines, over_stdio
from . import text, theme
from .board import Board
from .window import Window

turn_s = 0.0005


def run(path: Path | None, out: Path | None, *, is_child: bool = False, mailbox: Path | None = None) -> int:
    """Until the window is closed; the exit code.

    is_child: an editing program has started the panel, and speaks over its pipe or through the mailbox's folder.
    """
    lines = _lines(mailbox) if is_child else None
    os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Foleyline")
    window = open_window(application, out, program=(lambda tell: BridgeHost(lines, tell)) if lines else None)
    window.show()
    window.desk.start()
    if path:
        window.desk.open(path)
    code = application.exec()
    window.desk.stop()
    window.settings.save()
    return code


def open_window(
    application: QApplication, out: Path | None = None, connect: Connect = engine.connect, program: Open | None = None
) -> Window:
    """The window over a desk that is not started yet. connect: how an engine is reached. program: the editing program
    that is spoken to, none for files."""
    # Every row that is painted waits for its turn while the desk works; at the usual 5 ms that adds up to be seen.
    sys.setswitchinterval(turn_s)
    settings = kept.load()
    text.choose(settings.language or QLocale.system().name()[:2])
    theme.apply(application, settings.theme)
    board = Board()
    desk = Desk(board.tell, settings, out=out, connect=connect, program=program)
    return Window(desk, board, settings)


def _lines(mailbox: Path | None) -> Lines:
    """Taken before anything else can print to the pipe."""
    return Mailbox(mailbox) if mailbox else over_stdio()
