"""Where the editing programs look for scripts and add-ons of one user, and where what belongs to them lies."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from foleyline.errors import FoleyError

first_extensions: tuple[int, int] = (4, 2)
first_addons: tuple[int, int] = (3, 4)
blender_version = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True)
class Places:
    """system: as `sys.platform` has it. environment: where Windows and XDG name their folders."""

    home: Path
    system: str = sys.platform
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def data(self) -> Path:
        """What the entries of the programs' menus load."""
        if self.system == "darwin":
            return self.home / "Library" / "Application Support" / "Foleyline"
        if self.system == "win32":
            return self._named("LOCALAPPDATA", "AppData", "Local") / "Foleyline"
        return self._named("XDG_DATA_HOME", ".local", "share") / "foleyline"

    @property
    def settings(self) -> Path:
        if named := self.environment.get("FOLEYLINE_CONFIG"):
            return Path(named)
        if self.system == "win32":
            return self._named("APPDATA", "AppData", "Roaming") / "Foleyline"
        return self._named("XDG_CONFIG_HOME", ".config") / "foleyline"

    @property
    def resolve(self) -> Path:
        """Resolve's own folder of this user."""
        if self.system == "darwin":
            return self.home / "Library" / "Application Support" / "Blackmagic Design" / "DaVinci Resolve"
        if self.system == "win32":
            roaming = self._named("APPDATA", "AppData", "Roaming")
            return roaming / "Blackmagic Design" / "DaVinci Resolve" / "Support"
        return self._named("XDG_DATA_HOME", ".local", "share") / "DaVinciResolve"

    @property
    def resolve_scripts(self) -> Path:
        """What lies there is listed under Workspace > Scripts on every page."""
        return self.resolve / "Fusion" / "Scripts" / "Utility"

    @property
    def blender(self) -> Path:
        if self.system == "darwin":
            return self.home / "Library" / "Application Support" / "Blender"
        if self.system == "win32":
            return self._named("APPDATA", "AppData", "Roaming") / "Blender Foundation" / "Blender"
        return self._named("XDG_CONFIG_HOME", ".config") / "blender"

    def blender_addons(self) -> Iterator[tuple[str, Path, bool]]:
        """Each version that this user has run: its name, where our add-on goes in it, whether as an extension."""
        folders = sorted(self.blender.iterdir()) if self.blender.is_dir() else []
        for folder in folders:
            named = blender_version.fullmatch(folder.name)
            number = (int(named[1]), int(named[2])) if named else (0, 0)
            if number >= first_extensions:
                yield folder.name, folder / "extensions" / "user_default" / "foleyline", True
            elif number >= first_addons:
                yield folder.name, folder / "scripts" / "addons" / "foleyline", False

    def _named(self, variable: str, *usual: str) -> Path:
        """Relative folders in XDG's variables are to be passed over."""
        named = self.environment.get(variable, "")
        return Path(named) if Path(named).is_absolute() else self.home.joinpath(*usual)


def bridges() -> Path:
    """The bridges' sources: inside the package where it was installed, beside it in a checkout. Raises E-INSTALL."""
    package = Path(__file__).parents[1]
    for folder in (package / "bridges", package.parent / "bridges"):
        if (folder / "PROTOCOL.md").is_file():
            return folder
    raise FoleyError("E-INSTALL", file="bridges/PROTOCOL.md", part="foleyline")
