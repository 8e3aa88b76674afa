"""Blender's add-on into every version of Blender that this user has run: an extension since 4.2, an add-on before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from .places import Places, bridges
from .steps import Fill, Remove, Step, Write, files_in

package = "foleyline"
settings_name = "foleyline.json"
manifest = "blender_manifest.toml"
advice = "Restart Blender and tick Foleyline in Edit > Preferences > Add-ons; it is in the sidebar of the sequencer."
none_found = "No Blender from 3.4 on has been run here yet. Run it once, then install again."


def install(places: Places, command: Sequence[str]) -> list[Step]:
    """command: the words that start the panel. Empty where there is no Blender."""
    source = bridges() / "blender" / "addon"
    settings = json.dumps({"command": list(command)}, indent=1).encode() + b"\n"
    modules = files_in(source, "*.py")
    steps: list[Step] = []
    for _, folder, is_extension in places.blender_addons():
        told = [(manifest, (source / manifest).read_bytes())] if is_extension else []
        steps.append(Fill(folder, [*modules, *told]))
    return [*steps, Write(places.settings / settings_name, settings)] if steps else []


def uninstall(places: Places) -> list[Step]:
    """Nothing where nothing of ours is there."""
    steps: list[Step] = [Remove(folder) for _, folder, _ in places.blender_addons() if _is_ours(folder)]
    settings = places.settings / settings_name
    return [*steps, Remove(settings)] if settings.exists() else steps


def _is_ours(folder: Path) -> bool:
    return (folder / "__init__.py").is_file() and (folder / "starting.py").is_file()
