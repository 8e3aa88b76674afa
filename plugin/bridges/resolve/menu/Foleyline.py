# Foleyline bridge: opens the panel beside DaVinci Resolve. Written by "foleyline install resolve".
import sys

folder = "FOLDER"
sys.path.insert(0, folder)

from foleyline_resolve import menu  # noqa: E402

menu.run(globals(), folder)
