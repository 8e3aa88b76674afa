"""Weights are data: hostile files run nothing, damaged ones say so, others are converted once and then mapped."""

from __future__ import annotations

import builtins
import json
import os
import pickle
import random
import subprocess
import sys
import threading
import time
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from foleyline_engine.models import checkpoint, conversion, records
from foleyline_engine.models.checkpoint import Checkpoint, WeightsMismatch
from foleyline_engine.models.lazy import Lazy

pytestmark = pytest.mark.timeout(100)


class Hostile:
    """Asks to be rebuilt by a call, as pickles can."""

    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


def state() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    drawn = torch.randn(40, 30, generator=generator)
    return {
        "net.weight": drawn,
        "net.bias": drawn[0].clone(),
        "half": drawn.to(torch.bfloat16),
        "turned": drawn.T,
        "count": torch.tensor(3),
        "none": torch.empty(0, 4),
        "shared.1": drawn[1],
        "shared.2": drawn[1],
        "mask": drawn > 0,
    }


def same(found: dict, wanted: dict) -> bool:
    return found.keys() == wanted.keys() and all(
        torch.equal(found[key], wanted[key]) and found[key].dtype == wanted[key].dtype for key in wanted
    )


def lay(path: Path, content: object, kind: str) -> Path:
    """kind: zip and legacy are PyTorch's two, a number is a plain pickle of that protocol."""
    if kind.isdigit():
        path.write_bytes(pickle.dumps(content, protocol=int(kind)))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=kind == "zip")
    return path


@pytest.mark.parametrize("kind", ["zip", "legacy", "2", "4"])
@pytest.mark.parametrize(
    ("call", "name"),
    [(os.system, "system"), (eval, "eval"), (builtins.open, "open"), (subprocess.Popen, "Popen")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pickle_that_asks_for_more_is_refused_by_name_and_not_run(tmp_path, kind, call, name):
    trace = tmp_path / "trace"
    argument = f"touch {trace}" if call is os.system else f"open({str(trace)!r}, 'w')"
    arguments = (str(trace), "w") if call is builtins.open else (argument,)
    if call is subprocess.Popen:
        arguments = (["touch", str(trace)],)
    beside = state() if not kind.isdigit() else {}
    hostile = lay(tmp_path / "hostile.pth", OrderedDict(beside, evil=Hostile(call, *arguments)), kind)
    with pytest.raises(
        WeightsMismatch, match=rf"hostile\.pth asks for \S*{name}, which is more than tensors"
    ) as raised:
        checkpoint.read(hostile)
    assert raised.value.code == "E-TENSORS" and "hostile.pth" in raised.value.facts["reason"]
    time.sleep(0.05)
    assert not trace.exists() and not records.twin(hostile).exists()


def test_whole_modules_and_programs_are_refused(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "module.pth")
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), tmp_path / "program.pt")
    with pytest.raises(WeightsMismatch, match=r"asks for torch\.nn\.modules\.linear\.Linear"):
        checkpoint.read(tmp_path / "module.pth")
    with pytest.raises(WeightsMismatch, match="TorchScript"), pytest.warns(UserWarning):
        checkpoint.read(tmp_path / "program.pt")


def test_an_archive_that_unpacks_to_more_than_itself_is_not_opened(tmp_path):
    plain = lay(tmp_path / "plain.pth", {"a": torch.zeros(100_000)}, "zip")
    bomb = tmp_path / "bomb.pth"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        for entry in source.infolist():
            packed.writestr(entry.filename, source.read(entry), zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 10_000
    with pytest.raises(WeightsMismatch, match="unpacks to more than its own size"):
        checkpoint.read(bomb)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["zip", "legacy"])
def test_bytes_that_are_changed_by_chance_end_in_words(tmp_path, kind):
    draw = random.Random(7)
    whole = lay(tmp_path / "whole.pth", {"a": torch.arange(50.0), "b": {"c": torch.ones(3)}}, kind).read_bytes()
    refused = 0
    for n in range(200):
        content = bytearray(whole)
        if n % 4 == 0:
            content = content[: draw.randrange(len(content))]
        for _ in range(draw.randrange(1, 6)):
            if content:
                content[draw.randrange(len(content))] = draw.randrange(256)
        path = tmp_path / f"changed-{n}.pth"
        path.write_bytes(content)
        try:
            assert all(not callable(value) for value in checkpoint.read(path).values())
        except WeightsMismatch as problem:
            refused += 1
            assert path.name in str(problem) and "\n" not in str(problem)
    assert refused > 50


@pytest.mark.parametrize("content", [b"", b"<html>Not found</html>", b"PK\x03\x04", b"\x80\x02", b"\xff" * 64])
@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_what_is_no_checkpoint_at_all(tmp_path, content, ending):
    path = tmp_path / f"page.{ending}"
    path.write_bytes(content)
    with pytest.raises(WeightsMismatch, match=rf"page\.{ending} is "):
        checkpoint.read(path)


@pytest.mark.parametrize("kind", ["zip", "legacy"])
def test_converted_once_then_only_the_twin_is_read(tmp_path, monkeypatch, kind):
    path = lay(tmp_path / "net.pth", state(), kind)
    assert same(checkpoint.read(path), state())
    twin = records.twin(path)
    assert same(load_file(twin), state())  # a safetensors file like any other
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("the pickle was opened again"))
    assert same(checkpoint.read(path), state())
    assert not list(tmp_path.glob("*.draft")) and not list(tmp_path.glob(".*.draft"))


def test_groups_stay_groups_and_what_is_no_tensor_is_left_out(tmp_path):
    tree = {
        "generator": {"ups/0.weight": torch.ones(2, 2), "deep": {"a|b": torch.zeros(1)}},
        "epoch": 7,
        "optimizer": [torch.ones(9)],
        "empty": {},
    }
    path = lay(tmp_path / "voice.pt", tree, "zip")
    for found in (checkpoint.read(path), checkpoint.read(path)):
        assert found.keys() == {"generator"}
        assert torch.equal(found["generator"]["deep"]["a|b"], torch.zeros(1))
        assert checkpoint.part(found, "generator")["ups/0.weight"].shape == (2, 2)
    found = checkpoint.read(path)
    with pytest.raises(WeightsMismatch, match="no group “network”, but generator"):
        checkpoint.part(found, "network")
    with pytest.raises(WeightsMismatch, match="generator of it is a group"):
        checkpoint.load(nn.Linear(2, 2), found)


def test_another_original_is_converted_anew(tmp_path):
    path = lay(tmp_path / "net.pth", {"a": torch.zeros(5)}, "zip")
    checkpoint.read(path)
    size, old = path.stat().st_size, path.stat().st_mtime_ns
    lay(path, {"a": torch.ones(5)}, "zip")
    os.utime(path, ns=(old, old + 1_000_000_000))
    assert path.stat().st_size == size
    assert checkpoint.read(path)["a"].sum() == 5
    assert load_file(records.twin(path))["a"].sum() == 5


@pytest.mark.parametrize("content", [b"", b"\x10\0\0\0\0\0\0\0{", b"nonsense" * 10])
def test_a_twin_that_is_none_is_written_anew(tmp_path, content):
    path = lay(tmp_path / "net.pth", state(), "zip")
    records.twin(path).write_bytes(content)
    assert same(checkpoint.read(path), state())
    save_file({"a": torch.zeros(1)}, records.twin(path))  # somebody's file of the same name
    assert same(checkpoint.read(path), state())


def test_many_readers_at_once_see_whole_files_only(tmp_path):
    path = lay(tmp_path / "net.pth", {f"k{n}": torch.full((1000,), float(n)) for n in range(50)}, "zip")
    wrong = []

    def look():
        for _ in range(10):
            found = checkpoint.read(path)
            if len(found) != 50 or any(float(found[f"k{n}"][999]) != n for n in range(50)):
                wrong.append(found)
            records.twin(path).unlink(missing_ok=True)

    readers = [threading.Thread(target=look) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert not wrong and not any(reader.is_alive() for reader in readers)


def test_killed_while_converting_nothing_half_is_found(tmp_path):
    path = lay(tmp_path / "net.pth", {f"k{n}": torch.rand(1_000_000) for n in range(40)}, "zip")
    code = "import sys; from pathlib import Path; from foleyline_engine.models import checkpoint;"
    code += "print('now', flush=True); checkpoint.read(Path(sys.argv[1]))"
    killed = 0
    for delay_s in (0.0, 0.03, 0.1):
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(delay_s)
            process.kill()
        if not records.twin(path).exists():
            killed += 1
        elif conversion.find(path):
            records.twin(path).unlink()
    assert killed, "it was never caught before its end"
    assert len(checkpoint.read(path)) == 40
    assert not list(tmp_path.glob(".*.draft"))


def test_where_nothing_can_be_written_it_is_read_all_the_same(tmp_path):
    path = lay(tmp_path / "net.pth", {"a": torch.ones(100_000)}, "zip")
    code = (
        "import resource, sys; from pathlib import Path; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "from foleyline_engine.models import checkpoint; print(float(checkpoint.read(Path(sys.argv[1]))['a'].sum()))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    assert done.stdout == "100000.0\n", done.stderr
    assert not records.twin(path).exists() and not list(tmp_path.glob(".*.draft"))


def measured(code: str, *arguments: object) -> dict[str, float]:
    """What a fresh process prints as JSON."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


peak = """
import json, sys, torch
from pathlib import Path
from torch import nn
from foleyline_engine.models import checkpoint
def peak_n():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) * 1024
with torch.device("meta"):
    blank = nn.Sequential(*[nn.Linear(1000, 1000) for _ in range(int(sys.argv[2]))])
before = peak_n()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize(("kind", "times"), [("zip", 2), ("legacy", 1)])
def test_loading_takes_the_weights_and_little_more(tmp_path, kind, times):
    """Converted first, then mapped."""
    path, count = tmp_path / "large.pth", 60
    lay(path, nn.Sequential(*[nn.Linear(1000, 1000) for _ in range(count)]).state_dict(), kind)
    code = peak + (
        "net = checkpoint.load(blank, checkpoint.read(Path(sys.argv[1])))\n"
        "total = sum(float(each.sum()) for each in net.parameters())\n"
        "print(json.dumps({'taken': peak_n() - before}))"
    )
    weights_n = count * 4 * 1_001_000
    for _ in range(times):
        assert measured(code, path, count)["taken"] <= 1.15 * weights_n


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_keys_and_shapes_are_checked_before_any_memory_is_taken(tmp_path):
    path, count, side = tmp_path / "other.safetensors", 400, 3000
    size = side * side * 4
    entries = {
        f"{n}.weight": {"dtype": "F32", "shape": [side, side], "data_offsets": [n * size, (n + 1) * size]}
        for n in range(count)
    }
    head = json.dumps(entries).encode()
    with path.open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        file.truncate(8 + len(head) + count * size)  # 14 GB that no disk has to hold
    code = peak + (
        "try:\n  checkpoint.load(blank, checkpoint.read(Path(sys.argv[1])))\n"
        "except checkpoint.WeightsMismatch as problem:\n"
        "  print(json.dumps({'taken': peak_n() - before, 'words': str(problem)}))"
    )
    found = measured(code, path, count)
    assert found["taken"] < 60_000_000
    assert "800 tensors differ: 0.bias is missing; 0.weight is [3000, 3000] and not [1000, 1000]" in str(found["words"])


def test_a_change_of_names_is_tried_on_shapes_alone_first():
    folded = []

    def change(state):
        folded.append({tensor.device.type for tensor in state.values()})
        return {"weight": state["w_g"] * state["w_v"], "bias": state["bias"]}

    right = {"w_g": torch.ones(2, 1), "w_v": torch.ones(2, 3), "bias": torch.zeros(2)}
    with torch.device("meta"):
        blank = nn.Linear(3, 2)
    assert checkpoint.load(blank, right, change).weight.sum() == 6
    assert folded == [{"meta"}, {"cpu"}]
    for wrong, words in (
        ({"w_g": torch.ones(2, 1), "bias": torch.zeros(2)}, "w_v is missing"),
        (right | {"w_v": torch.ones(5, 3)}, "shapes are those of another model"),
        (right | {"w_v": torch.ones(2, 7)}, r"weight is \[2, 7\] and not \[2, 3\]"),
    ):
        folded.clear()
        with pytest.raises(WeightsMismatch, match=words):
            checkpoint.load(blank, wrong, change)
        assert folded == [{"meta"}]


def doubled(state):
    return Lazy({key: lambda tensor=tensor: tensor * 2 for key, tensor in state.items()})


def linear() -> nn.Linear:
    with torch.device("meta"):
        return nn.Linear(3, 2)


@pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
def test_what_was_made_of_a_file_is_kept_beside_it(tmp_path, monkeypatch, kind):
    path = tmp_path / ("net.safetensors" if kind == "safetensors" else "net.pth")
    content = {"weight": torch.ones(2, 3), "bias": torch.full((2,), 4.0)}
    if kind == "safetensors":
        save_file(content, path)
    else:
        lay(path, {"net": content}, kind)
    key = "" if kind == "safetensors" else "net"
    first = checkpoint.load(linear(), Checkpoint(path, key), doubled, form="doubled")
    assert first.weight.sum() == 12 and first.bias.sum() == 16
    kept = records.twin(path, "net.doubled" if key else "doubled")
    assert records.twins(path)[1:] == [kept] and not records.twin(path).exists()
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("the file was opened again"))
    again = checkpoint.load(linear(), Checkpoint(path, key), lambda state: pytest.fail("made again"), form="doubled")
    assert torch.equal(again.weight, first.weight)
    again.weight.data.zero_()  # what is mapped is this process's own
    assert load_file(kept)["weight"].sum() == 12


def test_what_is_kept_of_another_file_or_another_model_is_made_anew(tmp_path):
    path = lay(tmp_path / "net.pth", {"weight": torch.ones(2, 3), "bias": torch.ones(2)}, "zip")
    checkpoint.load(linear(), Checkpoint(path), doubled, form="doubled")
    with pytest.raises(WeightsMismatch, match=r"weight is \[2, 3\] and not \[2, 5\]"), torch.device("meta"):
        checkpoint.load(nn.Linear(5, 2), Checkpoint(path), doubled, form="doubled")
    save_file({"weight": torch.zeros(1)}, records.twin(path, "doubled"))
    assert checkpoint.load(linear(), Checkpoint(path), doubled, form="doubled").weight.sum() == 12
    with pytest.raises(WeightsMismatch, match="no group “net”"):
        checkpoint.load(linear(), Checkpoint(path, "net"), doubled, form="doubled")


def test_where_it_cannot_be_kept_it_is_made_every_time(tmp_path, monkeypatch):
    path = lay(tmp_path / "net.pth", {"weight": torch.ones(2, 3), "bias": torch.ones(2)}, "zip")
    monkeypatch.setattr(conversion, "write", lambda *_: None)
    for _ in range(2):
        assert checkpoint.load(linear(), Checkpoint(path), doubled, form="doubled").weight.sum() == 12
    assert list(tmp_path.iterdir()) == [path]
