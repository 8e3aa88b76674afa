"""What a pickle asks for beyond tensors, by name. Nothing of it is run to find that out."""

from __future__ import annotations

import pickletools
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

harmless = ("torch.", "collections.OrderedDict")
looked_at_n = 16 * 1024 * 1024


def told(path: Path, words: str) -> str:
    """The rest of a sentence that begins with the file's name. words: of the reader that refused it."""
    named = re.search(r"GLOBAL ([A-Za-z_][\w.]*)", words)
    name = named[1].rstrip(".") if named else next(_beyond_tensors(path), "")
    if name:
        return f"asks for {name}, which is more than tensors, so it was not opened"
    return "is no file of PyTorch, or of a kind that holds more than tensors, so it was not opened"


def _beyond_tensors(path: Path) -> Iterator[str]:
    return (name for name in _globals(_pickle(path)) if not name.startswith(harmless))


def _pickle(path: Path) -> bytes:
    """Empty where there is none to be found."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return file.read(looked_at_n)
    try:
        with zipfile.ZipFile(path) as archive:
            inner = next((name for name in archive.namelist() if name.endswith("data.pkl")), None)
            return archive.read(inner) if inner else b""
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError, struct.error):
        return b""


def _globals(pickled: bytes) -> Iterator[str]:
    texts: list[str] = []
    try:
        for code, argument, _ in pickletools.genops(pickled):
            if code.name == "GLOBAL":
                yield str(argument).replace(" ", ".")
            elif code.name == "STACK_GLOBAL" and len(texts) > 1:
                yield ".".join(texts[-2:])
            elif isinstance(argument, str):
                texts.append(argument)
    except (ValueError, IndexError, UnicodeDecodeError, AttributeError):
        return
