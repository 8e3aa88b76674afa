"""Resolve's two bridges: their modules into our own folder, thin entries into Resolve's Scripts folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from foleyline.errors import FoleyError

from .places import Places, bridges
from .steps import Fill, Remove, Step, Write, files_in, is_ours

entries = ("Foleyline.py", "Foleyline Lua.lua", "Foleyline Check.lua")
advice = (
    "Restart Resolve; then: Workspace > Scripts > Foleyline (or Foleyline Lua, if Resolve lists no Python scripts)."
)


def install(places: Places, command: Sequence[str]) -> list[Step]:
    """command: the words that start the panel. Raises FoleyError E-OUT for a file of somebody else's by our names."""
    source = bridges() / "resolve"
    folder = places.data / "resolve"
    modules = [
        *_inside("foleyline_resolve", files_in(source / "foleyline_resolve", "*.py")),
        *_inside("lua", files_in(source / "lua", "*.lua")),
    ]
    settings = json.dumps({"command": list(command)}, indent=1).encode() + b"\n"
    steps: list[Step] = [Fill(folder, [*modules, ("foleyline.json", settings)])]
    for name in entries:
        path = places.resolve_scripts / name
        if path.exists() and not is_ours(path):
            raise FoleyError("E-OUT", folder=path.parent, reason=f"“{name}” there is not of Foleyline")
        text = (source / "menu" / name).read_text(encoding="utf8")
        steps.append(Write(path, _entry(text, folder, places.system)))
    return steps


def uninstall(places: Places) -> list[Step]:
    """Nothing where nothing of ours is there."""
    found = [places.resolve_scripts / name for name in entries]
    steps: list[Step] = [Remove(path) for path in found if is_ours(path)]
    folder = places.data / "resolve"
    return [*steps, Remove(folder)] if folder.exists() else steps


def _inside(folder: str, files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return [(f"{folder}/{name}", content) for name, content in files]


def _entry(text: str, folder: Path, system: str) -> bytes:
    """A menu entry with the folder of its modules written into it."""
    if "package.path" not in text:
        return text.replace('"FOLDER"', ascii(str(folder))).encode()
    # LuaJIT opens modules by the C library, which on Windows takes names in the system's own code page.
    encoding = "mbcs" if system == "win32" and _has_mbcs() else "utf8"
    modules = _lua_text((folder / "lua").as_posix().encode(encoding, "replace"))
    return text.replace('"MODULES"', modules).replace('"FOLDER"', _lua_text(folder.as_posix().encode())).encode()


def _has_mbcs() -> bool:
    try:
        "".encode("mbcs")
    except LookupError:
        return False
    return True


def _lua_text(content: bytes) -> str:
    """Bytes as a Lua string that is plain ASCII."""
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in content)
    return f'"{"".join(plain)}"'
