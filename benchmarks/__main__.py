"""`python -m benchmarks [NAME…]`: runs the benchmarks named, or all, and prints a table for docs/benchmarks.md."""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import platform
from collections.abc import Sequence
from pathlib import Path

names = ("decode", "cues", "timeline", "kills")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}; all if none is named")
    parser.add_argument(
        "--footage", type=Path, default=Path("../shared/samples/footage"), help="real clips (%(default)s)"
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(names):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    print(
        f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n"
    )
    print("| measure | figure | compared with | bound |\n|---|---|---|---|")
    for name in options.names or names:
        for row in importlib.import_module(f"benchmarks.{name}").rows(options.footage):
            print("| " + " | ".join(row) + " |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
