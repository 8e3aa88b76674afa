"""What this machine can compute on, asked of the driver itself: no model and no torch is loaded for it."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

library = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
"""NVIDIA's management library; it comes with the driver."""

name_length = 96
cuda_of_torch = re.compile(r"^cuda\b[^=]*=\s*['\"]([^'\"]+)['\"]", re.MULTILINE)


@dataclass(frozen=True)
class Card:
    """A graphics card. Bytes; free is what no program holds now."""

    name: str
    total: int
    free: int
    driver: str


class _Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


def cards() -> list[Card]:
    """Those that the driver tells of; none where there is no driver."""
    try:
        driver = ctypes.CDLL(library)
    except OSError:
        return []
    with _session(driver) as is_open:
        if not is_open:
            return []
        count = ctypes.c_uint()
        if driver.nvmlDeviceGetCount_v2(ctypes.byref(count)):
            return []
        version = _text(driver.nvmlSystemGetDriverVersion)
        found = [_card(driver, index, version) for index in range(count.value)]
    return [card for card in found if card]


@contextmanager
def _session(driver: ctypes.CDLL):
    is_open = driver.nvmlInit_v2() == 0
    try:
        yield is_open
    finally:
        if is_open:
            driver.nvmlShutdown()


def _card(driver: ctypes.CDLL, index: int, version: str) -> Card | None:
    handle, memory = ctypes.c_void_p(), _Memory()
    if driver.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)):
        return None
    if driver.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)):
        return None
    name = _text(lambda buffer, length: driver.nvmlDeviceGetName(handle, buffer, length))
    return Card(name, memory.total, memory.free, version)


def _text(ask) -> str:
    buffer = ctypes.create_string_buffer(name_length)
    return "" if ask(buffer, name_length) else buffer.value.decode(errors="replace")


def torch_cuda() -> str:
    """The CUDA version that the installed torch was built for; empty for a processor build, or without torch."""
    found = importlib.util.find_spec("torch")
    places = found.submodule_search_locations if found else None
    if not places:
        return ""
    try:
        text = (Path(next(iter(places))) / "version.py").read_text(encoding="utf8")
    except OSError:
        return ""
    stated = cuda_of_torch.search(text)
    return stated[1] if stated else ""


def described(found: list[Card]) -> str:
    """One line: what models compute on."""
    cores = f"cpu, {os.cpu_count()} cores"
    if not found:
        return cores
    card = found[0]
    text = f"{card.name} {card.total / 1e9:.0f} GB, driver {card.driver}"
    if cuda := torch_cuda():
        return f"{text}, CUDA {cuda}"
    return f"{cores}; {text} is not used: the installed torch has no CUDA"
