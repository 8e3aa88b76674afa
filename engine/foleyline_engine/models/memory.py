"""How much memory a device has left, measured: what other programs hold counts."""

from __future__ import annotations

import math
import os
from pathlib import Path

import torch

ceiling = "FOLEYLINE_MEMORY_GB"
"""Models may take no more than this much of the device, whatever else is free."""

meminfo = Path("/proc/meminfo")
groups = Path("/sys/fs/cgroup")
gigabyte = 1_000_000_000


def best() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def allowed() -> float:
    """Bytes that models may take in all, infinity where `FOLEYLINE_MEMORY_GB` does not say."""
    return float(os.environ.get(ceiling) or math.inf) * gigabyte


def total(device: torch.device) -> float:
    """Bytes of the device, or what is allowed of them."""
    if device.type == "cuda":
        return min(allowed(), torch.cuda.get_device_properties(device).total_memory)
    return min(allowed(), _stated("MemTotal"))


def free(device: torch.device) -> float:
    """Bytes that can be taken now; infinity on systems that do not say."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    return min(_stated("MemAvailable"), _left_in_group())


def _stated(name: str) -> float:
    if not meminfo.is_file():
        return math.inf
    lines = (line.split() for line in meminfo.read_text().splitlines())
    return next((int(words[1]) * 1024 for words in lines if words[0] == f"{name}:"), math.inf)


def _left_in_group() -> float:
    """What a container leaves; the pages of files that it has read can be taken back."""
    try:
        most = (groups / "memory.max").read_text().strip()
        facts = dict(line.split() for line in (groups / "memory.stat").read_text().splitlines())
        used = int((groups / "memory.current").read_text()) - int(facts.get("file", 0))
    except (OSError, ValueError):
        return math.inf
    return math.inf if most == "max" else int(most) - used
