"""Names of a take's files: the Universal Category System's pattern, safe on every system and still readable.

CatID_FXName_CreatorID_SourceID_UserData, as in `FOLYMisc_Gravel Walk Sh012 T1_AIGEN_REEL2_3f9a1c2b.wav`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from foleyline.v1 import engine_pb2 as pb

# Feet, cloth, hands and props are provenance, which only the editor knows.
category = "FOLYMisc"
creator = "AIGEN"
separated = "AISEP"
longest_direction = 40
longest_clip = 80
longest_reel = 40
media_ending = re.compile(
    r"\.(mov|mp4|mxf|mkv|avi|m4v|webm|mts|m2ts|braw|r3d|exr|dpx|wav|w64|bwf|aiff?|caf|flac|mp3|m4a|aac|ogg|opus)$",
    re.IGNORECASE,
)
first_phrase = re.compile(r"[,;.:\n\r]")


def stem(request: pb.GenerateRequest, request_id: str) -> str:
    """File name without its ending; the same for the same request, and at most 200 bytes long."""
    direction = _cut(_plain(first_phrase.split(request.prompt.strip())[0]), longest_direction).title()
    clip, reel = _clip_and_reel(request)
    effect = " ".join(part for part in (direction, clip, f"T{request.take or 1}") if part)
    return "_".join((category, effect, creator, reel, request_id[:8]))


def file_names(request: pb.GenerateRequest, request_id: str) -> tuple[str, str]:
    """File names of the take without voices and of the one with them."""
    name = stem(request, request_id)
    return f"{name}.wav", f"{name}-VOX.wav"


def stem_names(request: pb.GenerateRequest, request_id: str, kinds: Iterable[str]) -> list[str]:
    """File names of stems, as in `DX_Sh012_AISEP_REEL2_3f9a1c2b.wav`: the kind stands where the category does."""
    clip, reel = _clip_and_reel(request)
    return [f"{'_'.join((kind, clip, separated, reel, request_id[:8]))}.wav" for kind in kinds]


def _clip_and_reel(request: pb.GenerateRequest) -> tuple[str, str]:
    clip = _cut(_plain(media_ending.sub("", request.clip.name)), longest_clip) or "Clip"
    return clip, _cut(_plain(request.clip.reel).replace(" ", "").upper(), longest_reel) or "REEL"


def _plain(text: str) -> str:
    """Letters, marks, digits and hyphens of any script, single spaces between them, in composed form."""
    signs = (sign if _is_plain(sign) else " " for sign in unicodedata.normalize("NFC", text))
    return " ".join("".join(signs).split())


def _is_plain(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LN" or unicodedata.category(sign) in ("Mn", "Mc") or sign == "-"


def _cut(text: str, size: int) -> str:
    """At most `size` bytes of UTF-8: at a space where there is one, never inside a character."""
    if len(text.encode()) <= size:
        return text
    whole = text.encode()[:size].decode(errors="ignore")
    words = whole.rsplit(" ", 1)
    return words[0] if len(words[0].encode()) >= size // 2 else whole.rstrip()
