"""Who is on the device: moved out by least recent use, waiting for one another, told in words when nothing helps."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from foleyline.errors import FoleyError
from foleyline_engine.models import memory, residency
from foleyline_engine.models.mmaudio.loading import loaders, sizes
from foleyline_engine.models.mmaudio.variants import variants
from foleyline_engine.models.residency import Part, Parts, Room, shrinking

megabyte = 1_000_000
cpu = torch.device("cpu")


def block(megabytes: int) -> nn.Module:
    return nn.Linear(1000, megabytes * 250, bias=False)


def part(name: str, megabytes: int) -> Part:
    return Part(name, lambda: block(megabytes), lambda: megabytes * megabyte)


@pytest.fixture
def room(monkeypatch) -> Room:
    """100 MB for models, whatever the machine has."""
    monkeypatch.setenv(memory.ceiling, "0.1")
    monkeypatch.setitem(residency.spare, "cpu", 0)
    return Room(cpu)


def use(room: Room, *parts: Part) -> None:
    for each in parts:
        with room.holding(each):
            """Only its turn counts."""


def test_who_was_used_longest_ago_leaves_first(room) -> None:
    first, second, third = (part(name, 40) for name in "abc")
    use(room, first, second, first, third)
    assert list(room.here) == [first, third]
    assert second.loaded is None
    use(room, second)
    assert list(room.here) == [third, second]


def test_what_fits_stays_loaded(room) -> None:
    small = part("a", 10)
    with room.holding(small) as network:
        pass
    use(room, part("b", 80))
    with room.holding(small) as again:
        assert again is network


def test_too_large_for_the_empty_device_is_told(room) -> None:
    use(room, part("a", 40))
    with pytest.raises(FoleyError) as told, room.holding(part("large", 120)):
        pytest.fail("it does not fit")
    assert told.value.code == "E-VRAM"
    assert (told.value.facts["name"], told.value.facts["need"]) == ("large", "0.1 GB")
    assert not room.here


def test_who_holds_one_part_does_not_wait_for_itself(room) -> None:
    with room.holding(part("a", 60)), pytest.raises(FoleyError), room.holding(part("b", 60)):
        pytest.fail("both do not fit")


@pytest.mark.timeout(20)
def test_a_part_in_use_elsewhere_is_waited_for(room) -> None:
    taken, done, order = threading.Event(), threading.Event(), []

    def hold() -> None:
        with room.holding(part("a", 60)):
            taken.set()
            done.wait(10)
            order.append("a ends")

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait(10)
    threading.Timer(0.2, done.set).start()
    with room.holding(part("b", 60)):
        order.append("b begins")
    thread.join()
    assert order == ["a ends", "b begins"]


def test_an_estimate_gives_way_to_what_was_measured(room, caplog) -> None:
    wrong = Part("wrong", lambda: block(40), lambda: 10 * megabyte)
    use(room, wrong)
    assert wrong.size == 40 * megabyte
    assert "wrong" in caplog.text


def test_low_memory_keeps_nothing(room) -> None:
    thrifty = Parts({"a": lambda: block(1), "words": lambda: ["no network"]}, cpu, low_memory=True)
    with thrifty.use("a") as network:
        assert isinstance(network, nn.Module)
        assert thrifty.loaded == ["a"]
    assert thrifty.get("words") == ["no network"]
    assert thrifty.loaded == ["words"]


def out_of(limit: int, tried: list[int], error: type[RuntimeError] = torch.OutOfMemoryError):
    def work(batch: int) -> str:
        tried.append(batch)
        if batch > limit:
            raise error("DefaultCPUAllocator: can't allocate memory")
        return f"in {batch}"

    return work


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError])
def test_the_batch_is_halved_where_memory_runs_out(room, error) -> None:
    tried: list[int] = []
    assert shrinking(out_of(2, tried, error), 8, room, "a") == "in 2"
    assert tried == [8, 4, 2]


def test_then_the_idle_leave_and_then_it_is_told(room) -> None:
    idle = part("idle", 10)
    use(room, idle)
    tried: list[int] = []
    with pytest.raises(FoleyError, match="E-VRAM"):
        shrinking(out_of(0, tried), 4, room, "a")
    assert tried == [4, 2, 1, 1]
    assert idle.loaded is None


def test_other_faults_are_not_taken_for_it(room) -> None:
    def work(batch: int) -> None:
        raise RuntimeError(f"shapes of batch {batch} differ")

    with pytest.raises(RuntimeError, match="batch 8 differ"):
        shrinking(work, 8, room, "a")


def test_free_memory_is_measured() -> None:
    assert 0 < memory.free(cpu) <= memory.total(cpu)


def test_a_containers_limit_counts(monkeypatch, tmp_path) -> None:
    for name, text in [
        ("memory.max", "4000000000"),
        ("memory.current", "3000000000"),
        ("memory.stat", "file 500000000"),
    ]:
        (tmp_path / name).write_text(f"{text}\n")
    monkeypatch.setattr(memory, "groups", tmp_path)
    assert memory.free(cpu) == min(1_500_000_000, memory.free(cpu))
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free(cpu) > 1_500_000_000 or memory._stated("MemAvailable") <= 1_500_000_000


@pytest.mark.parametrize("name", ["mmaudio-small-16k", "mmaudio-small-44k"])
def test_estimates_before_loading_are_right(name, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("FOLEYLINE_MODELS", str(tmp_path))
    known = sizes(variants[name])
    for part_name in ("vocoder", "network"):
        measured = residency.bytes_of(loaders(variants[name])[part_name]())
        assert known[part_name]() == pytest.approx(measured, rel=0.02)
