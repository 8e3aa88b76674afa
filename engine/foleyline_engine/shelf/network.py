"""How the network is reached: which hub, which mirror, through which proxy, with which token, or not at all."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from huggingface_hub import constants, get_token

from foleyline import version
from foleyline.errors import FoleyError

schemes = ("http", "https", "all")
proxy_names = tuple(name for scheme in (*schemes, "no") for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()))
names = (
    "HF_ENDPOINT",
    "HF_TOKEN",
    "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE",
    "HF_HUB_CACHE",
    "HF_HOME",
    "FOLEYLINE_RELEASES",
    *proxy_names,
)
"""Variables that a caller may send; the engine may have been started by another command with others."""
releases = "https://github.com"
logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs whole addresses, signatures in them too
true_values = {"1", "ON", "YES", "TRUE"}


@dataclass(frozen=True)
class Patience:
    """stall_s: without a byte, after which a line counts as dead. tries: in a row that bring nothing, before giving up.

    pauses_s: before each new try; the last one holds for all that follow.
    """

    stall_s: float = 60.0
    connect_s: float = 20.0
    tries: int = 3
    pauses_s: tuple[float, ...] = (1.0, 3.0, 9.0)
    longest_pause_s: float = 120.0

    def pause_s(self, failures: int) -> float:
        return self.pauses_s[min(failures, len(self.pauses_s)) - 1]


@dataclass(frozen=True)
class Network:
    """environment: the engine's own variables under those that the caller sent."""

    environment: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = Patience()

    @classmethod
    def of(cls, sent: Mapping[str, str], patience: Patience | None = None) -> Network:
        known = {name: value for name, value in os.environ.items() if name in names}
        known |= {name: value for name, value in sent.items() if name in names}
        return cls(known, patience or _patience())

    @property
    def hub(self) -> str:
        return self.environment.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"

    @property
    def is_offline(self) -> bool:
        return any(
            self.environment.get(name, "").upper() in true_values for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
        )

    @property
    def cache(self) -> Path:
        """The hub's own cache on this machine."""
        if named := self.environment.get("HF_HUB_CACHE"):
            return Path(named).expanduser()
        if home := self.environment.get("HF_HOME"):
            return Path(home).expanduser() / "hub"
        return Path(constants.HF_HUB_CACHE)

    def token(self) -> str | None:
        """Looked for only once a gate asked for it; never told to anybody but the hub."""
        return self.environment.get("HF_TOKEN") or get_token()

    def release(self, url: str) -> str:
        """Where a release page's file is asked for: `FOLEYLINE_RELEASES` stands in for GitHub."""
        other = self.environment.get("FOLEYLINE_RELEASES", "").rstrip("/")
        return url.replace(releases, other, 1) if other and url.startswith(releases) else url

    def client(self) -> httpx2.AsyncClient:
        """Follows redirects, without the token where they lead elsewhere. Raises E-NET for a proxy that is none."""
        waits = httpx2.Timeout(self.patience.stall_s, connect=self.patience.connect_s)
        try:
            return httpx2.AsyncClient(
                follow_redirects=True,
                timeout=waits,
                mounts=self._mounts(),
                headers={"User-Agent": f"foleyline/{version}", "Accept-Encoding": "identity"},
            )
        except (ValueError, ImportError) as problem:
            reason = f"the proxy cannot be used: {problem}"
            raise FoleyError("E-NET", name="the models", share="0 %", reason=reason) from problem

    def _mounts(self) -> dict[str, httpx2.AsyncBaseTransport | None]:
        found: dict[str, httpx2.AsyncBaseTransport | None] = {}
        for scheme in schemes:
            if proxy := self._variable(f"{scheme}_proxy"):
                found[f"{scheme}://"] = httpx2.AsyncHTTPTransport(proxy=proxy)
        for host in self._variable("no_proxy").replace(" ", "").split(","):
            if found and host:
                found["all://" if host == "*" else f"all://*{host}"] = httpx2.AsyncHTTPTransport()
        return found

    def _variable(self, name: str) -> str:
        return self.environment.get(name) or self.environment.get(name.upper()) or ""


def _patience() -> Patience:
    """`FOLEYLINE_STALL` names other seconds for a silent server; the pauses are shortened likewise."""
    named = os.environ.get("FOLEYLINE_STALL")
    if not named:
        return Patience()
    stall_s = float(named)
    scale = min(1.0, stall_s / Patience.stall_s)
    return Patience(stall_s, min(stall_s, Patience.connect_s), pauses_s=tuple(scale * s for s in Patience.pauses_s))
