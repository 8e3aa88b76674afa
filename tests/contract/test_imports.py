"""Who may import whom, read from the imports themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

root = Path(__file__).parents[2]
generators = {"scratch", "mmaudio", "foleycrafter", "external"}
judges = {"evidence", "videollama2", "omni"}
separators = {"fill", "bs_roformer"}
shared = {
    "clip",
    "synchformer",
    "checkpoint",
    "exchange",
    "installed",
    "lazy",
    "published",
    "memory",
    "questions",
    "residency",
}
torch_packages = {"torch", "transformers", "numpy", "safetensors"}
detector_packages = {
    "scratch": {"cv2", "scipy"},
    "evidence": {"cv2", "onnxruntime", "soxr"},
    "fill": {"scipy"},
    "bs_roformer": {"soxr", "yaml"},
}
standard = set(sys.stdlib_module_names)


def imports(path: Path) -> set[str]:
    """Absolute dotted names of all that a module imports, relative imports resolved."""
    found = set()
    package = _dotted(path).rsplit(".", 1)[0] if path.name != "__init__.py" else _dotted(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, base] if base else parent)
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def _dotted(path: Path) -> str:
    relative = path.relative_to(root)
    parts = relative.with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(folder: str) -> list[Path]:
    found = [path for path in (root / folder).rglob("*.py") if "_pb2" not in path.name]
    assert found, f"nothing in {folder}"
    return found


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", modules("plugin"), ids=str)
def test_plugin_imports_no_engine_and_no_torch(path):
    forbidden = {"foleyline_engine", "torch", "transformers", "cv2"}
    plays = "ui" in path.parts  # a window that plays a take decodes it; the headless command leaves that to the engine
    assert not tops(path) & (forbidden if plays else forbidden | {"av", "numpy"})


@pytest.mark.parametrize("path", modules("engine"), ids=str)
def test_engine_imports_no_plugin_no_timelines_and_no_window(path):
    assert not tops(path) & {"foleyline_plugin", "opentimelineio", "PyQt6"}


@pytest.mark.parametrize("name", ["timeline", "placing", "deliver", "errors", "jobs", "timing"])
def test_panel_logic_imports_no_window(name):
    assert "PyQt6" not in tops(root / f"plugin/foleyline_plugin/{name}.py")


@pytest.mark.parametrize("name", ["plan", "verdict", "silence"])
def test_pure_modules_import_numpy_at_most(name):
    assert tops(root / f"engine/foleyline_engine/{name}.py") <= standard | {"numpy", "foleyline", "foleyline_engine"}


@pytest.mark.parametrize("path", modules("engine/foleyline_engine/models"), ids=str)
def test_model_packages_are_handed_frames_and_samples(path):
    family = path.relative_to(root / "engine/foleyline_engine/models").parts[0]
    if family.endswith(".py"):
        return
    allowed = standard | torch_packages | detector_packages.get(family, set()) | {"foleyline", "foleyline_engine"}
    assert tops(path) <= allowed
    ours = {name for name in imports(path) if name.startswith("foleyline_engine.")}
    outside = {name for name in ours if not name.startswith("foleyline_engine.models.")}
    assert not outside, f"a model package knows nothing beyond models: {outside}"
    families = {name.split(".")[2] for name in ours if name.startswith("foleyline_engine.models.")} - {family}
    assert families <= shared, f"{family} imports {families}"


def test_starting_the_built_in_engine_imports_no_torch():
    code = (
        "import sys; import foleyline_engine.server; from foleyline_engine.models import catalog;"
        "catalog.generator('scratch'); catalog.judge('evidence'); catalog.separator('fill');"
        "print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
