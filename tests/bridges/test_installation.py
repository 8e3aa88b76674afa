"""The bridges into the programs' folders of all three systems and out again, in homes of the tests' own."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace

import pytest

from foleyline.errors import FoleyError
from foleyline_plugin.installation import blender, resolve, steps
from foleyline_plugin.installation.places import Places, bridges
from foleyline_plugin.installation.steps import Fill, Write

scripts = {
    "linux": ".local/share/DaVinciResolve/Fusion/Scripts/Utility",
    "darwin": "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
    "win32": "AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts/Utility",
}
data = {
    "linux": ".local/share/foleyline",
    "darwin": "Library/Application Support/Foleyline",
    "win32": "AppData/Local/Foleyline",
}
blender_of = {
    "linux": ".config/blender",
    "darwin": "Library/Application Support/Blender",
    "win32": "AppData/Roaming/Blender Foundation/Blender",
}
command = ["/opt/py thon", "-m", "foleyline_plugin", "panel", "--bridge"]
systems = pytest.mark.parametrize("system", list(scripts))


def places_in(home: Path, system: str) -> Places:
    return Places(home, system, {})


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@systems
def test_resolve_lists_the_entries_and_they_find_their_modules(system, tmp_path):
    home = tmp_path / 'Zoë "O\'Neil" 足'
    places = places_in(home, system)
    steps.run(resolve.install(places, command))
    listed = home / scripts[system]
    assert sorted(path.name for path in listed.iterdir()) == sorted(resolve.entries)
    modules = home / data[system] / "resolve"
    assert json.loads((modules / "foleyline.json").read_text(encoding="utf8")) == {"command": command}
    assert (modules / "foleyline_resolve" / "menu.py").is_file() and (modules / "lua/foleyline/menu.lua").is_file()
    entry = ast.parse((listed / "Foleyline.py").read_text(encoding="ascii"), feature_version=(3, 6))
    folders = [
        node.value.value
        for node in ast.walk(entry)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    ]
    assert folders == [str(modules)]


@systems
def test_again_repairs_and_out_leaves_nothing(system, tmp_path):
    places = places_in(tmp_path, system)
    steps.run(resolve.install(places, command))
    whole = tree(tmp_path)
    modules = places.data / "resolve"
    (modules / "foleyline_resolve" / "menu.py").write_text("damaged")
    (modules / "left over.py").touch()
    (places.resolve_scripts / "Foleyline.py").unlink()
    steps.run(resolve.install(places, command))
    assert tree(tmp_path) == whole
    assert "def run" in (modules / "foleyline_resolve" / "menu.py").read_text(encoding="utf8")
    mine = places.resolve_scripts / "My script.py"
    mine.touch()
    steps.run(resolve.uninstall(places))
    assert tree(tmp_path) == {mine.relative_to(tmp_path).as_posix()}
    assert resolve.uninstall(places) == []


def test_a_script_of_somebody_else_by_our_name_stays(tmp_path):
    places = places_in(tmp_path, "linux")
    theirs = places.resolve_scripts / "Foleyline.py"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("print('mine')\n")
    with pytest.raises(FoleyError) as caught:
        resolve.install(places, command)
    assert (caught.value.code, resolve.uninstall(places)) == ("E-OUT", [])
    assert theirs.read_text() == "print('mine')\n"


@systems
def test_every_blender_that_was_run_gets_the_form_that_it_takes(system, tmp_path):
    places = places_in(tmp_path, system)
    assert blender.install(places, command) == []
    root = tmp_path / blender_of[system]
    for version in ("2.93", "3.4", "4.1", "4.2", "5.0", "cache"):
        (root / version).mkdir(parents=True)
    steps.run(blender.install(places, command))
    found = {path.parent.relative_to(root).as_posix() for path in root.rglob("starting.py")}
    extension, addon = "extensions/user_default/foleyline", "scripts/addons/foleyline"
    assert found == {f"3.4/{addon}", f"4.1/{addon}", f"4.2/{extension}", f"5.0/{extension}"}
    assert {path.parts[-5] for path in root.rglob("blender_manifest.toml")} == {"4.2", "5.0"}
    steps.run(blender.uninstall(places))
    assert tree(tmp_path) == set()


def test_folders_that_the_system_names_are_used(tmp_path):
    named = {"XDG_DATA_HOME": str(tmp_path / "share"), "XDG_CONFIG_HOME": "relative"}
    places = Places(tmp_path / "home", "linux", named)
    assert places.resolve == tmp_path / "share" / "DaVinciResolve"
    assert places.blender == tmp_path / "home" / ".config" / "blender"


def test_lua_reads_the_folder_of_its_modules_whatever_letters_are_in_it(tmp_path):
    home = tmp_path / 'Zoë\\ "n" 足'
    places = places_in(home, "linux")
    steps.run(resolve.install(places, command))
    entry = places.resolve_scripts / "Foleyline Lua.lua"
    assert entry.read_bytes().isascii()
    code = "resolve, bmd, app = nil, nil, nil; dofile(arg[1])"
    done = subprocess.run(
        ["luajit", "-e", f"arg = {{ {json.dumps(str(entry), ensure_ascii=False)} }} {code}"],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "does not let this script in" in done.stdout


def test_windows_paths_in_entries_are_written_as_python_and_lua_read_them():
    folder = PureWindowsPath(r"C:\Users\Zoë\AppData\Local\Foleyline\resolve")
    text = (bridges() / "resolve" / "menu" / "Foleyline.py").read_text(encoding="utf8")
    entry = resolve._entry(text, folder, "win32")  # type: ignore[arg-type]
    assert b"'C:\\\\Users\\\\Zo\\xeb\\\\AppData" in entry
    text = (bridges() / "resolve" / "menu" / "Foleyline Lua.lua").read_text(encoding="utf8")
    assert rb'"C:/Users/Zo\195\171/AppData/Local/Foleyline/resolve"' in resolve._entry(text, folder, "win32")  # type: ignore[arg-type]


def test_without_room_nothing_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(steps.shutil, "disk_usage", lambda path: SimpleNamespace(free=100))
    planned = [Write(tmp_path / "a", b"x"), Fill(tmp_path / "b", [("c", b"x")])]
    with pytest.raises(FoleyError) as caught:
        steps.run(planned)
    assert (caught.value.code, tree(tmp_path)) == ("E-DISK", set())


def test_a_place_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FoleyError) as caught:
        steps.run([Write(tmp_path / "file" / "below", b"x")])
    assert caught.value.code == "E-OUT"


def foleyline(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
    return subprocess.run(
        [sys.executable, "-m", "foleyline_plugin", *words], capture_output=True, text=True, timeout=60, env=environment
    )


def test_the_command_says_every_step_and_does_it(tmp_path):
    said = foleyline(tmp_path, "install", "resolve", "--dry-run")
    assert (said.returncode, said.stdout.count("would "), tree(tmp_path)) == (0, 4, set())
    done = foleyline(tmp_path, "install", "resolve")
    assert done.stdout.splitlines()[1:5] == [line.replace("would ", "") for line in said.stdout.splitlines()[1:5]]
    entry = json.loads((tmp_path / ".local/share/foleyline/resolve/foleyline.json").read_text())
    assert entry["command"] == [sys.executable, "-m", "foleyline_plugin", "panel", "--bridge"]
    assert foleyline(tmp_path, "install", "blender").returncode == 1
    assert foleyline(tmp_path, "install", "premiere").returncode == 2
    assert foleyline(tmp_path, "uninstall").returncode == 0
    assert tree(tmp_path) == set()
