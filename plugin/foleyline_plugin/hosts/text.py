"""A file's text, read whole and within a limit."""

from __future__ import annotations

from pathlib import Path

from foleyline.errors import FoleyError


def read_text(path: Path, limit: int) -> str:
    """Raises FoleyError E-OTIO for a file that is larger than `limit` bytes, empty, unreadable or no text."""
    try:
        if path.stat().st_size > limit:
            raise FoleyError("E-OTIO", name=path.name, reason=f"it is larger than {limit >> 20} MB")
        return decoded(path.read_bytes(), path.name)
    except OSError as error:
        raise FoleyError("E-OTIO", name=path.name, reason=error.strerror or error) from error


def decoded(content: bytes, name: str) -> str:
    if not content.strip():
        raise FoleyError("E-OTIO", name=name, reason="it is empty")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        if b"\0" in content:
            raise FoleyError("E-OTIO", name=name, reason="it is not text") from None
        return content.decode("latin-1")
