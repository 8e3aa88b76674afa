"""`foleyline install` and `foleyline uninstall`: what is done, said step by step, or only said."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import blender, resolve
from .places import Places
from .steps import Step, run

programs = ("resolve", "blender")
titles = {"resolve": "DaVinci Resolve", "blender": "Blender"}
advices = {"resolve": resolve.advice, "blender": blender.advice}
installers: dict[str, Callable[[Places, Sequence[str]], list[Step]]] = {
    "resolve": resolve.install,
    "blender": blender.install,
}
uninstallers: dict[str, Callable[[Places], list[Step]]] = {
    "resolve": resolve.uninstall,
    "blender": blender.uninstall,
}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for word, does in (("install", "put the bridge into"), ("uninstall", "take the bridge out of")):
        parser = commands.add_parser(word, help=f"{does} DaVinci Resolve and Blender")
        parser.add_argument("programs", nargs="*", metavar="PROGRAM", help=f"{' or '.join(programs)}; both if not said")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        parser.set_defaults(command=_install if word == "install" else _uninstall, parser=parser)


def panel_command() -> list[str]:
    """What a bridge starts: the panel with this Python, whatever the program's own is."""
    return [sys.executable, "-m", "foleyline_plugin", "panel", "--bridge"]


async def _install(options: argparse.Namespace) -> int:
    places, code = Places(Path.home()), 0
    for program in _chosen(options):
        steps = installers[program](places, panel_command())
        if steps:
            _do(titles[program], steps, is_dry=options.dry_run)
            print(f"  {advices[program]}")
        else:
            print(f"{titles[program]}: {blender.none_found}")
            code = 1 if options.programs else code
    return code


async def _uninstall(options: argparse.Namespace) -> int:
    places = Places(Path.home())
    for program in _chosen(options):
        steps = uninstallers[program](places)
        if steps:
            _do(titles[program], steps, is_dry=options.dry_run)
        else:
            print(f"{titles[program]}: nothing of Foleyline is there.")
    return 0


def _chosen(options: argparse.Namespace) -> Sequence[str]:
    wrong = [name for name in options.programs if name not in programs]
    if wrong:
        options.parser.error(f"{wrong[0]} is not one of {', '.join(programs)}")
    return options.programs or programs


def _do(title: str, steps: Sequence[Step], *, is_dry: bool) -> None:
    print(f"{title}:")
    for step in steps:
        print(f"  {'would ' if is_dry else ''}{step.told()}")
    if not is_dry:
        run(steps)
