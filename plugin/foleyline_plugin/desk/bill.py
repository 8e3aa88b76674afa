"""Published models: what there is, what a download comes to, and the download itself. They live where the engine is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence

from foleyline.errors import FoleyError
from foleyline.v1 import engine_pb2 as pb

from ..engine import Lost
from .events import Event, Fetched, ModelsListed
from .link import Link

network_variables = ("HF_ENDPOINT", "HF_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "https_proxy", "http_proxy")


class Models:
    """Used in the desk's thread alone. One download at a time."""

    def __init__(self, link: Link, tell: Callable[[Event], None]) -> None:
        self._link = link
        self._tell = tell
        self._fetching: asyncio.Task[None] | None = None

    async def list(self) -> None:
        try:
            reply = await (await self._link.reach()).list_models()
        except (FoleyError, Lost):
            reply = None  # the dialog then shows what Hello says is missing
        self._tell(ModelsListed(reply))

    async def fetch(self, names: Sequence[str], licences: Sequence[str], *, only_bill: bool) -> None:
        """Raises E-NET, E-DISK and others of the engine's; what came in is kept."""
        self.stop()
        work = pb.FetchModelsRequest.plan if only_bill else pb.FetchModelsRequest.fetch
        environment = {name: os.environ[name] for name in network_variables if name in os.environ}
        request = pb.FetchModelsRequest(work=work, models=names, accepted_licences=licences, environment=environment)
        self._fetching = asyncio.create_task(self._follow(request))
        try:
            await self._fetching
        except asyncio.CancelledError:
            if not self._fetching.cancelled():
                raise
        finally:
            self._tell(Fetched(None))
            self._link.retry()

    def stop(self) -> None:
        if self._fetching:
            self._fetching.cancel()

    async def _follow(self, request: pb.FetchModelsRequest) -> None:
        async for event in (await self._link.reach()).fetch_models(request):
            self._tell(Fetched(event))
