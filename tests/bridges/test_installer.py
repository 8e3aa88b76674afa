"""The installers of a whole Foleyline: Linux's run for real in a clean home, the others as far as can be told here."""

from __future__ import annotations

import os
import re
import site
import subprocess
import zipfile
from pathlib import Path

import pytest

root = Path(__file__).parents[2]
script = root / "installers" / "install.sh"
pytestmark = pytest.mark.timeout(300)


def wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> Path:
    """A wheel that needs nothing, so that pip installs it without a network."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    extras = "Provides-Extra: plugin\nProvides-Extra: engine\n"
    told = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{extras}".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": b"[console_scripts]\nfoleyline = foleyline_plugin.__main__:main\n"
        if name == "foleyline"
        else b"",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in {**files, **told}.items():
            archive.writestr(entry, content)
    return path


def package(folder: str, inside: str) -> dict[str, bytes]:
    paths = (path for path in (root / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{inside}/{path.relative_to(root / folder).as_posix()}": path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    """Foleyline as it would be delivered, and a torch that is none."""
    folder = tmp_path_factory.mktemp("shelf")
    ours = {
        **package("plugin/foleyline_plugin", "foleyline_plugin"),
        **package("proto/foleyline", "foleyline"),
        **package("plugin/bridges", "foleyline_plugin/bridges"),
    }
    wheel(folder, "foleyline", "0.1.0", ours)
    wheel(folder, "torch", "2.13.1", {"torch.py": b"version = 'none'\n"})
    needs = folder / "needs"
    needs.mkdir()
    for path in Path(site.getsitepackages()[0]).iterdir():
        if not path.name.endswith((".dist-info", ".pth")) and not path.name.startswith(("foleyline", "torch")):
            (needs / path.name).symlink_to(path)
    return folder


def install(home: Path, shelf: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": os.environ["PATH"], "HOME": str(home), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf)}
    # What Foleyline needs besides comes from here instead of a network; pip does not see that it is there.
    known |= {"PYTHONPATH": str(shelf / "needs"), "FOLEYLINE_NEED_MB": "50", "LC_ALL": "C.UTF-8"}
    source = shelf / "foleyline-0.1.0-py3-none-any.whl"
    return subprocess.run(
        ["sh", str(script), "--from", str(source), *words],
        capture_output=True,
        text=True,
        timeout=280,
        env=known | environment,
        cwd=home,
    )


def tree(folder: Path) -> set[str]:
    """Files and links, but for what compilers that pip asks for their version leave in a home."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink()}
    return {name for name in found if not name.startswith(".rustup/")}


def test_linux_from_nothing_to_the_bridges_and_back(tmp_path, shelf):
    home = tmp_path / "ho me"
    home.mkdir()
    done = install(home, shelf, "--torch", "cpu")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^\[(\d)/6\]", done.stdout, re.MULTILINE) == list("123456")
    prefix = home / ".local/share/foleyline"
    first = (prefix / "current").resolve()
    assert ((prefix / "state").read_text(), (first / "bin/foleyline").is_file()) == ("0.1.0\n", True)
    assert (home / ".local/bin/foleyline").resolve() == first / "bin/foleyline"
    menu = home / ".local/share/DaVinciResolve/Fusion/Scripts/Utility"
    assert len(list(menu.iterdir())) == 3
    assert str(first) in (prefix / "resolve/foleyline.json").read_text()

    (first / "bin/foleyline").write_text("damaged")
    stub = tmp_path / "python"
    stub.write_text('#!/bin/sh\n[ "$1" = -c ] || mkdir -p "$3/bin"\n')
    stub.chmod(0o755)
    broken = install(home, shelf, "--torch", "cpu", FOLEYLINE_PYTHON=str(stub))
    assert broken.returncode != 0 and "still there" in broken.stderr
    assert ((prefix / "current").resolve(), (prefix / "state").read_text()) == (first, "incomplete\n")
    again = install(home, shelf, "--torch", "cpu")
    assert again.returncode == 0, again.stderr
    second = (prefix / "current").resolve()
    assert (second != first, first.exists(), (prefix / "state").read_text()) == (True, False, "0.1.0\n")

    gone = install(home, shelf, "--uninstall")
    assert (gone.returncode, tree(home)) == (0, set()), gone.stdout


def test_a_dry_run_says_all_and_does_nothing(tmp_path, shelf):
    done = install(tmp_path, shelf, "--dry-run")
    assert (done.returncode, tree(tmp_path)) == (0, set())
    assert "-m venv" in done.stdout and "pip install" in done.stdout and "Nothing was done." in done.stdout


@pytest.mark.parametrize(
    ("system", "tool", "torch", "index"),
    [
        ("Linux", "exit 1", "cpu", "whl/cpu"),
        ("Linux", "echo 'GPU 0: NVIDIA RTX 4070'", "cuda", ""),
        ("Darwin", "exit 1", "apple", ""),
    ],
)
def test_the_right_torch_is_chosen_for_the_machine(tmp_path, shelf, system, tool, torch, index):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "nvidia-smi").write_text(f"#!/bin/sh\n{tool}\n")
    (tools / "nvidia-smi").chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    done = install(tmp_path, shelf, "--dry-run", PATH=path, FOLEYLINE_SYSTEM=system)
    assert done.returncode == 0, done.stderr
    assert f"torch: {torch}\n" in done.stdout
    assert (("--index-url" in done.stdout), index in done.stdout) == (bool(index), True)
    folder = "Library/Application Support/Foleyline" if system == "Darwin" else ".local/share/foleyline"
    assert f"to: {tmp_path}/{folder}\n" in done.stdout


def test_rocm_is_taken_in_the_version_that_is_there_and_a_place_can_be_named(tmp_path, shelf):
    rocm = tmp_path / "rocm"
    (rocm / ".info").mkdir(parents=True)
    (rocm / ".info" / "version").write_text("6.4.2-120\n")
    found = {"FOLEYLINE_ROCM": str(rocm), "FOLEYLINE_KFD": str(rocm)}
    done = install(tmp_path, shelf, "--dry-run", "--prefix", str(tmp_path / "there"), **found)
    assert "torch: rocm\n" in done.stdout and "whl/rocm6.4 torch==2.13.*" in done.stdout
    named = install(tmp_path, shelf, "--dry-run", "--torch", "rocm", "--index", "https://mirror/rocm", **found)
    assert "--index-url https://mirror/rocm torch" in named.stdout


def test_both_scripts_ask_for_the_torch_that_the_engine_is_made_for():
    wanted = re.search(r'"(torch==[^"]+)"', (root / "pyproject.toml").read_text(encoding="utf8"))
    assert wanted
    for name in ("install.sh", "install.ps1"):
        assert set(re.findall(r"torch==[\d.*]+", (root / "installers" / name).read_text(encoding="utf8"))) == {
            wanted[1]
        }


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        ([], {"FOLEYLINE_NEED_MB": "999999999"}, "Not enough space"),
        (["--torch", "tpu"], {}, "is no build of torch"),
        (["--from", "/nowhere"], {}, "/nowhere is not there"),
        (["--unheard-of"], {}, "usage:"),
        (["--torch"], {}, "usage:"),
    ],
)
def test_what_keeps_it_from_beginning_is_said_and_nothing_is_left(tmp_path, shelf, words, environment, said):
    done = install(tmp_path, shelf, *words, **environment)
    assert done.returncode != 0 and said in done.stderr
    assert tree(tmp_path) == set()


def test_uninstalling_where_nothing_is_does_nothing(tmp_path, shelf):
    theirs = tmp_path / ".local/bin/foleyline"
    theirs.parent.mkdir(parents=True)
    theirs.symlink_to("/somewhere/else")
    assert install(tmp_path, shelf, "--uninstall").returncode == 0
    assert tree(tmp_path) == {".local/bin/foleyline"}


def test_every_posix_shell_reads_the_script():
    for shell in ("dash", "bash --posix"):
        assert subprocess.run([*shell.split(), "-n", str(script)], timeout=20).returncode == 0
    assert (
        re.search(r"\[\[|\blocal\b|function |<\(|\$'", script.read_text(encoding="utf8").replace(".local", "")) is None
    )


def test_the_script_for_windows_is_whole_and_does_the_same():
    """There is no PowerShell here: brackets, quotes and the steps are looked at, not run."""
    text = (root / "installers" / "install.ps1").read_text(encoding="utf8")
    assert text.isascii()  # Windows PowerShell reads a file without a mark in the system's own code page
    plain = re.sub(r"#.*", "", re.sub(r"'[^'\n]*'|\"(?:[^\"`\n]|`.)*\"", "''", text))
    for opening, closing in ("{}", "()", "[]"):
        assert plain.count(opening) == plain.count(closing)
    assert "'" not in plain.replace("''", "") and '"' not in plain
    posix = script.read_text(encoding="utf8")
    for each in range(1, 7):
        step = re.search(rf"\[{each}/6\] ([^\"']+)", posix)
        assert step and f"[{each}/6] {step[1]}" in text
    called = set(re.findall(r"\b\w+-(?:Foleyline|Environment|Python|Torch|Installed|UserPath|Ours|Step)\b", text))
    defined = set(re.findall(r"^function ([\w-]+)", text, re.MULTILINE))
    assert called <= defined and defined - called == {"Install-Command", "Test-Space"}
