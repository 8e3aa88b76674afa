"""`foleyline models` as an editor runs it: the command, an engine of its own beside it, and a hub that answers both."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator

import pytest
from tests import hub as hubs
from tests.hub import Fault
from tests.shop import Shop, large_n, page_path

from foleyline_plugin import engine

pytestmark = pytest.mark.timeout(100)
net = "/makers/net/resolve/main/weights/net.pth"
accept = ("--yes", "--accept-licence", "nc")
Models = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shop(shop, tmp_path, monkeypatch) -> Iterator[Shop]:
    """With an engine of its own."""
    monkeypatch.setenv("FOLEYLINE_RUNTIME", str(tmp_path / "run"))
    monkeypatch.setenv("FOLEYLINE_IDLE", "30")
    yield shop
    engine.stop()


@pytest.fixture
def models(shop) -> Models:
    del shop

    def run(*arguments: object, code: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "foleyline_plugin", "models", *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, env=os.environ | environment, stdin=subprocess.DEVNULL
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done

    return run


def events(done: subprocess.CompletedProcess[str]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_list_says_the_worst_first(models):
    text = models("list").stdout
    assert "  net: 771.0 kB, not here\n      NOT FOR COMMERCIAL USE (NC; Free)\n      for tests\n" in text
    assert "commercial use allowed (Free)" in text and "1.5 GB in float32" in text
    reply = json.loads(models("list", "--json").stdout)
    assert [model["name"] for model in reply["models"]] == ["net", "net-2", "page", "big"]


def test_a_plan_costs_nothing(models, shop, hub):
    text = models("plan", "net").stdout
    assert "About 771.0 kB to download" in text and "NC: not for commercial use (--accept-licence nc)" in text
    assert not hub.seen and not list(shop.folder.rglob("*.pth"))


def test_from_nothing_to_whole_and_away_again(models, shop):
    text = models("fetch", "net", "page", *accept).stdout
    assert shop.is_right("net/net.pth", "net/voice.pt", "net/words.txt", "other/page.ckpt")
    assert "other/page.ckpt: downloaded from 127.0.0.1 (sha256" in text
    assert "  net: 750.9 kB, here\n" in models("list").stdout
    assert "Nothing has to be downloaded" in models("plan", "net").stdout
    checked = models("verify").stdout
    assert "net/net.pth: whole: its md5 is the one that was published" in checked
    assert "other/page.ckpt: as it was when it first came" in checked
    models("fetch", "net-2", "--yes")
    removed = models("remove", "net", "--yes").stdout
    assert "net/voice.pt: kept" in removed and "net/net.pth: removed" in removed
    left = sorted(path.relative_to(shop.folder).as_posix() for path in shop.folder.rglob("*") if path.is_file())
    assert [path for path in left if path.startswith("net/")] == ["net/voice.pt", "net/voice.pt.record.json"]


def test_json_is_one_event_a_line(models, hub):
    hub.always[net] = Fault(rate=1_500_000)
    told = events(models("fetch", "net", *accept, "--json"))
    assert told[0]["event"] == "bill" and told[0]["bill"]["licences"][0]["commercial"] == "forbidden"
    assert [each["path"] for each in told if each["event"] == "file"] == [
        "net/net.pth",
        "net/voice.pt",
        "net/words.txt",
    ]
    progress = [each for each in told if each["event"] == "progress" and each["phase"] == "downloading"]
    counts = [each["all_done"] for each in progress]
    assert len(counts) > 3 and counts == sorted(counts) and counts[-1] <= progress[-1]["all_size"]
    assert {"checking", "downloading"} <= {each["phase"] for each in told if each["event"] == "progress"}


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["fetch", "net", "--yes"], "E-LICENCE", "--accept-licence nc"),
        (["fetch", "page"], "E-ASK", "--yes"),
        (["remove", "net"], "E-ASK", "--yes"),
        (["fetch", "nothing", "--yes"], "E-MODEL", "net-2"),
        (["fetch", "page", "--yes", "--offline"], "E-OFFLINE", "import PATH"),
        (["import", "/not/there"], "E-INPUT", "/not/there"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_is_refused_is_one_sentence(models, hub, arguments, code, word):
    done = models(*arguments, code=2)
    assert done.stderr.startswith(f"{code}: ") and done.stderr.count("\n") == 1 and word in done.stderr
    assert not hub.seen


def test_a_problem_on_the_way_is_an_event_too(models, hub):
    hub.always[net] = Fault(status=503)
    told = events(models("fetch", "net", *accept, "--json", code=2))
    assert told[-1]["event"] == "problem" and told[-1]["code"] == "E-NET"
    assert any("busy" in each.get("text", "") for each in told if each["event"] == "progress")


def test_questions_on_a_terminal(shop, hub):
    hub.always[net] = Fault(rate=1_000_000)
    said = on_a_terminal("fetch", "net", answers=["y", "y"])
    assert "Do you accept this licence? [y/N]" in said and "Download now? [y/N]" in said
    assert shop.is_right("net/net.pth")
    assert "All: " in said and "net.pth                        downloading" in said
    hub.seen.clear()
    assert "E-ASK: Nothing was removed" in on_a_terminal("remove", "net", answers=["n"])
    assert shop.is_right("net/net.pth")


def on_a_terminal(*arguments: str, answers: list[str]) -> str:
    """What the command shows on a real terminal where these answers are typed."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 100))
    command = [sys.executable, "-m", "foleyline_plugin", "models", *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, waiting = "", list(answers)
    while True:
        try:
            piece = os.read(ours, 4096).decode(errors="replace")
        except OSError:  # the terminal's other end is closed
            break
        if not piece:
            break
        shown += piece
        if waiting and shown.rstrip().endswith("[y/N]"):
            shown += "\n"
            os.write(ours, f"{waiting.pop(0)}\n".encode())
    process.wait(30)
    os.close(ours)
    return shown


def test_stopped_by_hand_it_goes_on(models, shop, hub):
    hub.always[net] = Fault(rate=200_000)
    command = [sys.executable, "-m", "foleyline_plugin", "models", "fetch", "net", *accept]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    part = shop.folder / "net/net.pth.part"
    wait_for(lambda: part.exists() and part.stat().st_size > 50_000)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=20)
    assert process.returncode == 130 and "goes on from here" in words and "Traceback" not in words
    here = part.stat().st_size
    time.sleep(0.3)
    assert part.stat().st_size == here < large_n, "the engine went on although nobody waits for it"
    hub.always.clear()
    hub.seen.clear()
    models("fetch", "net", *accept)
    assert shop.is_right("net/net.pth") and hub.asked(net)[0].headers["range"] == f"bytes={here}-"


def test_an_engine_that_is_killed_is_started_again_and_goes_on(shop, hub):
    hub.always[net] = Fault(rate=250_000)
    command = [sys.executable, "-m", "foleyline_plugin", "models", "fetch", "net", *accept]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    part = shop.folder / "net/net.pth.part"
    wait_for(lambda: part.exists() and part.stat().st_size > 100_000)
    address = engine.runtime.read_address()
    assert address
    os.kill(address.pid, signal.SIGKILL)
    hub.always.clear()
    out, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
    assert "started again" in out and shop.is_right("net/net.pth")
    assert any(each.headers.get("range") for each in hub.asked(net))


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_damage_is_found_and_repaired(models, shop, hub):
    models("fetch", "net", "page", *accept)
    for name in ("net/net.pth", "other/page.ckpt"):
        content = bytearray((shop.folder / name).read_bytes())
        content[1000] ^= 1
        (shop.folder / name).write_bytes(content)
    assert "net/net.pth: its md5 is" in models("verify", code=1).stdout
    assert "  net: 750.9 kB, damaged" in models("list").stdout
    hub.seen.clear()
    text = models("repair").stdout
    assert "net/net.pth: downloaded" in text and shop.is_right("net/net.pth", "other/page.ckpt")
    assert not hub.asked(shop.places["net/voice.pt"])
    models("verify")


def test_files_from_elsewhere_are_taken_over_by_their_sums(models, shop, hub, tmp_path):
    elsewhere = tmp_path / "DeepSound" / "pretrained"
    elsewhere.mkdir(parents=True)
    (elsewhere / "renamed.bin").write_bytes(shop.content["net/voice.pt"])
    (elsewhere / "net.pth").write_bytes(b"x" * large_n)
    (elsewhere / "page.ckpt").write_bytes(shop.content["other/page.ckpt"])
    text = models("import", tmp_path / "DeepSound").stdout
    assert f"net/voice.pt: taken over from {elsewhere}/renamed.bin" in text
    assert "net.pth is not what was published: its md5" in text
    assert "taken at its word" in text
    assert shop.is_right("net/voice.pt", "other/page.ckpt") and not shop.wrong_files()
    assert (elsewhere / "renamed.bin").exists() and not hub.seen
    (elsewhere / "net.pth").write_bytes(shop.content["net/net.pth"])
    models("import", elsewhere / "net.pth", "--model", "net")
    assert shop.is_right("net/net.pth")
    models("import", elsewhere / "net.pth", code=2)


def test_a_whole_folder_from_elsewhere_needs_no_hub(models, shop, hub, tmp_path):
    folder = tmp_path / "snapshots" / "Big-7B"
    for path, content in shop.content.items():
        if path.startswith("big/"):
            place = folder / path.removeprefix("big/Big-7B/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    models("import", tmp_path / "snapshots", HF_HUB_OFFLINE="1")
    assert shop.is_right(*(path for path in shop.content if path.startswith("big/"))) and not hub.seen
    assert "  big: 170.3 kB, here" in models("list").stdout
    assert "sha256" in models("verify", "big").stdout
    (shop.folder / "big/Big-7B/.listing.json").unlink()  # as if the folder had been placed there by hand
    assert "not here" in models("list").stdout.partition("  big: ")[2].partition("\n")[0]
    models("import", shop.folder)
    assert "  big: 170.3 kB, here" in models("list").stdout


def test_a_disk_that_runs_full_loses_nothing(shop, hub):
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000));"
        "sys.argv[0] = 'foleyline'; from foleyline_plugin.__main__ import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", limited, "models", "fetch", "net", *accept]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr.startswith("E-DISK: "), done.stderr
    assert (shop.folder / "net/net.pth.part").stat().st_size == 400_000
    engine.stop()
    command = [sys.executable, "-m", "foleyline_plugin", "models", "fetch", "net", *accept]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)
    assert shop.is_right("net/net.pth") and hub.asked(net)[-1].headers["range"] == "bytes=400000-"


def test_the_callers_network_counts_not_the_engines(models, shop, hub, tmp_path):
    models("list")  # an engine runs now, with this environment
    with hubs.running() as other:
        other.files[page_path] = shop.content["other/page.ckpt"]
        models("fetch", "page", "--yes", FOLEYLINE_RELEASES=other.url)
        assert other.asked(page_path) and not hub.asked(page_path)
    done = models("list", FOLEYLINE_MODELS=str(tmp_path / "elsewhere"), code=2)
    assert done.stderr.startswith("E-FOLDER: ") and "--stop-engine" in done.stderr


def test_a_token_is_in_no_log(models, shop, hub, tmp_path):
    hub.gated.add("makers/net")
    assert models("fetch", "net", *accept, code=2).stderr.startswith("E-GATE: ")
    models("fetch", "net", *accept, HF_TOKEN=hub.token)
    assert shop.is_right("net/net.pth")
    texts = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix in (".log", ".json")]
    assert texts and not any(hub.token.encode() in text for text in texts)


def test_an_engine_without_torch_lists_and_fetches(models, shop, tmp_path):
    hidden = tmp_path / "hidden"
    for name in ("torch", "transformers", "safetensors", "cv2"):
        (hidden / name).mkdir(parents=True)
        (hidden / name / "__init__.py").write_text(f"raise ImportError('{name} is not installed')")
    models("fetch", "page", "--yes", PYTHONPATH=str(hidden))
    assert shop.is_right("other/page.ckpt")
    assert "  page: 300.0 kB, here" in models("list").stdout


def test_an_engine_without_a_hubs_client_says_what_it_lacks(models, tmp_path):
    (tmp_path / "hidden/httpx2").mkdir(parents=True)
    (tmp_path / "hidden/httpx2/__init__.py").write_text("raise ModuleNotFoundError('gone', name='httpx2')")
    done = models("list", code=2, PYTHONPATH=str(tmp_path / "hidden"))
    assert done.stderr.startswith("E-MISSING: ") and "httpx2 is not installed" in done.stderr


def test_the_built_in_catalogue_is_shown(shop, monkeypatch):
    monkeypatch.delenv("FOLEYLINE_CATALOGUE")
    command = [sys.executable, "-m", "foleyline_plugin", "models", "plan", "mmaudio-large-44k", "--offline"]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "About 10.7 GB to download" in text and "CC BY-NC 4.0: not for commercial use" in text
    assert not shop.folder.exists()
