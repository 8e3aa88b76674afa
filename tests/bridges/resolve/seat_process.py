"""Resolve's Python bridge as a menu script in a process of its own, with the double in it.

Usage: seat_process.py FOLDER. FOLDER/foleyline.json has the child's command; says on standard output, at its end, what
lies on our lanes.
"""

import json
import sys

from foleyline_resolve import menu
from tests.bridges.resolve.seats import lanes_of, seat


def main() -> None:
    studio = seat()
    studio.slow_s = 0.01
    menu.run({"resolve": studio.resolve}, sys.argv[1])
    print(json.dumps({"lanes": lanes_of(studio), "violations": studio.book.violations}))


if __name__ == "__main__":
    main()
