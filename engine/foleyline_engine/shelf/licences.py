"""Which licences were accepted on this machine, and which still have to be before anything is downloaded."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from foleyline.errors import FoleyError

from ..models import installed, records
from ..models.published import Licence
from .disk import on_disk


def accepted() -> dict[str, str]:
    """Ids, and the day each was accepted on."""
    try:
        return dict(records.read_json(_file()))
    except (OSError, ValueError, TypeError):
        return {}


def check(needed: Iterable[Licence], now_accepted: Iterable[str], name: str) -> None:
    """Raises E-LICENCE for one that limits what may be done and was not accepted, now or before."""
    known = accepted().keys() | set(now_accepted)
    lacking = [each for each in needed if each.commercial != "allowed" and each.id not in known]
    if lacking:
        raise FoleyError(
            "E-LICENCE",
            name=name,
            licence="; ".join(each.text for each in lacking),
            ids=" ".join(each.id for each in lacking),
        )


def remember(now_accepted: Iterable[str]) -> None:
    known = accepted()
    new = [each for each in now_accepted if each not in known]
    if not new:
        return
    with on_disk(installed.folder()):
        installed.folder().mkdir(parents=True, exist_ok=True)
        records.write_json(_file(), known | dict.fromkeys(new, time.strftime("%Y-%m-%d", time.gmtime())))


def _file() -> Path:
    return installed.folder() / "accepted_licences.json"
