"""Calls of the engine's download as tests make them: in this process, to their end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.shop import Shop

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb
from foleyline_engine.shelf import answers

Request = pb.FetchModelsRequest
State = pb.ModelFile.State
net = "/makers/net/resolve/main/weights/net.pth"
"""Where the largest file of `tests.shop` lies on the hub."""


async def work(kind: Request.Work, *models: str, **facts: Any) -> list[pb.FetchEvent]:
    facts = {"accepted_licences": ["nc"], **facts}
    return [event async for event in answers.work(Request(work=kind, models=models, **facts))]


async def fetch(*models: str, **facts: Any) -> list[pb.FetchEvent]:
    return await work(Request.fetch, *models, **facts)


async def failed(*models: str, **facts: Any) -> FoleyError:
    with pytest.raises(FoleyError) as raised:
        await fetch(*models, **facts)
    return raised.value


def ends(events: Sequence[pb.FetchEvent]) -> dict[str, pb.FileEnd]:
    return {event.end.file.path: event.end for event in events if event.HasField("end")}


def drafts(shop: Shop) -> list[Path]:
    return [path for path in shop.folder.rglob("*") if path.name.endswith((".part", ".draft"))]
