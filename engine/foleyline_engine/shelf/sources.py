"""Where a published file is: what the hub says of it before the first byte, and the release page as the other place."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
from huggingface_hub import constants, hf_hub_url, try_to_load_from_cache

from foleyline.errors import FoleyError

from ..models.published import Place, Weights
from . import bill
from .network import Network
from .transfer import Gated, Source, Tell, Wrong, check_status, lines, persist

most_hops = 8


@dataclass(frozen=True)
class Found:
    """sums: as this place announces them, beside those in the catalogue. commit: of the hub's repository."""

    source: Source
    sums: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""


@dataclass(frozen=True)
class Begun:
    """What is asked for, and how many of its bytes are here already."""

    name: str
    here: int = 0
    size: int = 0


class Sources:
    """One network, with the token once a gate asked for it."""

    def __init__(self, network: Network, client: httpx2.AsyncClient) -> None:
        self.network = network
        self.client = client
        self.headers: dict[str, str] = {}

    async def on_hub(self, file: Weights, place: Place, tell: Tell) -> Found:
        """Raises E-GATE, E-NET, Gone or Wrong."""
        url = hf_hub_url(place.repository, place.path, revision=place.revision, endpoint=self.network.hub)
        answer = await self._asked("HEAD", url, Begun(file.path, bill.item(file).here, file.size), tell)
        size = _number(answer.headers.get(constants.HUGGINGFACE_HEADER_X_LINKED_SIZE))
        if size is None and not answer.is_redirect:
            size = _number(answer.headers.get("Content-Length"))
        sums = _sums(answer.headers)
        self._check(file, size, sums)
        identity = next(iter(sums.values()), "")
        source = Source(url, file.path, file.size, file.is_exact, identity, dict(self.headers))
        if size is not None and not file.is_exact:
            source = replace(source, size=size, is_exact=True)
        return Found(source, sums, answer.headers.get(constants.HUGGINGFACE_HEADER_X_REPO_COMMIT, ""))

    def on_release_page(self, file: Weights) -> Found:
        return Found(Source(self.network.release(file.release), file.path, file.size, file.is_exact))

    async def listing(self, repository: str, revision: str, tell: Tell) -> dict[str, Any]:
        """The hub's own account of a repository and its files. Raises E-GATE, E-NET, Gone or Wrong."""
        url = f"{self.network.hub}/api/models/{quote(repository)}/revision/{quote(revision, safe='')}?blobs=true"
        answer = await self._asked("GET", url, Begun(repository), tell)
        try:
            return dict(answer.json())
        except (ValueError, TypeError) as problem:
            raise Wrong(f"{httpx2.URL(url).host} answered with no list of files") from problem

    def cached(self, place: Place) -> Path | None:
        """The file in the hub's own cache on this machine."""
        try:
            found = try_to_load_from_cache(
                place.repository, place.path, cache_dir=self.network.cache, revision=place.revision
            )
        except (OSError, ValueError):
            return None
        return Path(found) if isinstance(found, str) else None

    def _check(self, file: Weights, size: int | None, sums: Mapping[str, str]) -> None:
        """Raises Wrong where the hub itself says that it has another file."""
        host = httpx2.URL(self.network.hub).host
        if size is not None and file.is_exact and size != file.size:
            raise Wrong(f"{host} says that it has {size:,} bytes and {file.size:,} were published")
        for kind in sums.keys() & file.sums.keys():
            if sums[kind] != file.sums[kind]:
                raise Wrong(f"{host} says that its {kind} is {sums[kind][:12]}… and not {file.sums[kind][:12]}…")

    async def _asked(self, method: str, url: str, begun: Begun, tell: Tell) -> httpx2.Response:
        """Without the token first; with it once the hub wants to know who asks."""
        try:
            return await self._persist(method, url, begun, tell)
        except Gated as gate:
            token = None if self.headers else await asyncio.to_thread(self.network.token)
            if not token:
                raise self._gate(begun.name, gate) from gate
            self.headers = {"Authorization": f"Bearer {token}"}
        try:
            return await self._persist(method, url, begun, tell)
        except Gated as gate:
            raise self._gate(begun.name, gate) from gate

    async def _persist(self, method: str, url: str, begun: Begun, tell: Tell) -> httpx2.Response:
        patience = self.network.patience
        return await persist(lambda: self._ask(method, url), begun.name, patience, tell, lambda: begun.here, begun.size)

    def _gate(self, name: str, gate: Gated) -> FoleyError:
        return FoleyError("E-GATE", name=name, reason=gate, has_token="yes" if self.headers else "no")

    async def _ask(self, method: str, url: str) -> httpx2.Response:
        """Follows redirects on the hub itself, where the token may go; what lies elsewhere is told by its headers."""
        host, headers = httpx2.URL(url).host, dict(self.headers)
        for _ in range(most_hops):
            async with lines(host, self.network.patience):
                answer = await self.client.request(method, url, headers=headers, follow_redirects=False)
            check_status(answer)
            if not answer.is_redirect or constants.HUGGINGFACE_HEADER_X_LINKED_SIZE in answer.headers:
                return answer
            url = str(answer.url.join(answer.headers["Location"]))
            if httpx2.URL(url).host != host:
                headers = {}
        raise Wrong(f"{host} sends in circles")


def _sums(headers: httpx2.Headers) -> dict[str, str]:
    etag = headers.get(constants.HUGGINGFACE_HEADER_X_LINKED_ETAG) or headers.get("ETag", "")
    digits = etag.removeprefix("W/").strip('"').lower()
    kinds = {64: "sha256", 40: "git"}
    return {kinds[len(digits)]: digits} if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digits) else {}


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,18}", text) else None
