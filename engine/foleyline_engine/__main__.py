"""`foleyline-engine`: serve, film, bench."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
from collections.abc import Sequence
from pathlib import Path

from foleyline import version

default_idle_s = 300.0


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    return options.command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("foleyline-engine", description="Foleyline's engine. The panel starts it itself.")
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve until idle")
    serve.add_argument(
        "--idle",
        type=float,
        default=default_idle_s,
        metavar="SECONDS",
        help="end after so long without a call",
    )
    serve.add_argument(
        "--low-memory", action="store_true", help="keep one part of a model on the device at a time; slower"
    )
    serve.set_defaults(command=_serve)

    film = commands.add_parser("film", help="render the demo's short film into a folder")
    film.add_argument("folder", type=Path)
    film.set_defaults(command=_film)

    bench = commands.add_parser("bench", help="measure what a model costs on this machine", add_help=False)
    bench.add_argument("model", choices=("mmaudio", "takes", "separators"))
    bench.add_argument("rest", nargs=argparse.REMAINDER, help="--help tells what each can be asked")
    bench.set_defaults(command=_bench)
    return parser


def _serve(options: argparse.Namespace) -> int:
    from . import server

    if options.low_memory:
        os.environ["FOLEYLINE_LOW_MEMORY"] = "1"
    server.log_to_file()
    return asyncio.run(server.serve(options.idle))


def _bench(options: argparse.Namespace) -> int:
    bench = importlib.import_module(f"{__package__}.bench.{options.model}")
    return bench.main(options.rest)


def _film(options: argparse.Namespace) -> int:
    from . import film

    film.render(options.folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
