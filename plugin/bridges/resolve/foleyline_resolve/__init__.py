"""DaVinci Resolve's bridge to the panel: for the Python 3.6 that may run it, with the standard library alone."""

version = "1.0"
