"""Writes the add-on for Blender as two zip files from one source, the same bytes every time.

    python build.py FOLDER

`foleyline-VERSION.zip` is an extension, for Blender 4.2 and later; `foleyline-VERSION-legacy.zip` an add-on, for 3.4
to 4.1.
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

source = Path(__file__).parent / "addon"
manifest = "blender_manifest.toml"
package = "foleyline"
# The earliest time that a zip file can hold.
stamp = (1980, 1, 1, 0, 0, 0)
read_by_all = 0o100644 << 16


def version() -> str:
    found = re.search(r'^version = "([^"]+)"', (source / manifest).read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{manifest} tells no version")
    return found[1]


def build(folder: Path) -> tuple[Path, Path]:
    """Extension and legacy add-on. An extension has its manifest at the root, an add-on lies in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    modules = sorted(source.glob("*.py"))
    extension = folder / f"{package}-{version()}.zip"
    legacy = folder / f"{package}-{version()}-legacy.zip"
    _write(extension, "", [source / manifest, *modules])
    _write(legacy, f"{package}/", modules)
    return extension, legacy


def _write(path: Path, root: str, files: Sequence[Path]) -> None:
    part = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files:
            entry = zipfile.ZipInfo(root + file.name, stamp)
            entry.create_system = 3
            entry.external_attr = read_by_all
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    part.replace(path)


if __name__ == "__main__":
    for written in build(Path(sys.argv[1] if len(sys.argv) > 1 else "dist")):
        print(written)
