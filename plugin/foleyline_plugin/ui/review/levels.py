"""Gains that make the two versions of a take equally loud, so that only their sound is compared. Pure."""

from __future__ import annotations

from foleyline.v1 import engine_pb2 as pb


def matched(take: pb.Take) -> tuple[float, float] | None:
    """Factors for with and without voices: the louder one is lowered to the other. None where one has no loudness."""
    if not all(file.loudness.HasField("integrated_lufs") for file in (take.with_voices, take.without_voices)):
        return None
    louder_db = take.with_voices.loudness.integrated_lufs - take.without_voices.loudness.integrated_lufs
    return 10 ** (min(0.0, -louder_db) / 20), 10 ** (min(0.0, louder_db) / 20)
