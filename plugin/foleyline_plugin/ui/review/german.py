"""The review panel in German, by its English sentences."""

from __future__ import annotations

german: dict[str, str] = {}
