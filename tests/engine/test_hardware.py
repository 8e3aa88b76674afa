"""What the driver says of the machine's cards, and what becomes of its refusals."""

from __future__ import annotations

import ctypes

import pytest

from foleyline_engine import hardware


class Driver:
    """NVIDIA's library as its documentation has it: 0 for success, answers through pointers."""

    def __init__(self, cards: int = 1, fails: str = "") -> None:
        self.cards, self.fails, self.is_open = cards, fails, False

    def __getattr__(self, name: str):
        raise AssertionError(f"{name} is not asked for")

    def _said(self, name: str) -> int:
        assert self.is_open or name == "init"
        return 999 if name == self.fails else 0

    def nvmlInit_v2(self) -> int:
        failed = self._said("init")
        self.is_open = not failed
        return failed

    def nvmlShutdown(self) -> int:
        self.is_open = False
        return 0

    def nvmlDeviceGetCount_v2(self, count) -> int:
        count._obj.value = self.cards
        return self._said("count")

    def nvmlSystemGetDriverVersion(self, buffer, length: int) -> int:
        assert length == len(buffer)
        buffer.value = b"570.124.06"
        return self._said("version")

    def nvmlDeviceGetHandleByIndex_v2(self, index: int, handle) -> int:
        handle._obj.value = 4096 + index
        return self._said("handle")

    def nvmlDeviceGetMemoryInfo(self, handle, memory) -> int:
        assert handle.value >= 4096
        memory._obj.total, memory._obj.free = 12_000_000_000, 7_800_000_000
        return self._said("memory")

    def nvmlDeviceGetName(self, handle, buffer, length: int) -> int:
        assert handle.value >= 4096
        buffer.value = b"NVIDIA GeForce RTX 4070"
        return self._said("name")


@pytest.fixture
def driver(monkeypatch):
    def install(made: Driver) -> Driver:
        monkeypatch.setattr(ctypes, "CDLL", lambda name: made)
        return made

    return install


def test_cards_as_the_driver_tells_them(driver) -> None:
    made = driver(Driver(cards=2))
    found = hardware.cards()
    assert found == [hardware.Card("NVIDIA GeForce RTX 4070", 12_000_000_000, 7_800_000_000, "570.124.06")] * 2
    assert not made.is_open


@pytest.mark.parametrize("fails", ["init", "count", "handle", "memory"])
def test_a_driver_that_refuses_is_no_card(driver, fails) -> None:
    made = driver(Driver(fails=fails))
    assert hardware.cards() == []
    assert not made.is_open


@pytest.mark.parametrize("fails", ["name", "version"])
def test_what_it_does_not_name_is_left_empty(driver, fails) -> None:
    driver(Driver(fails=fails))
    (card,) = hardware.cards()
    assert card.free == 7_800_000_000
    assert "" in (card.name, card.driver)


def test_no_driver_is_no_card(monkeypatch) -> None:
    def missing(name: str):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert hardware.cards() == []
    assert hardware.described([]).startswith("cpu, ")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("cuda: Optional[str] = '12.8'\n", "12.8"),
        ('cuda = "13.0"\n', "13.0"),
        ("cuda: Optional[str] = None\n", ""),
        ("", ""),
    ],
)
def test_what_torch_was_built_for(tmp_path, monkeypatch, text, version) -> None:
    package = tmp_path / "torch"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('torch was imported')")
    (package / "version.py").write_text(f"__version__ = '2.13.0'\ndebug = False\n{text}")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "torch", raising=False)
    assert hardware.torch_cuda() == version
    card = hardware.Card("RTX 4070", 12_000_000_000, 0, "570")
    told = hardware.described([card])
    assert told == "RTX 4070 12 GB, driver 570, CUDA " + version if version else "is not used" in told
