"""Where a running engine is found: one private folder with its lock, address, token and log."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from foleyline import version
from foleyline.errors import FoleyError

token_key = "foleyline-token"


@dataclass(frozen=True)
class Address:
    """What a client needs to reach an engine: gRPC target, the token it asks for, its process."""

    target: str
    token: str
    pid: int


def folder() -> Path:
    """The runtime folder, made when missing; only this user may enter it.

    `FOLEYLINE_RUNTIME` names another one. Raises E-RUNTIME when the folder belongs to somebody else.
    """
    path = Path(os.environ.get("FOLEYLINE_RUNTIME") or _default_folder())
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sys.platform != "win32":
        _refuse_shared(path)
    return path


def _default_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"]) / "Foleyline" / "run"
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "foleyline"
    return Path(tempfile.gettempdir()) / f"foleyline-{os.getuid()}"


def _refuse_shared(path: Path) -> None:
    facts = path.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise FoleyError("E-RUNTIME", folder=path)
    if facts.st_mode & 0o077:
        path.chmod(0o700)


def address_file() -> Path:
    """A file per version, so that engines of two installed versions do not meet."""
    return folder() / f"engine-{version}.json"


def lock_file() -> Path:
    """Locked by the engine as long as it lives, whatever became of its address file."""
    return folder() / f"engine-{version}.lock"


def log_file() -> Path:
    return folder() / f"engine-{version}.log"


def write_address(address: Address) -> None:
    """Whole or not at all, readable by this user only."""
    path = address_file()
    part = path.with_suffix(f".{os.getpid()}.part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(address)))
    part.replace(path)


def read_address() -> Address | None:
    """The address last written, None when there is none or it is not one of ours."""
    try:
        return Address(**json.loads(address_file().read_text()))
    except (OSError, ValueError, TypeError):
        return None
