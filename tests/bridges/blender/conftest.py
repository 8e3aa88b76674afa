"""What needs a real Blender is collected when `make test-blender` says that the Blenders are there."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("FOLEYLINE_BLENDERS") else ["real"]
